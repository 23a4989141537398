"""Refuses near duplicates by word overlap: an exact ROUGE-L nearest neighbour above a threshold, over a pool that grows.

Promise: `RougeIndex` decides and scores as rouge-score (rougeL F-measure, no stemmer) would against every text, to the last bit. Its state
is a function of the texts in their order; whether they came one by one or all at once makes no difference.

ROUGE-L F1 = 2·LCS/(m+n), and the LCS is at most the number of words in common. `pairs` finds the texts that have enough of them; those,
and the latest ones, which are not indexed yet, are compared by rapidfuzz's bit-parallel LCS.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import Field
from rapidfuzz import process
from rapidfuzz.distance import LCSseq

from seedgen.config.section import Section
from seedgen.gate.filter import Filter, FilterKind, GateParts
from seedgen.gate.packed import Packed, Vocabulary, pack
from seedgen.gate.pairs import CAPACITY, LONGEST, Geometry, Postings
from seedgen.language.text import tokens
from seedgen.records import Candidate, Compare, Verdict

RECOUNTS = frozenset(1 << bit for bit in (11, 13, 15, 17))
"""Sizes of the pool at which words are counted and all is indexed anew. The last takes a second; by then the counts are good for long."""


@dataclass(frozen=True, slots=True)
class Match:
    """A text of the pool, by index, and its ROUGE-L F1 with the one asked about."""

    index: int
    score: float


class RougeIndex:
    """The best match above a threshold among the texts added so far.

    They are indexed `batch` at a time, and until then compared whole; `capacity` of them share a set of postings.
    """

    def __init__(self, threshold: float = 0.7, *, batch: int = 256, capacity: int = CAPACITY) -> None:
        if not 0 < threshold <= 1:
            raise ValueError(f"threshold must be above 0 and at most 1, not {threshold}")
        self.threshold, self.batch, self.capacity = threshold, batch, capacity
        self.geometry = Geometry(threshold)
        self.vocabulary = Vocabulary()
        self.texts: list[Packed] = []
        self.long: list[int] = []
        """Texts that `pairs` does not index."""
        self.postings: list[Postings] = []
        self.indexed = 0

    def add(self, text: str) -> int:
        """Adds a text; returns its index: 0, 1, 2 …"""
        self.extend((text,))
        return len(self.texts) - 1

    def extend(self, texts: Iterable[str]) -> None:
        """Adds many texts, a million in some twenty seconds."""
        for text in texts:
            packed = self.vocabulary.learn(tokens(text))
            if len(packed) > LONGEST:
                self.long.append(len(self.texts))
            self.texts.append(packed)
            if len(self.texts) in RECOUNTS:
                self.texts, self.postings, self.indexed = self.vocabulary.recount(self.texts), [], 0
        self.index()

    def index(self) -> None:
        """Indexes the texts that are not, up to the last whole batch."""
        whole = len(self.texts) // self.batch * self.batch
        while self.indexed < whole:
            number = self.indexed // self.capacity
            if number == len(self.postings):
                self.postings.append(Postings(self.geometry))
            end = min(whole, (number + 1) * self.capacity)
            self.postings[number].grow(self.texts[self.indexed : end])
            self.indexed = end

    def nearest(self, text: str) -> Match | None:
        """The best match strictly above the threshold, the earliest among equals; None if there is none."""
        codes = self.vocabulary.read(tokens(text))
        if not codes:
            return None
        if len(codes) > LONGEST:
            least = math.ceil(self.geometry.ratio * len(codes))
            return self.best(codes, [i for i, text in enumerate(self.texts) if len(text) >= least], len(self.texts), 1)
        plan = self.geometry.plan(len(codes))
        found = [number * self.capacity + i for number, each in enumerate(self.postings) for i in each.find(codes, plan)]
        if self.long:
            found = sorted({*found, *(i for i in self.long if i < self.indexed)})
        return self.best(codes, found, self.indexed, plan.need)

    def best(self, codes: Sequence[int], found: Sequence[int], rest: int, need: int) -> Match | None:
        """The best of the texts found and of all from `rest` on, by rouge-score's own arithmetic: precision, recall, then F. Less than
        `need` words in common are none.
        """
        texts = [self.texts[i] for i in found] + self.texts[rest:]
        lcs = process.cdist([pack(codes)], texts, scorer=LCSseq.similarity, dtype=np.int32, score_cutoff=need)[0]
        matched = lcs.nonzero()[0].tolist()
        if not matched:
            return None
        precision = lcs[matched] / len(codes)
        recall = lcs[matched] / np.array([len(texts[i]) for i in matched])
        f = 2 * precision * recall / (precision + recall)
        top = int(f.argmax())
        at = matched[top]
        index = found[at] if at < len(found) else rest + at - len(found)
        return Match(index, float(f[top])) if f[top] > self.threshold else None


class RougeConfig(Section):
    enabled: bool = Field(True, description="refuse near duplicates by ROUGE-L")
    threshold: float = Field(0.7, description="refused above this ROUGE-L F1 with any seed or admitted instruction", gt=0, le=1)


class RougeFilter(Filter):
    """Refuses what is above the threshold with any seed or admitted instruction. A pass has no score: finding it would cost a full scan."""

    name = "rouge"
    lasting = True

    def __init__(self, config: RougeConfig, compare: Compare = "instruction") -> None:
        self.index, self.compare = RougeIndex(config.threshold), compare

    def verdict(self, candidate: Candidate) -> Verdict:
        match = self.index.nearest(candidate.proposal.compared(self.compare))
        if match is None:
            return Verdict(self.name, True)
        return Verdict(self.name, False, "near_duplicate", score=match.score, nearest=match.index)

    def admit(self, candidate: Candidate, _: int) -> None:
        self.index.add(candidate.proposal.compared(self.compare))

    def admit_all(self, candidates: Iterable[Candidate], _: int = 0) -> None:
        """As many admissions, fast: for a pool read back from its record."""
        self.index.extend(candidate.proposal.compared(self.compare) for candidate in candidates)


def make(config: RougeConfig, parts: GateParts) -> Filter | None:
    return RougeFilter(config, parts.compare) if config.enabled else None


PLUGIN = FilterKind("rouge", 80, RougeConfig, "word overlap", make)
