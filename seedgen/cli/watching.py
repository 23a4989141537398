"""`seedgen watch` and `seedgen log`: following a job from any terminal. They only read; leaving them leaves the job alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seedgen.cli import options

if TYPE_CHECKING:
    from rich.console import Console

    from seedgen.runs.log import Entry, Tail
    from seedgen.runs.snapshot import Snapshot
    from seedgen.store.folder import RunFolder

RUNS = Path("runs")


def watch(run: options.Run, runs: options.Runs = RUNS, as_json: options.Json = False) -> int:
    """Attach the live display to a running job, and show how it ends.

    Ctrl-C leaves the display, not the job. The exit code is the job's own, 1 if it was killed. With --json, what the display shows as
    one object a line, whenever it changed.
    """
    from seedgen.cli.shown import console, print_json
    from seedgen.store.folder import existing_run

    folder = existing_run(run, runs)
    if as_json:
        for now in changes(folder):
            print_json(now, indent=None)
    else:
        show(folder, console(err=True))
    return say_how_it_stands(folder, as_json=as_json)


def log(
    run: options.Run,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes, for as long as the job runs.")] = False,
    last: Annotated[int, typer.Option("--last", metavar="N", min=0, help="The last so many lines; 0 for all.")] = 50,
    runs: options.Runs = RUNS,
    as_json: options.Json = False,
) -> None:
    """Show the log of a run: its starts, stops, waits, failed calls and tickets.

    With --json, the lines as they are in the file: an object each.
    """
    from seedgen.runs.heartbeat import followed
    from seedgen.runs.log import Tail, last_entries
    from seedgen.store.folder import existing_run

    folder = existing_run(run, runs)
    with Tail(folder.path) as tail:
        for entry in last_entries(folder.path, last):
            say(entry, as_json=as_json)
        for _ in itertools.chain(followed(folder), [None]) if follow else ():
            for entry in tail.new():
                say(entry, as_json=as_json)


def say(entry: Entry, *, as_json: bool) -> None:
    from seedgen.cli.shown import console, print_json, shown
    from seedgen.runs.log import in_words

    if as_json:
        print_json(entry, indent=None)
    else:
        console().print(shown(in_words(entry)), soft_wrap=True)


def changes(folder: RunFolder) -> Iterator[Snapshot]:
    """The job, each time that it is heard of again."""
    from seedgen.runs.heartbeat import followed

    last = None
    for now in followed(folder):
        if now != last:
            yield now
        last = now


def show(folder: RunFolder, console: Console) -> None:
    """Follow the job on this console to its end."""
    from seedgen.cli.display import PlainLines, drawn
    from seedgen.runs.heartbeat import followed
    from seedgen.runs.log import Tail
    from seedgen.runs.snapshot import Snapshot

    now = Snapshot(folder.name)
    tell = partial(console.print, soft_wrap=True)
    lines = PlainLines(tell, state="running")
    with Tail(folder.path) as tail, drawn(console, lambda: now) if console.is_terminal else nullcontext():
        for now in followed(folder):
            for message in notices(tail):
                tell(message)
            if not console.is_terminal:
                lines.look(now)


def notices(tail: Tail) -> Iterator[str]:
    """What the job has told people since the last time."""
    from seedgen.cli.shown import shown

    for entry in tail.new():
        if entry.get("event") in ("notice", "failed"):
            yield shown(str(entry.get("message", "")))


def say_how_it_stands(folder: RunFolder, *, as_json: bool) -> int:
    """How a run stands on which nobody works any more, and its exit code."""
    from seedgen.cli.running import exit_code
    from seedgen.cli.shown import console, print_json, shown
    from seedgen.runs.heartbeat import last_heartbeat, standing
    from seedgen.store.sqlite.reader import RunReader

    record, last = RunReader(folder).record(), last_heartbeat(folder)
    now = standing(folder, record.end, record.end_message)
    if as_json:
        print_json({"condition": now.condition, "detail": now.detail, "end": record.end}, indent=None)
    else:
        console().print(f"{shown(folder.name)} {now.condition}: {shown(now.detail)}", soft_wrap=True)
    return exit_code(record.end, last.signal if last else 0) if record.end else 1
