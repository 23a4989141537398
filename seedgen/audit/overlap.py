"""Word overlap by brute force, to check the index that runs use (`seedgen.gate.rouge`): no index, nothing shared with it but the tokens.

rouge-score itself decides. Of at most `PLAIN` pairs it is asked about every one; of more, which would take it minutes, about those that
rapidfuzz finds near the threshold: it computes the same quantity by another algorithm, to within rounding, and all that come within a
margin far wider than that are put to rouge-score. So no pair is missed. 20,000 texts, all against all, take some fifteen seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import Indel, LCSseq

from seedgen.language.text import normal_form, tokens

PLAIN = 100
"""Pairs; rouge-score takes about 0.15 ms for one."""
MARGIN = 0.01
BLOCK = 256


def near_pairs(
    texts: Sequence[str], threshold: float, first: int = 0, score: Callable[[str, str], float] | None = None
) -> Iterator[tuple[int, int, float]]:
    """Every pair strictly above the threshold, as (earlier, later, ROUGE-L F1), whose later one is at `first` or beyond.

    `score` decides; by default rouge-score itself, whose import takes seconds.
    """
    decide = score or rouge_l
    likely = every_pair if decide is rouge_l and (len(texts) - first) * len(texts) <= PLAIN else likely_pairs
    for earlier, later in likely(texts, threshold, first):
        if (found := decide(texts[earlier], texts[later])) > threshold:
            yield earlier, later, found


def every_pair(texts: Sequence[str], _threshold: float, first: int) -> Iterator[tuple[int, int]]:
    return ((earlier, later) for later in range(first, len(texts)) for earlier in range(later))


def likely_pairs(texts: Sequence[str], threshold: float, first: int) -> Iterator[tuple[int, int]]:
    """The pairs (earlier, later) within the margin below the threshold, or above it, by rapidfuzz."""
    words = [tokens(text) for text in texts]
    for start in range(first, len(words), BLOCK):
        rows = words[start : start + BLOCK]
        others = words[: start + len(rows)]
        similar = process.cdist(
            rows, others, scorer=Indel.normalized_similarity, score_cutoff=max(0.0, threshold - MARGIN), dtype=np.float32
        )
        for row, earlier in np.argwhere(similar).tolist():
            later = start + row
            if earlier < later:
                yield earlier, later


def duplicates(instructions: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs (earliest, later) of instructions with the same normal form."""
    first: dict[str, int] = {}
    for index, instruction in enumerate(instructions):
        earlier = first.setdefault(normal_form(instruction), index)
        if earlier != index:
            yield earlier, index


def nearest_by_rouge(text: str, pool: Sequence[str]) -> tuple[int, float] | None:
    """Index and ROUGE-L F1 of the text's best match, the earliest among equals; None if none shares a word with it."""
    words, others = tokens(text), [tokens(other) for other in pool]
    if not words or not others:
        return None
    common = process.cdist([words], others, scorer=LCSseq.similarity, dtype=np.int32)[0]
    scores = [f1(int(lcs), len(words), len(other)) for lcs, other in zip(common, others, strict=True)]
    best = max(range(len(scores)), key=scores.__getitem__)
    return (best, scores[best]) if scores[best] > 0 else None


def word_overlap(one: str, other: str) -> float:
    """ROUGE-L F1 by rapidfuzz, in rouge-score's arithmetic."""
    words, others = tokens(one), tokens(other)
    return f1(LCSseq.similarity(words, others), len(words), len(others))


def f1(lcs: int, m: int, n: int) -> float:
    """rouge-score's arithmetic, in its order: precision, recall, then F."""
    if not lcs:
        return 0.0
    precision, recall = lcs / m, lcs / n
    return 2 * precision * recall / (precision + recall)


def rouge_l(one: str, other: str) -> float:
    """ROUGE-L F1 by rouge-score; with our tokens where its own tokenizer would delete what is not ASCII."""
    return float(scorer(one.isascii() and other.isascii()).score(one, other)["rougeL"].fmeasure)


class Words:
    """`text.tokens` as a tokenizer for rouge-score."""

    def tokenize(self, text: str) -> list[str]:
        return tokens(text)


@cache
def scorer(ascii_only: bool) -> Any:
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(["rougeL"], tokenizer=None if ascii_only else Words())
