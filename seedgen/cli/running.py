"""`seedgen run` and `seedgen resume`: start a run or go on with one, show it meanwhile, and say at the end what came of it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seedgen.cli import options

if TYPE_CHECKING:
    from seedgen.config.model import Config
    from seedgen.events import Ending, Listener
    from seedgen.runs.snapshot import Tally

EXIT_CODES = {"target": 0, "budget": 3, "stall": 3, "outage": 3, "stopped": 3, "answers": 3, "teacher": 5, "failed": 1}


def run(
    config: Annotated[Path | None, typer.Argument(metavar="CONFIG.toml", help="Settings; seedgen init writes a file to edit.")] = None,
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="NAME", help="Name of the run. Default: the config file's, if not seedgen.toml; else run-1 …"),
    ] = None,
    target: options.Target = None,
    teacher: Annotated[str | None, typer.Option("--teacher", metavar=options.KIND, help="The teacher's kind. Default: local.")] = None,
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
    runs: options.Runs = Path("runs"),
    as_json: options.Json = False,
) -> int:
    """Start a run, or go on with it if it is there.

    A run that is there goes on if its config agrees. Flags override SEEDGEN_* variables (SEEDGEN_GATE__ROUGE__THRESHOLD=0.6), these
    OPENAI_*, these the file, this the defaults.
    """
    from seedgen.config.layers import Flags, load_config

    flags = Flags(
        teacher=teacher, base_url=base_url, model=model, recipe=recipe, seeds=seeds or (), target=target, concurrency=concurrency,
        limits={"max_cost": max_cost, "max_tokens": max_tokens, "max_requests": max_requests, "max_time": max_time, "max_wait": max_wait},
        assignments=assignments or (),
    )  # fmt: skip
    settings = load_config(config, flags, os.environ)
    return begin(Work(name or name_after(config), runs, settings), detached=detach, as_json=as_json)


def resume(
    run: options.Run,
    target: options.Target = None,
    base_url: options.BaseUrl = None,
    concurrency: options.Concurrency = None,
    max_cost: options.MaxCost = None,
    max_tokens: options.MaxTokens = None,
    max_requests: options.MaxRequests = None,
    max_time: options.MaxTime = None,
    max_wait: options.MaxWait = None,
    assignments: options.Set = None,
    detach: options.Detach = False,
    runs: options.Runs = Path("runs"),
    as_json: options.Json = False,
) -> int:
    """Go on with a stopped or paused run, or extend a finished one.

    Everything is as the run remembers it; only limits, pace and addresses may change, and --target may grow. A paused job goes on where
    it is; a stopped run gets a new process, this one or, with --detach, one of its own.
    """
    from seedgen.config.layers import Flags, live_settings

    flags = Flags(
        base_url=base_url, target=target, concurrency=concurrency, assignments=assignments or (),
        limits={"max_cost": max_cost, "max_tokens": max_tokens, "max_requests": max_requests, "max_time": max_time, "max_wait": max_wait},
    )  # fmt: skip

    changes = live_settings(flags, remembered(run, runs))
    if paused(run, runs):
        let_go_on(run, runs, changes, as_json=as_json)
        return 0
    return begin(Work(run, runs, settings=changes), detached=detach, as_json=as_json)


def name_after(config: Path | None) -> str | None:
    """The name a config file gives its run; none if it is the usual seedgen.toml."""
    return None if config is None or config.stem == "seedgen" else config.stem


def remembered(run: str, runs: Path) -> Any:
    """The config a run was last started with."""
    import json

    from seedgen.config.model import parse_config
    from seedgen.store.sqlite.reader import open_run

    return parse_config(json.loads(open_run(run, runs).record().config), f"run {run}")


@dataclass(frozen=True, slots=True)
class Work:
    """What a process is to work on: a run under a config, or, without one, the rest of a run under other live settings."""

    name: str | None
    runs: Path
    config: Config | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    def do(self, listener: Listener, tally: Tally) -> Ending:
        """Work on it to its end. Raises as `seedgen.api` does."""
        from seedgen.api import resume, run

        how: dict[str, Any] = {"runs": self.runs, "listeners": [listener], "environ": os.environ, "handle_signals": True, "tally": tally}
        return run(self.config, self.name, **how) if self.config else resume(str(self.name), self.settings, **how)


def begin(work: Work, *, detached: bool, as_json: bool) -> int:
    """Have the work done here, or by a process of its own; the exit code."""
    if not detached:
        return carry_out(work, as_json=as_json)
    from seedgen.cli.detaching import detach

    return detach(work, as_json=as_json)


def carry_out(work: Work, *, as_json: bool) -> int:
    """Do the work in sight of the user, sum it up, and return the exit code."""
    from seedgen.cli.display import watching
    from seedgen.cli.shown import console
    from seedgen.runs.snapshot import Tally

    tally = Tally()
    with watching(tally, console(err=True)) as listener:
        ending = work.do(listener, tally)
    with suppress(BrokenPipeError):  # nobody wants to be told; how the run ended still counts
        tell(ending, work.name or tally.name, work.runs, tally.elapsed, as_json=as_json)
    return exit_code(ending.end, ending.signal)


def exit_code(end: str, signal: int) -> int:
    """The exit code of a job that ended like that."""
    return 128 + (signal or 2) if end == "interrupted" else EXIT_CODES[end]


def paused(run: str, runs: Path) -> bool:
    """Whether a job works on this run, and is paused."""
    from seedgen.runs.heartbeat import at_work
    from seedgen.store.folder import existing_run

    folder = existing_run(run, runs)
    return folder.busy() and at_work(folder).state == "paused"


def let_go_on(run: str, runs: Path, changes: Mapping[str, Any], *, as_json: bool) -> None:
    """Have the paused job go on, under these live settings."""
    from seedgen.cli.controlling import answer
    from seedgen.runs.orders import order
    from seedgen.store.folder import existing_run

    folder = existing_run(run, runs)
    if changes:
        order(folder, "set", changes)
    reply = order(folder, "go_on")
    answer(
        f"{folder.name} goes on in its own process, {reply['pid']}; watch it with: seedgen watch {calling(run, runs)}",
        reply,
        as_json=as_json,
    )


def tell(ending: Ending, name: str, runs: Path, seconds: float, *, as_json: bool) -> None:
    """The end of a run, for people or for programs."""
    from seedgen.cli.shown import console, print_json, shown
    from seedgen.cli.summary import as_plain, print_ending
    from seedgen.errors import UsageError
    from seedgen.store.sqlite.reader import open_run

    what = {"end": ending.end, "message": ending.message}
    try:
        reader = open_run(name, runs)
    except UsageError:
        if as_json:
            print_json(what)
        else:
            console().print(f"{shown(ending.message)}, before the run began")
        return
    if as_json:
        print_json({**what, **as_plain(reader.summary())})
    else:
        print_ending(console(), reader, ending, seconds, calling(name, runs))


def calling(name: str, runs: Path) -> str:
    """The run as it is given to another command typed in the same place."""
    return shlex.quote(name) if runs == Path("runs") else f"{shlex.quote(name)} --runs {shlex.quote(str(runs))}"
