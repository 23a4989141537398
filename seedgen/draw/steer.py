"""What each ticket is steered to: the kind of task the pool lacks, its tier, the verbs there are enough of; and what is done against a
collapse.

`Steering.aim` is a function of the ticket's number and its view of the pool, like everything a ticket does. Categories come first: those
behind their weight are asked for more often, in proportion to what they lack and to how little came of asking so far. What is asked for
now shows only a window later, so the lack is reckoned over twice that stretch, which brings a pool to its weights without swinging
around them. Which category a ticket gets is read off a low-discrepancy sequence (Kronecker's), not drawn: so shares hold over short
stretches too.

A run collapses when its teacher repeats itself. Over each block of tickets acceptance, novelty and the entropy of the verbs are held
against those of the first block. When one has fallen far, the next answer is given, and one more with every block that is no better:
show seeds only, raise the temperature, ask for nothing but the categories furthest behind. A block that is well takes one back.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from statistics import fmean
from typing import Protocol

from seedgen.config.model import SteerConfig
from seedgen.draw.pool import PoolView
from seedgen.draw.taxonomy import Taxonomy
from seedgen.records import Aim

STEPS = ((math.sqrt(5) - 1) / 2, math.sqrt(2) - 1)
"""The golden ratio, whose multiples modulo 1 are spread the most evenly from the first on, and another that keeps no step with it."""

CROWDED = 0.6
"""A verb with more than this part of its cap is one that there is enough of."""
MOST_AVOIDED = 8
NEAREST_HORIZON = 16
"""Tickets over which a lack is made up for, at least."""

FALLEN = {"acceptance": 0.25, "novelty": 0.5, "verb entropy": 0.5}
"""What is left of the first block's figure when it counts as collapsed."""
LEVELS = 3


