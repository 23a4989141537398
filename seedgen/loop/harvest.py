"""How many tickets it likely takes to the target, so that near it no more are begun."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

from seedgen.config.model import Config

REMEMBERED = 32
"""Tickets over which it is reckoned what a ticket brings."""
USUAL = 8
"""Tasks asked for in one call, where a recipe does not say how many."""


@dataclass
class Harvest:
    """What a ticket brings: accepted items, as a mean over the last tickets and one that brought what was `expected` before any."""

    expected: float
    recent: deque[int] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def add(self, accepted: int) -> None:
        self.recent.append(accepted)

    def tickets_for(self, missing: int) -> int:
        """How many tickets it likely takes to so many accepted items."""
        each = (self.expected + sum(self.recent)) / (1 + len(self.recent))
        return max(1, math.ceil(missing / each))


def asked_for(config: Config) -> int:
    """The most tasks that a recipe in use asks for in one call."""
    sections = config.recipes.sections()
    return max(getattr(sections[name], "count", USUAL) for name in config.recipes.weights())
