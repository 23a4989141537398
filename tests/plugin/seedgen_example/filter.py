"""Numbers that are not wanted are refused."""

import re

from pydantic import Field

from seedgen.config.section import FilterSection
from seedgen.gate.filter import Filter, FilterKind
from seedgen.records import Candidate, Verdict


class UnluckyConfig(FilterSection):
    numbers: tuple[int, ...] = Field((13,), description="numbers that no instruction may hold")


class UnluckyFilter(Filter):
    name = "unlucky"

    def __init__(self, config: UnluckyConfig) -> None:
        self.numbers = {str(number) for number in config.numbers}

    def verdict(self, candidate: Candidate) -> Verdict:
        found = self.numbers & set(re.findall(r"\d+", candidate.instruction))
        return Verdict(self.name, not found, "unlucky_number" if found else "", evidence=", ".join(sorted(found)))


PLUGIN = FilterKind(
    "unlucky", 15, UnluckyConfig, "numbers that are not wanted", lambda config, parts: UnluckyFilter(config) if config.enabled else None
)
