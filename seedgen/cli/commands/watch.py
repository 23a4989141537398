"""`seedgen watch`: following a job from any terminal. It only reads; leaving it leaves the job alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import datetime
from functools import partial

from rich.console import Console

from seedgen.cli import options
from seedgen.cli.display import Display, PlainLines, redraws
from seedgen.cli.ending import say_how_it_stands
from seedgen.cli.names import calling
from seedgen.cli.plain import print_json
from seedgen.cli.shown import console, shown
from seedgen.runs.heartbeat import followed, last_heartbeat
from seedgen.runs.log import Tail
from seedgen.runs.snapshot import Snapshot
from seedgen.store.folder import RunFolder, existing_run


def command(run: options.Run, runs: options.Runs = options.RUNS, as_json: options.Json = False) -> int:
    """Follow a running job, and show how it ends.

    Ctrl-C leaves the display, not the job; what it showed last stays on the screen, with the time. The exit code is the job's own, 1 if it
    was killed. With --json, what the display shows as one object a line, whenever it changed.
    """
    folder = existing_run(run, runs)
    if as_json:
        for now in changes(folder):
            print_json(now, indent=None)
    else:
        err = console(err=True)
        try:
            show(folder, err)
        except KeyboardInterrupt:
            at = datetime.now().strftime("%H:%M:%S")
            err.print(
                f"left at {at}, as it then stood; the job goes on, and seedgen watch {calling(run, runs)} shows it again", soft_wrap=True
            )
            raise
    return say_how_it_stands(folder, as_json=as_json)


def changes(folder: RunFolder) -> Iterator[Snapshot]:
    """The job, each time that it is heard of again."""
    last = None
    for now in followed(folder):
        if now != last:
            yield now
        last = now


def show(folder: RunFolder, console: Console) -> None:
    """Follow the job on this console to its end. What is drawn stays, as the job was heard of last."""
    if not folder.busy():
        return
    now = Snapshot(folder.name)
    drawn = Display(console, lambda: now, stays=True) if redraws(console) else None
    tell = drawn.say if drawn else partial(console.print, soft_wrap=True)
    lines = PlainLines(tell, state="running")
    with Tail(folder.path) as tail, drawn or nullcontext():
        for now in followed(folder):
            for message in notices(tail):
                tell(message)
            if not drawn:
                lines.look(now)
        now = last_heartbeat(folder) or now


def notices(tail: Tail) -> Iterator[str]:
    """What the job has told people since the last time."""
    for entry in tail.new():
        if entry.get("event") in ("notice", "failed"):
            yield shown(str(entry.get("message", "")))
