from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedgen.audit.overlap import nearest_by_rouge
from seedgen.audit.scores import Bin, binned, edges, nearest_scores, spread
from seedgen.store.figures import Scored

THRESHOLDS = st.floats(0.001, 1) | st.integers(1, 100).map(lambda n: n / 100)
COUNTS = st.lists(st.builds(Scored, st.booleans(), st.integers(-1000, 1001).map(lambda n: n / 1000), st.integers(1, 9)))


@given(THRESHOLDS)
def test_bins_go_from_0_to_1_and_one_ends_at_the_threshold(threshold: float) -> None:
    ends = edges(threshold)
    assert (ends[0], ends[-1], threshold in ends) == (0.0, 1.0, True)
    assert all(low < high for low, high in pairwise(ends))


@given(THRESHOLDS, COUNTS)
def test_no_score_is_left_out_and_none_is_on_the_wrong_side_of_the_threshold(threshold: float, counts: list[Scored]) -> None:
    counts = [each for each in counts if each.passed or threshold < 1]
    found = binned("rouge", threshold, counts)
    assert sum(b.passed + b.refused for b in found.bins) == sum(each.count for each in counts)
    assert not [b for b in found.bins if (b.passed and b.low >= threshold) or (b.refused and b.high <= threshold)]


@pytest.mark.parametrize(
    ("score", "passed", "place"),
    [
        (0.7, True, Bin(0.68, 0.7, 1, 0)),
        (0.7, False, Bin(0.7, 0.72, 0, 1)),  # 0.7004, rounded
        (0.72, False, Bin(0.7, 0.72, 0, 1)),
        (0.721, False, Bin(0.72, 0.74, 0, 1)),
        (1.0, False, Bin(0.8, 1.0, 0, 1)),
        (-0.1, True, Bin(0.0, 0.6, 1, 0)),
    ],
)
def test_a_score_on_the_threshold_has_passed(score: float, passed: bool, place: Bin) -> None:
    assert [b for b in binned("rouge", 0.7, [Scored(passed, score, 1)]).bins if b.passed + b.refused] == [place]


def test_near_are_the_bins_beside_the_threshold_only() -> None:
    assert [round(b.low, 2) for b in binned("semantic", 0.95, []).near] == [0.85, 0.87, 0.89, 0.91, 0.93, 0.95, 0.97, 0.99]


@pytest.mark.parametrize(("count", "places"), [(2, [5, 10]), (10, list(range(5, 15))), (99, list(range(5, 15))), (0, [5])])
def test_a_sample_is_spread_evenly(count: int, places: list[int]) -> None:
    assert spread(range(5, 15), count) == places


def test_of_nothing_there_is_no_sample() -> None:
    assert spread(range(5, 5), 500) == []


@given(st.lists(st.lists(st.sampled_from(["a", "b", "c", "d", "é", "海"]), max_size=6).map(" ".join), min_size=1, max_size=8))
def test_the_score_of_a_pass_is_that_of_the_nearest_text_before_it(pool: list[str]) -> None:
    wanted = [nearest_by_rouge(text, pool[:n]) for n, text in enumerate(pool)]
    found = nearest_scores(pool, range(len(pool)))
    assert found == pytest.approx([each[1] if each else 0.0 for each in wanted])
