"""Reasoning, as families of models and servers write it, is no part of an answer."""

import json
from typing import Any

import pytest

from seedgen.recipes.recipe import answer_fault
from seedgen.records import Answer
from seedgen.teachers.endpoint import NOWHERE
from seedgen.teachers.reasoning import unthought
from seedgen.teachers.wire import read_body

WISH = "The person wants tasks.\n\n1. Describe a heron.\nTask 9: only an idea."
TASKS = "Task 9: Suggest three uses for an old ladder.\nTask 10: Explain why bread goes stale."


def read(message: Any, finish: str | None = "stop", **more: Any) -> Answer:
    return read_body(json.dumps({"choices": [{"message": message, "finish_reason": finish}], **more}).encode(), NOWHERE)


@pytest.mark.parametrize(
    "text",
    [
        f"<think>\n{WISH}\n</think>\n\n{TASKS}",
        f"\n <think>{WISH}</think>{TASKS}",
        f"{WISH}\n</think>\n\n{TASKS}",
        f"{WISH}</think>{TASKS}",
        f"{WISH} </think> {TASKS}",
        f"<thought>\n{WISH}\n</thought>\n{TASKS}",
        f"<thinking>{WISH}</thinking>\n<answer>\n{TASKS}\n</answer>",
        f"<reasoning>{WISH}</reasoning>\n\n<response>{TASKS}",
        f"<think type='long'>{WISH}</think>{TASKS}",
        f"<think/>\n<thought process>{WISH}</thought process>{TASKS}",
        f'<details type="reasoning" done="true">\n{WISH}\n</details>\n{TASKS}',
        f"Sure, here they are:\n<think>\n{WISH}\n</think>\n{TASKS}",
        f"<redacted_thinking>{WISH}</redacted_thinking>{TASKS}",
        f"<chain_of_thought>{WISH}</chain_of_thought>{TASKS}",
        f"< think >{WISH}</think >{TASKS}",
        f"<my_thoughts>{WISH}</my_thoughts>\n<output>{TASKS}</output>",
        f"<analysis>{WISH}</analysis>\n\n{TASKS}",
        f"<plan>{WISH}</plan>{TASKS}",
        f"[think]{WISH}[/think]{TASKS}",
        f"```thinking\n{WISH}\n```\n{TASKS}",
        f"&lt;think&gt;{WISH}&lt;/think&gt;{TASKS}",
        f"<details>\n<summary>Thought for 8 seconds</summary>\n{WISH}\n</details>\n{TASKS}",
        f"<｜begin▁of▁thinking｜>{WISH}<｜end▁of▁thinking｜>{TASKS}",
        f"<|think_start|>{WISH}<|think_end|>{TASKS}",
        f"<|begin|>assistant<|think|>{WISH}<|end|><|begin|>assistant<|content|>{TASKS}<|end|>",
        f"assistant<|channel|>analysis<|message|>{WISH}<|end|><|start|>assistant<|channel|>final<|message|>{TASKS}",
        f"{WISH}<|end|><|start|>assistant<|channel|>final<|message|>{TASKS}<|return|>",
        f"{WISH}assistantfinal{TASKS}",
        f"analysis\n\n{WISH}\n\nfinal\n\n{TASKS}",
        f"**Thinking:**\n{WISH}\n\n**Final answer:**\n{TASKS}",
        f"### Reasoning\n{WISH}\n\n### Answer\n{TASKS}",
        f"Thought: {WISH}\n\nFinal Answer: {TASKS}",
        f"Okay! <think>{WISH}</think>{TASKS}",
        f"{TASKS}\n<think>\n{WISH}",
        f"<seed:think>{WISH}</seed:think>{TASKS}",
        f"[THINK]{WISH}[/THINK]{TASKS}",
        f"◁think▷{WISH}◁/think▷{TASKS}",
        f"<|begin_of_thought|>{WISH}<|end_of_thought|>\n<|begin_of_solution|>\n{TASKS}\n<|end_of_solution|>",
        f"<|START_THINKING|>{WISH}<|END_THINKING|><|START_RESPONSE|>{TASKS}<|END_RESPONSE|>",
        f"<|channel>thought\n{WISH}<channel|>{TASKS}<turn|>",
        f"<unused94>thought\n{WISH}<unused95>{TASKS}",
        f"<|channel|>analysis<|message|>{WISH}<|end|><|start|>assistant<|channel|>final<|message|>{TASKS}<|return|>",
        f"<|start|>assistant<|channel|>analysis<|message|>{WISH}<|end|><|channel|>final <|constrain|>json<|message|>{TASKS}",
        f"analysis{WISH}assistantfinal{TASKS}",
        f"analysis\n{WISH}\nassistant\nfinal\n{TASKS}",
        f"Here is my thought process:\n{WISH}\n\nHere is my response:\n{TASKS}",
        f"<|im_start|>assistant\n<think>{WISH}</think>{TASKS}<|im_end|>",
    ],
)
def test_reasoning_is_taken_off_an_answer_and_kept_beside_it(text: str) -> None:
    answer = read({"content": text})
    assert (answer.text, answer.reasoning, answer.finish) == (TASKS, WISH, "stop")


