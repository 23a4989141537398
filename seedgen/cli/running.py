"""`seedgen run` and `seedgen resume`: start a run or go on with one, show it meanwhile, and say at the end what came of it."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seedgen.cli import options

if TYPE_CHECKING:
    from seedgen.cli.tally import Tally
    from seedgen.events import Ending, Listener

EXIT_CODES = {"target": 0, "budget": 3, "stall": 3, "teacher": 5, "failed": 1}


def run(
    config: Annotated[Path | None, typer.Argument(metavar="CONFIG.toml", help="Settings; seedgen init writes a file to edit.")] = None,
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="NAME", help="Name of the run. Default: the config file's, if not seedgen.toml; else run-1 …"),
    ] = None,
    target: options.Target = None,
    teacher: Annotated[options.Kind | None, typer.Option("--teacher", help="The teacher's kind. Default: local.")] = None,
    base_url: options.BaseUrl = None,
    model: Annotated[str | None, typer.Option("--model", metavar="MODEL", help="The teacher's model.")] = None,
    recipe: Annotated[str | None, typer.Option("--recipe", metavar="RECIPE", help="Only this recipe: self-instruct or alpaca.")] = None,
    seeds: Annotated[list[str] | None, typer.Option("--seeds", metavar="PATH", help="Seed file or folder; may be repeated.")] = None,
    concurrency: options.Concurrency = None,
    max_cost: options.MaxCost = None,
    max_tokens: options.MaxTokens = None,
    max_requests: options.MaxRequests = None,
    max_time: options.MaxTime = None,
    assignments: options.Set = None,
    runs: options.Runs = Path("runs"),
    as_json: options.Json = False,
) -> int:
    """Start a run, or go on with it if it is there.

    A run that is there goes on if its config agrees. Flags override SEEDGEN_* variables (SEEDGEN_GATE__ROUGE__THRESHOLD=0.6), these
    OPENAI_*, these the file, this the defaults.
    """
    from seedgen.settings import Flags, load_config

    flags = Flags(
        teacher=teacher, base_url=base_url, model=model, recipe=recipe, seeds=seeds or (), target=target, concurrency=concurrency,
        limits={"max_cost": max_cost, "max_tokens": max_tokens, "max_requests": max_requests, "max_time": max_time},
        assignments=assignments or (),
    )  # fmt: skip
    settings = load_config(config, flags, os.environ)
    wanted = name or name_after(config)

    def job(listener: Listener) -> Ending:
        from seedgen.job import run as start

        return start(settings, wanted, runs=runs, listeners=[listener], environ=os.environ, handle_signals=True)

    return carry_out(job, wanted, runs, as_json=as_json)


def resume(
    run: options.Run,
    target: options.Target = None,
    base_url: options.BaseUrl = None,
    concurrency: options.Concurrency = None,
    max_cost: options.MaxCost = None,
    max_tokens: options.MaxTokens = None,
    max_requests: options.MaxRequests = None,
    max_time: options.MaxTime = None,
    assignments: options.Set = None,
    runs: options.Runs = Path("runs"),
    as_json: options.Json = False,
) -> int:
    """Go on with a stopped run, or extend a finished one.

    Everything is as the run remembers it; only limits, pace and addresses may change, and --target may grow.
    """
    from seedgen.settings import Flags, live_settings

    flags = Flags(
        base_url=base_url, target=target, concurrency=concurrency, assignments=assignments or (),
        limits={"max_cost": max_cost, "max_tokens": max_tokens, "max_requests": max_requests, "max_time": max_time},
    )  # fmt: skip

    def job(listener: Listener) -> Ending:
        from seedgen.job import resume as go_on

        changes: dict[str, Any] = live_settings(flags, remembered(run, runs))
        return go_on(run, changes, runs=runs, listeners=[listener], environ=os.environ, handle_signals=True)

    return carry_out(job, run, runs, as_json=as_json)


def name_after(config: Path | None) -> str | None:
    """The name a config file gives its run; none if it is the usual seedgen.toml."""
    return None if config is None or config.stem == "seedgen" else config.stem


def remembered(run: str, runs: Path) -> Any:
    """The config a run was last started with."""
    import json

    from seedgen.config import parse_config
    from seedgen.store.reader import open_run

    return parse_config(json.loads(open_run(run, runs).summary().record.config), f"run {run}")


def carry_out(job: Callable[[Listener], Ending], name: str | None, runs: Path, *, as_json: bool) -> int:
    """Do the job in sight of the user, sum it up, and return the exit code."""
    from seedgen.cli.display import watching
    from seedgen.cli.shown import console
    from seedgen.cli.tally import Tally

    tally = Tally(time.monotonic)
    with watching(tally, console(err=True)) as listener:
        take_up(tally, name, runs)
        ending = job(listener)
    tell(tally, ending, name or tally.name, runs, as_json=as_json)
    return 128 + (ending.signal or 2) if ending.end == "interrupted" else EXIT_CODES[ending.end]


def take_up(tally: Tally, name: str | None, runs: Path) -> None:
    """Let the tally start from what earlier starts of the run have spent and refused."""
    from seedgen.cli.summary import by_filter
    from seedgen.errors import StoreBroken, UsageError
    from seedgen.store.reader import open_run

    if not name:
        return
    with suppress(StoreBroken, UsageError):  # it is new, or the job itself will say what is wrong
        found = open_run(name, runs).summary()
        tally.spend, tally.candidates, tally.refusals = found.spend, found.candidates, by_filter(found.refusals)


def tell(tally: Tally, ending: Ending, name: str, runs: Path, *, as_json: bool) -> None:
    """The end of a run, for people or for programs."""
    from seedgen.cli.shown import console, print_json
    from seedgen.cli.summary import as_plain, print_ending
    from seedgen.store.reader import open_run

    reader = open_run(name, runs)
    if as_json:
        print_json({"end": ending.end, "message": ending.message, **as_plain(reader.summary())})
    else:
        print_ending(console(), reader, ending, tally.elapsed, calling(name, runs))


def calling(name: str, runs: Path) -> str:
    """The run as it is given to another command typed in the same place."""
    return shlex.quote(name) if runs == Path("runs") else f"{shlex.quote(name)} --runs {shlex.quote(str(runs))}"
