"""Answers, real and hand-written, and what they must be read as. `answers/` holds them with the expected reading."""

import json
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark import ParameterSet
from hypothesis import given
from hypothesis import strategies as st

from seedgen.language.text import clean
from seedgen.recipes.parse import MOST, no_input, parse_blocks, parse_input_output, parse_label_input, parse_list, parse_yes_no
from seedgen.records import Instance, Proposal, Response

FOLDER = Path(__file__).parent / "answers"
ANSWERS = [case for name in ("hand-written", "smollm2") for case in json.loads((FOLDER / f"{name}.json").read_text())]
PARSERS = (lambda t: parse_list(t, 9), parse_blocks, parse_input_output, parse_label_input, parse_yes_no)


def read(case: dict[str, Any], text: str | None = None) -> Any:
    text, cut = case["text"] if text is None else text, case["finish"] == "length"
    match case["read"]:
        case "list":
            return [[p.instruction, p.fault] for p in parse_list(text, case.get("first", 9), cut=cut)]
        case "blocks":
            return [[p.instruction, p.input, p.output, p.fault] for p in parse_blocks(text, cut=cut)]
        case "yes_no":
            return parse_yes_no(text)
        case kind:
            parse = parse_input_output if kind == "input_output" else parse_label_input
            response = parse(text, cut=cut)
            return [[i.input, i.output] for i in response.instances], response.fault


BETTER: dict[tuple[str, str], Any] = {
    ("list", "broken JSON"): [["Write a poem.", None], ['{"instruction": "Na', "broken_json"]],
    ("list", "fenced JSON without an end"): [["Write a poem.", None], ['{"instr', "broken_json"]],
    ("list", "cut JSON"): [["Write a poem.", None], ['{"instruction": "Na', "cut"]],
    ("yes_no", "chat 7"): False,
}
"""Where more is read than by the parsers of reader "1"."""


def expected(case: dict[str, Any]) -> Any:
    if (better := BETTER.get((case["read"], case["why"]))) is not None:
        return better
    return (case["expect"], case["fault"]) if "fault" in case else case["expect"]


def named(case: dict[str, Any]) -> str:
    return f"{case['read']}: {case['why']}"


@pytest.mark.parametrize("case", ANSWERS, ids=named)
def test_an_answer_is_read_as_agreed(case: dict[str, Any]) -> None:
    assert read(case) == expected(case)


LISTS = [case for case in ANSWERS if case["read"] in ("list", "blocks") and "JSON" not in case["why"]]


def long_or_short(case: dict[str, Any]) -> ParameterSet:
    """A case, which is torture if its text is long."""
    return pytest.param(case, id=named(case), marks=[pytest.mark.torture] if len(case["text"]) > 1000 else [])


@pytest.mark.parametrize("case", [long_or_short(case) for case in LISTS])
def test_an_answer_that_stops_early_gives_the_tasks_before_that_point(case: dict[str, Any]) -> None:
    whole = [task[:-1] for task in read(case)]
    for end in range(len(case["text"])):
        begun = [task[:-1] for task in read(case, case["text"][:end])]
        assert begun[:-1] == whole[: max(0, len(begun) - 1)], case["text"][:end]


@pytest.mark.parametrize("case", [c for c in LISTS if c["finish"] == "stop"], ids=named)
def test_what_follows_an_answer_leaves_its_tasks_alone(case: dict[str, Any]) -> None:
    whole = read(case)
    assert read(case, case["text"] + "\n\n###\n\n \t\n---\n") == whole


@given(st.text(st.sampled_from('Task 9:.\n-*#`[]{}",Input:OutpNone1\x00\ud800 \r\t'), max_size=200) | st.text(max_size=200))
def test_no_text_is_too_strange_and_nothing_is_invented(text: str) -> None:
    source = clean(text)
    for proposal in [*parse_list(text, 9), *parse_blocks(text)]:
        for part in (proposal.instruction, proposal.input or "", proposal.output or ""):
            assert part in source or source.lstrip("`json\n")[:1] in ("[", "{")
    for parse in PARSERS:
        parse(text)


@given(
    st.lists(
        st.sampled_from(
            [
                "Task 10: a",
                "10. b",
                "- c",
                "Input: d",
                "Output: e",
                "###",
                "",
                "```",
                "f:",
                "Here are two:",
                "5. Instruction: g",
                "5. Output: h",
            ]
        )
    )
)
def test_no_line_of_an_answer_vanishes(lines: list[str]) -> None:
    kept = "\n".join(p.instruction for p in parse_list("\n".join(lines), 9))
    for letter in "abcdefgh":
        assert kept.count(letter + "\n") + kept.endswith(letter) <= sum(line.endswith(letter) for line in lines)
        assert (letter in kept) or not any(line.endswith(" " + letter) for line in lines)


MEGABYTE = 1_000_000


@pytest.mark.parametrize("unit", ["a", " ", "a\n", "9.\n", "**\n", "```\n", "Task 9: a\n", "Input:\n", "[", '[{"task":', "a\n\n", "7. y\n"])
@pytest.mark.parametrize("size", [MEGABYTE // 10, pytest.param(MEGABYTE, marks=pytest.mark.torture)])
def test_much_of_anything_is_read_in_time(unit: str, size: int) -> None:
    text = unit * (size // len(unit))
    for parse in PARSERS:
        parse(text)


def test_a_flood_of_tasks_is_capped_and_says_so() -> None:
    proposals = parse_list("".join(f"Task {n}: Do {n} things.\n" for n in range(9, 9999)), 9)
    assert (len(proposals), proposals[-1]) == (MOST + 1, Proposal("", fault="too_many"))


def test_a_list_asks_for_no_input_or_output_even_if_json_brings_them() -> None:
    assert parse_list('[{"instruction": "Add.", "input": "1", "output": "2"}]', 9) == [Proposal("Add.")]


def test_a_lone_surrogate_from_json_is_replaced() -> None:
    assert parse_input_output('{"input": "\\ud83d", "output": "ok"}') == Response((Instance("\ufffd", "ok"),))


def test_an_ordinary_input_is_left_as_it_is() -> None:
    assert no_input("None of them came.") == "None of them came."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        *(
            (text, True)
            for text in ("Yes, it is a classification", "I would say yes.", '{"answer": "yes"}', '{"classification": true}', "Ja.", "是的")
        ),
        *(
            (text, True)
            for text in ("Yes or no? Yes.", "The labels are few. So the answer is yes.", "This is a classification task.", "_Yes_")
        ),
        *((text, False) for text in ("The answer is: No.", "**Answer:** No", '```json\n{"answer": "No"}\n```', "Output: No", "Nein")),
        *(
            (text, False)
            for text in ("It is not a classification task.", "No; to say yes would be wrong", "Task: a\nIs it classification? No")
        ),
        ("> Is it one? No labels are given.\n> But it sorts.\n\nYes.", True),
        *((text, True) for text in ("> Yes", "> Yes\n\nIt has labels.")),
        *((text, None) for text in ("Perhaps", "Yes or no?", "There is no doubt that yes it is", "Nowhere", "Yesterday")),
    ],
)
def test_a_yes_or_no_is_read_with_words_around_it(text: str, said: bool | None) -> None:
    assert parse_yes_no(text) is said
