"""How a running job looks: a few calm lines that are redrawn on a terminal, a plain line now and then elsewhere. Both on standard error,
and both begin at once: opening a teacher and loading the embedding model take a few seconds.

What is drawn is a `Snapshot`, so a job looks the same in its own terminal (`watching`) and in any other (`seedgen watch`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from rich.console import Group
from rich.control import Control
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.segment import ControlType, Segment
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from seedgen.cli.shown import cost, shown, span
from seedgen.events import Event, Listener, Notice, RunStarted, Stopping

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType

    from seedgen.runs.snapshot import Snapshot, Tally

STARTING = "starting: opening the teacher, loading what the gate needs …"
REDRAWS = 4  # a second
ECHO = "^C^C"
LINE_EVERY = 10.0  # seconds, or
LINE_SHARE = 0.1  # of the target


@contextmanager
def watching(tally: Tally, console: Console) -> Iterator[Listener]:
    """A listener that shows this tally, which is kept by the job, on this console while in the block."""
    if not redraws(console):
        console.print(STARTING)
        say = partial(console.print, soft_wrap=True)
        lines = PlainLines(say)

        def tell(event: Event) -> None:
            for line in remarks(event):
                say(line)
            lines.look(tally)

        yield tell
        return
    with Display(console, tally.snapshot) as live:

        def listen(event: Event) -> None:
            for line in remarks(event):
                live.say(line)

        yield listen


def redraws(console: Console) -> bool:
    """Whether lines that are there can be drawn again."""
    return console.is_terminal and not console.is_dumb_terminal


class Display(Live):
    """The live display of what `snapshot` gives each time it is drawn, until the block ends; then it goes, or stays as it was if `stays`.

    A terminal that becomes narrower breaks the lines that are there, so that they take more rows; these are cleared before the next are
    drawn. Lines leave room at their end for what a terminal echoes of Ctrl-C.
    """

    def __init__(self, console: Console, snapshot: Callable[[], Snapshot], *, stays: bool = False) -> None:
        self.spinner, self.snapshot, self.widths = Spinner("dots"), snapshot, list[int]()
        super().__init__(get_renderable=lambda: self, console=console, refresh_per_second=REDRAWS, transient=not stays)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        narrower = options.update_width(max(1, options.max_width - len(ECHO)))
        lines = console.render_lines(panel(self.snapshot(), self.spinner), narrower, pad=False)
        self.widths = [Segment.get_line_length(line) for line in lines]
        for at, line in enumerate(lines):
            yield from [Segment.line(), *line] if at else line

    def refresh(self) -> None:
        with self._lock:
            width = max(1, self.console.width)
            for _ in range(sum((each - 1) // width for each in self.widths if each)):
                self.console.control(Control((ControlType.ERASE_IN_LINE, 2), (ControlType.CURSOR_UP, 1)))
            super().refresh()

    def say(self, text: str) -> None:
        """A line above the display."""
        with self._lock:
            self.refresh()
            self.console.print(text, soft_wrap=True)


class PlainLines:
    """A line every ten seconds or tenth of the target, whichever comes first, and one whenever the job pauses, waits or stops."""

    def __init__(self, say: Callable[[str], None], state: str = "starting") -> None:
        self.say, self.state = say, state
        self.last_time, self.last_accepted = -LINE_EVERY, 0

    def look(self, now: Tally | Snapshot) -> None:
        """Say what there is to say. A tally is made a snapshot of only when there is."""
        if now.state != self.state:
            self.changed(now.snapshot())
        elif now.state not in ("starting", "ended") and self.due(now):
            self.say(line_of(now.snapshot()))
        else:
            return
        self.last_time, self.last_accepted = now.elapsed, now.accepted

    def changed(self, now: Snapshot) -> None:
        before, self.state = self.state, now.state
        if said := standing(now):
            self.say(f"{now.name}: {said}")
        elif before in ("paused", "waiting", "silent") and now.state == "running":
            self.say(f"{now.name}: goes on")

    def due(self, now: Tally | Snapshot) -> bool:
        gained = now.accepted - self.last_accepted
        return now.elapsed - self.last_time >= LINE_EVERY or (gained > 0 and gained >= now.target * LINE_SHARE)


def remarks(event: Event) -> Iterator[str]:
    """What is said in passing, in the job's own terminal."""
    match event:
        case Notice():
            yield shown(event.message)
        case RunStarted(unseen_calls=unseen) if unseen:
            yield f"{unseen} calls were in flight when this run was last killed; they may have been billed unseen"
        case Stopping(end=end, in_flight=in_flight) if end != "target" and in_flight:
            yield f"waiting for {in_flight} calls in flight (Ctrl-C to leave at once)"


