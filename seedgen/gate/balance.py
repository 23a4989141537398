"""Refuses what would let one verb, one verb-noun pair or one category take too large a share of the admitted instructions.

Promise: at every prefix of the admissions past the warm-up, no share is above its cap. Only what was admitted after the seeds counts.
Below the warm-up a cap is a share of the warm-up, so a young pool is not refused its second "write". One of each is always allowed, and
what is unknown (None) is never capped. Neither is the verb "be": in "What is …?" it says nothing about the task.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Annotated

from pydantic import Field

from seedgen.config.section import Section
from seedgen.gate.filter import Filter, FilterKind, GateParts
from seedgen.records import Candidate, Verdict

Trait = tuple[str, str]
"""What is counted: its kind ("verb", "pair" or "category") and its value."""

LABELS = {"verb": "verb", "pair": "verb-noun pair", "category": "category"}


ROOM = 0.1
"""By how much a category may be over its weight where that is what caps it."""


Share = Annotated[float, Field(gt=0, le=1)]


class BalanceConfig(Section):
    enabled: bool = Field(True, description="cap the share of any one verb, verb-noun pair and category")
    warmup: int = Field(100, description="pool size (without seeds) from which shares count; below it a cap is a share of this", ge=1)
    max_verb: Share = Field(0.2, description="largest share of one verb among admitted instructions")
    max_pair: Share = Field(0.05, description="largest share of one verb-noun pair")
    max_category: Share = Field(0.4, description="largest share of one category")


class BalanceFilter(Filter):
    """Caps on shares. A refusal's score is the share there would have been."""

    name = "balance"

    def __init__(self, config: BalanceConfig, seeds: int, shares: Mapping[str, float] | None = None) -> None:
        self.caps = {"verb": config.max_verb, "pair": config.max_pair, "category": config.max_category}
        self.shares = shares or {}
        self.warmup = config.warmup
        self.seeds = seeds
        self.total = 0
        self.counts: Counter[Trait] = Counter()

    def verdict(self, candidate: Candidate) -> Verdict:
        size = max(self.total + 1, self.warmup)
        for kind, value in traits(candidate):
            count = self.counts[kind, value] + 1
            cap = self.cap(kind, value)
            if count > allowed(cap, size):
                evidence = f"{LABELS[kind]} '{value}' would be {count} of {size}, cap {cap * 100:g} %"
                return Verdict(self.name, False, f"{kind}_share", score=count / size, evidence=evidence)
        return Verdict(self.name, True)

    def cap(self, kind: str, value: str) -> float:
        """The largest share. A category that the taxonomy wants more of than its cap allows gets room to come to its weight."""
        if kind != "category" or value not in self.shares:
            return self.caps[kind]
        return max(self.caps[kind], min(1.0, round(self.shares[value] + ROOM, 6)))

    def admit(self, candidate: Candidate, index: int) -> None:
        if index >= self.seeds:
            self.total += 1
            self.counts.update(traits(candidate))


def traits(candidate: Candidate) -> Iterator[Trait]:
    """What is known of the candidate, in the order in which it is judged."""
    if candidate.verb not in (None, "be"):
        yield "verb", str(candidate.verb)
        if candidate.noun is not None:
            yield "pair", f"{candidate.verb} {candidate.noun}"
    if candidate.category is not None:
        yield "category", candidate.category


def allowed(cap: float, size: int) -> int:
    """How many of `size` a cap lets through. The cap is taken as the decimal that was written: 0.29 of 100 is 29, not 28.999…"""
    return max(1, int(Fraction(str(cap)) * size))


def make(config: BalanceConfig, parts: GateParts) -> Filter | None:
    return BalanceFilter(config, parts.seeds, parts.shares) if config.enabled else None


PLUGIN = FilterKind("balance", 70, BalanceConfig, "caps on verbs, verb-noun pairs and categories", make)
