"""What a ticket is dealt: a recipe and its examples, as a pure function of (random seed, ticket number, view of the pool).

Self-Instruct's rule (arXiv 2212.10560, section 2.2): so many seeds and so many machine-made instructions in each prompt; while there
are too few machine-made ones, seeds take their place. Draws do not depend on one another, so any ticket can be dealt again.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Protocol

from seedgen.pool import PoolView
from seedgen.records import Draw


class Deal(Protocol):
    """What the sampler needs to know of a recipe."""

    @property
    def seeds(self) -> int: ...
    @property
    def machine(self) -> int: ...
    @property
    def shows_instances(self) -> bool: ...


def draw(view: PoolView, ticket: int, *, seed: int, recipes: Mapping[str, Deal], weights: Mapping[str, float]) -> Draw:
    """The draw of one ticket from one view."""
    rng = Random(f"{seed}:{ticket}")
    name = rng.choices(list(weights), list(weights.values()))[0]
    recipe = recipes[name]
    machine = view.machine(recipe.shows_instances)
    made = rng.sample(machine, min(recipe.machine, len(machine)))
    written = rng.sample(range(view.seeds), min(recipe.seeds + recipe.machine - len(made), view.seeds))
    chosen = made + written
    rng.shuffle(chosen)
    return Draw(ticket, name, tuple(view[i] for i in chosen))


def pick(weights: Mapping[str, float], *, seed: int, key: str) -> str:
    """One of the names, by weight, as a function of the random seed and `key`."""
    return Random(f"{seed}:{key}").choices(list(weights), list(weights.values()))[0]