class VerbCap(Protocol):
    """How much of one verb the gate lets in, if it caps verbs: a share of the pool without seeds, or of the warm-up where that is more."""

    @property
    def enabled(self) -> bool: ...
    @property
    def max_verb(self) -> float: ...
    @property
    def warmup(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Health:
    """Figures of one block of tickets: admitted / candidates, mean of 1 - nearest similarity, and bits in the verbs of what it admitted."""

    acceptance: float
    novelty: float | None
    entropy: float | None

    def fallen(self, first: Health) -> dict[str, tuple[float, float]]:
        """What has fallen far since the first block, as name: (then, now)."""
        figures = {
            "acceptance": (first.acceptance, self.acceptance),
            "novelty": (first.novelty, self.novelty),
            "verb entropy": (first.entropy, self.entropy),
        }
        known = {name: (then, now) for name, (then, now) in figures.items() if then is not None and now is not None}
        return {name: (then, now) for name, (then, now) in known.items() if now < FALLEN[name] * then}


@dataclass
class Tally:
    """Counts over a view of the pool. Views of a run only grow, so each entry and gate turn is counted once."""

    block: int
    entries: int = 0
    tickets: int = 0
    categories: Counter[str] = field(default_factory=Counter)
    tiers: Counter[tuple[str, str]] = field(default_factory=Counter)
    verbs: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    given: Counter[str] = field(default_factory=Counter)
    first: Health | None = None
    last: Health | None = None
    level: int = 0
    failing: dict[str, tuple[float, float]] = field(default_factory=dict)

    def reach(self, view: PoolView) -> None:
        """Count what is new in this view."""
        pool = view.pool
        for entry in pool.entries[self.entries or view.seeds : view.size]:
            self.verbs.update([entry.verb] if entry.verb not in (None, "be") else [])
            if entry.category:
                self.categories[entry.category] += 1
                self.tiers[entry.category, entry.tier or ""] += 1
        self.entries = view.size
        for ticket in range(self.tickets, view.tickets):
            turn, before = pool.gate_turns[ticket], pool.view_after(ticket - 1).size
            self.asked[turn.category] += 1
            self.given[turn.category] += turn.pool_size - before
            if (ticket + 1) % self.block == 0:
                self.respond_to(health(pool.view_after(ticket), self.block))
        self.tickets = view.tickets

    def respond_to(self, health: Health) -> None:
        """One more block is over."""
        self.first = self.first or health
        self.last, self.failing = health, health.fallen(self.first)
        self.level = min(self.level + 1, LEVELS + 1) if self.failing else max(0, self.level - 1)


class Steering:
    """The aims of one run's tickets. `window` and `seed` are the run's."""

    def __init__(self, taxonomy: Taxonomy, config: SteerConfig, caps: VerbCap, window: int, seed: int) -> None:
        self.taxonomy, self.config, self.caps = taxonomy, config, caps
        self.shares = taxonomy.shares() if config.enabled else {}
        self.block = max(config.watch_tickets, window)
        self.start = [Random(f"{seed}:aim:{axis}").random() for axis in range(len(STEPS))]
        self.drawn_from, self.finished = Tally(self.block), Tally(self.block)

    def aim(self, view: PoolView, ticket: int) -> Aim:
        """The aim of a ticket that draws from this view. Asked in ticket order it costs what is new in the view."""
        if not self.config.enabled:
            return Aim()
        tally = self.drawn_from = reached(self.drawn_from, view)
        level = min(tally.level, LEVELS) if self.config.watch else 0
        name = self.category(tally, view, ticket, level) if self.shares else ""
        category = self.taxonomy.categories.get(name)
        return Aim(
            category=name,
            description=category.description if category else "",
            output=category.output if category else "",
            tier=self.tier(tally, name, category.complexity, ticket) if category else "",
            avoid=self.crowded(tally, view),
            level=level,
        )

    def exhausted(self, view: PoolView) -> str:
        """After a block in which all answers to a collapse were in force to no avail: what has fallen, in words; else ""."""
        if not (self.config.enabled and self.config.watch) or view.tickets % self.block:
            return ""
        tally = self.finished = reached(self.finished, view)
        if tally.level <= LEVELS or tally.last is None or tally.last.acceptance >= self.config.min_acceptance:
            return ""
        fallen = ", ".join(f"{name} from {shown(name, then)} to {shown(name, now)}" for name, (then, now) in tally.failing.items())
        return (
            f"over the last {self.block} tickets the teacher repeated itself: {fallen}; showing it seeds only, a higher temperature and "
            "asking for the categories furthest behind did not help"
        )

    def category(self, tally: Tally, view: PoolView, ticket: int, level: int) -> str:
        """The category whose stretch of the demands this ticket falls on."""
        made = view.size - view.seeds
        each = made / view.tickets if view.tickets else 1.0
        ahead = each * max(NEAREST_HORIZON, 2 * (ticket + 1 - view.tickets))
        lacks = {name: max(0.0, share * (made + ahead) - tally.categories[name]) for name, share in self.shares.items()}
        if level >= LEVELS:
            middle = sorted(lacks.values())[len(lacks) // 2]
            lacks = {name: lack for name, lack in lacks.items() if lack >= middle}
        yields = {name: (tally.given[name] + 2 * each) / (tally.asked[name] + 2) for name in lacks}
        demands = {name: lack / yields[name] if yields[name] else lack for name, lack in lacks.items()}
        return at(demands if any(demands.values()) else self.shares, self.place(ticket, 0))

    def tier(self, tally: Tally, category: str, mix: Mapping[str, float], ticket: int) -> str:
        """The tier whose stretch this ticket falls on, of those its category has; "" if it has none."""
        total = sum(mix.values())
        if not total:
            return ""
        made = sum(tally.tiers[category, tier] for tier in mix) + NEAREST_HORIZON
        return at({t: max(0.0, part / total * made - tally.tiers[category, t]) for t, part in mix.items()}, self.place(ticket, 1))

    def crowded(self, tally: Tally, view: PoolView) -> tuple[str, ...]:
        """Verbs that near their cap, the commonest first."""
        if not self.caps.enabled:
            return ()
        most = CROWDED * self.caps.max_verb * max(view.size - view.seeds, self.caps.warmup)
        common = sorted(tally.verbs.items(), key=lambda pair: (-pair[1], pair[0]))
        return tuple(verb for verb, count in common[:MOST_AVOIDED] if count > most)

    def place(self, ticket: int, axis: int) -> float:
        """Where in [0, 1) a ticket falls."""
        return (self.start[axis] + ticket * STEPS[axis]) % 1.0


def reached(tally: Tally, view: PoolView) -> Tally:
    """The tally brought forward to this view; a new one for a view that it is past."""
    if view.size < tally.entries or view.tickets < tally.tickets:
        tally = Tally(tally.block)
    tally.reach(view)
    return tally


def at(demands: Mapping[str, float], place: float) -> str:
    """The name on whose stretch `place`, in [0, 1), falls, when stretches are as long as the demands."""
    left = place * sum(demands.values())
    for name, demand in demands.items():
        left -= demand
        if left < 0:
            return name
    return list(demands)[-1]


def health(view: PoolView, tickets: int) -> Health:
    """The figures of the last so many tickets of a view."""
    turns = view.pool.gate_turns[view.tickets - tickets : view.tickets]
    first = view.pool.view_after(view.tickets - tickets - 1).size
    candidates, novelties = sum(turn.candidates for turn in turns), [turn.novelty for turn in turns if turn.novelty is not None]
    verbs = Counter(entry.verb for entry in view.pool.entries[first : view.size] if entry.verb)
    return Health(
        acceptance=(view.size - first) / candidates if candidates else 0.0,
        novelty=fmean(novelties) if novelties else None,
        entropy=entropy(verbs) if verbs.total() >= 2 * NEAREST_HORIZON else None,
    )


def entropy(counts: Counter[str]) -> float:
    """Shannon entropy in bits."""
    total = counts.total()
    return -sum(count / total * math.log2(count / total) for count in counts.values())


def shown(name: str, figure: float) -> str:
    return f"{figure:.1f} bits" if name == "verb entropy" else f"{figure:.0%}"
