"""Refuses instructions in a language that was not asked for. Which one it is, and how that was found, the candidate brings along."""

from __future__ import annotations

from seedgen.config.model import LanguageConfig
from seedgen.gate.filter import Filter
from seedgen.records import Candidate, Verdict


class LanguageFilter(Filter):
    """Where the language is unknown, as in three words or a line of code, the config decides."""

    name = "language"

    def __init__(self, config: LanguageConfig) -> None:
        self.allowed, self.unknown = frozenset(config.allowed), config.unknown

    def judge(self, candidate: Candidate) -> Verdict:
        language, how = candidate.language, candidate.found.get("language", "")
        if language is None:
            return Verdict(self.name, True) if self.unknown else Verdict(self.name, False, "unknown_language", evidence=how)
        if language in self.allowed:
            return Verdict(self.name, True)
        return Verdict(self.name, False, "other_language", evidence=f"{language} ({how})")
