"""Which rules an answer is read by, and that they agree where an answer is well formed."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from seedgen.ask.prompt import read_templates
from seedgen.recipes.readers import FIRST, TODAY, parsers
from seedgen.records import Aim, Answer, Proposal
from seedgen.scripted.faults import NO_FAULTS
from seedgen.scripted.grammar import instruct
from seedgen.scripted.reply import reply

TEMPLATES = read_templates(f"self-instruct-{step}" for step in ("propose", "classify", "input-first", "output-first")) | read_templates(
    ["alpaca"]
)


def answered(template: str, chat: bool, seed: int, **values: Any) -> tuple[str, bool]:
    """What the scripted teacher says to a bundled template, and whether that was cut."""
    prompt = TEMPLATES[template].render(chat=chat, **values)
    asked = {"messages": [{"role": "user", "content": prompt.text}]} if chat else {"prompt": prompt.text}
    body = json.loads(reply({"seed": seed, "max_tokens": prompt.max_tokens, "stop": list(prompt.stop), **asked}, NO_FAULTS))
    choice = body["choices"][0]
    return choice.get("text") or choice["message"]["content"], choice["finish_reason"] == "length"


@pytest.mark.parametrize("chat", [True, False])
def test_what_the_scripted_teacher_says_is_read_as_it_was(chat: bool) -> None:
    for seed in range(40):
        rng = Random(seed)
        shown = [instruct(rng) for _ in range(rng.randint(0, 8))]
        text, cut = answered("self-instruct-propose", chat, seed, examples=shown, count=8, aim=Aim())
        assert TODAY.list(text, len(shown) + 1, cut=cut, count=8) == FIRST.list(text, len(shown) + 1, cut=cut, count=8)
        tasks = [{"instruction": each, "input": "", "output": "x"} for each in shown[:3]]
        text, cut = answered("alpaca", chat, seed, examples=tasks, count=5, aim=Aim())
        assert TODAY.blocks(text, len(tasks) + 1, cut=cut, count=5) == FIRST.blocks(text, len(tasks) + 1, cut=cut, count=5)
        instruction = instruct(rng)
        text, _ = answered("self-instruct-classify", chat, seed, instruction=instruction)
        assert TODAY.yes_no(text) == FIRST.yes_no(text)
        text, cut = answered("self-instruct-input-first", chat, seed, instruction=instruction)
        assert TODAY.input_output(text, cut=cut) == FIRST.input_output(text, cut=cut)
        text, cut = answered("self-instruct-output-first", chat, seed, instruction=instruction)
        assert TODAY.label_input(text, cut=cut) == FIRST.label_input(text, cut=cut)


def test_an_answer_read_by_reader_1_is_parsed_as_it_was() -> None:
    text = "I. Write a poem.\nII. Name three rivers."
    assert parsers(Answer(text, reader="1")).list(text, 9, cut=False, count=2) == [Proposal(text)]
    for reader in ("", "2"):
        found = parsers(Answer(text, reader=reader)).list(text, 9, cut=False, count=2)
        assert found == [Proposal("Write a poem."), Proposal("Name three rivers.")]
