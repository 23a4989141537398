"""The words that two texts have in common, and where they stand: what a person needs to see why one was refused for the other.

Words are ROUGE tokens (`text.tokens`), so what is marked is what was counted. Places are half-open ranges [start, end) of characters of
the text as it was given, whatever lower case, composition and unseen characters came between; marking them is left to others.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import LCSseq

from seedgen.text import legible, tokens

Span = tuple[int, int]
Token = tuple[str, Span]


@dataclass(frozen=True, slots=True)
class Common:
    """Spans of the words in common, one a word, in order: those of the one text and those of the other."""

    one: tuple[Span, ...]
    other: tuple[Span, ...]


def in_order(one: str, other: str) -> Common:
    """The words of a longest common subsequence: those that ROUGE-L counts, n of them in both texts."""
    ours, theirs = list(placed(one)), list(placed(other))
    edits = LCSseq.editops([word for word, _ in ours], [word for word, _ in theirs])
    pairs = [(block.a + n, block.b + n) for block in edits.as_matching_blocks() for n in range(block.size)]
    return Common(tuple(ours[a][1] for a, _ in pairs), tuple(theirs[b][1] for _, b in pairs))


def anywhere(one: str, other: str) -> Common:
    """The words that stand in both texts, wherever and however often."""
    ours, theirs = list(placed(one)), list(placed(other))
    return Common(among(ours, theirs), among(theirs, ours))


def among(these: Sequence[Token], those: Sequence[Token]) -> tuple[Span, ...]:
    known = {word for word, _ in those}
    return tuple(span for word, span in these if word in known)


def placed(text: str) -> Iterator[Token]:
    """Every token of the text with the characters it was read from.

    A token begins with a letter, digit or symbol, and none of these is ever passed over between tokens; so the next such character is
    where the next token begins, and the search below cannot stray.
    """
    seen, spans = as_read(text)
    at = -1
    for token in tokens(text):
        places = [at := seen.index(char, at + 1) for char in token]
        yield token, (spans[places[0]][0], spans[places[-1]][1])


def as_read(text: str) -> tuple[str, list[Span]]:
    """The text in the form that `tokens` reads, lower case and composed; and for each of its characters the ones it was made of."""
    lower = text.lower()
    origin = [i for i, char in enumerate(text) for _ in char.lower()]  # one letter, İ, becomes two
    lower, origin = "".join(lower[i] for i in legible(lower)), [origin[i] for i in legible(lower)]
    if lower.isascii():
        return lower, [(i, i + 1) for i in origin]
    seen: list[str] = []
    spans: list[Span] = []
    start = 0
    for piece in pieces(lower):
        end = start + len(piece)
        composed = unicodedata.normalize("NFC", piece)
        seen.append(composed)
        spans += [(origin[start], origin[end - 1] + 1)] * len(composed)
        start = end
    return "".join(seen), spans


def pieces(text: str) -> Iterator[str]:
    """The text cut wherever what comes before and what comes after compose (NFC) each on its own."""
    piece = ""
    for char in text:
        if piece and not unicodedata.combining(char) and composed_apart(piece, char):
            yield piece
            piece = ""
        piece += char
    if piece:
        yield piece


def composed_apart(one: str, other: str) -> bool:
    def composed(text: str) -> str:
        return unicodedata.normalize("NFC", text)

    return composed(one + other) == composed(one) + composed(other)
