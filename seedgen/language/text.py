"""Text as the core sees it: clean characters, words, ROUGE tokens, normal form, and the verb an instruction turns on.

Pure functions of their arguments. `tokens` equals rouge-score's tokenizer (no stemmer) on ASCII text; elsewhere rouge-score deletes
every character, so there each word, and each character of a script without spaces, is a token of its own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from seedgen.language.verbs import verb_noun as verb_noun

ASCII_TOKEN = re.compile(r"[a-z0-9]+")
DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd]?)")
# Thai and Lao, Myanmar, Khmer, ideographic iteration and zero, kana, Han, compatibility Han, half-width kana, rarer Han.
UNSPACED = tuple(
    range(first, last + 1)
    for first, last in (
        (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3005, 0x3007), (0x3040, 0x30FF),
        (0x3400, 0x9FFF), (0xF900, 0xFAFF), (0xFF66, 0xFF9F), (0x20000, 0x3FFFF),
    )
)  # fmt: skip
VARIATION_SELECTORS = frozenset(map(chr, range(0xFE00, 0xFE10)))
LARGEST = 100_000
"""Characters of the largest text that is looked at closely; no task that anybody would train on is near it."""
MOST_MARKS = 64
"""Marks (accents, vowel signs) in a row; real ones come in twos and threes."""
CROWD = re.compile(rf"(?:[^\w\x00-\x7f]|[\uff9e\uff9f]){{{MOST_MARKS + 1}}}")
HALF_WIDTH_MARKS = frozenset("\uff9e\uff9f")
UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
# Control characters other than tab and newline; lone surrogates; both break databases and JSON readers downstream.
UNSTORABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]|[\ud800-\udfff]")


ZERO_WIDTH = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u2060\ufeff]")
JOINERS, DIRECTIONS = frozenset("\u200c\u200d"), frozenset("\u061c\u200e\u200f")
JOINING = re.compile("[\u0590-\u10ff\u1200-\u1cff\ua800-\uabff\ufb1d-\ufefc\U00010a00-\U00011fff]")
"""Letters and marks of scripts that join them, or are written from right to left; joiners and marks of direction mean something there."""
UNSPACED_WORDS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]{2}")
SEEN = frozenset("\t\n") | frozenset(
    map(chr, (0xAD, *range(0x600, 0x606), 0x61C, 0x6DD, 0x70F, 0x180E, 0x8E2, *range(0x200B, 0x2010), 0x2060, 0xFEFF))
)
"""Controls and formats that do no harm."""
FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
"""England, Scotland, Wales: the one use of tag characters."""
SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2}")


def seconds(text: str) -> float:
    """Seconds in "90", "90s", "30m", "2h" or "1d". Raises ValueError otherwise."""
    match = DURATION.fullmatch(text.strip().lower())
    if not match:
        raise ValueError(f'"{text}" is no duration; write for example 90s, 30m, 2h or 1d')
    return float(match[1]) * UNITS[match[2]]


def clean(text: str) -> str:
    """Text fit to be stored: newlines as "\\n", no control characters, lone surrogates as U+FFFD, no outer white space."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return UNSTORABLE.sub(lambda m: "\ufffd" if m[0] >= "\ud800" else "", text).strip()


def visible(text: str) -> str:
    """The text without zero-width characters and soft hyphens, but those that mean something: in emoji, in scripts that join letters."""
    return text if text.isascii() else ZERO_WIDTH.sub(_kept, text)


def _kept(found: re.Match[str]) -> str:
    text, at, char = found.string, found.start(), found[0]
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if char in JOINERS:
        shaped = JOINING.fullmatch(before) and unicodedata.category(before)[0] in "LM"
        emoji = char == "\u200d" and (before == "\ufe0f" or category_of(before) in ("So", "Sk")) and category_of(after) == "So"
        return char if shaped or emoji else ""
    if char == "\u200b":
        return char if UNSPACED_WORDS.fullmatch(before + after) else ""
    return char if char in DIRECTIONS and (JOINING.fullmatch(before) or JOINING.fullmatch(after)) else ""


def category_of(char: str) -> str:
    """Its Unicode category; "" of none."""
    return unicodedata.category(char) if char else ""


def first_unprintable(text: str) -> str | None:
    """The first character that no reader can see: a control, a surrogate, private use; one that turns the direction of reading, or hides a
    text (tags, rows of variation selectors); or U+FFFD, which stands where one was lost.
    """
    if text.isascii() and not UNSTORABLE.search(text):
        return None
    text = FLAG.sub("", text)
    if hidden := SELECTORS.search(text):
        return hidden[0][0]
    return next((c for c in text if c == "\ufffd" or (c not in SEEN and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co"))), None)


def words(text: str) -> list[str]:
    """White-space separated words, as people count them."""
    return text.split()


def word_count(text: str) -> int:
    """How many words people would count; in scripts written without spaces every character counts as one."""
    if text.isascii():
        return len(words(text))
    return sum(len(tokens(word)) if any(map(stands_alone, word)) else 1 for word in words(text))


def tokens(text: str) -> list[str]:
    """ROUGE tokens of a text, in order."""
    text = text.lower()
    if text.isascii():
        return ASCII_TOKEN.findall(text)
    out: list[str] = []
    open_ = joins = False  # may a mark, or a letter, go on with the last token?
    for char in normalized("NFC", text):
        kind = unicodedata.category(char)
        if kind == "Cf" or char in VARIATION_SELECTORS:
            continue  # unseen, so it parts no word
        alone = kind == "So" or stands_alone(char)
        if open_ and (kind[0] == "M" or (joins and kind[0] in "LN" and not alone)):
            out.append(char)
            continue
        open_ = kind[0] in "LN" or kind == "So"
        joins = open_ and not alone
        if open_:
            out.append(" " + char)
    return "".join(out).split()


@lru_cache(maxsize=1 << 12)
def stands_alone(char: str) -> bool:
    """Characters of scripts written without spaces: Han, kana, Thai, Lao, Myanmar, Khmer."""
    code = ord(char)
    return any(code in block for block in UNSPACED)


def normal_form(text: str) -> str:
    """What two texts share when only case, punctuation, spacing or Unicode compatibility forms part them."""
    folded = normalized("NFKC", text).casefold()
    return " ".join(tokens(folded)) or folded.strip()


def normalized(form: Literal["NFC", "NFKC"], text: str) -> str:
    """A Unicode normal form, in linear time: n marks in a row take `unicodedata` n² steps to put in order, so only `legible` ones stay."""
    return unicodedata.normalize(form, "".join(text[i] for i in legible(text)) if CROWD.search(text) else text)


def legible(text: str) -> Iterator[int]:
    """The places of all characters but marks beyond the first `MOST_MARKS` in a row."""
    marks = 0
    for i, char in enumerate(text):
        marks = marks + 1 if unicodedata.category(char)[0] == "M" or char in HALF_WIDTH_MARKS else 0
        if marks <= MOST_MARKS:
            yield i
