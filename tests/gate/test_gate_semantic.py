from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedgen.errors import UsageError
from seedgen.gate.semantic import UNREAD, CosineIndex, SemanticConfig, SemanticFilter
from seedgen.records import Candidate, Proposal, Vector, Verdict


def unit(*values: float) -> Vector:
    raw = np.array(values)
    return (raw / np.linalg.norm(raw)).astype(np.float16)


def candidate(vector: Vector | None) -> Candidate:
    return Candidate(3, 1, Proposal("Some text."), vector=vector)


def filled(threshold: float, *vectors: Vector) -> SemanticFilter:
    filter_ = SemanticFilter(SemanticConfig(threshold=threshold))
    for index, vector in enumerate(vectors):
        filter_.admit(candidate(vector), index)
    return filter_


def test_an_empty_pool_refuses_nothing() -> None:
    assert filled(0.9).verdict(candidate(unit(1, 0))) == Verdict("semantic", True)


def test_refused_and_passed_both_carry_score_and_neighbour() -> None:
    filter_ = filled(0.9, unit(0, 1), unit(1, 0))
    assert filter_.verdict(candidate(unit(1, 0))) == Verdict("semantic", False, "paraphrase", score=1.0, nearest=1)
    assert filter_.verdict(candidate(unit(0.5, 0.5))).nearest == 0
    assert filter_.verdict(candidate(unit(0.5, 0.5))).passed


def test_just_the_threshold_passes() -> None:
    assert filled(1.0, unit(1, 0)).verdict(candidate(unit(1, 0))) == Verdict("semantic", True, score=1.0, nearest=0)


def test_of_equals_the_earliest_is_nearest() -> None:
    assert filled(0.9, unit(0, 1), unit(1, 0), unit(1, 0)).verdict(candidate(unit(1, 0))).nearest == 1


def test_what_the_encoder_cannot_read_passes_with_a_note_and_is_near_to_nothing() -> None:
    unread = unit(1, 0) * np.float16(0)
    filter_ = filled(0.9, unread, unit(0, 1))
    assert filter_.verdict(candidate(unread)) == Verdict("semantic", True, evidence=UNREAD)
    assert filter_.verdict(candidate(unit(-1, -0.1))) == Verdict("semantic", True, score=-0.099487, nearest=1)
    filter_.admit_all([candidate(v) for v in (unread, unread, unit(1, 0))])
    filter_.expect([candidate(unread), candidate(unread)])
    assert filter_.verdict(candidate(unit(1, 0))).nearest == 4


def test_a_candidate_without_vector_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match=r"candidate 3\.1 has no vector"):
        filled(0.9).verdict(candidate(None))


def test_vectors_of_another_length_are_refused_in_words() -> None:
    filter_ = filled(0.9, unit(1, 0))
    with pytest.raises(UsageError, match="gave 3 dimensions, and 2 to the vectors"):
        filter_.verdict(candidate(unit(1, 0, 0)))
    with pytest.raises(UsageError, match="the model"):
        filter_.admit(candidate(unit(1, 0, 0)), 1)


def crowd(rng: np.random.Generator, size: int, width: int) -> list[Vector]:
    """Vectors as instructions have them: some directions count for much, many have a near neighbour, some are there twice."""
    rows = rng.normal(size=(size, width)) / np.sqrt(np.arange(1, width + 1))
    near, twice = rng.random((2, size)) < np.array([[0.5], [0.1]])
    rows[near] = rows[rng.integers(0, size, near.sum())] + 0.3 * rows[near]
    rows[twice] = rows[rng.integers(0, size, twice.sum())]
    return list((rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16))


def by_hand(pool: Sequence[Vector], vector: Vector) -> tuple[float, int]:
    """The best rounded cosine and the first that has it, in exact arithmetic and without any index."""
    scores = [round(score, 6) for score in np.einsum("ij,j->i", np.array(pool, np.float64), vector.astype(np.float64)).tolist()]
    return max(scores), scores.index(max(scores))


SIZES, WIDTHS = st.sampled_from([1, 255, 256, 257, 700, 4096]), st.sampled_from([2, 16, 63, 64, 100, 200])


