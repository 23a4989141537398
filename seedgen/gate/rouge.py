"""Refuses near duplicates by word overlap: an exact ROUGE-L nearest neighbour above a threshold, over a pool that grows.

Promise: `RougeIndex` decides and scores as rouge-score (rougeL F-measure, no stemmer) would against every text, to the last bit.

Why it need not look at every text. ROUGE-L F1 = 2·LCS/(m+n), and the LCS is at most the number of tokens in common. With
r = t/(2-t), an F1 of at least t needs, for texts of m and n tokens,

    (1) length:   r·m <= n <= m/r
    (2) overlap:  at least ceil(r·m) tokens in common, and the same seen from n

Order all tokens from rare to common. If two texts share at least a tokens, then without the a - l commonest of each they still share l:
the l-prefix scheme of set-similarity joins (Bayardo et al. 2007; Wang, Li, Feng 2012, "AdaptJoin"). So only such prefixes are
indexed, and only texts hit l times are compared, by rapidfuzz's bit-parallel LCS. A word is a code point, a text a `str`.

A pool that grows is a list of immutable segments, each with its own token order and, but for the last, at least as long as the next
one; and a short tail that is compared whole.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import LCSseq

from seedgen.config import RougeConfig
from seedgen.records import Candidate, Verdict
from seedgen.text import tokens

HITS = 6
"""l above: more hits mean longer prefixes to merge and fewer texts to compare; 6 was the fastest on 14k to 200k instructions."""

SLACK = 1e-9
"""Bounds are computed this much below the threshold, so that rounding never hides a pair that the exact formula would take."""

UNKNOWN = 0
"""The code of a word that no text of the pool has. It is not stored, so asking does not grow the vocabulary."""

SURROGATES = range(0xD800, 0xE000)

Codes: TypeAlias = "str | array[int]"
"""A text, a code a word. It is a `str` unless a code is beyond Unicode: after 1.1 million distinct words texts go on as arrays."""

Member = tuple[int, int]
"""A code and which occurrence of it in the text this is: what turns a text into a set."""


@dataclass(frozen=True, slots=True)
class Match:
    """A text of the pool, by index, and its ROUGE-L F1 with the one asked about."""

    index: int
    score: float


class RougeIndex:
    """The best match above a threshold among the texts added so far. `tail`: how many are compared whole before they are indexed."""

    def __init__(self, threshold: float = 0.7, *, tail: int = 1024) -> None:
        if not 0 < threshold <= 1:
            raise ValueError(f"threshold must be above 0 and at most 1, not {threshold}")
        self.threshold = threshold
        self.ratio = overlap_ratio(threshold)
        self.tail_limit = tail
        self.vocabulary: dict[str, int] = {}
        self.segments: list[Segment] = []
        self.tail: list[Codes] = []
        self.size = 0

    def add(self, text: str) -> int:
        """Adds a text; returns its index: 0, 1, 2 …"""
        self.tail.append(pack([self.learn(word) for word in tokens(text)]))
        self.size += 1
        if len(self.tail) >= self.tail_limit:
            self.index_tail()
        return self.size - 1

    def nearest(self, text: str) -> Match | None:
        """The best match strictly above the threshold, the earliest among equals; None if there is none."""
        codes = [self.vocabulary.get(word, UNKNOWN) for word in tokens(text)]
        if not codes:
            return None
        query, best = pack(codes), Match(-1, self.threshold)
        least = needed(self.ratio, len(codes))
        for segment in self.segments:
            ids = segment.candidates(codes, least)
            best = better(best, query, [segment.texts[i] for i in ids], [segment.first + int(i) for i in ids], least)
        best = better(best, query, self.tail, range(self.size - len(self.tail), self.size), least)
        return best if best.index >= 0 else None

    def learn(self, word: str) -> int:
        """The code of a word, a new one if need be. Codes count up from 1, past the surrogates."""
        code = self.vocabulary.get(word)
        if code is None:
            code = len(self.vocabulary) + 1
            code = self.vocabulary[word] = code if code < SURROGATES.start else code + len(SURROGATES)
        return code

    def index_tail(self) -> None:
        """Makes the tail a segment, together with the segments that are no longer than it has become."""
        texts, self.tail = self.tail, []
        while self.segments and len(self.segments[-1].texts) <= len(texts):
            texts = self.segments.pop().texts + texts
        self.segments.append(Segment(self.size - len(texts), texts, self.ratio))


class Segment:
    """Texts `first`, `first` + 1, … with the postings of their prefixes: for each rank, rare to common, the texts that have it."""

    def __init__(self, first: int, texts: list[Codes], ratio: float) -> None:
        self.first, self.texts, self.ratio = first, texts, ratio
        self.lengths = np.fromiter(map(len, texts), np.int32, len(texts))
        sets = [members(unpack(text)) for text in texts]
        frequency = Counter(member for each in sets for member in each)
        self.rank = {member: rank for rank, member in enumerate(sorted(frequency, key=frequency.__getitem__))}
        postings: dict[int, list[int]] = {}
        for i, each in enumerate(sets):
            ranks = sorted(self.rank[member] for member in each)
            for rank in ranks[: len(ranks) - needed(ratio, len(ranks)) + HITS]:
                postings.setdefault(rank, []).append(i)
        self.postings = {rank: np.array(ids, np.int32) for rank, ids in postings.items()}

    def candidates(self, codes: Sequence[int], least: int) -> npt.NDArray[np.intp]:
        """The texts, ascending, that may share `least` or more tokens with this one and have a fitting length."""
        hits, size = min(HITS, least), len(codes)
        ranks = sorted(self.rank.get(member, -1) for member in members(codes))  # what this segment lacks is rarer than all it has
        lists = [self.postings[rank] for rank in ranks[: size - least + hits] if rank in self.postings]
        if not lists:
            return np.empty(0, np.intp)
        found = np.flatnonzero(np.bincount(np.concatenate(lists)) >= hits)
        lengths = self.lengths[found]
        return found[(lengths >= self.ratio * size) & (lengths * self.ratio <= size)]


def better(best: Match, query: Codes, texts: Sequence[Codes], indices: Sequence[int], least: int) -> Match:
    """The best of `texts` if it beats `best`, by rouge-score's own arithmetic: precision, recall, then F."""
    if not texts:
        return best
    lcs = process.cdist([query], texts, scorer=LCSseq.similarity, dtype=np.int32, score_cutoff=least)[0]
    found = np.flatnonzero(lcs)
    if not len(found):
        return best
    precision = lcs[found] / len(query)
    recall = lcs[found] / np.array([len(texts[i]) for i in found.tolist()])
    f = 2 * precision * recall / (precision + recall)
    top = int(np.argmax(f))
    return Match(indices[int(found[top])], float(f[top])) if f[top] > best.score else best


