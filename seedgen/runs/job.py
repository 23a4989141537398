"""A job at hand: a start with all that listens to it, in sight and in reach of other processes, and how it ended."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field, fields
from pathlib import Path

from seedgen.errors import StoreBroken
from seedgen.events import Ending, Event, Listener, Notice
from seedgen.runs.heartbeat import Heartbeat
from seedgen.runs.log import Log
from seedgen.runs.orders import Channel
from seedgen.runs.progress import growing
from seedgen.runs.snapshot import Tally
from seedgen.runs.start import Start, utc_now
from seedgen.store.folder import RunFolder
from seedgen.store.open import read_run
from seedgen.store.ports import RunReader


@dataclass(frozen=True, slots=True)
class Caller:
    """What whoever starts a job brings along: who listens, where keys are looked up (default: the process's environment), a tally to keep,
    whether a progress bar is shown, and where settings, by dotted key, were written.
    """

    listeners: Sequence[Listener] = ()
    environ: Mapping[str, str] | None = field(default=None, repr=False)
    tally: Tally | None = None
    progress: bool | None = None
    sources: Mapping[str, str] | None = None


def environment(given: Mapping[str, str] | None) -> Mapping[str, str]:
    """The process's environment, unless another is given. It is no default argument, or `help` would show what is in it."""
    return os.environ if given is None else given


@dataclass(frozen=True, slots=True)
class RunEnding(Ending):
    """How a run ended, and the run: `ending.open().accepted()` is its dataset."""

    folder: Path = Path()

    @property
    def name(self) -> str:
        """The run's, for `open_run`, `resume` and the command line."""
        return self.folder.name

    def open(self) -> RunReader:
        """The run, to be read. Raises `UsageError` if it ended before it began."""
        return read_run(RunFolder(self.folder))


@dataclass(frozen=True, slots=True)
class JobAtHand:
    """A start that may go, in sight and in reach of other processes."""

    folder: RunFolder
    start: Start
    heartbeat: Heartbeat
    channel: Channel
    log: Log

    async def go(self, handle_signals: bool = False) -> RunEnding:
        try:
            async with self.heartbeat.beating(), self.channel.open():
                ending = await self.start.go(handle_signals)
        except asyncio.CancelledError:
            raise  # the log has how it ended
        except BaseException as exc:  # whatever ends the job, its log says so
            self.log.write(event="failed", message=f"{type(exc).__name__}: {exc}")
            raise
        return RunEnding(**{each.name: getattr(ending, each.name) for each in fields(ending)}, folder=self.folder.path)


@contextmanager
def at_hand(folder: RunFolder, make: Callable[[Listener], Start], caller: Caller) -> Iterator[JobAtHand]:
    """The start that `make` gives, with all that listens to it. The folder must be held."""
    with ExitStack() as stack:
        tally = caller.tally or Tally()
        bar = stack.enter_context(growing(tally, caller.progress))
        heartbeat, tell = Heartbeat(folder.path, tally, utc_now), broadcast([*bar, *caller.listeners])
        log = stack.enter_context(Log(folder.path, utc_now, say=lambda message: tell(Notice(message))))
        emit = broadcast([log, tally, heartbeat, tell])
        start = stack.enter_context(closing(make(emit)))
        tally.name, tally.job = folder.name, start
        channel = Channel(folder.path, start, emit)
        heartbeat.beat()
        channel.make()
        load_totals(tally, folder)
        yield JobAtHand(folder, start, heartbeat, channel, log)


def load_totals(tally: Tally, folder: RunFolder) -> None:
    """Let the tally start from what earlier starts of the run have spent and refused."""
    if not folder.exists():
        return
    with suppress(StoreBroken):  # the start itself will say what is wrong
        found = read_run(folder).summary()
        tally.spend, tally.candidates = found.spend, found.candidates
        for (name, _), count in found.refusals.items():
            tally.refusals[name] += count


def broadcast(listeners: Sequence[Listener]) -> Listener:
    """One listener that tells them all, in order."""

    def emit(event: Event) -> None:
        for listener in listeners:
            listener(event)

    return emit
