"""Refuses what overlaps with evaluation data, so that a model trained on the dataset can still be measured by it.

Two signs. A run of 13 words (`ngram`) that an evaluation item has too: looked for in the instruction, and in the input and output of
every finished item. The n-gram overlap of GPT-3 (Brown et al. 2020, appendix C). And a ROUGE-L above the threshold between instruction
and item. An item of 8 to 12 words counts as one run, and has to stand in a text whole; shorter ones are compared by ROUGE-L alone.
Words are ROUGE tokens, so case and punctuation make no difference.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from pydantic import Field

from seedgen.config.section import Section, marked
from seedgen.gate.filter import Filter, FilterKind, GateParts
from seedgen.gate.rouge import RougeIndex
from seedgen.language.text import tokens
from seedgen.records import Candidate, EvaluationItem, Instance, Verdict

SHORTEST = 8
"""Words that a run has at least, if it is a whole item."""
PARTING, UNKNOWN = 0, 2**32 - 1
"""Codes that stand between texts, and for words that no item has; so neither is ever part of a run in common."""
FACTOR = np.uint64(0x9E3779B97F4A7C15)
SHOWN = 200

Codes = npt.NDArray[np.uint32]
Hashes = npt.NDArray[np.uint64]


class DecontaminationConfig(Section):
    files: tuple[str, ...] = marked("recorded", (), "evaluation files (JSON, CSV or .txt) that no task may overlap with")
    ngram: int = Field(13, description="refused with so many words in a row that an evaluation item has too", ge=5)
    threshold: float = Field(0.7, description="refused above this ROUGE-L F1 with an evaluation item", gt=0, le=1)


class DecontaminationFilter(Filter):
    """The evidence names the evaluation item's place and shows the words in common, or its text."""

    name = "decontamination"
    lasting = True

    def __init__(self, config: DecontaminationConfig, items: Sequence[EvaluationItem]) -> None:
        self.items = items
        self.runs: list[tuple[RunIndex, list[EvaluationItem]]] = []
        self.rouge = RougeIndex(config.threshold)
        self.rouge.extend(item.text for item in items)
        by_length: defaultdict[int, list[EvaluationItem]] = defaultdict(list)
        for item in items:
            by_length[min(config.ngram, len(tokens(item.text)))].append(item)
        for length in sorted(by_length, reverse=True):
            if length >= min(SHORTEST, config.ngram):
                self.runs.append((RunIndex([tokens(item.text) for item in by_length[length]], length), by_length[length]))

    def verdict(self, candidate: Candidate) -> Verdict:
        if shared := self.shared(candidate.instruction):
            return shared
        match = self.rouge.nearest(candidate.instruction)
        if match is None:
            return Verdict(self.name, True)
        item = self.items[match.index]
        return Verdict(self.name, False, "rouge_overlap", score=match.score, evidence=f"{item.source}: '{item.text[:SHOWN]}'")

    def check(self, instance: Instance) -> Verdict:
        texts = (instance.input, instance.output, instance.payload)
        return next(filter(None, map(self.shared, texts)), Verdict(self.name, True))

    def shared(self, text: str) -> Verdict | None:
        """The refusal, if the text has a run of words in common with an item."""
        words = tokens(text)
        for index, items in self.runs:
            if found := index.find(words):
                place, number = found
                run = " ".join(words[place : place + index.length])
                return Verdict(self.name, False, "ngram_overlap", evidence=f"{items[number].source}: '{run}'")
        return None


class RunIndex:
    """All runs of `length` words in these texts: a sorted array of hashes says where to look, and the words themselves decide."""

    def __init__(self, texts: Sequence[Sequence[str]], length: int) -> None:
        self.length = length
        self.codes: dict[str, int] = {}
        flat, ends = array("I"), []
        for words in texts:
            flat.extend(self.codes.setdefault(word, len(self.codes) + 1) for word in words)
            flat.append(PARTING)
            ends.append(len(flat))
        self.flat, self.ends = np.array(flat, np.uint32), np.array(ends)
        hashes = run_hashes(self.flat, length)
        self.places = np.argsort(hashes, kind="stable")
        self.hashes = hashes[self.places]

    def find(self, words: Sequence[str]) -> tuple[int, int] | None:
        """The first run of these words that is in a text: its place here, and the number of the first text that has it."""
        codes = np.array([self.codes.get(word, UNKNOWN) for word in words], np.uint32)
        wanted = run_hashes(codes, self.length)
        first, last = (np.searchsorted(self.hashes, wanted, side) for side in ("left", "right"))
        for here in np.flatnonzero(first < last).tolist():
            for place in self.places[first[here] : last[here]].tolist():
                if np.array_equal(self.flat[place : place + self.length], codes[here : here + self.length]):
                    return here, int(np.searchsorted(self.ends, place, "right"))
        return None


def run_hashes(codes: Codes, length: int) -> Hashes:
    """A hash of every run of `length` codes: a polynomial, modulo 2^64."""
    count = max(0, len(codes) - length + 1)
    hashes = np.zeros(count, np.uint64)
    for k in range(length):
        hashes = hashes * FACTOR + codes[k : k + count]
    return hashes


def make(config: DecontaminationConfig, parts: GateParts) -> Filter | None:
    return DecontaminationFilter(config, parts.evaluation) if parts.evaluation else None


PLUGIN = FilterKind("decontamination", 30, DecontaminationConfig, "overlap with evaluation data", make)
