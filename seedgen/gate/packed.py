"""Texts as strings of codes, a code point a word: how `rouge` keeps them, small in memory and ready for rapidfuzz.

Promise: equal words have equal codes, different words different ones, and the higher a code, the rarer its word was when words were last
counted; words met since are the rarest. What a word is, `text.tokens` says.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

SURROGATES = range(0xD800, 0xE000)

Packed: TypeAlias = "str | array[int]"
"""A text. It is a `str` unless a code is beyond Unicode: after 1.1 million distinct words texts go on as arrays."""


class Vocabulary:
    """The codes of words: 1, 2, 3 … without the surrogates, which no string should have."""

    def __init__(self) -> None:
        self.codes: dict[str, int] = {}

    def learn(self, words: Sequence[str]) -> Packed:
        """A text to be kept."""
        return pack([self.codes.get(word) or self.add(word) for word in words])

    def add(self, word: str) -> int:
        code = self.codes[word] = self.next
        return code

    def read(self, words: Sequence[str]) -> list[int]:
        """A text that is only asked about. All words that no text has get the next code, which is theirs alone and the rarest."""
        unknown = self.next
        return [self.codes.get(word, unknown) for word in words]

    @property
    def next(self) -> int:
        return code(len(self.codes) + 1)

    def recount(self, texts: Sequence[Packed]) -> list[Packed]:
        """Gives out the codes anew, commonest word first; returns the texts in them."""
        counts = np.bincount(flat(texts).astype(np.int64), minlength=self.next)
        words = sorted(self.codes, key=lambda word: -int(counts[self.codes[word]]))  # a stable sort
        renewed = np.zeros(self.next, np.int64)
        for place, word in enumerate(words, 1):
            renewed[self.codes[word]] = code(place)
        self.codes = {word: code(place) for place, word in enumerate(words, 1)}
        return [pack(renewed[flat([text])].tolist()) for text in texts]


def code(place: int) -> int:
    return place if place < SURROGATES.start else place + len(SURROGATES)


def pack(codes: Sequence[int]) -> Packed:
    try:
        return "".join(map(chr, codes))
    except ValueError:
        return array("Q", codes)


def flat(texts: Sequence[Packed]) -> npt.NDArray[np.uint64]:
    """The codes of all texts, one text after the other."""
    strings = [text for text in texts if isinstance(text, str)]
    if len(strings) == len(texts):
        return np.frombuffer("".join(strings).encode("utf-32-le"), "<u4").astype(np.uint64)
    return np.array([ord(char) if isinstance(char, str) else char for text in texts for char in text], np.uint64)
