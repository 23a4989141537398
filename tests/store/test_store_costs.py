from __future__ import annotations

from pathlib import Path

import pytest
from finished import copy_of, finished_run, spoil

from seedgen.store.figures import Bill, SeedYield
from seedgen.store.ports import RunReader
from seedgen.store.sqlite.costs import costs, worst

FAILED_ATTEMPT = """
    INSERT INTO call (run_id, ticket, step, ordinal, attempt, teacher, model, template, request_digest, state, sent_at, error, message,
                      answered_by, notes, role, reader)
    SELECT run_id, ticket, step, ordinal, 9, teacher, model, template, request_digest, 'failed', sent_at, 'TeacherTransient', '', '', '',
           role, ''
    FROM call WHERE ticket = 0 AND step = 'propose'"""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> RunReader:
    """A finished run of both recipes, in which every answered call cost a cent."""
    reader = finished_run(tmp_path_factory.mktemp("costs"), target=60)
    spoil(reader, "UPDATE call SET cost = 0.01 WHERE state = 'answered'")
    return reader


def test_every_cent_is_found_under_one_standing(done: RunReader) -> None:
    found, summary = costs(done), done.summary()
    assert sum(bill.cost for bill in found.standings.values()) == pytest.approx(found.all.cost) == pytest.approx(summary.spend.cost)
    assert sum(bill.tokens for bill in found.standings.values()) == pytest.approx(summary.spend.tokens)
    assert sum(bill.requests for bill in found.standings.values()) == pytest.approx(summary.spend.requests)


@pytest.mark.parametrize("group", ["recipes", "teachers"])
def test_recipes_and_teachers_share_all_but_what_is_still_open(done: RunReader, group: str) -> None:
    found = costs(done)
    still_open = found.standings["open"].cost if group == "recipes" and "open" in found.standings else 0
    assert sum(bill.cost for bill in getattr(found, group).values()) == pytest.approx(found.all.cost - still_open)


def test_candidates_are_counted_as_the_summary_counts_them(done: RunReader) -> None:
    found, summary = costs(done), done.summary()
    assert (found.all.candidates, found.all.accepted) == (summary.candidates, summary.accepted)
    assert sum(bill.candidates for bill in found.categories.values()) == summary.candidates
    assert found.standings["refused"].candidates == found.all.refused == summary.candidates - summary.accepted - summary.surplus


def test_a_proposing_call_is_shared_by_the_candidates_it_brought(done: RunReader, tmp_path: Path) -> None:
    alone = copy_of(done, tmp_path)
    spoil(alone, "UPDATE call SET cost = 0; UPDATE call SET cost = 0.08 WHERE ticket = 0 AND step = 'propose'")
    lines = [line for line in alone.items() if line.ref.startswith("0.")]
    accepted = sum(line.standing == "accepted" for line in lines)
    assert costs(alone).standings["accepted"].cost == pytest.approx(0.08 * accepted / len(lines))


def test_where_one_cost_is_unknown_so_is_the_cost_of_an_item(done: RunReader, tmp_path: Path) -> None:
    unsure = copy_of(done, tmp_path)
    spoil(unsure, "UPDATE call SET cost = NULL WHERE ticket = 0 AND step = 'propose'")
    found = costs(unsure)
    assert (found.all.cost_per_accepted, found.all.unpriced) == (None, pytest.approx(1))
    assert found.all.cost > 0


def test_a_failed_attempt_is_no_answer_of_unknown_price(done: RunReader, tmp_path: Path) -> None:
    failed = copy_of(done, tmp_path)
    spoil(failed, FAILED_ATTEMPT)
    before, after = costs(done).all, costs(failed).all
    assert (after.unpriced, after.requests) == (0, pytest.approx(before.requests + 1))


def test_a_regated_run_has_cost_nothing(done: RunReader, tmp_path: Path) -> None:
    other = copy_of(done, tmp_path)
    spoil(other, "UPDATE run SET regated_from = 'done'")
    found = costs(other)
    assert (found.all.cost, found.all.requests, found.all.accepted) == (0, 0, 60)


def test_seeds_count_the_candidates_of_the_tickets_that_showed_them(done: RunReader) -> None:
    lives = [done.life(line.ref) for line in done.items()]
    found = costs(done, seeds=999)
    for each in found.seeds:
        of_it = [life for life in lives if f"seed:{each.id}" in [parent.ref for parent in life.parents]]
        assert (each.candidates, each.refused) == (len(of_it), sum(not any(i.standing != "refused" for i in life.items) for life in of_it))


def seed(name: str, candidates: int, refused: int, mean: float = 0.2) -> SeedYield:
    return SeedYield(name, "", candidates // 8, candidates, refused, mean * candidates)


def test_the_worst_seeds_are_those_furthest_beyond_chance() -> None:
    found = [seed("few", 8, 8), seed("good", 80, 2), seed("bad", 80, 40), seed("as-all", 80, 16), seed("worse", 800, 400)]
    assert [each.id for each in worst(found, 5)] == ["worse", "bad"]


def test_nothing_accepted_has_no_cost_of_its_own() -> None:
    assert (Bill(cost=1.0).cost_per_accepted, Bill(cost=1.0, accepted=4).cost_per_accepted) == (None, 0.25)
