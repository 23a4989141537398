"""What was refused, and how nearly: all of a run in figures, or one instruction beside the one it was too close to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from seedgen.audit.common import Common, anywhere, in_order
from seedgen.audit.scores import Histogram, histogram, histograms
from seedgen.inputs.evaluation import Evaluation, evaluation
from seedgen.records import Verdict
from seedgen.store.figures import Refused
from seedgen.store.ports import ItemView, Life, Near, RunReader

IN_ORDER = frozenset({"rouge", "exact"})
"""Filters that compare words in their order; to others a word counts wherever it stands."""


@dataclass(frozen=True, slots=True)
class GateReport:
    """Refusals by stage, filter and reason, how scores lie around the thresholds, and what decontamination compares with, if anything."""

    refusals: tuple[Refused, ...]
    histograms: tuple[Histogram, ...]
    evaluation: Evaluation | None = None


def report_gate(reader: RunReader, name: str | None = None) -> GateReport:
    """Of all filters, from what is stored; or of one, computing scores that are not. Raises `UsageError` if there is no such filter."""
    if name is None:
        return GateReport(reader.refusals(), tuple(histograms(reader)), compared_with(reader))
    reader.expect(name)
    found, with_it = histogram(reader, name), compared_with(reader) if name == "decontamination" else None
    return GateReport(tuple(each for each in reader.refusals() if each.filter == name), (found,) if found else (), with_it)


def compared_with(reader: RunReader) -> Evaluation | None:
    """How many texts of evaluation files the run keeps."""
    if not reader.record().evaluation_digest:
        return None
    with reader.saved() as saved:
        return evaluation(saved.evaluation())


@dataclass(frozen=True, slots=True)
class Comparison:
    """Refused instruction (the one) and neighbour (the other). `threshold` is None where the filter has none."""

    verdict: Verdict
    near: Near
    threshold: float | None
    common: Common


def compare(instruction: str, verdict: Verdict | None, near: Near | None, limits: Mapping[str, float]) -> Comparison | None:
    """None if nothing was refused, or not for being close to another."""
    if verdict is None or verdict.passed or near is None:
        return None
    words: Callable[[str, str], Common] = in_order if verdict.filter in IN_ORDER else anywhere
    return Comparison(verdict, near, limits.get(verdict.filter), words(instruction, near.instruction))


def compare_lines(reader: RunReader, lines: Sequence[ItemView]) -> Iterator[tuple[ItemView, Comparison | None]]:
    """Each of the run's items with its comparison. Raises `StoreBroken`."""
    limits = reader.record().thresholds
    for line in lines:
        yield line, compare(line.instruction, line.refusal, line.near, limits)


def compare_life(life: Life) -> Comparison | None:
    """The verdict that kept this one out of the pool, if it was for a neighbour."""
    verdict, near = next(((v, near) for v, near in life.verdicts if not v.passed), (None, None))
    return compare(life.instruction, verdict, near, life.run.thresholds)
