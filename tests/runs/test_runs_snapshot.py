from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import pytest
from pydantic import TypeAdapter
from watched import Clock, Watched, call, ticket

from seedgen.config.model import Config
from seedgen.events import Ending, Event, Notice, Paused, Stopping, Waiting
from seedgen.runs.snapshot import Snapshot, State, Tally, Wait


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


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([], "running"),
        ([Waiting("main", 30, "429")], "waiting"),
        ([Waiting("other", 30, "429"), Waiting("other", 0, "")], "running"),
        ([Waiting("main", 30, "429"), Paused(True)], "paused"),
        ([Paused(True), Paused(False)], "running"),
        ([Paused(True), Stopping("stopped", "by hand", 3)], "stopping"),
        ([Stopping("stopped", "by hand", 3), Ending("stopped", "by hand", 3, 10)], "ended"),
    ],
)
def test_the_state_is_the_gravest_thing_there_is_to_say(events: list[Event], state: State) -> None:
    tally = Watched().tally
    for event in events:
        tally(event)
    assert (tally.state, tally.snapshot().state) == (state, state)


def test_a_job_that_has_not_begun_is_starting() -> None:
    assert Tally(Clock()).state == "starting"


def test_a_wait_counts_down() -> None:
    watched = Watched()
    watched.tally(Waiting("main", 30, "429"))
    watched.clock.now += 12
    assert watched.tally.snapshot().waiting == (Wait("main", 18, "429"),)


@dataclass
class FakeJob:
    config: Config = field(default_factory=lambda: Config(target=20))
    concurrency: Mapping[str, int] = field(default_factory=lambda: {"main": 7})

    def stop(self, message: str) -> None: ...


def test_limits_target_and_concurrency_are_those_in_force() -> None:
    watched = Watched()
    watched.tally.job = FakeJob()
    watched.tally(Notice("target is 20 now"))
    found = watched.tally.snapshot()
    assert (found.target, found.concurrency, found.limits["stall_tickets"]) == (20, {"main": 7}, 200)


def test_a_snapshot_goes_into_json_and_back() -> None:
    tally = Watched().tally
    for event in (call(), ticket(), Waiting("main", 3, "busy")):
        tally(event)
    adapter, found = TypeAdapter(Snapshot), tally.snapshot()
    assert adapter.validate_json(adapter.dump_json(found)) == found
    assert asdict(found)["refusals"] == {"rouge": 1}


def test_long_texts_are_cut() -> None:
    tally = Watched().tally
    tally(call(error="x" * 1000))
    assert len(tally.snapshot().last_failure) == 300