@given(st.integers(0, 10**6), SIZES, WIDTHS)
@settings(max_examples=10)
def test_the_score_is_the_exact_cosine_rounded(seed: int, size: int, width: int) -> None:
    pool = crowd(np.random.default_rng(seed), size + 3, width)
    alien, filter_ = unit(*np.random.default_rng(seed).normal(size=width)), filled(0.5)
    filter_.admit_all([candidate(v) for v in pool[:size]])
    for vector in (*pool[size:], pool[size // 2], alien):
        score, nearest = by_hand(pool[:size], vector)
        verdict = filter_.verdict(candidate(vector))
        assert (verdict.score, verdict.nearest, verdict.passed) == (score, nearest, score <= 0.5)


@given(st.integers(0, 10**6), st.sampled_from([1, 250, 300]), st.sampled_from([16, 150]), st.integers(1, 12))
@settings(max_examples=10)
def test_judging_a_batch_is_judging_one_by_one(seed: int, size: int, width: int, batch: int) -> None:
    vectors = crowd(np.random.default_rng(seed), size + 24, width)
    alone, together = filled(0.8, *vectors[:size]), filled(0.8, *vectors[:size])
    for start in range(size, len(vectors), batch):
        announced = [candidate(v) for v in vectors[start : start + batch]]
        together.expect(announced)
        for c in announced[:: 1 + seed % 2]:  # what an earlier filter refuses is announced, and never judged
            verdict = alone.verdict(c)
            assert together.verdict(c) == verdict
            if verdict.passed:
                alone.admit(c, 0)
                together.admit(c, 0)


@given(st.integers(0, 10**6), st.lists(st.integers(0, 600), max_size=3).map(sorted))
@settings(max_examples=10)
def test_a_pool_rebuilt_at_once_answers_as_one_that_grew(seed: int, cuts: list[int]) -> None:
    vectors = crowd(np.random.default_rng(seed), 620, 100)
    rebuilt, grown = filled(0.8), filled(0.8, *vectors[:600])
    for start, end in pairwise([0, *cuts, 600]):
        rebuilt.admit_all([candidate(v) for v in vectors[start:end]])
    assert [rebuilt.verdict(candidate(v)) for v in vectors[600:]] == [grown.verdict(candidate(v)) for v in vectors[600:]]


def test_what_is_announced_to_an_empty_pool_is_judged_like_any_other() -> None:
    filter_, batch = filled(0.9), [candidate(unit(1, 0)), candidate(None), candidate(unit(1, 0.1))]
    filter_.expect(batch)
    assert filter_.verdict(batch[0]) == Verdict("semantic", True)
    filter_.admit(batch[0], 0)
    assert filter_.verdict(batch[2]).nearest == 0


def test_a_bound_is_never_below_the_cosine_and_of_a_row_with_itself_just_that() -> None:
    vectors = np.array(crowd(np.random.default_rng(1), 1000, 300))
    index = CosineIndex()
    index.add(vectors[:900])
    slack = index.bounds(vectors) - vectors.astype(np.float64) @ vectors[:900].astype(np.float64).T
    assert (slack >= -1e-5).all()
    assert (np.diag(slack) <= 1e-5).all()


def decoyed(seed: int) -> tuple[list[Vector], list[Vector]]:
    """A pool of 512 in two halves, and queries whose best row in it has a bound that equals its cosine, and is twice there.

    The later one is looked at first. Beside the earlier one, in the same part of eight, is a row with a higher bound and a low cosine: so
    the earlier is found only by those who look at all rows whose bound allows it.
    """
    rng, index = np.random.default_rng(seed), CosineIndex()
    pool = crowd(rng, 512, 100)
    index.add(np.array(pool[:256]))
    rest = np.linalg.svd(index.axes.T)[2][63:]
    queries = []
    for place in range(256, 384, 8):
        near, far = np.linalg.qr(index.axes @ rng.normal(size=(63, 2)))[0].T
        tail = unit(*rng.normal(size=37)) @ rest
        queries.append(unit(*(0.6 * near + 0.8 * tail)))
        pool[place + 1] = pool[place + 128] = unit(*(0.6 * (0.7 * near + 0.7 * far) + 0.8 * tail))
        pool[place] = unit(*(0.6 * near - 0.8 * tail))
    return pool, queries


@pytest.mark.parametrize("seed", range(4))
def test_the_best_is_found_among_rows_that_promise_more_and_of_equals_the_first(seed: int) -> None:
    pool, queries = decoyed(seed)
    filter_ = filled(0.5)
    for half in (pool[:256], pool[256:]):
        filter_.admit_all([candidate(v) for v in half])
    verdicts = [filter_.verdict(candidate(query)) for query in queries]
    assert [(v.score, v.nearest) for v in verdicts] == [by_hand(pool, query) for query in queries]
    assert [v.nearest for v in verdicts] == list(range(257, 385, 8))


def test_of_those_that_differ_by_less_than_a_score_shows_the_first_is_nearest() -> None:
    """Single precision, which is only asked where to look, may put any of them in front."""
    rng = np.random.default_rng(5)
    for _ in range(40):
        query = unit(*rng.normal(size=100))
        pool = np.array([query] * 8)
        least = np.argsort(np.abs(query))[:20]
        pool[:, least] = np.nextafter(pool[:, least], rng.choice([-1, 1], (8, 20)).astype(np.float16))
        verdict = filled(0.5, *pool).verdict(candidate(query))
        assert (verdict.score, verdict.nearest) == by_hand(list(pool), query)
