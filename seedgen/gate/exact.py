"""Refuses what is already in the pool but for case, punctuation, spacing or Unicode compatibility forms."""

from __future__ import annotations

from seedgen.gate.filter import Filter, FilterKind
from seedgen.language.text import normal_form
from seedgen.records import Candidate, Compare, Verdict


class ExactFilter(Filter):
    """Equality of `text.normal_form`. The neighbour it names is the first one admitted with that form."""

    name = "exact"
    lasting = True

    def __init__(self, compare: Compare = "instruction") -> None:
        self.compare = compare
        self.first: dict[str, int] = {}

    def verdict(self, candidate: Candidate) -> Verdict:
        index = self.first.get(self.form(candidate))
        if index is None:
            return Verdict(self.name, True)
        return Verdict(self.name, False, "duplicate", score=1.0, nearest=index)

    def admit(self, candidate: Candidate, index: int) -> None:
        self.first.setdefault(self.form(candidate), index)

    def form(self, candidate: Candidate) -> str:
        return normal_form(candidate.proposal.compared(self.compare))


PLUGIN = FilterKind("exact", 20, None, "what is there already", lambda _, parts: ExactFilter(parts.compare))
