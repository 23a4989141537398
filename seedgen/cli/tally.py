"""A run as it goes on, in numbers: what its events add up to. How that looks is left to `display`; the time is given in."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from seedgen.events import CallEnded, Ending, Event, RunStarted, Stopping, TicketFinished
from seedgen.limits import Spend

RECENT = 10.0  # seconds over which the speed is taken


@dataclass
class Tally:
    """Call it with each event. `spend`, `candidates` and `refusals` start from what earlier starts left, if that is given."""

    timer: Callable[[], float]
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
    stopping: Stopping | None = None
    ending: Ending | None = None
    begun: float | None = None
    under_way: set[int] = field(default_factory=set)
    recent: deque[tuple[float, int]] = field(default_factory=deque)
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
            case Stopping():
                self.stopping = event
            case Ending():
                self.ending, self.accepted, self.target = event, event.accepted, event.target

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
        self.candidates += len(result.judged)
        verdicts = [v for judged in result.judged for v in judged.verdicts] + [v for item in result.items for v in item.verdicts]
        self.refusals.update(v.filter for v in verdicts if not v.passed)
        for item in result.items:
            if item.position is not None and item.position < self.target:
                self.last_accepted = item.instruction

    @property
    def elapsed(self) -> float:
        """Seconds since the loop began."""
        return 0.0 if self.begun is None else self.timer() - self.begun

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
