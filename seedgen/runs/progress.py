"""A progress bar for notebooks and interactive sessions, on standard error: a listener that draws nothing where nobody looks on.

The command line has a display of its own (`seedgen.cli.display`).
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module

from tqdm import tqdm

from seedgen.events import Event, Listener, Notice, RunStarted, Stopping, TicketFinished
from seedgen.runs.snapshot import Tally
from seedgen.store.ports import RunReader


def looked_at(progress: bool | None) -> bool:
    """Whether a bar is wanted: as said, else where a person is at the prompt, as in a notebook."""
    wanted = hasattr(sys, "ps1") if progress is None else progress
    if wanted:
        with warnings.catch_warnings():  # in a notebook without widgets it says so to whoever imports it first, as packages we use do
            warnings.simplefilter("ignore")
            import_module("tqdm.auto")
    return wanted


@contextmanager
def growing(tally: Tally, progress: bool | None) -> Iterator[Sequence[Listener]]:
    """A listener, if one is wanted, that draws this tally, which must have heard of an event before it does."""
    if not looked_at(progress):
        yield []
        return
    with tqdm(unit=" items", file=sys.stderr, bar_format="{l_bar}{bar}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}{postfix}]") as bar:

        def heard(event: Event) -> None:
            match event:
                case Notice(message):
                    bar.write(message, file=sys.stderr)
                case Stopping(end, message) if end != "target":
                    bar.write(f"stopping: {message}", file=sys.stderr)
                case RunStarted():
                    bar.set_description(event.name, refresh=False)
                    bar.initial = event.accepted
                case TicketFinished():
                    bar.set_postfix_str(f"{tally.candidates:,} candidates, {sum(tally.refusals.values()):,} refused", refresh=False)
                case _:
                    return
            bar.total, bar.n = tally.target or None, tally.accepted
            bar.refresh() if tally.accepted == tally.target else bar.update(0)

        yield [heard]


@contextmanager
def judging(base: RunReader, progress: bool | None) -> Iterator[Sequence[Listener]]:
    """A listener, if one is wanted, that counts the tickets of this run as they are judged again."""
    if not looked_at(progress):
        yield []
        return
    with tqdm(desc=f"judging {base.folder.name}", total=base.summary().tickets, unit=" tickets", file=sys.stderr) as bar:

        def heard(event: Event) -> None:
            if isinstance(event, TicketFinished):
                bar.update()
            elif isinstance(event, Notice):
                bar.write(event.message, file=sys.stderr)

        yield [heard]
