"""How a run looks while it goes on: a few calm lines that are redrawn on a terminal, a plain line now and then elsewhere. Both on
standard error, and both begin at once: opening a teacher and loading the embedding model take a few seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from seedgen.cli.shown import cost, shown, span
from seedgen.cli.tally import Tally
from seedgen.events import Event, Listener, Notice, RunStarted, Stopping

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

STARTING = "starting: opening the teacher, loading what the gate needs …"
REDRAWS = 4  # a second
LINE_EVERY = 10.0  # seconds, or
LINE_SHARE = 0.1  # of the target


@contextmanager
def watching(tally: Tally, console: Console) -> Iterator[Listener]:
    """A listener that keeps the tally and shows it on this console while in the block."""
    if not console.is_terminal:
        console.print(STARTING)
        yield PlainLines(tally, say=partial(console.print, soft_wrap=True))
        return
    spinner = Spinner("dots")
    with Live(get_renderable=lambda: panel(tally, spinner), console=console, refresh_per_second=REDRAWS, transient=True) as live:

        def listen(event: Event) -> None:
            tally(event)
            for line in remarks(event):
                live.console.print(line)

        yield listen


class PlainLines:
    """A line every ten seconds or tenth of the target, whichever comes first."""

    def __init__(self, tally: Tally, say: Callable[[str], None]) -> None:
        self.tally, self.say = tally, say
        self.last_time, self.last_accepted = 0.0, 0

    def __call__(self, event: Event) -> None:
        self.tally(event)
        for line in remarks(event):
            self.say(line)
        if isinstance(event, RunStarted):
            self.last_accepted = self.tally.accepted
        elif self.tally.begun is not None and self.due():
            self.last_time, self.last_accepted = self.tally.elapsed, self.tally.accepted
            self.say(line_of(self.tally))

    def due(self) -> bool:
        gained = self.tally.accepted - self.last_accepted
        return self.tally.elapsed - self.last_time >= LINE_EVERY or (gained > 0 and gained >= self.tally.target * LINE_SHARE)


def remarks(event: Event) -> Iterator[str]:
    """What is said in passing, above the display."""
    match event:
        case Notice():
            yield shown(event.message)
        case RunStarted(unseen_calls=unseen) if unseen:
            yield f"{unseen} calls were in flight when this run was last killed; they may have been billed unseen"
        case Stopping(end=end, in_flight=in_flight) if end != "target":
            wait = f"; waiting for {in_flight} calls in flight (Ctrl-C to leave at once)" if in_flight else ""
            yield f"stopping: {shown(event.message)}{wait}"


def panel(tally: Tally, spinner: Spinner) -> RenderableType:
    """The lines of the live display."""
    if tally.begun is None:
        spinner.text = line(f"{STARTING} {span(tally.timer() - tally.made)}")
        return spinner
    lines: list[RenderableType] = [
        line(f"{tally.name} · {', '.join(tally.teachers)}", "bold"),
        progress(tally),
        line(f"candidates {tally.candidates:,} · {refusals(tally)}"),
        line(f"tickets {tally.tickets:,} done, {len(tally.under_way):,} under way"),
        line(spending(tally)),
    ]
    if tally.failures:
        lines.append(line(f"failed calls {tally.failures:,}, last: {shown(tally.last_failure, 300)}", "yellow"))
    if tally.last_accepted:
        lines.append(line(f"last: {shown(tally.last_accepted, 300)}", "dim"))
    return Group(*lines)


def line(text: str, style: str = "") -> Text:
    return Text(text, style, no_wrap=True, overflow="ellipsis")


def progress(tally: Tally) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
    grid.add_column(ratio=1)
    grid.add_column(no_wrap=True)
    bar = ProgressBar(total=max(1, tally.target), completed=tally.accepted)
    grid.add_row(bar, line(f"{tally.accepted:,}/{tally.target:,} accepted · {span(tally.elapsed)} · ETA {eta(tally)}"))
    return grid


def refusals(tally: Tally) -> str:
    """ "refused 41: rouge 20, shape 12 …", most frequent first."""
    by_filter = ", ".join(f"{shown(name)} {count:,}" for name, count in tally.refusals.most_common())
    return f"refused {tally.refusals.total():,}" + (f": {by_filter}" if by_filter else "")


def spending(tally: Tally) -> str:
    spend = tally.spend
    return f"{spend.requests:,} requests · {spend.tokens:,} tokens · {tally.tokens_a_second:,.0f} tok/s · cost {cost(spend)}"


def eta(tally: Tally) -> str:
    return "unknown" if tally.seconds_left is None else span(tally.seconds_left)


def line_of(tally: Tally) -> str:
    """The whole display on one plain line."""
    done = f"{tally.name}: {tally.accepted:,}/{tally.target:,} accepted · {tally.candidates:,} candidates, {refusals(tally)}"
    return f"{done} · {spending(tally)} · {span(tally.elapsed)}, ETA {eta(tally)}"
