from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from finished import copy_of, finished_run, spoil

from seedgen.errors import UsageError
from seedgen.inputs.seeds import read_seeds
from seedgen.store.figures import Scored
from seedgen.store.ports import RunReader
from seedgen.store.sqlite.statistics import balance, expect, refusals, scores


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> RunReader:
    return finished_run(tmp_path_factory.mktemp("tallies"), target=60)


def test_refusals_are_counted_by_stage_filter_and_reason(done: RunReader) -> None:
    refused = [(done.life(line.ref), line.refusal) for line in done.items(standing="refused") if line.refusal]
    wanted = Counter(("gate" if life.pool_index is None else "output", v.filter, v.reason) for life, v in refused)
    assert {(r.stage, r.filter, r.reason): r.count for r in refusals(done)} == wanted


def test_shares_are_of_the_candidates(done: RunReader) -> None:
    candidates = done.summary().candidates
    assert [r.share for r in refusals(done)] == [r.count / candidates for r in refusals(done)]


def test_scores_are_those_of_the_verdicts(done: RunReader) -> None:
    found = Counter(round(v.score, 3) for line in done.items(refused_by="rouge") if (v := line.refusal) and v.score)
    assert scores(done)["rouge"] == [Scored(False, score, count) for score, count in sorted(found.items())]


def test_thresholds_are_those_of_the_filters_that_have_one(done: RunReader) -> None:
    assert {"rouge": 0.7, "semantic": 0.9}.items() <= done.record().thresholds.items()
    assert "shape" not in done.record().thresholds


@pytest.mark.parametrize(
    ("name", "reason", "message"),
    [
        ("nope", None, 'no filter "nope" in run done; its filters: shape, .*rouge'),
        (None, "nope", 'nothing was refused for "nope" in run done; reasons: near_duplicate \\(rouge\\)'),
        ("rouge", "cut", 'nothing was refused for "cut" in run done; reasons: near_duplicate \\(rouge\\)$'),
    ],
)
def test_what_the_run_does_not_have_is_named_beside_what_it_has(
    done: RunReader, name: str | None, reason: str | None, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        expect(done, name, reason)


def test_a_filter_that_let_everything_pass_is_no_mistake(done: RunReader, tmp_path: Path) -> None:
    harmless = copy_of(done, tmp_path)
    spoil(harmless, "UPDATE verdict SET passed = 1")
    expect(harmless, "rouge", "near_duplicate")


def test_a_run_without_verdicts_has_nothing_to_name(done: RunReader, tmp_path: Path) -> None:
    young = copy_of(done, tmp_path)
    spoil(young, "DELETE FROM verdict; DELETE FROM item; DELETE FROM candidate")
    expect(young, "nope", "nope")
    assert (refusals(young), scores(young)) == ((), {})


def test_kinds_are_counted_beside_their_weights(done: RunReader) -> None:
    kinds = balance(done).kinds
    assert {kind.category for kind in kinds} == {seed.category for seed in read_seeds(("bundled",))}
    sums = [round(sum(getattr(kind, figure) for kind in kinds), 9) for figure in ("count", "share", "weight")]
    assert sums == [60, 1, 1]


def test_an_answer_to_a_collapse_is_told(done: RunReader, tmp_path: Path) -> None:
    spoilt = copy_of(done, tmp_path)
    spoil(spoilt, """UPDATE ticket SET aim = '{"level": 2}'""")
    assert (balance(done).level, balance(spoilt).level) == (0, 2)


def test_a_run_that_is_not_steered_has_no_kinds_to_keep_to(tmp_path: Path) -> None:
    assert balance(finished_run(tmp_path, steer={"enabled": False})).kinds == ()
