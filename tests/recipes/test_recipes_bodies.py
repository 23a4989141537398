"""From the bytes of a server to tasks: what is no part of an answer reaches no recipe."""

from __future__ import annotations

import json
from typing import Any

import pytest

from seedgen.config.model import RecipesConfig
from seedgen.recipes import build_recipes
from seedgen.records import Answer, Candidate, Draw, Entry, Instance, Proposal, Response, Step
from seedgen.teachers.endpoint import NOWHERE
from seedgen.teachers.wire import read_body

RECIPE = build_recipes(RecipesConfig())["self-instruct"]
DRAW = Draw(0, RECIPE.name, tuple(Entry(n, f"seed:{n}", f"Name {n} rivers.") for n in range(8)))
TASKS = (Proposal("Suggest three uses for an old ladder."), Proposal("Explain why bread goes stale."))
LISTED = "Task 9: Suggest three uses for an old ladder.\nTask 10: Explain why bread goes stale."
THOUGHT = "The person wants new tasks.\n\n1. Describe a heron.\nTask 9: only an idea, not this one.\n"


def body(content: Any, finish: str = "stop", **beside: Any) -> bytes:
    message = {"role": "assistant", "content": content, **beside}
    return json.dumps({"model": "m", "choices": [{"index": 0, "finish_reason": finish, "message": message}]}).encode()


class Server:
    """An `Ask` that reads the bytes it is given, by the rules given."""

    def __init__(self, reader: str = "2", **bodies: bytes) -> None:
        self.reader, self.bodies = reader, bodies
        self.templates: list[str] = []

    async def __call__(self, step: Step, _: int, template: str, **__: Any) -> Answer:
        self.templates.append(template)
        return read_body(self.bodies[step], NOWHERE, self.reader)


@pytest.mark.parametrize(
    "said",
    [
        body(f"<think>\n{THOUGHT}</think>\n\n{LISTED}"),
        body(f"{THOUGHT}</think>\n\n{LISTED}<|im_end|>"),
        body(LISTED, reasoning_content=THOUGHT),
        body([{"type": "thinking", "thinking": THOUGHT}, {"type": "text", "text": LISTED}]),
        body(f"<|channel|>analysis<|message|>{THOUGHT}<|end|><|start|>assistant<|channel|>final<|message|>{LISTED}"),
        json.dumps({"model": "m", "choices": [{"index": 0, "delta": {"content": LISTED}, "finish_reason": "stop"}]}).encode(),
    ],
)
async def test_of_an_answer_after_reasoning_only_its_own_tasks_are_taken(said: bytes) -> None:
    assert await RECIPE.propose(DRAW, Server(propose=said)) == (TASKS, "")


async def test_a_thought_before_yes_is_no_obstacle() -> None:
    answered = body("Class label: yes\nInput: None<end_of_turn>\n")
    server = Server(classify=body("<think>\n\n</think>\n\nYes"), respond=answered)
    made = await RECIPE.respond(Candidate(0, 0, Proposal("Is it prime?")), server)
    assert (made, server.templates[1]) == (Response((Instance("", "yes"),)), "self-instruct-output-first")


async def test_half_an_output_is_none() -> None:
    half = body("Input: None\nOutput: Paint it and hang", finish="error")
    made = await RECIPE.respond(Candidate(0, 0, Proposal("Name a use.")), Server(classify=body("No"), respond=half))
    assert made == Response(fault="cut")


async def test_a_budget_spent_on_reasoning_is_told_as_that() -> None:
    spent = body("", finish="length", reasoning_content="Let me think about it.")
    assert await RECIPE.propose(DRAW, Server(propose=spent)) == ((), "cut_while_reasoning")
    assert await RECIPE.respond(Candidate(0, 0, Proposal("Say it.")), Server(classify=spent)) == Response(fault="cut_while_reasoning")


async def test_by_the_rules_of_its_time_an_answer_says_what_it_said_then() -> None:
    proposals, _ = await RECIPE.propose(DRAW, Server("1", propose=body(f"<think>\n{THOUGHT}</think>\n\n{LISTED}")))
    assert proposals[0].instruction.startswith("<think>")
