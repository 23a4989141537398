"""What a ticket is dealt: a recipe and its examples, as a pure function of (random seed, ticket number, view of the pool).

Self-Instruct's rule (arXiv 2212.10560, section 2.2): so many seeds and so many machine-made instructions in each prompt; while there
are too few machine-made ones, seeds take their place. With an aim (`seedgen.draw.steer`) half of the seeds are of its category, and the
machine-made ones too where there are such. Draws do not depend on one another, so any ticket can be dealt again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from random import Random
from typing import Protocol

from seedgen.draw.pool import PoolView
from seedgen.records import Aim, Draw

NO_AIM = Aim()
SAMPLED = 64
"""How many machine-made entries are looked at for some that fit an aim."""


class Exhausted(Exception):
    """No recipe has anything more to ask for."""


class Deal(Protocol):
    """What the sampler needs to know of a recipe."""

    @property
    def seeds(self) -> int: ...
    @property
    def machine(self) -> int: ...
    @property
    def shows_instances(self) -> bool: ...


def draw(view: PoolView, ticket: int, *, seed: int, recipes: Mapping[str, Deal], weights: Mapping[str, float], aim: Aim = NO_AIM) -> Draw:
    """The draw of one ticket from one view. Raises `Exhausted` if no recipe has anything more to ask for."""
    weights = {name: weight for name, weight in weights.items() if name not in view.exhausted()}
    if not weights:
        raise Exhausted
    rng = Random(f"{seed}:{ticket}")
    name = rng.choices(list(weights), list(weights.values()))[0]
    recipe = recipes[name]
    machine = [] if aim.seeds_only else view.machine(recipe.shows_instances)
    made = chosen(rng, machine, min(recipe.machine, len(machine)), view, aim)
    count = min(recipe.seeds + recipe.machine - len(made), view.seeds)
    alike = leaning(rng, view, aim, math.ceil(count / 2))
    parents = made + alike + rng.sample([i for i in range(view.seeds) if i not in alike], count - len(alike))
    rng.shuffle(parents)
    return Draw(ticket, name, tuple(view[i] for i in parents), aim)


def chosen(rng: Random, machine: Sequence[int], count: int, view: PoolView, aim: Aim) -> list[int]:
    """So many of these machine-made entries. With an aim, of a larger sample those that fit it: its category, none of its crowded verbs."""
    if aim == NO_AIM:
        return rng.sample(machine, count)
    sample = rng.sample(machine, min(SAMPLED, len(machine)))
    return sorted(sample, key=lambda i: (view[i].category != aim.category, view[i].verb in aim.avoid))[:count]


def leaning(rng: Random, view: PoolView, aim: Aim, most: int) -> list[int]:
    """At most so many seeds of the category aimed at, those of its tier first."""
    if not aim.category:
        return []
    fitting = [i for i in range(view.seeds) if view[i].category == aim.category]
    return sorted(rng.sample(fitting, len(fitting)), key=lambda i: view[i].tier != aim.tier)[:most]


def pick(weights: Mapping[str, float], *, seed: int, key: str) -> str:
    """One of the names, by weight, as a function of the random seed and `key`."""
    return Random(f"{seed}:{key}").choices(list(weights), list(weights.values()))[0]
