from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer, _score_lcs

from seedgen.gate.packed import Vocabulary
from seedgen.gate.pairs import Geometry, Postings
from seedgen.gate.rouge import Match, RougeConfig, RougeFilter, RougeIndex
from seedgen.language.text import tokens
from seedgen.records import Candidate, Proposal, Verdict

SCORER = RougeScorer(["rougeL"], use_stemmer=False)
THRESHOLDS = [0.3, 0.35, 0.4, 0.5, 0.55, 0.6, 0.65, 2 / 3, 0.7, 0.75, 0.8, 0.9, 0.95, 1.0]
BATCHES = [1, 3, 1000]


def brute_force(pool: Sequence[str], text: str, threshold: float) -> Match | None:
    return first_best([SCORER.score(other, text)["rougeL"].fmeasure for other in pool], threshold)


def by_words(pool: Sequence[str], text: str, threshold: float) -> Match | None:
    """rouge-score's scoring of our words, where its own would be none."""
    return first_best([_score_lcs(tokens(other), tokens(text)).fmeasure for other in pool], threshold)


def first_best(scores: list[float], threshold: float) -> Match | None:
    best = max(scores, default=0.0)
    return Match(scores.index(best), best) if best > threshold else None


def index_of(pool: Sequence[str], threshold: float, batch: int = 256) -> RougeIndex:
    index = RougeIndex(threshold, batch=batch)
    assert [index.add(text) for text in pool] == list(range(len(pool)))
    return index


def texts(letters: str, most: int) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(letters), max_size=most).map(" ".join)


@given(st.lists(texts("abcde", 14), max_size=40), texts("abcdef", 14), st.sampled_from(THRESHOLDS), st.sampled_from(BATCHES))
@settings(max_examples=200)
def test_the_nearest_is_that_of_rouge_score_to_the_last_bit(pool: list[str], text: str, threshold: float, batch: int) -> None:
    assert index_of(pool, threshold, batch).nearest(text) == brute_force(pool, text, threshold)


@given(texts("abcdefghijklmnopqrstuvwxyz", 60), st.data(), st.floats(0.01, 1.0))
@settings(max_examples=150)
def test_edited_texts_are_found_at_any_threshold(text: str, data: st.DataObject, threshold: float) -> None:
    pool = [edited(text, data) for _ in range(4)]
    query = edited(text, data)
    assert index_of(pool, threshold, batch=1).nearest(query) == brute_force(pool, query, threshold)


def edited(text: str, data: st.DataObject) -> str:
    rng = Random(data.draw(st.integers(0, 1 << 32)))
    rate = rng.random()
    return " ".join(word for old in text.split() for word in ([old] if rng.random() > rate else rng.choice([[], ["new"], [old, "the"]])))


@given(st.lists(st.text(st.characters(codec="ascii"), max_size=30), max_size=8), st.text(st.characters(codec="ascii"), max_size=30))
@settings(max_examples=80)
def test_any_ascii_text_is_read_as_rouge_score_reads_it(pool: list[str], text: str) -> None:
    assert index_of(pool, 0.3, batch=3).nearest(text) == brute_force(pool, text, 0.3)


def around(threshold: float, pairs: int) -> tuple[list[str], list[str], list[Match | None]]:
    """Pairs of texts whose 2·LCS/(m+n) is the threshold, or what one word more or less makes of it; and what rouge-score says."""
    rng, pool, asked = Random(threshold), [], []
    sizes = [(m, n) for m in range(1, 45) for n in range(1, 45) if threshold * max(m, n) <= (2 - threshold) * min(m, n)]
    on = [(m, n) for m, n in sizes if abs(threshold * (m + n) / 2 - round(threshold * (m + n) / 2)) < 1e-9]
    for number in range(pairs):
        m, n = rng.choice(rng.choice([on, sizes]) or sizes)
        common = max(0, min(m, n, round(threshold * (m + n) / 2) + rng.choice([0, 0, 0, 1, -1])))
        shared = [f"s{rng.randrange(common)}n{number}" for _ in range(common)]
        pool.append(spread(shared, [f"a{i}n{number}" for i in range(m - common)], rng))
        asked.append(spread(shared, [f"b{i}n{number}" for i in range(n - common)], rng))
    found = [by_words([first], second, threshold) for first, second in zip(pool, asked, strict=True)]
    return pool, asked, [match and Match(number, match.score) for number, match in enumerate(found)]