@pytest.mark.parametrize(
    "message",
    [
        {"content": TASKS, "reasoning_content": WISH},
        {"content": TASKS, "reasoning": WISH, "reasoning_details": [{"type": "reasoning.text", "text": WISH}]},
        {"content": TASKS, "thinking": WISH},
        {
            "content": TASKS,
            "reasoning_details": [{"type": "reasoning.summary", "summary": WISH}, {"type": "reasoning.encrypted", "data": "x"}],
        },
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": WISH}]}, {"type": "text", "text": TASKS}]},
        {"content": [{"type": "reasoning", "text": WISH}, {"type": "text", "text": TASKS}]},
        {"content": [{"text": WISH, "thought": True}, {"text": TASKS}]},
        {"content": TASKS, "reasoning": {"type": "reasoning", "content": WISH}},
    ],
    ids=lambda message: ", ".join(message),
)
def test_reasoning_beside_an_answer_is_kept_there(message: dict[str, Any]) -> None:
    answer = read(message)
    assert (answer.text, answer.reasoning) == (TASKS, WISH)


@pytest.mark.parametrize(
    "text",
    [
        "Task 9: Explain what <think> and </think> do in a prompt.",
        "Task 9: Explain what </think> closes.",
        "<think> is a tag that some models write before their answers.",
        "<think> and </think> are tags.",
        "Write `</think>` last.",
        'It ends with "</think>", always.',
        "Use it so:\n```\n<think>\nfirst\n</think>\nthen\n```",
        "Task 9: Think about analysis.\nTask 10: Say which assistant was final.",
        "Here is my thought process: I count, then add.",
        "Thank you. Here is my response: no.",
        "Analysis of the assistant",
        "<p>thought</p>",
        "<plan>one</plan>",
        "<plan>one",
        "Reasoning: I add.\nOutput: 4",
        "Thoughts are free. What is meant?",
        "Final answer: 4",
    ],
)
def test_an_answer_that_speaks_of_such_tags_stays_as_it_is(text: str) -> None:
    assert (read({"content": text}).text, read({"content": text}).reasoning) == (text, "")


@pytest.mark.parametrize(
    "text",
    ["<think>\nLet me see: 1. A", "[THINK]Let me see: 1. A", "analysisLet me see: 1. A", "<|channel|>analysis<|message|>Let me see: 1. A"],
)
def test_reasoning_that_never_ended_is_all_there_is(text: str) -> None:
    answer = read({"content": text}, "length")
    assert (answer.text, answer.reasoning.endswith("Let me see: 1. A"), answer.cut) == ("", True, True)


@pytest.mark.parametrize(
    "text", ["<think>\n\n</think>\n\nYes", "</think>\n\nYes", "<think>a</think>\n<think>b</think>Yes", "a</think>b\n</think>\nYes"]
)
def test_an_empty_thought_or_several_are_taken_off(text: str) -> None:
    assert read({"content": text}).text == "Yes"


def test_a_thought_between_two_tasks_is_taken_out() -> None:
    first, second = TASKS.split("\n")
    answer = read({"content": f"{first}\n<think>\n{WISH}\n</think>\n{second}"})
    assert (answer.text, answer.reasoning) == (f"{first}\n\n{second}", WISH)


def test_a_closing_tag_that_a_thought_quotes_does_not_end_it() -> None:
    assert read({"content": "<think>They want `</think>` and more.</think>Yes"}).text == "Yes"


def test_a_thought_before_a_plain_answer_leaves_its_label() -> None:
    assert read({"content": "Reasoning: I add.\nAnswer: 4"}).text == "Answer: 4"


def test_a_text_without_reasoning_comes_back_as_it_was() -> None:
    assert unthought("  Yes ") == ("", "  Yes ")


def test_a_budget_spent_on_reasoning_is_a_fault_of_its_own() -> None:
    shown = read({"content": "", "reasoning_content": "Let me think about it."}, "length")
    hidden = read({"content": None}, "length", usage={"completion_tokens_details": {"reasoning_tokens": 40}})
    unclosed = read({"content": "<think>Let me"}, "length")
    assert [answer_fault(answer) for answer in (shown, hidden, unclosed)] == ["cut_while_reasoning"] * 3
    assert answer_fault(read({"content": "", "reasoning_content": "So."})) == "only_reasoning"
    assert answer_fault(read({"content": ""}, "length")) == "empty_answer"


def test_rules_1_read_as_ever() -> None:
    body = json.dumps({"choices": [{"message": {"content": "<think>a</think>Yes<|im_end|>"}, "finish_reason": "error"}]}).encode()
    assert read_body(body, NOWHERE, "1") == Answer("<think>a</think>Yes<|im_end|>", "error", notes=("no_usage",), reader="1")
    assert not read_body(body, NOWHERE, "1").cut
