from __future__ import annotations

from dataclasses import dataclass, field

from seedgen.cli.tally import Tally
from seedgen.events import CallEnded, Ending, RunStarted, TicketFinished
from seedgen.records import Candidate, Draw, Item, Judged, Mark, Proposal, TicketResult, Usage, Verdict


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
    candidates = [Judged(Candidate(5, n, Proposal("Do it")), (Verdict(refused_by, n == 0, "why"),), n or None) for n in range(2)]
    item = Item(5, 0, 0, "Do it well", "", "Done", position)
    return TicketFinished(TicketResult(Draw(5, "alpaca", ()), 5, Mark(6), tuple(candidates), (item,)), accepted=3)


def test_calls_add_up_to_what_was_spent() -> None:
    tally = Watched().tally
    tally(call())
    tally(call(error="TeacherBusy: slow down"))
    assert (tally.spend.requests, tally.spend.tokens, tally.spend.cost) == (2, 140, 0.5)
    assert (tally.failures, tally.last_failure, tally.under_way) == (1, "TeacherBusy: slow down", {5})


def test_an_unknown_price_is_counted_as_such() -> None:
    tally = Watched().tally
    tally(call(cost=None))
    assert (tally.spend.cost, tally.spend.unpriced) == (0.0, 1)


def test_a_ticket_adds_its_candidates_refusals_and_items() -> None:
    tally = Watched().tally
    tally(call())
    tally(ticket())
    assert (tally.tickets, tally.accepted, tally.candidates, dict(tally.refusals)) == (6, 3, 2, {"rouge": 1})
    assert (tally.last_accepted, tally.under_way) == ("Do it well", set())


def test_surplus_and_failed_items_are_not_the_last_accepted() -> None:
    tally = Watched().tally
    tally(ticket(position=10))
    tally(ticket(position=None))
    assert tally.last_accepted == ""


def test_speed_is_that_of_the_last_ten_seconds() -> None:
    watched = Watched()
    for _ in range(20):
        watched.clock.now += 1
        watched.tally(call())
    assert 40 <= watched.tally.tokens_a_second <= 44
    watched.clock.now += 60
    assert watched.tally.tokens_a_second == 0


def test_time_left_follows_the_pace_of_this_start() -> None:
    watched = Watched()
    assert watched.tally.seconds_left is None
    watched.clock.now += 4
    watched.tally(ticket())
    assert (watched.tally.elapsed, watched.tally.seconds_left) == (4, 28)


def test_the_ending_settles_what_was_accepted() -> None:
    tally = Watched().tally
    tally(Ending("target", "10 accepted", 10, 10))
    assert (tally.accepted, tally.ending and tally.ending.end) == (10, "target")