def overlap_ratio(threshold: float) -> float:
    """r above: the share of a text's tokens that a text at the threshold must have in common with it."""
    least = threshold - SLACK
    return least / (2 - least)


def needed(ratio: float, size: int) -> int:
    return math.ceil(ratio * size)


def members(codes: Sequence[int]) -> list[Member]:
    seen: Counter[int] = Counter()
    out = []
    for code in codes:
        out.append((code, seen[code]))
        seen[code] += 1
    return out


def pack(codes: list[int]) -> Codes:
    try:
        return "".join(map(chr, codes))
    except ValueError:
        return array("Q", codes)


def unpack(text: Codes) -> Sequence[int]:
    return [ord(char) for char in text] if isinstance(text, str) else text


class RougeFilter:
    """Refuses what is above the threshold with any seed or admitted instruction. A pass has no score: finding it would cost a full scan."""

    name = "rouge"

    def __init__(self, config: RougeConfig) -> None:
        self.index = RougeIndex(config.threshold)

    def judge(self, candidate: Candidate) -> Verdict:
        match = self.index.nearest(candidate.instruction)
        if match is None:
            return Verdict(self.name, True)
        return Verdict(self.name, False, "near_duplicate", score=match.score, nearest=match.index)

    def admit(self, candidate: Candidate, _: int) -> None:
        self.index.add(candidate.instruction)
