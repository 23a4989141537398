"""A run as it is watched: a clock that can be turned, a tally begun, and the events it is told of."""

from __future__ import annotations

from dataclasses import dataclass, field

from seedgen.events import CallEnded, RunStarted, TicketFinished
from seedgen.records import Candidate, Draw, Gated, GateTurn, Item, Proposal, TicketResult, Usage, Verdict
from seedgen.runs.snapshot import Tally


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Watched:
    """A tally of a run of 10 items, begun with 2, on a clock that can be turned."""

    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.tally = Tally(self.clock)
        self.tally(RunStarted("first", 10, 2, 5, ("main (m)",)))


def call(seconds: float = 1.0, error: str = "", cost: float | None = 0.5) -> CallEnded:
    return CallEnded("5.propose.0", "main", seconds, Usage() if error else Usage(100, 40), cost, error)


def ticket(position: int | None = 2, *, refused_by: str = "rouge") -> TicketFinished:
    candidates = [Gated(Candidate(5, n, Proposal("Do it")), (Verdict(refused_by, n == 0, "why"),), n or None) for n in range(2)]
    item = Item(5, 0, 0, "Do it well", "", "Done", position)
    return TicketFinished(TicketResult(Draw(5, "alpaca", ()), 5, GateTurn(6), tuple(candidates), (item,)), accepted=3)
