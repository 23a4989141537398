"""`seedgen set`: other settings for a running job. They act at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from seedgen.cli import options
from seedgen.cli.names import calling
from seedgen.cli.settings import remembered
from seedgen.cli.shown import answer
from seedgen.config.layers import Flags, live_settings
from seedgen.config.model import Config
from seedgen.errors import UsageError
from seedgen.runs.orders import in_words, order
from seedgen.store.folder import existing_run

SHORT = ("max_cost", "max_tokens", "max_requests", "max_time", "max_wait")
"""Settings of `limits` that also go by their last name, as the flags do."""


def command(
    run: options.Run,
    assignments: Annotated[list[str], typer.Argument(metavar="KEY=VALUE", help="concurrency=64, max-cost=5, limits.stall_tickets=500 …")],
    runs: options.Runs = options.RUNS,
    as_json: options.Json = False,
) -> None:
    """Change a running job: target, concurrency, limits, rates.

    What no start may change cannot be changed here either. "none" lifts a limit, concurrency=auto leaves it to the teacher.
    """
    folder = existing_run(run, runs)
    settings = live_values(assignments, remembered(run, runs))
    if folder.lock_state().answer == "free":
        flags = " ".join(map(as_flag, assignments))
        raise UsageError(f'run "{folder.name}" is not running; to go on with it like that: seedgen resume {calling(run, runs)} {flags}')
    reply = order(folder, "set", settings)
    answer(f"{folder.name}: {in_words(reply['in_force'])}", reply, as_json=as_json)


def live_values(assignments: Sequence[str], config: Config) -> dict[str, Any]:
    """The settings of `seedgen set`, by dotted key. Raises `UsageError`."""
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
