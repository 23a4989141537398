import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedgen.config import SemanticConfig
from seedgen.gate.semantic import SemanticFilter
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
    assert filled(0.9).judge(candidate(unit(1, 0))) == Verdict("semantic", True)


def test_refused_and_passed_both_carry_score_and_neighbour() -> None:
    filter_ = filled(0.9, unit(0, 1), unit(1, 0))
    assert filter_.judge(candidate(unit(1, 0))) == Verdict("semantic", False, "paraphrase", score=1.0, nearest=1)
    assert filter_.judge(candidate(unit(0.5, 0.5))).nearest == 0
    assert filter_.judge(candidate(unit(0.5, 0.5))).passed


def test_just_the_threshold_passes() -> None:
    assert filled(1.0, unit(1, 0)).judge(candidate(unit(1, 0))) == Verdict("semantic", True, score=1.0, nearest=0)


def test_of_equals_the_earliest_is_nearest() -> None:
    assert filled(0.9, unit(0, 1), unit(1, 0), unit(1, 0)).judge(candidate(unit(1, 0))).nearest == 1


def test_a_candidate_without_vector_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match=r"candidate 3\.1 has no vector"):
        filled(0.9).judge(candidate(None))


@given(st.integers(0, 10**6), st.sampled_from([1, 255, 256, 257, 700]))
@settings(max_examples=25, deadline=None)
def test_the_score_is_the_exact_cosine_rounded(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    pool = [unit(*row) for row in rng.normal(size=(size, 16))]
    vector = unit(*rng.normal(size=16))
    exact = [round(float(np.dot(v.astype(np.float64), vector.astype(np.float64))), 6) for v in pool]
    verdict = filled(0.5, *pool).judge(candidate(vector))
    assert (verdict.score, verdict.nearest, verdict.passed) == (max(exact), exact.index(max(exact)), max(exact) <= 0.5)
