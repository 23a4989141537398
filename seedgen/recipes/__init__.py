"""The ways to ask a teacher for new tasks: one file a recipe, all of one shape (`recipe.Recipe`)."""

from __future__ import annotations

from seedgen.config.model import RecipesConfig
from seedgen.recipes.alpaca import Alpaca
from seedgen.recipes.recipe import Recipe
from seedgen.recipes.self_instruct import SelfInstruct

__all__ = ["Recipe", "build_recipes"]


def build_recipes(config: RecipesConfig) -> dict[str, Recipe]:
    """The recipes with a weight above 0, by name."""
    recipes: tuple[Recipe, ...] = (SelfInstruct(config.self_instruct), Alpaca(config.alpaca))
    return {recipe.name: recipe for recipe in recipes if recipe.name in config.weights()}
