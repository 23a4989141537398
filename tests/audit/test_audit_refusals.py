from __future__ import annotations

from pathlib import Path

import pytest
from finished import copy_of, finished_run, spoil

from seedgen.audit import compare_life, compare_lines, report_gate
from seedgen.audit.overlap import nearest_by_rouge
from seedgen.audit.refusals import compare
from seedgen.errors import UsageError
from seedgen.records import Verdict
from seedgen.store.ports import Near, RunReader


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> RunReader:
    return finished_run(tmp_path_factory.mktemp("refusals"), target=60)


def test_a_report_holds_all_refusals_and_the_histograms_of_stored_scores(done: RunReader) -> None:
    report = report_gate(done)
    assert {each.filter for each in report.refusals} >= {"rouge", "output"}
    assert [(h.filter, h.passes, h.sample) for h in report.histograms] == [("rouge", 0, None)]


def test_a_report_on_word_overlap_scores_the_admitted_now(done: RunReader) -> None:
    report = report_gate(done, "rouge")
    pool, seeds = done.pool(), len(done.seeds())
    best = [nearest_by_rouge(pool[n], pool[:n]) for n in range(seeds, len(pool))]
    assert {each.filter for each in report.refusals} == {"rouge"}
    assert [(h.sample, h.admitted, h.passes) for h in report.histograms] == [(len(best),) * 3]
    assert report.histograms[0].bins[0].passed == sum(not each or each[1] <= 0.6 for each in best)


def test_a_filter_without_a_threshold_has_no_histogram(done: RunReader) -> None:
    assert report_gate(done, "shape").histograms == ()


def test_a_filter_that_refused_nobody_still_shows_how_near_they_came(done: RunReader, tmp_path: Path) -> None:
    harmless = copy_of(done, tmp_path)
    spoil(harmless, "UPDATE verdict SET passed = 1, score = NULL")
    report = report_gate(harmless, "rouge")
    assert (report.refusals, report.histograms[0].passes > 0) == ((), True)


def test_a_filter_that_is_not_there_is_an_error(done: RunReader) -> None:
    with pytest.raises(UsageError, match='no filter "nope"'):
        report_gate(done, "nope")


def test_every_refusal_for_a_neighbour_is_compared_with_it_and_no_other(done: RunReader) -> None:
    found = list(compare_lines(done, done.items()))
    assert {line.ref for line, comparison in found if comparison} == {line.ref for line, _ in found if line.near}
    assert {comparison.threshold for line, comparison in found if comparison and line.refusal and line.refusal.filter == "rouge"} == {0.7}


def test_a_life_is_compared_as_its_line_is(done: RunReader) -> None:
    line, comparison = next((line, found) for line, found in compare_lines(done, done.items()) if found)
    assert compare_life(done.life(line.ref)) == comparison


def test_meaning_knows_no_order_of_words() -> None:
    near = Near("seed:1", "dogs like cats")
    by_words, by_meaning = (
        compare("cats like dogs", Verdict(name, False, "x", 0.95, 1), near, {"semantic": 0.9}) for name in ("rouge", "semantic")
    )
    assert by_words is not None
    assert by_meaning is not None
    assert (len(by_words.common.one), len(by_meaning.common.one)) == (1, 3)
    assert (by_words.threshold, by_meaning.threshold) == (None, 0.9)
