"""`seedgen watch`: following a job from any terminal. It only reads; leaving it leaves the job alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from functools import partial

from rich.console import Console

from seedgen.cli import options
from seedgen.cli.display import PlainLines, drawn
from seedgen.cli.ending import say_how_it_stands
from seedgen.cli.plain import print_json
from seedgen.cli.shown import console, shown
from seedgen.runs.heartbeat import followed
from seedgen.runs.log import Tail
from seedgen.runs.snapshot import Snapshot
from seedgen.store.folder import RunFolder, existing_run


def command(run: options.Run, runs: options.Runs = options.RUNS, as_json: options.Json = False) -> int:
    """Follow a running job, and show how it ends.

    Ctrl-C leaves the display, not the job. The exit code is the job's own, 1 if it was killed. With --json, what the display shows as
    one object a line, whenever it changed.
    """
    folder = existing_run(run, runs)
    if as_json:
        for now in changes(folder):
            print_json(now, indent=None)
    else:
        show(folder, console(err=True))
    return say_how_it_stands(folder, as_json=as_json)


def changes(folder: RunFolder) -> Iterator[Snapshot]:
    """The job, each time that it is heard of again."""
    last = None
    for now in followed(folder):
        if now != last:
            yield now
        last = now


def show(folder: RunFolder, console: Console) -> None:
    """Follow the job on this console to its end."""
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
    for entry in tail.new():
        if entry.get("event") in ("notice", "failed"):
            yield shown(str(entry.get("message", "")))
