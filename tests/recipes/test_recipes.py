"""Recipes, with a teacher that reads its answers from a table. What an answer holds is `test_parse`'s affair."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from seedgen.ask.prompt import PLAIN, read_templates
from seedgen.config.model import RecipesConfig
from seedgen.recipes import Recipe, build_recipes
from seedgen.records import Aim, Answer, Candidate, Draw, Entry, Instance, Options, Proposal, Response, Step


class Script:
    """An `Ask` that answers each step from a table, and notes what was asked."""

    def __init__(self, **answers: str | Answer) -> None:
        self.answers = answers
        self.asked: list[tuple[Step, int, str, dict[str, Any]]] = []
        self.schemas: list[Mapping[str, Any]] = []

    async def __call__(self, step: Step, ordinal: int, template: str, *, options: Options = PLAIN, **values: Any) -> Answer:
        self.asked.append((step, ordinal, template, values))
        self.schemas += [options.schema] if options.schema else []
        answer = self.answers[step]
        return answer if isinstance(answer, Answer) else Answer(answer)


RECIPES = build_recipes(RecipesConfig.model_validate({"alpaca": {"weight": 1, "count": 4}, "self-instruct": {"count": 4}}))
SELF_INSTRUCT, ALPACA = RECIPES["self-instruct"], RECIPES["alpaca"]
PARENTS = (
    Entry(0, "seed:a", "Add the numbers.", (Instance("1, 2", "3"), Instance("2, 2", "4"))),
    Entry(1, "seed:b", "Name a river.", (Instance("", "Nile"),)),
)


AIM = Aim("creative")


def drawn(recipe: Recipe) -> Draw:
    return Draw(0, recipe.name, PARENTS, AIM)


def candidate(**fields: Any) -> Candidate:
    return Candidate(5, 2, Proposal("Name a lake.", **fields))


def test_only_recipes_with_a_weight_are_built() -> None:
    assert list(build_recipes(RecipesConfig())) == ["self-instruct"]
    assert list(RECIPES) == ["self-instruct", "alpaca"]


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
def test_every_template_a_recipe_may_use_is_there(recipe: Recipe) -> None:
    assert set(read_templates(recipe.templates)) == set(recipe.templates)


async def test_self_instruct_shows_instructions_and_numbers_on_from_them() -> None:
    ask = Script(propose=" Name a lake.\nTask 4: Write a poem.")
    assert await SELF_INSTRUCT.propose(drawn(SELF_INSTRUCT), ask) == ((Proposal("Name a lake."), Proposal("Write a poem.")), "")
    assert ask.asked == [
        ("propose", 0, "self-instruct-propose", {"examples": ["Add the numbers.", "Name a river."], "count": 4, "aim": AIM})
    ]


async def test_alpaca_shows_the_first_instance_of_each_parent() -> None:
    ask = Script(propose=" Name a lake.\n3. Input: <noinput>\n3. Output: Baikal")
    assert await ALPACA.propose(drawn(ALPACA), ask) == ((Proposal("Name a lake.", "", "Baikal"),), "")
    shown = [
        {"instruction": "Add the numbers.", "input": "1, 2", "output": "3"},
        {"instruction": "Name a river.", "input": "", "output": "Nile"},
    ]
    assert ask.asked == [("propose", 0, "alpaca", {"examples": shown, "count": 4, "aim": AIM})]


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (Answer("I must not.", "content_filter"), "content_filter"),
        (Answer("", "refused"), "refused"),
        (Answer(" \n"), "empty_answer"),
        (Answer("", "length"), "empty_answer"),
    ],
)
async def test_an_answer_with_nothing_in_it_is_a_fault_of_the_ticket(recipe: Recipe, answer: Answer, fault: str) -> None:
    assert await recipe.propose(drawn(recipe), Script(propose=answer)) == ((), fault)


async def test_a_cut_last_task_is_kept_as_cut() -> None:
    proposals, _ = await SELF_INSTRUCT.propose(drawn(SELF_INSTRUCT), Script(propose=Answer(" Name a lake.\nTask 4: Wri", "length")))
    assert proposals == (Proposal("Name a lake."), Proposal("Wri", fault="cut"))


@pytest.mark.parametrize(
    ("classify", "template", "respond", "instance"),
    [
        (" Yes", "self-instruct-output-first", " warm\nInput: Sun all day.", Instance("Sun all day.", "warm")),
        (" No", "self-instruct-input-first", " None\nOutput: Baikal", Instance("", "Baikal")),
        (" Perhaps", "self-instruct-input-first", " None\nOutput: Baikal", Instance("", "Baikal")),
    ],
)
async def test_a_classification_is_answered_label_first_anything_else_input_first(
    classify: str, template: str, respond: str, instance: Instance
) -> None:
    ask = Script(classify=classify, respond=respond)
    assert await SELF_INSTRUCT.respond(candidate(), ask) == Response((instance,))
    assert ask.asked == [
        ("classify", 2, "self-instruct-classify", {"instruction": "Name a lake."}),
        ("respond", 2, template, {"instruction": "Name a lake."}),
    ]


@pytest.mark.parametrize(
    ("answers", "fault"),
    [
        ({"classify": Answer("", "content_filter")}, "content_filter"),
        ({"classify": ""}, "empty_answer"),
        ({"classify": "No", "respond": Answer("", "content_filter")}, "content_filter"),
        ({"classify": "No", "respond": ""}, "empty_answer"),
        ({"classify": "No", "respond": "Baikal"}, "no_output"),
        ({"classify": "Yes", "respond": "warm"}, "no_input"),
        ({"classify": "No", "respond": Answer(" None\nOutput: Bai", "length")}, "cut"),
    ],
)
async def test_a_response_that_is_none_says_why(answers: dict[str, str | Answer], fault: str) -> None:
    assert await SELF_INSTRUCT.respond(candidate(), Script(**answers)) == Response(fault=fault)


async def test_alpaca_responds_with_what_came_with_the_proposal_and_asks_nothing() -> None:
    assert await ALPACA.respond(candidate(input="", output="Baikal"), Script()) == Response((Instance("", "Baikal"),))


@pytest.mark.parametrize(("recipe", "parts"), [(SELF_INSTRUCT, ["instruction"]), (ALPACA, ["instruction", "input", "output"])])
async def test_a_list_may_be_asked_for_by_a_schema_that_it_is_then_read_by(recipe: Recipe, parts: list[str]) -> None:
    ask = Script(propose=json.dumps({"tasks": [dict.fromkeys(parts, "Name a lake.")] * 2}))
    proposals, _ = await recipe.propose(drawn(recipe), ask)
    assert [proposal.instruction for proposal in proposals] == ["Name a lake."] * 2
    assert ask.schemas[0]["properties"]["tasks"]["items"]["required"] == parts
