import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.tokenize import tokenize

from seedgen.text import MOST_MARKS, clean, first_unprintable, normal_form, seconds, tokens, word_count


@given(st.text(st.characters(codec="ascii")))
def test_tokens_of_ascii_text_are_those_of_rouge_score(text: str) -> None:
    assert tokens(text) == tokenize(text, None)


@given(st.text(st.characters(codec="ascii")))
def test_one_foreign_letter_changes_no_other_token(text: str) -> None:
    assert tokens(f"{text} é") == [*tokens(text), "é"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Café déjà-vu", ["café", "déjà", "vu"]),
        ("cafe\u0301", ["café"]),
        ("don’t", ["don", "t"]),
        ("Москва 2024", ["москва", "2024"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("你好world", ["你", "好", "world"]),
        ("東京タワー々", ["東", "京", "タ", "ワ", "ー", "々"]),
        ("กินข้าว", ["กิ", "น", "ข้", "า", "ว"]),
        ("안녕 세상", ["안녕", "세상"]),
        ("I ❤️ 🙂é", ["i", "❤", "🙂", "é"]),
        ("soft\u00adhyphen é", ["softhyphen", "é"]),
        ("\u0301 é", ["é"]),
        ("", []),
    ],
)
def test_tokens_beyond_ascii(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


@pytest.mark.parametrize(
    ("text", "count"),
    [("two words", 2), ("a-b c", 2), ("don't stop", 2), ("写一首诗", 4), ("写 poem 诗。", 3), ("Ceci n’est pas", 3), ("", 0)],
)
def test_words_are_counted_as_people_count_them(text: str, count: int) -> None:
    assert word_count(text) == count


@pytest.mark.parametrize(
    ("text", "char"),
    [("fine\n\t", None), ("é 你 🙂", None), ("a\x07", "\x07"), ("é\x9f", "\x9f"), ("x\ufffd", "\ufffd"), ("\ue000", "\ue000")],
)
def test_the_first_unprintable_character_is_found(text: str, char: str | None) -> None:
    assert first_unprintable(text) == char


@given(st.text())
def test_cleaning_twice_is_cleaning_once_and_what_is_left_can_be_stored(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    once.encode()
    assert "\x00" not in once


@given(st.text())
def test_the_normal_form_is_a_fixed_point(text: str) -> None:
    assert normal_form(normal_form(text)) == normal_form(text)


@pytest.mark.parametrize("marks", ["\u0301", "\u0316\u0301", "\u0f73", "\uff9e\u0301"])
def test_of_more_marks_than_anybody_can_read_the_first_count(marks: str) -> None:
    crowded, read = f"写 é{marks * 99}~", f"写 é{(marks * 99)[:MOST_MARKS]}~"
    assert (tokens(crowded), normal_form(crowded)) == (tokens(read), normal_form(read))
    assert normal_form(normal_form(crowded)) == normal_form(crowded)


@pytest.mark.parametrize(("text", "expected"), [("90", 90), ("1.5m", 90), (" 2H ", 7200), ("1d", 86400), ("30 s", 30)])
def test_durations(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "soon", "-1", "1w", "1h30"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no duration"):
        seconds(text)
