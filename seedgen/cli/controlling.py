"""`seedgen pause`, `stop` and `set`: telling a running job what to do, from any terminal. It acts at once, and says so."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seedgen.cli import options

if TYPE_CHECKING:
    from seedgen.config.model import Config

RUNS = Path("runs")
SHORT = ("max_cost", "max_tokens", "max_requests", "max_time", "max_wait")
"""Settings of `limits` that also go by their last name, as the flags do."""


def pause(run: options.Run, runs: options.Runs = RUNS, as_json: options.Json = False) -> None:
    """Have a running job ask nothing new until it is told to go on.

    Calls in flight are awaited and saved. seedgen resume goes on with it.
    """
    from seedgen.cli.running import calling
    from seedgen.runs.orders import order
    from seedgen.store.folder import existing_run

    folder = existing_run(run, runs)
    reply = order(folder, "pause")
    answer(f"{folder.name} is paused; go on with: seedgen resume {calling(run, runs)}", reply, as_json=as_json)


def stop(run: options.Run, runs: options.Runs = RUNS, as_json: options.Json = False) -> None:
    """End a running job well, and say how it ended.

    Nothing new is asked; calls in flight are awaited and saved. Ctrl-C leaves the waiting, not the stopping.
    """
    from seedgen.cli.watching import say_how_it_stands
    from seedgen.runs.orders import order
    from seedgen.store.folder import existing_run

    folder = existing_run(run, runs)
    order(folder, "stop")
    while folder.busy():
        time.sleep(0.1)
    say_how_it_stands(folder, as_json=as_json)


def set_(
    run: options.Run,
    assignments: Annotated[list[str], typer.Argument(metavar="KEY=VALUE…", help="concurrency=64, max-cost=5, limits.stall_tickets=500 …")],
    runs: options.Runs = RUNS,
    as_json: options.Json = False,
) -> None:
    """Change settings of a running job: target, concurrency, limits and rates.

    What no start may change cannot be changed here either. "none" lifts a limit, concurrency=auto leaves it to the teacher.
    """
    from seedgen.cli.running import calling, remembered
    from seedgen.errors import UsageError
    from seedgen.runs.orders import in_words, order
    from seedgen.store.folder import existing_run

    folder = existing_run(run, runs)
    settings = live_values(assignments, remembered(run, runs))
    if folder.lock_state().answer == "free":
        flags = " ".join(map(as_flag, assignments))
        raise UsageError(f'run "{folder.name}" is not running; to go on with it like that: seedgen resume {calling(run, runs)} {flags}')
    reply = order(folder, "set", settings)
    answer(f"{folder.name}: {in_words(reply['in_force'])}", reply, as_json=as_json)


def live_values(assignments: Sequence[str], config: Config) -> dict[str, Any]:
    """The settings of `seedgen set`, by dotted key. Raises `UsageError`."""
    from seedgen.config.layers import Flags, live_settings

    return live_settings(Flags(assignments=[spelled_out(text) for text in assignments]), config)


def spelled_out(assignment: str) -> str:
    """An assignment with its key in full: limits.max_cost=5 for max-cost=5."""
    key, equals, value = assignment.partition("=")
    plain = key.strip().replace("-", "_")
    return f"limits.{plain}{equals}{value}" if plain in SHORT else assignment


def as_flag(assignment: str) -> str:
    """An assignment as seedgen resume takes it."""
    key, _, value = spelled_out(assignment).partition("=")
    last = key.strip().removeprefix("limits.")
    plain = last in (*SHORT, "target", "concurrency") and value.strip() != "none"
    return f"--{last.replace('_', '-')} {value.strip()}" if plain else f"--set {spelled_out(assignment)}"


def answer(words: str, reply: Mapping[str, Any], *, as_json: bool) -> None:
    from seedgen.cli.shown import console, print_json, shown

    if as_json:
        print_json(reply)
    else:
        console().print(shown(words), soft_wrap=True)
