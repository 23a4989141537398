"""A run as it goes on, in numbers: what its events add up to (`Tally`), and that at one moment (`Snapshot`).

A snapshot is all that a display needs, as plain values: it goes into JSON and back, so that a job can be watched from another process
just as from its own. The time is given in; how it looks is left to the displays.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Literal, Protocol

from seedgen.ask.limits import Spend
from seedgen.config.model import Config
from seedgen.events import CallEnded, Ending, Event, Paused, RunStarted, Stopping, TicketFinished, Waiting

RECENT = 10.0  # seconds over which the speed is taken
LONGEST_TEXT = 300  # characters of a message or an item in a snapshot

State = Literal["starting", "running", "paused", "waiting", "stopping", "ended", "silent"]
"""`waiting`: no teacher is left that is not given time. `silent` is said by those who watch a job and hear nothing."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A teacher that is given time: for so many seconds yet, and why."""

    teacher: str
    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A job at one moment. `message` says why it is stopping, has ended or is silent, `end` the first two in one word (of `events.End`).

    `elapsed` and `seconds_left` (to the target; None while there is no pace to go by) are of this start; the counts are of the whole run.
    `limits` and `concurrency` (by teacher, calls at once) are those in force. The last block tells whose heartbeat this is: times are UTC
    ISO, `beat` is the host's monotonic clock in seconds.
    """

    name: str = ""
    state: State = "starting"
    message: str = ""
    end: str = ""
    signal: int = 0
    target: int = 0
    accepted: int = 0
    tickets: int = 0
    under_way: int = 0
    candidates: int = 0
    refusals: Mapping[str, int] = field(default_factory=dict)
    spend: Spend = field(default_factory=Spend)
    tokens_a_second: float = 0.0
    elapsed: float = 0.0
    seconds_left: float | None = None
    failures: int = 0
    last_failure: str = ""
    last_accepted: str = ""
    teachers: tuple[str, ...] = ()
    waiting: tuple[Wait, ...] = ()
    limits: Mapping[str, float | int | None] = field(default_factory=dict)
    concurrency: Mapping[str, int] = field(default_factory=dict)

    pid: int = 0
    host: str = ""
    started: str = ""
    updated: str = ""
    beat: float = 0.0

    def snapshot(self) -> Snapshot:
        return self


class Job(Protocol):
    """What a tally knows its job by: the settings in force, by teacher how many calls may be in flight just now, and a way to end it."""

    @property
    def config(self) -> Config: ...
    @property
    def concurrency(self) -> Mapping[str, int]: ...
    def stop(self, message: str) -> None: ...


@dataclass
class Tally:
    """Call it with each event. What earlier starts of the run left, and the job itself, are given before the first by `seedgen.api`."""

    timer: Callable[[], float] = monotonic
    job: Job | None = None
    spend: Spend = field(default_factory=Spend)
    candidates: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    name: str = ""
    teachers: tuple[str, ...] = ()
    target: int = 0
    accepted: int = 0
    accepted_before: int = 0
    tickets: int = 0
    failures: int = 0
    last_failure: str = ""
    last_accepted: str = ""
    paused: bool = False
    stopping: Stopping | None = None
    ending: Ending | None = None
    begun: float | None = None
    under_way: set[int] = field(default_factory=set)
    recent: deque[tuple[float, int]] = field(default_factory=deque)
    waits: dict[str, tuple[float, str]] = field(default_factory=dict)
    """The teachers that are given time: until when by the timer, and why."""
    made: float = field(init=False)

    def __post_init__(self) -> None:
        self.made = self.timer()

    def __call__(self, event: Event) -> None:
        match event:
            case RunStarted():
                self.name, self.teachers, self.target = event.name, event.teachers, event.target
                self.accepted = self.accepted_before = event.accepted
                self.tickets, self.begun = event.tickets, self.timer()
            case CallEnded():
                self.add_call(event)
            case TicketFinished():
                self.add_ticket(event)
            case Waiting(teacher=teacher, seconds=0):
                self.waits.pop(teacher, None)
            case Waiting():
                self.waits[event.teacher] = self.timer() + event.seconds, event.reason
            case Paused(paused=paused):
                self.paused = paused
            case Stopping():
                self.stopping = event
            case Ending():
                self.ending, self.accepted, self.target = event, event.accepted, event.target
        if self.job:
            self.target = self.job.config.target

    def add_call(self, event: CallEnded) -> None:
        self.spend = self.spend.sent()
        self.under_way.add(int(event.key.partition(".")[0]))
        if event.error:
            self.failures, self.last_failure = self.failures + 1, event.error
            return
        self.spend = self.spend.received(event.usage, event.cost)
        now = self.timer()
        self.recent.append((now, event.usage.completion_tokens or 0))
        while self.recent[0][0] < now - RECENT:
            self.recent.popleft()

    def add_ticket(self, event: TicketFinished) -> None:
        result = event.result
        self.under_way.discard(result.draw.ticket)
        self.tickets, self.accepted = self.tickets + 1, event.accepted
        self.candidates += len(result.gated)
        verdicts = [v for gated in result.gated for v in gated.verdicts] + [v for item in result.items for v in item.verdicts]
        self.refusals.update(v.filter for v in verdicts if not v.passed)
        for item in result.items:
            if item.position is not None and item.position < self.target:
                self.last_accepted = item.instruction

    @property
    def elapsed(self) -> float:
        """Seconds since the loop began; until then, since the job did."""
        return self.timer() - (self.made if self.begun is None else self.begun)

    @property
    def tokens_a_second(self) -> float:
        """Completion tokens a second, over the last ten seconds."""
        since = self.timer() - RECENT
        calls = tuple(self.recent)  # a copy: the display asks from a thread of its own
        return sum(tokens for at, tokens in calls if at >= since) / max(1.0, min(RECENT, self.elapsed))

    @property
    def seconds_left(self) -> float | None:
        """Until the target, at the pace of this start; None while there is no pace to go by."""
        gained = self.accepted - self.accepted_before
        return self.elapsed / gained * (self.target - self.accepted) if gained else None

    @property
    def state(self) -> State:
        if self.ending:
            return "ended"
        if self.stopping:
            return "stopping"
        if self.paused:
            return "paused"
        if self.begun is None:
            return "starting"
        return "waiting" if self.waits and len(self.waits) >= len(self.teachers) else "running"

    def snapshot(self) -> Snapshot:
        """The job as it stands now. May be called from any thread."""
        last, now = self.ending or self.stopping, self.timer()
        return Snapshot(
            name=self.name,
            state=self.state,
            message=last.message[:LONGEST_TEXT] if last else "",
            end=last.end if last else "",
            signal=self.ending.signal if self.ending else 0,
            target=self.target,
            accepted=self.accepted,
            tickets=self.tickets,
            under_way=len(self.under_way),
            candidates=self.candidates,
            refusals=dict(self.refusals),
            spend=self.spend,
            tokens_a_second=round(self.tokens_a_second, 1),
            elapsed=round(self.elapsed, 1),
            seconds_left=self.seconds_left,
            failures=self.failures,
            last_failure=self.last_failure[:LONGEST_TEXT],
            last_accepted=self.last_accepted[:LONGEST_TEXT],
            teachers=self.teachers,
            waiting=tuple(Wait(name, max(0.0, round(until - now, 1)), why) for name, (until, why) in list(self.waits.items())),
            limits=self.job.config.limits.model_dump(mode="json") if self.job else {},
            concurrency=dict(self.job.concurrency) if self.job else {},
        )
