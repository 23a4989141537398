from array import array

from seedgen.gate.packed import Vocabulary, flat
from seedgen.gate.rouge import Match, RougeIndex


def test_asking_does_not_grow_the_vocabulary() -> None:
    vocabulary = Vocabulary()
    vocabulary.learn(["one", "two", "one"])
    assert vocabulary.read(["four", "two", "five"]) == [3, 2, 3]
    assert vocabulary.codes == {"one": 1, "two": 2}


def test_no_word_is_a_surrogate() -> None:
    vocabulary = Vocabulary()
    codes = flat([vocabulary.learn([f"w{i}" for i in range(56_000)])]).tolist()
    assert len(set(codes)) == 56_000
    assert not any(0xD800 <= code < 0xE000 for code in codes)


def test_a_recount_gives_the_commonest_word_the_lowest_code() -> None:
    vocabulary = Vocabulary()
    texts = [vocabulary.learn(words) for words in (["rare", "the", "often"], ["the", "often", "the"])]
    assert vocabulary.recount(texts) == ["\3\1\2", "\1\2\1"]
    assert vocabulary.codes == {"the": 1, "often": 2, "rare": 3}


def test_texts_beyond_unicode_are_recounted_too() -> None:
    vocabulary = Vocabulary()
    vocabulary.learn(["rare", "often"])
    assert vocabulary.recount([array("Q", [1, 2, 2])]) == ["\2\1\1"]


def test_beyond_a_million_words_texts_are_still_compared_exactly() -> None:
    index = RougeIndex(batch=1)
    index.add("a b c d e f")
    index.vocabulary.codes |= {f"filler{i}": 1 for i in range(0x110000)}
    index.add("a b c x y z")
    assert index.vocabulary.next > 0x10FFFF
    assert index.nearest("a b c x y q") == Match(1, 5 / 6 * (5 / 6) * 2 / (5 / 6 + 5 / 6))
    assert index.nearest("a b c x y z") == Match(1, 1.0)
    assert index.nearest("a b c d e f") == Match(0, 1.0)