def spread(shared: list[str], others: list[str], rng: Random) -> str:
    """The shared words in their order, the others anywhere between."""
    words = list(shared)
    for word in others:
        words.insert(rng.randint(0, len(words)), word)
    return " ".join(words)


@pytest.mark.parametrize("threshold", THRESHOLDS)
@pytest.mark.parametrize("pairs", [400, pytest.param(4000, marks=pytest.mark.torture)])
def test_near_and_on_the_boundary_the_float_formula_decides(threshold: float, pairs: int) -> None:
    pool, asked, expected = around(threshold, pairs)
    index = RougeIndex(threshold, batch=16)
    index.extend(pool)
    assert [index.nearest(text) for text in asked] == expected


def test_both_outcomes_on_the_boundary_occur() -> None:
    on = [with_lcs(7 * k, 10 * k + d, 10 * k - d) for k in range(1, 9) for d in range(-3 * k, 3 * k + 1)]
    assert {brute_force([a], b, 0.7) is None for a, b in on} == {True, False}
    assert [index_of([a], 0.7, batch=1).nearest(b) for a, b in on] == [brute_force([a], b, 0.7) for a, b in on]


def with_lcs(common: int, first: int, second: int) -> tuple[str, str]:
    """Two texts of so many words with so many in common."""
    shared = [f"s{i}" for i in range(common)]
    return " ".join(shared + [f"a{i}" for i in range(first - common)]), " ".join(shared + [f"b{i}" for i in range(second - common)])


