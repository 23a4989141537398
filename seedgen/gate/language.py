"""Refuses instructions in a language that was not asked for. Which one it is, and how that was found, the candidate brings along."""

from __future__ import annotations

import difflib

from pydantic import Field, field_validator

from seedgen.config.section import Section
from seedgen.gate.filter import Filter, FilterKind, GateParts
from seedgen.language.traits import LANGUAGES
from seedgen.records import Candidate, Verdict


class LanguageConfig(Section):
    allowed: tuple[str, ...] = Field((), description="languages let through, as ISO 639-1 codes (en, fr …); none named: all")
    unknown: bool = Field(True, description="if languages are named, let through what is too short to tell")

    @field_validator("allowed")
    @classmethod
    def known_codes(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        for code in codes:
            if code not in LANGUAGES:
                near = difflib.get_close_matches(code.strip().lower()[:2], sorted(LANGUAGES), 1, 0.5)
                raise ValueError(f'"{code}" is no language that can be told' + (f'; did you mean "{near[0]}"?' if near else ""))
        return codes


class LanguageFilter(Filter):
    """Where the language is unknown, as in three words or a line of code, the config decides."""

    name = "language"
    lasting = True

    def __init__(self, config: LanguageConfig) -> None:
        self.allowed, self.unknown = frozenset(config.allowed), config.unknown

    def verdict(self, candidate: Candidate) -> Verdict:
        language, how = candidate.language, candidate.found.get("language", "")
        if language is None:
            return Verdict(self.name, True) if self.unknown else Verdict(self.name, False, "unknown_language", evidence=how)
        if language in self.allowed:
            return Verdict(self.name, True)
        return Verdict(self.name, False, "other_language", evidence=f"{language} ({how})")


def make(config: LanguageConfig, _: GateParts) -> Filter | None:
    return LanguageFilter(config) if config.allowed else None


PLUGIN = FilterKind("language", 40, LanguageConfig, "languages", make)