def standing(snapshot: Snapshot) -> str:
    """What keeps the job from running freely, if anything does."""
    match snapshot.state:
        case "paused":
            return f"paused; go on with: seedgen resume {shown(snapshot.name)}"
        case "stopping" if snapshot.end != "target":
            return f"stopping: {shown(snapshot.message)}"
        case "silent":
            return f"silent {shown(snapshot.message)}"
    return ", ".join(f"waiting for {shown(w.teacher)}, {span(w.seconds)} yet: {shown(w.reason)}" for w in snapshot.waiting)


def panel(snapshot: Snapshot, spinner: Spinner) -> RenderableType:
    """The lines of the live display."""
    if snapshot.state == "starting":
        spinner.text = line(f"{STARTING} {span(snapshot.elapsed)}")
        return spinner
    lines: list[RenderableType] = [
        line(f"{snapshot.name} · {', '.join(snapshot.teachers)}", "bold"),
        progress(snapshot),
        line(f"candidates {snapshot.candidates:,} · {refusals(snapshot)}"),
        line(f"tickets {snapshot.tickets:,} done, {snapshot.under_way:,} under way{at_once(snapshot)}"),
        line(spending(snapshot)),
    ]
    if said := standing(snapshot):
        lines.append(line(said, "yellow"))
    if snapshot.failures:
        lines.append(line(f"failed calls {snapshot.failures:,}, last: {shown(snapshot.last_failure, 300)}", "yellow"))
    if snapshot.last_accepted:
        lines.append(line(f"last: {shown(snapshot.last_accepted, 300)}", "dim"))
    return Group(*lines)


def line(text: str, style: str = "") -> Text:
    return Text(text, style, no_wrap=True, overflow="ellipsis")


def progress(snapshot: Snapshot) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
    grid.add_column(ratio=1)
    grid.add_column(no_wrap=True)
    bar = ProgressBar(total=max(1, snapshot.target), completed=snapshot.accepted)
    done = f"{snapshot.accepted:,}/{snapshot.target:,} accepted · {span(snapshot.elapsed)} · ETA {eta(snapshot)}"
    grid.add_row(bar, line(done))
    return grid


def at_once(snapshot: Snapshot) -> str:
    """ ", 32 calls at once"; by teacher if there are several."""
    many = len(snapshot.concurrency) > 1
    counts = ", ".join(f"{count:,}" + (f" {shown(name)}" if many else "") for name, count in snapshot.concurrency.items())
    return f" · at once {counts}" if counts else ""


def refusals(snapshot: Snapshot) -> str:
    """ "refused 41: rouge 20, shape 12 …", most frequent first."""
    most_first = sorted(snapshot.refusals.items(), key=lambda entry: -entry[1])
    by_filter = ", ".join(f"{shown(name)} {count:,}" for name, count in most_first)
    return f"refused {sum(snapshot.refusals.values()):,}" + (f": {by_filter}" if by_filter else "")


def spending(snapshot: Snapshot) -> str:
    spend = snapshot.spend
    tokens = f"{spend.tokens:,}{'+?' if spend.unmetered else ''} tokens"
    return f"{spend.requests:,} requests · {tokens} · {snapshot.tokens_a_second:,.0f} tok/s · cost {cost(spend)}"


def eta(snapshot: Snapshot) -> str:
    return "unknown" if snapshot.seconds_left is None else span(snapshot.seconds_left)


def line_of(snapshot: Snapshot) -> str:
    """The whole display on one plain line."""
    done = f"{snapshot.name}: {snapshot.accepted:,}/{snapshot.target:,} accepted · {snapshot.candidates:,} candidates, {refusals(snapshot)}"
    return f"{done} · {spending(snapshot)} · {span(snapshot.elapsed)}, ETA {eta(snapshot)}"
