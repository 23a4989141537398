"""`seedgen run`: start a run, or go on with it, show it meanwhile, and say at the end what came of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from seedgen.cli import options
from seedgen.cli.launch import begin
from seedgen.cli.names import name_after, refuse_second
from seedgen.config.layers import Flags, load_layers
from seedgen.runs.spawn import Launch
from seedgen.teachers import kinds


def command(
    config: Annotated[Path | None, typer.Argument(metavar="CONFIG.toml", help="Settings; seedgen init writes a file to edit.")] = None,
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="NAME", help="Name of the run. Default: the config file's, if not seedgen.toml; else run-1 …"),
    ] = None,
    new: options.New = False,
    target: options.Target = None,
    teacher: Annotated[str | None, typer.Option("--teacher", metavar="|".join(kinds()), help="The teacher's kind. Default: local.")] = None,
    base_url: options.BaseUrl = None,
    model: Annotated[str | None, typer.Option("--model", metavar="MODEL", help="The teacher's model.")] = None,
    recipe: Annotated[str | None, typer.Option("--recipe", metavar="RECIPE", help="Only this recipe: self-instruct or alpaca.")] = None,
    seeds: Annotated[list[str] | None, typer.Option("--seeds", metavar="PATH", help="Seed file or folder; may be repeated.")] = None,
    concurrency: options.Concurrency = None,
    max_cost: options.MaxCost = None,
    max_tokens: options.MaxTokens = None,
    max_requests: options.MaxRequests = None,
    max_time: options.MaxTime = None,
    max_wait: options.MaxWait = None,
    assignments: options.Set = None,
    detach: options.Detach = False,
    runs: options.Runs = options.RUNS,
    as_json: options.Json = False,
) -> int:
    """Start a run, or go on with it if it is there.

    A run that is there goes on if its config agrees; without a name, one that is unfinished and has the same settings is not begun anew.
    Flags override SEEDGEN_* variables (SEEDGEN_GATE__ROUGE__THRESHOLD=0.6), these OPENAI_*, these the file, this the defaults.
    """
    flags = Flags(
        teacher=teacher, base_url=base_url, model=model, recipe=recipe, seeds=seeds or (), target=target, concurrency=concurrency,
        limits={"max_cost": max_cost, "max_tokens": max_tokens, "max_requests": max_requests, "max_time": max_time, "max_wait": max_wait},
        assignments=assignments or (),
    )  # fmt: skip
    settings, sources = load_layers(config, flags, os.environ)
    wanted = name or (None if new else name_after(config))
    if wanted is None and not new:
        refuse_second(settings, runs)
    return begin(Launch(wanted, runs, settings, sources=sources), detached=detach, as_json=as_json)
