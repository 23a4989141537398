"""How a filter's scores lie around its threshold: what lowering or raising it would begin to refuse or let pass.

Counts are of stored scores. A pass by `rouge` has none, because the index looks only above the threshold; for those the nearest
neighbour is found here, by brute force, for a sample spread evenly over the admitted instructions.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rapidfuzz import process
from rapidfuzz.distance import Indel

from seedgen.language.text import tokens
from seedgen.store.figures import Scored
from seedgen.store.ports import RunReader

WIDTH = 0.02
REACH = 5
"""Bins of this width, as many on either side of the threshold; one more at each end takes the rest."""

SAMPLE = 500
PAIRS = 10_000_000
"""A sample is at most so many texts, and compared with at most about so many others in all: that takes about a second."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Verdicts with a score above `low` and at most `high`."""

    low: float
    high: float
    passed: int
    refused: int


@dataclass(frozen=True, slots=True)
class Histogram:
    """The scores of one filter. Bins ascend and leave none out; one of them ends at the threshold, above which is refused.

    If `sample` is not None, the passes are those of that many admitted instructions out of `admitted`; else they are all that have a
    score.
    """

    filter: str
    threshold: float
    bins: tuple[Bin, ...]
    sample: int | None = None
    admitted: int | None = None

    @property
    def passes(self) -> int:
        return sum(found.passed for found in self.bins)

    @property
    def near(self) -> tuple[Bin, ...]:
        """The bins around the threshold, without those that take the rest."""
        reach = (REACH + 0.5) * WIDTH
        return tuple(b for b in self.bins if b.low > self.threshold - reach and b.high < self.threshold + reach)


def histograms(reader: RunReader) -> list[Histogram]:
    """One for each filter that has a threshold and stored scores. Raises `StoreBroken`."""
    limits, found = reader.record().thresholds, reader.scores()
    return [binned(name, limits[name], counts) for name, counts in found.items() if name in limits]


def histogram(reader: RunReader, name: str) -> Histogram | None:
    """That of one filter, with a sample where its passes have no stored scores; None if it has no threshold. Raises `StoreBroken`."""
    limits = reader.record().thresholds
    if name not in limits:
        return None
    found = binned(name, limits[name], reader.scores().get(name, ()))
    return with_sample(found, reader) if name == "rouge" and not found.passes else found


def with_sample(found: Histogram, reader: RunReader) -> Histogram:
    """The same, with the ROUGE-L scores of a sample of the admitted instructions as its passes."""
    pool, seeds = reader.pool(), len(reader.seeds())
    chosen = spread(range(seeds, len(pool)), min(SAMPLE, PAIRS // len(pool)))
    passed = [Scored(True, score, 1) for score in nearest_scores(pool, chosen)]
    bins = binned(found.filter, found.threshold, passed).bins
    both = (replace(ours, passed=sampled.passed) for ours, sampled in zip(found.bins, bins, strict=True))
    return replace(found, bins=tuple(both), sample=len(chosen), admitted=len(pool) - seeds)


def binned(name: str, threshold: float, counts: Sequence[Scored]) -> Histogram:
    """The bins for these scores. What passed is never counted above the threshold, nor what was refused below: scores are rounded."""
    ends = edges(threshold)
    limit, last = ends.index(threshold), len(ends) - 2
    passed, refused = [0] * (last + 1), [0] * (last + 1)
    for each in counts:
        place = max(0, bisect_left(ends, each.score) - 1)
        if each.passed:
            passed[min(place, limit - 1)] += each.count
        else:
            refused[min(max(place, limit), last)] += each.count
    return Histogram(name, threshold, tuple(map(Bin, ends, ends[1:], passed, refused)))


def edges(threshold: float) -> list[float]:
    """Where bins begin and end, from 0 to 1."""
    inner = (round(threshold + n * WIDTH, 6) if n else threshold for n in range(-REACH, REACH + 1))
    return [0.0, *(edge for edge in inner if 0 < edge < 1), 1.0]


def spread(places: range, count: int) -> list[int]:
    """So many of these, or all if they are fewer, evenly."""
    count = min(max(1, count), len(places))
    return [places[n * len(places) // count] for n in range(count)]


def nearest_scores(pool: Sequence[str], chosen: Sequence[int]) -> list[float]:
    """ROUGE-L F1 of each chosen text with the nearest one before it; 0.0 if it has no words.

    A word is a character here; those that no chosen text has are all the same one, which matches nothing.
    """
    codes: dict[str, str] = {}
    for index in chosen:
        for word in tokens(pool[index]):
            codes.setdefault(word, chr(len(codes) + 1))
    packed = ["".join(codes.get(word, "\0") for word in tokens(text)) for text in pool]
    return [best_match(packed[index], packed[:index]) for index in chosen]


def best_match(text: str, others: Sequence[str]) -> float:
    return float(process.cdist([text], others, scorer=Indel.normalized_similarity).max()) if text and others else 0.0
