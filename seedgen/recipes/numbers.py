"""Numbers as lists are numbered with: digits, letters, Roman, circled, Chinese and spelt ones, read as the place that they stand for.

`KINDS` gives each kind its pattern and its reading; a reading is 0 where the text is no such number.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping

ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
SPELT = {word: value for value, word in enumerate(ONES.split())} | {"twenty": 20, "thirty": 30}
ROMAN = ((100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
HAN = {char: value for value, char in enumerate("〇一二三四五六七八九十")}
ALPHABETS = "aаα"
"""The first letters of the Latin, Cyrillic and Greek alphabets."""
LONGEST_ALPHABET = 33


def roman(text: str) -> int:
    """The value of a Roman number as it is properly spelt."""
    rest, value = text.lower(), 0
    for worth, sign in ROMAN:
        while rest.startswith(sign) and value < 400:
            rest, value = rest[len(sign) :], value + worth
    return 0 if rest or to_roman(value) != text.lower() else value


def to_roman(value: int) -> str:
    text = ""
    for worth, sign in ROMAN:
        text += value // worth * sign
        value %= worth
    return text


def han(text: str) -> int:
    """The value of a Chinese number up to 99: 九, 十一, 二十, 二十三."""
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return HAN[text] if len(text) == 1 else 0
    return HAN.get(tens or "一", 0) * 10 + HAN.get(ones, 0) if len(ones) < 2 else 0


def spelt(text: str) -> int:
    tens, _, ones = text.lower().partition("-")
    return SPELT.get(tens, 0) + SPELT.get(ones, 0)


def letter(text: str) -> int:
    """The place of a letter in its alphabet."""
    places = (ord(text.lower()[0]) - ord(first) + 1 for first in ALPHABETS)
    return next((place for place in places if 0 < place <= LONGEST_ALPHABET), 0)


def sign(text: str) -> int:
    """The value of a character that is a number: ⑨, Ⅸ, ㈨; or of a key cap."""
    return int(text[0]) if text[0].isascii() else int(unicodedata.numeric(text[0], 0))


KINDS: Mapping[str, tuple[str, Callable[[str], int]]] = {
    "digits": (r"\d{1,4}+", int),
    "roman": (r"[IVXLC]{1,6}+|[ivxlc]{1,6}+", roman),
    "han": (r"[一二三四五六七八九十]{1,3}", han),
    "spelt": (r"(?i:[a-z]{3,9}(?:-[a-z]{3,5})?)", spelt),
    "letter": (r"[^\W\d_]", letter),
}
SIGNS = r"[①-⒛⓪-⓿❶-➓㈠-㈩㊀-㊉Ⅰ-ⅿ]|\d\ufe0f?\u20e3"
