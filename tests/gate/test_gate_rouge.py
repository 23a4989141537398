import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from seedgen.config import RougeConfig
from seedgen.gate.rouge import Match, RougeFilter, RougeIndex
from seedgen.records import Candidate, Proposal, Verdict

SCORER = RougeScorer(["rougeL"], use_stemmer=False)
THRESHOLDS = [0.3, 0.5, 0.6, 2 / 3, 0.7, 0.75, 0.8, 0.9, 1.0]


def brute_force(pool: list[str], text: str, threshold: float) -> Match | None:
    scores = [SCORER.score(other, text)["rougeL"].fmeasure for other in pool]
    best = max(scores, default=0.0)
    return Match(scores.index(best), best) if best > threshold else None


def index_of(pool: list[str], threshold: float, tail: int = 1024) -> RougeIndex:
    index = RougeIndex(threshold, tail=tail)
    assert [index.add(text) for text in pool] == list(range(len(pool)))
    return index


def texts(letters: str, most: int) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(letters), max_size=most).map(" ".join)


@given(st.lists(texts("abcde", 14), max_size=40), texts("abcdef", 14), st.sampled_from(THRESHOLDS), st.sampled_from([1, 2, 5, 1000]))
@settings(max_examples=200, deadline=None)
def test_the_nearest_is_that_of_rouge_score_to_the_last_bit(pool: list[str], text: str, threshold: float, tail: int) -> None:
    assert index_of(pool, threshold, tail).nearest(text) == brute_force(pool, text, threshold)


@given(st.lists(texts("abcdefghijklmnopqrstuvwxyz", 40), min_size=1, max_size=30), st.data(), st.sampled_from(THRESHOLDS))
@settings(max_examples=80, deadline=None)
def test_edited_texts_are_found_as_rouge_score_finds_them(pool: list[str], data: st.DataObject, threshold: float) -> None:
    words = data.draw(st.sampled_from(pool)).split()
    kept = [word for word in words if data.draw(st.integers(0, 4))]
    text = " ".join(kept + ["new"] * data.draw(st.integers(0, 4)))
    assert index_of(pool, threshold, tail=4).nearest(text) == brute_force(pool, text, threshold)


@given(st.lists(st.text(st.characters(codec="ascii"), max_size=30), max_size=8), st.text(st.characters(codec="ascii"), max_size=30))
@settings(max_examples=80, deadline=None)
def test_any_ascii_text_is_read_as_rouge_score_reads_it(pool: list[str], text: str) -> None:
    assert index_of(pool, 0.3, tail=3).nearest(text) == brute_force(pool, text, 0.3)


def with_lcs(common: int, first: int, second: int) -> tuple[str, str]:
    """Two texts of so many words with so many in common."""
    shared = [f"s{i}" for i in range(common)]
    return " ".join(shared + [f"a{i}" for i in range(first - common)]), " ".join(shared + [f"b{i}" for i in range(second - common)])


BOUNDARY = [with_lcs(7 * k, 10 * k + d, 10 * k - d) for k in range(1, 9) for d in range(-3 * k, 3 * k + 1)]
"""Pairs whose 2·LCS/(m+n) is just 0.7."""


@pytest.mark.parametrize("tail", [1, 1024])
def test_just_on_the_boundary_the_float_formula_decides(tail: int) -> None:
    assert [index_of([a], 0.7, tail).nearest(b) for a, b in BOUNDARY] == [brute_force([a], b, 0.7) for a, b in BOUNDARY]


def test_both_outcomes_on_the_boundary_occur() -> None:
    assert {brute_force([a], b, 0.7) is None for a, b in BOUNDARY} == {True, False}


@pytest.mark.parametrize("tail", [1, 2, 100])
def test_of_equals_the_earliest_is_nearest(tail: int) -> None:
    pool = ["x y z q r s", "a b c d", "a b c e", "a b c d", "a b c d"]
    assert index_of(pool, 0.7, tail).nearest("a b c d") == Match(1, 1.0)


def test_empty_texts_take_an_index_and_never_match() -> None:
    index = index_of(["", "!!!", "one two three"], 0.5, tail=2)
    assert (index.nearest(""), index.nearest("?"), index.nearest("one two three")) == (None, None, Match(2, 1.0))


def test_texts_in_other_scripts_are_compared() -> None:
    index = index_of(["Напиши рассказ о драконе и рыцаре", "写一首关于秋天的诗"], 0.7)
    assert index.nearest("Напиши рассказ о драконе и принцессе") is not None
    assert index.nearest("写一首关于春天的诗") is not None
    assert index.nearest("Опиши вкус спелого манго летом") is None


def test_asking_does_not_grow_the_vocabulary() -> None:
    index = index_of(["one two three"], 0.7)
    index.nearest("four five six")
    assert set(index.vocabulary) == {"one", "two", "three"}


def test_no_word_is_a_surrogate() -> None:
    index = RougeIndex()
    codes = {index.learn(f"w{i}") for i in range(56_000)}
    assert len(codes) == 56_000
    assert not any(0xD800 <= code < 0xE000 for code in codes)


def test_beyond_a_million_words_texts_are_still_compared_exactly() -> None:
    index = index_of(["a b c d e f"], 0.7, tail=1)
    index.vocabulary |= {f"filler{i}": 1 for i in range(0x110000)}
    index.add("a b c x y z")
    assert max(index.vocabulary.values()) > 0x10FFFF
    assert index.nearest("a b c x y q") == Match(1, 5 / 6 * (5 / 6) * 2 / (5 / 6 + 5 / 6))
    assert index.nearest("a b c x y z") == Match(1, 1.0)
    assert index.nearest("a b c d e f") == Match(0, 1.0)


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.1])
def test_a_threshold_out_of_range_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold"):
        RougeIndex(threshold)


def test_segments_stay_few_and_cover_the_pool() -> None:
    index = index_of([f"text number {i}" for i in range(100)], 0.9, tail=4)
    assert [(s.first, len(s.texts)) for s in index.segments] == [(0, 64), (64, 32), (96, 4)]


def test_the_filter_names_neighbour_and_score_only_when_it_refuses() -> None:
    filter_ = RougeFilter(RougeConfig(threshold=0.7))
    filter_.admit(Candidate(0, 0, Proposal("Write a story about a dragon.")), 0)
    assert filter_.judge(Candidate(1, 0, Proposal("Write a story about a dragon!"))) == Verdict("rouge", False, "near_duplicate", 1.0, 0)
    assert filter_.judge(Candidate(1, 1, Proposal("Name three rivers."))) == Verdict("rouge", True)
