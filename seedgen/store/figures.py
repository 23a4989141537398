"""Figures that a store counts about a run: what it cost, what was refused, and how what it accepted is made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Literal

Stage = Literal["gate", "output"]


@dataclass(frozen=True, slots=True)
class Bill:
    """What one group of candidates used and came to. `requests` and `tokens` may be shares of calls, so they need not be whole.

    `cost` sums the known costs in US dollars, `refused_cost` that part of it which went to refused candidates; `unpriced` counts the
    answers whose cost is unknown, `unmetered` those whose tokens are.
    """

    candidates: int = 0
    accepted: int = 0
    refused: int = 0
    requests: float = 0.0
    tokens: float = 0.0
    cost: float = 0.0
    unpriced: float = 0.0
    unmetered: float = 0.0
    refused_cost: float = 0.0

    @property
    def cost_per_accepted(self) -> float | None:
        """US dollars; None if a cost is unknown or nothing was accepted."""
        return self.cost / self.accepted if self.accepted and not self.unpriced else None

    @property
    def tokens_per_accepted(self) -> float | None:
        """None if an answer's tokens are unknown or nothing was accepted."""
        return self.tokens / self.accepted if self.accepted and not self.unmetered else None


@dataclass(frozen=True, slots=True)
class SeedYield:
    """A seed, and what came of the tickets whose prompts showed it. `expected` refusals there would be at the run's mean."""

    id: str
    instruction: str
    tickets: int
    candidates: int
    refused: int
    expected: float

    @property
    def share(self) -> float:
        return self.refused / self.candidates

    @property
    def excess(self) -> float:
        """How far the refusals are above the expected, in standard deviations of chance."""
        mean = self.expected / self.candidates
        return (self.refused - self.expected) / sqrt(self.expected * (1 - mean)) if 0 < mean < 1 else 0.0


@dataclass(frozen=True, slots=True)
class Costs:
    """`standings`: accepted, surplus, refused, nothing (tickets without a candidate) and open (unfinished tickets).

    `teachers` count the candidates that a teacher made a call for, whether it proposed or answered, so they may add up to more than all.
    `seeds` are those with the most refusals beyond the expected, the worst first.
    """

    all: Bill
    standings: Mapping[str, Bill]
    recipes: Mapping[str, Bill]
    teachers: Mapping[str, Bill]
    categories: Mapping[str, Bill]
    refused_share: float
    seeds: tuple[SeedYield, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """How many verdicts of one filter refused for one reason: at the gate, or among the checks on finished items.

    `share` is of the run's candidates.
    """

    stage: Stage
    filter: str
    reason: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Scored:
    """So many verdicts of a filter have this score, rounded to three decimals."""

    passed: bool
    score: float
    count: int


@dataclass(frozen=True, slots=True)
class Kind:
    """A category among the accepted items, beside what its weight would make it; shares from 0 to 1."""

    category: str
    count: int
    share: float
    weight: float


@dataclass(frozen=True, slots=True)
class Balance:
    """What a run was steered to and what came of it. `level` is that of the last ticket: how many answers to a collapse are in force."""

    kinds: tuple[Kind, ...]
    level: int
