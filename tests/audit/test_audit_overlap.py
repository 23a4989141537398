import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from seedgen.audit import nearest_by_rouge
from seedgen.audit.overlap import duplicates, near_pairs, rouge_l, word_overlap

SCORER = RougeScorer(["rougeL"])
TEXTS = st.lists(st.lists(st.sampled_from(["a", "bb", "Ccc", "d-d", "7", ","]), max_size=9).map(" ".join), max_size=8)


def rouge(one: str, other: str) -> float:
    return float(SCORER.score(one, other)["rougeL"].fmeasure)


@given(TEXTS, st.sampled_from([0.3, 0.5, 0.7, 2 / 3, 1.0]))
def test_near_pairs_are_those_that_rouge_score_finds_asked_of_all_or_of_the_likely_ones(texts: list[str], threshold: float) -> None:
    every = [(i, j, rouge(texts[i], texts[j])) for j in range(len(texts)) for i in range(j)]
    due = sorted(pair for pair in every if pair[2] > threshold)
    assert sorted(near_pairs(texts, threshold)) == sorted(near_pairs(texts, threshold, score=rouge)) == due


@given(st.sampled_from(["a bb Ccc", "d-d", ",", ""]), TEXTS)
def test_the_nearest_is_the_one_that_rouge_score_finds_first(text: str, pool: list[str]) -> None:
    scores = [rouge(text, other) for other in pool]
    best = max(scores, default=0.0)
    assert nearest_by_rouge(text, pool) == ((scores.index(best), best) if best else None)


@given(TEXTS.filter(lambda texts: len(texts) > 1))
def test_the_arithmetic_is_that_of_rouge_score_to_the_last_bit(texts: list[str]) -> None:
    assert word_overlap(*texts[:2]) == rouge_l(*texts[:2]) == rouge(*texts[:2])


def test_texts_that_are_not_ascii_are_compared_word_by_word() -> None:
    assert list(near_pairs(["Назови три реки", "Назови три горы", "Täh"], 0.6)) == [(0, 1, pytest.approx(2 / 3))]


def test_pairs_among_the_first_are_left_out() -> None:
    assert list(near_pairs(["a b", "a b", "a b"], 0.7, first=2)) == [(0, 2, 1.0), (1, 2, 1.0)]


def test_duplicates_are_named_with_the_earliest() -> None:
    assert list(duplicates(["Sort it.", "Other", "sort IT", "Sort  it!"])) == [(0, 2), (0, 3)]
