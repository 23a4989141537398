from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import LCSseq

from seedgen.audit.common import Span, anywhere, in_order, placed
from seedgen.text import tokens

# Composed and decomposed letters, marks that reorder, Hangul in parts, an Indic vowel of two parts, a capital that becomes two characters,
# final sigma, a letter that composes to another, unseen characters, an emoji of several, Han.
TROUBLE = st.text(
    st.sampled_from("aZ9 -\n\t\u0301\u0323éİΣςσ\u212a\uf900가\u1100\u1161\u11a8\u09c7\u09be\u0995\u200d\u202e\ufe0f👩🔧漢กั[]\x1b")
)
WORDS = st.lists(st.sampled_from(["Write", "a", "poem", "about", "the", "sea", "für", "海"]), max_size=12).map(" ".join)


def words(text: str, spans: tuple[Span, ...]) -> list[str]:
    return [text[start:end] for start, end in spans]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Write  a poem!", ["Write", "a", "poem"]),
        ("the cafe\u0301, twice", ["the", "cafe\u0301", "twice"]),
        ("İstanbul'da", ["İstanbul", "da"]),
        ("ΟΔΟΣ ΟΔΟΣ", ["ΟΔΟΣ", "ΟΔΟΣ"]),
        ("說漢語 now", ["說", "漢", "語", "now"]),
        ("\u1112\u1161\u11ab \u1100\u1173\u11af", ["\u1112\u1161\u11ab", "\u1100\u1173\u11af"]),
        ("wo\u202erd", ["wo\u202erd"]),
        ("", []),
    ],
)
def test_every_word_is_where_it_was_read(text: str, found: list[str]) -> None:
    assert words(text, tuple(span for _, span in placed(text))) == found


@given(TROUBLE | st.text())
def test_the_words_are_the_tokens_and_their_places_ascend_within_the_text(text: str) -> None:
    found = list(placed(text))
    ends = [place for _, span in found for place in span]
    assert [word for word, _ in found] == tokens(text)
    assert all(0 <= start < end <= len(text) for _, (start, end) in found)
    assert ends == sorted(ends)


def test_a_word_under_too_many_marks_is_where_it_was_read() -> None:
    text = f"An é{chr(0x316) * 99} is {chr(0xF73) * 99}x"
    found = list(placed(text))
    assert [word for word, _ in found] == tokens(text)
    assert [text[start] for _, (start, _) in found] == ["A", "é", "i", "x"]


def test_words_in_order_are_those_of_a_longest_common_subsequence() -> None:
    one, other = "Next: write a short poem, please", "Please write a poem"
    found = in_order(one, other)
    assert (words(one, found.one), words(other, found.other)) == (["write", "a", "poem"], ["write", "a", "poem"])


def test_words_anywhere_count_in_both_texts_wherever_they_stand() -> None:
    one, other = "The cat sees the dog", "A dog that the cat sees"
    found = anywhere(one, other)
    assert (words(one, found.one), words(other, found.other)) == (["The", "cat", "sees", "the", "dog"], ["dog", "the", "cat", "sees"])


@given(WORDS, WORDS)
def test_in_order_marks_as_many_words_as_rouge_counts(one: str, other: str) -> None:
    found = in_order(one, other)
    assert len(found.one) == len(found.other) == LCSseq.similarity(tokens(one), tokens(other))
    assert [word.lower() for word in words(one, found.one)] == [word.lower() for word in words(other, found.other)]