@pytest.mark.parametrize("length", [1, 2, 3, 10, 29, 30, 60, 64, 65, 127, 128, 140, 200, 300])
@pytest.mark.parametrize("vocabulary", [2, 20, 1000])
def test_texts_of_every_length_are_found(length: int, vocabulary: int) -> None:
    rng = Random(length * vocabulary)
    pool = [" ".join(f"w{rng.randrange(vocabulary)}" for _ in range(size)) for size in (length, length, 2 * length, length // 2 + 1)]
    asked = [" ".join(word for word in text.split() if rng.random() > 0.25) for text in pool]
    index = index_of(pool, 0.7, batch=1)
    assert [index.nearest(text) for text in asked] == [by_words(pool, text, 0.7) for text in asked]


def test_texts_beyond_a_thousand_words_are_compared_with_all_and_by_all() -> None:
    long = [" ".join(f"{letter}{i}" for i in range(1200)) for letter in "ab"]
    index = index_of([long[0], "one two three", long[1], long[1]], 0.7, batch=1)
    short = " ".join(long[1].split()[:800])
    assert [index.nearest(text) for text in (long[1], short, "one two three")] == [Match(2, 1.0), Match(2, 0.8), Match(1, 1.0)]


def test_of_equals_the_earliest_is_nearest_beside_a_long_text_too() -> None:
    pool = [f"only here {n}" for n in range(16)]
    pool[0], pool[5], pool[12] = " ".join(f"a{i}" for i in range(1200)), "a b c d", "a b c d"
    assert index_of(pool, 0.7, batch=1).nearest("a b c d") == Match(5, 1.0)


def many(number: int) -> list[str]:
    rng = Random(0)
    return [" ".join(f"w{int(40 * rng.random() ** 2 * rng.randint(1, 30))}" for _ in range(rng.randint(2, 12))) for _ in range(number)]


def test_adding_many_at_once_is_adding_one_by_one() -> None:
    pool = many(9_000)
    once, single = RougeIndex(0.6), index_of(pool, 0.6)
    once.extend(pool[:100])
    once.extend(pool[100:])
    asked = pool[::90] + [text + " more" for text in pool[::90]]
    whole = RougeIndex(0.6, batch=10_000)
    whole.extend(pool)
    assert once.texts == single.texts
    assert [once.nearest(text) for text in asked] == [single.nearest(text) for text in asked] == [whole.nearest(text) for text in asked]


@pytest.mark.parametrize("batch", [9, 64, 100, 250])
def test_postings_are_found_however_far_they_are_merged(batch: int) -> None:
    vocabulary, geometry = Vocabulary(), Geometry(0.6)
    texts = [vocabulary.learn(tokens(text)) for text in many(500)]
    postings = Postings(geometry, step=64)
    asked = [vocabulary.read(tokens(text)) for text in many(500)[::25]]
    for end in range(batch, len(texts) + 1, batch):
        postings.grow(texts[end - batch : end])
        at_once = Postings(geometry)
        at_once.grow(texts[:end])
        plans = [geometry.plan(len(codes)) for codes in asked]
        found = [[p.find(codes, plan) for codes, plan in zip(asked, plans, strict=True)] for p in (postings, at_once)]
        assert found[0] == found[1]


def test_a_pool_beyond_one_set_of_postings_goes_on_in_the_next() -> None:
    pool = many(150)
    index = RougeIndex(0.6, batch=16, capacity=64)
    index.extend(pool)
    assert len(index.postings) == 3
    assert [index.nearest(text) for text in pool] == [by_words(pool, text, 0.6) for text in pool]


@pytest.mark.parametrize("batch", BATCHES)
def test_of_equals_the_earliest_is_nearest(batch: int) -> None:
    pool = ["x y z q r s", "a b c d", "a b c e", "a b c d", "a b c d"]
    assert index_of(pool, 0.7, batch).nearest("a b c d") == Match(1, 1.0)


def test_empty_texts_take_an_index_and_never_match() -> None:
    index = index_of(["", "!!!", "one two three"], 0.5, batch=2)
    assert (index.nearest(""), index.nearest("?"), index.nearest("one two three")) == (None, None, Match(2, 1.0))


def test_nothing_is_near_in_an_empty_pool() -> None:
    assert RougeIndex().nearest("one two three") is None


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize(
    ("kept", "near", "far"),
    [
        ("写一首关于秋天的诗", "写一首关于春天的诗", "把这句话翻译成英语"),
        ("ドラゴンの物語を書いて", "ドラゴンの物語を読んで", "りんごの色は何ですか"),
        ("Напиши рассказ о драконе и рыцаре", "Напиши рассказ о драконе и принцессе", "Опиши вкус спелого манго летом"),
        ("اكتب قصة قصيرة عن تنين وفارس", "اكتب قصة قصيرة عن تنين وأميرة", "ما هي عاصمة فرنسا"),
        ("एक अजगर और शूरवीर के बारे में कहानी लिखो", "एक अजगर और राजकुमारी के बारे में कहानी लिखो", "फ्रांस की राजधानी क्या है"),
        ("Écris un poème sur l'été à la forêt", "Écris un poème sur l'hiver à la forêt", "Où se trouve la plus vieille bibliothèque ?"),
        ("🐉 🏰 🗡 👑 🌙 🔥", "🐉 🏰 🗡 👑 🌙 💧", "🍎 🍌 🍇 🍓"),
        ("for i in range(10): print(i * i)", "for i in range(10): print(i + j)", "def f(x): return x[::-1]"),
    ],
    ids=["Chinese", "Japanese", "Russian", "Arabic", "Hindi", "French", "emoji", "code"],
)
def test_every_script_is_compared(kept: str, near: str, far: str, batch: int) -> None:
    index = index_of([far, kept], 0.7, batch)
    assert index.nearest(near) == by_words([far, kept], near, 0.7) is not None
    assert index_of([kept], 0.7, batch).nearest(far) is None


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.1])
def test_a_threshold_out_of_range_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold"):
        RougeIndex(threshold)


def candidates(*instructions: str) -> list[Candidate]:
    return [Candidate(0, ordinal, Proposal(text)) for ordinal, text in enumerate(instructions)]


def test_the_filter_names_neighbour_and_score_only_when_it_refuses() -> None:
    filter_ = RougeFilter(RougeConfig(threshold=0.7))
    kept, near, far = candidates("Write a story about a dragon.", "Write a story about a dragon!", "Name three rivers.")
    filter_.admit(kept, 0)
    assert filter_.verdict(near) == Verdict("rouge", False, "near_duplicate", 1.0, 0)
    assert filter_.verdict(far) == Verdict("rouge", True)


def test_a_pool_admitted_at_once_is_judged_like_one_admitted_one_by_one() -> None:
    pool = candidates(*many(600))
    once, single = RougeFilter(RougeConfig(threshold=0.7)), RougeFilter(RougeConfig(threshold=0.7))
    once.admit_all(pool)
    for index, candidate in enumerate(pool):
        single.admit(candidate, index)
    assert [once.verdict(candidate) for candidate in pool] == [single.verdict(candidate) for candidate in pool]
