"""The gate itself: asks the filters in order, and keeps them all in step with the pool.

Its state is a function of the admissions in their order and of nothing else: no clock, no randomness, no memory of what was refused.
So a pool rebuilt from its record makes the same gate. What to do with a verdict is left to the loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from seedgen.config import GateConfig
from seedgen.gate.balance import BalanceFilter
from seedgen.gate.exact import ExactFilter
from seedgen.gate.rouge import RougeFilter
from seedgen.gate.semantic import SemanticFilter
from seedgen.gate.shape import ShapeFilter
from seedgen.records import Candidate, Verdict


class Filter(Protocol):
    """One question put to a candidate. `name` is the filter's name in verdicts, config and tables."""

    name: str

    def judge(self, candidate: Candidate) -> Verdict:
        """A look that changes nothing: the candidate against everything admitted so far."""

    def admit(self, candidate: Candidate, index: int, /) -> None:
        """The pool grew by this one, at this index."""


class Gate:
    """Filters in order. Seeds are admitted first, without being judged."""

    def __init__(self, filters: Sequence[Filter]) -> None:
        self.filters = tuple(filters)
        self.size = 0

    def judge(self, candidate: Candidate) -> tuple[Verdict, ...]:
        """The verdicts in filter order, up to and including the first refusal."""
        verdicts: list[Verdict] = []
        for filter_ in self.filters:
            verdicts.append(filter_.judge(candidate))
            if not verdicts[-1].passed:
                break
        return tuple(verdicts)

    def admit(self, candidate: Candidate) -> int:
        """Takes the candidate into the pool; returns its index there: 0, 1, 2 … in order of admission."""
        index, self.size = self.size, self.size + 1
        for filter_ in self.filters:
            filter_.admit(candidate, index)
        return index


def build_gate(config: GateConfig, seeds: int) -> Gate:
    """The gate a run is configured for. The first `seeds` admissions are the seeds, which do not count for balance."""
    filters: list[Filter] = [ShapeFilter(config.shape), ExactFilter()]
    if config.balance.enabled:
        filters.append(BalanceFilter(config.balance, seeds))
    if config.rouge.enabled:
        filters.append(RougeFilter(config.rouge))
    if config.semantic.enabled:
        filters.append(SemanticFilter(config.semantic))
    return Gate(filters)
