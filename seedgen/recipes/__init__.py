"""The ways to ask a teacher for new tasks: one file a recipe, all of one shape (`recipe.Recipe`)."""

from __future__ import annotations

from seedgen.config.model import RecipesConfig
from seedgen.recipes.recipe import Recipe, RecipeKind
from seedgen.registry import plugins

__all__ = ["Recipe", "RecipeKind", "build_recipes"]


def build_recipes(config: RecipesConfig) -> dict[str, Recipe]:
    """The recipes with a weight above 0, by name, in their order."""
    kinds, sections = plugins(RecipesConfig.door, RecipeKind), config.sections()
    return {name: kinds[name].make(sections[name]) for name in config.weights()}
