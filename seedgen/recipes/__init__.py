"""The ways to ask a teacher for new tasks: one file a recipe, all of one shape (`recipe.Recipe`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from seedgen.config.model import RecipesConfig
from seedgen.recipes.recipe import Recipe, RecipeKind
from seedgen.records import Entry, SeedTask
from seedgen.registry import plugins

__all__ = ["Recipe", "RecipeKind", "build_recipes", "samples"]


def build_recipes(config: RecipesConfig) -> dict[str, Recipe]:
    """The recipes with a weight above 0, by name, in their order."""
    kinds, sections = plugins(RecipesConfig.door, RecipeKind), config.sections()
    return {name: kinds[name].make(sections[name]) for name in config.weights()}


def samples(recipe: Recipe, seeds: Sequence[SeedTask]) -> Mapping[str, Any]:
    """What the templates of a recipe might be given in its first ticket; nothing where the recipe does not say."""
    kind = plugins(RecipesConfig.door, RecipeKind)[recipe.name]
    shown = seeds[: recipe.seeds + recipe.machine]
    return kind.samples([Entry(n, seed.id, seed.instruction, seed.instances) for n, seed in enumerate(shown)]) if kind.samples else {}
