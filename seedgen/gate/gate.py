"""The gate itself: asks the filters in order, and keeps them all in step with the pool.

Its state is a function of the admissions in their order and of nothing else: no clock, no randomness, no memory of what was refused.
So a pool rebuilt from its record makes the same gate. What to do with a verdict is left to the loop.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from operator import itemgetter

from seedgen.config.model import GateConfig
from seedgen.gate.custom import CustomFilter
from seedgen.gate.filter import Filter, FilterKind, GateParts
from seedgen.records import Candidate, EvaluationItem, Instance, Verdict
from seedgen.registry import plugins

OF_CUSTOM = 60
"""Where the filters in `gate.custom` stand among the others' orders."""


class Gate:
    """Filters in order. Seeds are admitted first, without being judged."""

    def __init__(self, filters: Sequence[Filter]) -> None:
        self.filters = tuple(filters)
        self.measures = any(filter_.measures for filter_ in filters)
        """Whether every candidate that gets as far is told how near its nearest neighbour is."""
        self.size = 0

    def expect(self, batch: Sequence[Candidate]) -> None:
        """These are judged next, one by one. It makes that cheaper, and no verdict another."""
        for filter_ in self.filters:
            filter_.expect(batch)

    def verdicts(self, candidate: Candidate) -> tuple[Verdict, ...]:
        """The verdicts in filter order, up to and including the first refusal."""
        return until_refused(filter_.verdict(candidate) for filter_ in self.filters)

    def is_lost(self, candidate: Candidate) -> bool:
        """Whether it is certain, whatever joins the pool before its turn, that it is refused before anybody looks at its vector."""
        asked = takewhile(lambda filter_: not filter_.reads_vectors, self.filters)
        return any(filter_.lasting and not filter_.verdict(candidate).passed for filter_ in asked)

    def check(self, instance: Instance) -> tuple[Verdict, ...]:
        """The verdicts on a finished item's input and output, of those filters that look at them; likewise."""
        return until_refused(verdict for filter_ in self.filters if (verdict := filter_.check(instance)))

    def admit(self, candidate: Candidate) -> int:
        """Takes the candidate into the pool; returns its index there: 0, 1, 2 … in order of admission."""
        index, self.size = self.size, self.size + 1
        for filter_ in self.filters:
            filter_.admit(candidate, index)
        return index

    def admit_all(self, candidates: Sequence[Candidate]) -> None:
        """As `admit`, one after another, but fast: for a pool read back from its record."""
        first, self.size = self.size, self.size + len(candidates)
        for filter_ in self.filters:
            filter_.admit_all(candidates, first)


def until_refused(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    given: list[Verdict] = []
    for verdict in verdicts:
        given.append(verdict)
        if not verdict.passed:
            break
    return tuple(given)


def build_gate(
    config: GateConfig, seeds: int, evaluation: Sequence[EvaluationItem] = (), shares: Mapping[str, float] | None = None
) -> Gate:
    """The gate a run is configured for. The first `seeds` admissions are the seeds, which do not count for balance.

    Raises `UsageError` if a filter cannot be built.
    """
    found = [
        *built_filters(config, GateParts(config.compare, seeds, evaluation, shares)),
        *((OF_CUSTOM, CustomFilter(name)) for name in config.custom),
    ]
    return Gate([filter_ for _, filter_ in sorted(found, key=itemgetter(0))])


def built_filters(config: GateConfig, parts: GateParts) -> Iterator[tuple[int, Filter]]:
    """The filters that a run is configured for, but for the custom ones, each with its place in the order."""
    for name, kind in plugins(GateConfig.door, FilterKind).items():
        if made := kind.make(config.sections().get(name), parts):
            yield kind.order, made
