"""Refuses an instruction that is already in the pool but for case, punctuation, spacing or Unicode compatibility forms."""

from __future__ import annotations

from seedgen.records import Candidate, Verdict
from seedgen.text import normal_form


class ExactFilter:
    """Equality of `text.normal_form`. The neighbour it names is the first one admitted with that form."""

    name = "exact"

    def __init__(self) -> None:
        self.first: dict[str, int] = {}

    def judge(self, candidate: Candidate) -> Verdict:
        index = self.first.get(normal_form(candidate.instruction))
        if index is None:
            return Verdict(self.name, True)
        return Verdict(self.name, False, "duplicate", score=1.0, nearest=index)

    def admit(self, candidate: Candidate, index: int) -> None:
        self.first.setdefault(normal_form(candidate.instruction), index)
