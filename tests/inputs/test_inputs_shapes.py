from typing import Any

import pytest

from seedgen.inputs.contents import Malformed
from seedgen.inputs.rows import Row
from seedgen.inputs.shapes import LATER, SYSTEM, read_row, threads
from seedgen.records import Instance

USER, REPLY = {"role": "user", "content": "Name a prime."}, {"role": "assistant", "content": "7"}
HUMAN, GPT = {"from": "human", "value": "Name a prime."}, {"from": "gpt", "value": "7"}
PARTS = [{"type": "text", "text": "Name a"}, {"type": "text", "text": "prime."}]


@pytest.mark.parametrize(
    "row",
    [
        {"instruction": "Name a prime.", "input": None, "output": "7"},
        {"instruction": "Name a prime.", "instances": None, "output": "7"},
        {"Instruction": "Name a prime.", "Response": "7"},
        {"instruction": "Name a prime.", "context": "", "response": "7", "category": "open_qa"},
        {"prompt": "Name a prime.", "completion": "7"},
        {"question": "Name a prime.", "answer": "7"},
        {"query": "Name a prime.", "response": "7", "type": "math"},
        {"problem": "Name a prime.", "solution": "7"},
        {"inputs": "Name a prime.", "targets": ["7"]},
        {"inputs": [3, 7], "inputs_pretokenized": "Name a prime.", "targets": [9], "targets_pretokenized": "7"},
        {"messages": None, "instruction": "Name a prime.", "output": "7"},
        {"messages": [USER, REPLY]},
        {"prompt": "Name a prime.", "prompt_id": "ab", "messages": [USER, REPLY], "category": "Open QA"},
        {"messages": [{"role": "human", "content": "Name a prime."}, {"role": "model", "content": [{"type": "text", "text": "7"}]}]},
        {"id": "a", "conversations": [HUMAN, GPT]},
        {"conversations": ["Name a prime.", "7"], "source": "lima"},
        {"id": "0", "data": ["Name a prime.", "7"]},
        {"prompt": {"text": "Name a prime.", "role": "prompter", "replies": [{"text": "no", "rank": 1}, {"text": "7", "rank": 0}]}},
        {"definition": "Name a prime.", "inputs": "", "targets": "7"},
        [USER, REPLY],
        {"prompt": [USER], "completion": [REPLY]},
        {"prompt": "Name a prime.", "chosen": [USER, REPLY], "rejected": [USER, {"role": "assistant", "content": "8"}]},
        {"conversation": [{"input": "Name a prime.", "output": "7"}]},
        {"id": "a", "items": [HUMAN, GPT]},
        {"contents": [{"role": "user", "parts": [{"text": "Name a prime."}]}, {"role": "model", "parts": [{"text": "7"}]}]},
        {"Definition": ["Name a prime."], "Instances": [{"input": "", "output": ["7", "11"]}]},
    ],
)
def test_every_form_that_people_have_is_read(row: Any) -> None:
    found = read_row(row)
    assert (found.instruction, found.instances) == ("Name a prime.", (Instance("", "7"),))


@pytest.mark.parametrize(
    ("row", "left"),
    [
        ({"instruction": "Add.", "output": "3", "context": "oak", "input": "1, 2"}, ()),
        ({"instruction": "Add.", "output": "3", "context": "oak and fir", "input": "1, 2"}, ("context",)),
        ({"instruction": "Add.", "output": "3", "system": "Be brief.", "name": "adding"}, ("system",)),
        ({"instruction": "Add.", "output": "3", "history": [["Hello you", "Hello"]]}, ("history",)),
        ({"instruction": "Add it up.", "output": "3", "text": "Add it up."}, ()),
        ({"messages": [{"role": "system", "content": "Be brief."}, USER, REPLY, USER, REPLY]}, (SYSTEM, LATER)),
        ({"messages": [USER, {**REPLY, "reasoning_content": "A prime."}], "tools": [{"name": "a tool"}]}, ("reasoning_content", "tools")),
        ({"conversations": [HUMAN, GPT, HUMAN], "system": "Be brief."}, (LATER, "system")),
        ({"Definition": "Add.", "Positive Examples": [{"input": "1", "output": "2"}], "Instances": [{"input": "2 and 3"}]}, ("instances",)),
    ],
)  # fmt: skip
def test_what_has_text_and_is_not_read_is_named(row: dict[str, Any], left: tuple[str, ...]) -> None:
    assert read_row(row).left == left


def test_context_is_the_input_and_that_is_said() -> None:
    row = {"instruction": "Sort.", "context": "oak, fir", "response": "fir, oak"}
    read = read_row(row)
    assert (read.instances, read.shape) == ((Instance("oak, fir", "fir, oak"),), '"context" as input, "response" as output')


def test_content_parts_are_one_text() -> None:
    assert read_row({"messages": [{"role": "user", "content": PARTS}, REPLY]}).instruction == "Name a\nprime."


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"chosen": "x", "rejected": "y"}, 'no "instruction" (it has "chosen", "rejected")'),
        ({"input": "x", "output": "y"}, 'no "instruction" (it has "input", "output")'),
        ({"question": "Which?", "choices": ["a", "b"]}, 'no "output" (it has "choices")'),
        ({"instruction": ["a", "b"], "output": ["c", "d"]}, '"instruction" is a list of 2 texts, not one'),
        ({"instruction": {"0": "a"}, "output": {"0": "b"}}, '"instruction" is of type dict, not a string: 1 texts'),
        ({"instruction": {"a": 1}, "output": "b"}, '"instruction" is of type dict, not a string'),
        ({"instruction": "a", "output": float("nan")}, '"output" is NaN, which is no text'),
        ({"instruction": "a" * 100_001, "output": "b"}, '"instruction" has 100,001 characters'),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}, REPLY]}, '"content" has a part that is no text (image_url)'),
        ({"conversations": ["Only a question"]}, "messages do not open with user, then assistant"),
        (["Name a prime.", "7"], "a list, not an object"),
        (None, "null, not an object"),
    ],
)
def test_what_cannot_be_read_is_named(row: Any, problem: str) -> None:
    with pytest.raises(Malformed) as caught:
        read_row(row)
    assert caught.value.problem == problem


def test_messages_in_rows_of_their_own_are_put_together() -> None:
    def message(name: str, parent: str | None, text: str, role: str) -> Row:
        return Row(name, name, {"message_id": name, "parent_id": parent, "text": text, "role": role, "rank": None})

    lost, row = threads(
        [
            message("c", "b", "Why?", "prompter"),
            message("a", None, "Name a prime.", "prompter"),
            message("b", "a", "7", "assistant"),
            message("d", "x", "8", "assistant"),
        ]
    )
    assert (row.place, lost.place, str(lost.value)) == ("a", "d", "a reply to a message that is not in this file")
    assert (read_row(row.value).instances, read_row(row.value).left) == ((Instance("", "7"),), (LATER,))
