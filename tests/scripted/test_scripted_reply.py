"""Replies are functions of the request, in the form each bundled template declares, in both modes."""

import json
import re
from functools import cache
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Indel

from seedgen.ask.prompt import Template, read_template
from seedgen.errors import UsageError
from seedgen.inputs.bundled import bundled
from seedgen.language.text import tokens as rouge_tokens
from seedgen.records import Aim, Prompt
from seedgen.scripted.faults import NO_FAULTS, FaultRates
from seedgen.scripted.grammar import Wish, instruct, solve
from seedgen.scripted.reply import Asked, labels, prompt_digest, reply, tokens, wish

MODES = pytest.mark.parametrize("chat", [True, False], ids=["chat", "completion"])
SAY = "Label the note about bread riots as fact or opinion."
COUNT = "Solve 4x + 74 = 584."
NO_AIM = Aim()


@cache
def template(name: str) -> Template:
    return read_template(name, (bundled("prompts") / f"{name}.jinja").read_text(encoding="utf-8"))


def render(name: str, chat: bool, **values) -> Prompt:
    return template(name).render(chat=chat, **values)


def request(prompt: Prompt, chat: bool, **more) -> dict:
    asked = {"messages": [{"role": "user", "content": prompt.text}]} if chat else {"prompt": prompt.text}
    return {"model": "m", "max_tokens": prompt.max_tokens, "stop": list(prompt.stop), **asked, **more}


def text(request_: dict, faults: FaultRates = NO_FAULTS) -> str:
    choice = json.loads(reply(request_, faults))["choices"][0]
    return choice["message"]["content"] if "message" in choice else choice["text"]


def propose(seed: int, chat: bool, count: int = 8, aim: Aim = NO_AIM) -> Prompt:
    rng = Random(seed)
    return render("self-instruct-propose", chat, examples=[instruct(rng) for _ in range(8)], count=count, aim=aim)


def alpaca(seed: int, chat: bool, count: int = 5, aim: Aim = NO_AIM) -> Prompt:
    rng = Random(seed)
    examples = [{"instruction": instruct(rng), "input": "", "output": f"It is {n}."} for n in range(3)]
    return render("alpaca", chat, examples=examples, count=count, aim=aim)


def proposed(prompt: Prompt, chat: bool, faults: FaultRates = NO_FAULTS) -> list[str]:
    answer = text(request(prompt, chat), faults)
    return re.findall(r"^Task \d+: (.+)$", answer if chat else f"Task 9:{answer}", re.MULTILINE)


@MODES
def test_propose_goes_on_with_the_numbering_up_to_the_count_asked_for(chat):
    answer = text(request(propose(1, chat), chat))
    assert answer.startswith("Task 9: " if chat else " ")
    assert re.findall(r"^Task (\d+): \S", answer, re.MULTILINE) == [str(n) for n in range(9 if chat else 10, 17)]


@MODES
def test_proposed_instructions_are_the_grammars(chat):
    made = proposed(propose(2, chat), chat)
    assert len(made) == 8
    assert all(solve(instruction) for instruction in made)


@MODES
@pytest.mark.parametrize(
    ("instruction", "verdict"), [(SAY, "Yes"), (COUNT, "No"), ("Why does it rain?", "No"), ("Is it red, blue or green?", "Yes")]
)
def test_classify_says_yes_or_no(chat, instruction, verdict):
    prompt = render("self-instruct-classify", chat, instruction=instruction)
    assert text(request(prompt, chat)).strip() == verdict


@MODES
def test_input_first_gives_input_then_the_right_output(chat):
    prompt = render("self-instruct-input-first", chat, instruction=COUNT)
    answer = text(request(prompt, chat))
    assert (answer if chat else f"Input:{answer}") == "Input: None\nOutput: 4x = 584 − 74 = 510, so x = 255/2."


@MODES
def test_output_first_gives_a_label_then_an_input_that_has_it(chat):
    prompt = render("self-instruct-output-first", chat, instruction=SAY)
    answer = text(request(prompt, chat))
    task = solve(SAY)
    assert task
    assert (answer if chat else f"Class label:{answer}") == f"Class label: {task.output}\nInput: {task.input}"


@MODES
def test_alpaca_gives_whole_blocks(chat):
    answer = text(request(alpaca(1, chat), chat))
    whole = answer if chat else f"4. Instruction:{answer}"
    block = re.compile(r"(\d+)\. Instruction: (.+)\n\1\. Input: ((?:.|\n)+?)\n\1\. Output: ((?:.|\n)+?)\n###")
    found = block.findall(f"{whole.rstrip()}\n###" if not whole.rstrip().endswith("###") else whole)
    assert [number for number, *_ in found] == ["4", "5", "6", "7", "8"]
    for _, instruction, input_, output in found:
        task = solve(instruction)
        assert task
        assert (input_, output) == (task.input or "<noinput>", task.output)


@MODES
@pytest.mark.parametrize("ask", [propose, alpaca])
def test_what_a_bundled_template_is_steered_to_is_what_is_made(chat, ask):
    prompt = ask(5, chat, aim=Aim("refusal", "what to decline", "a kind no", "complex", ("help", "pretend")))
    answer = text(request(prompt, chat, max_tokens=4000))
    made = re.findall(r"^(?:Task \d+|\d+\. Instruction): (.+)$", answer, re.MULTILINE)
    assert len(made) >= 4
    assert {solve(instruction).kind for instruction in made} == {"refusal"}
    assert wish(Asked(prompt.text, (), Random(0), NO_FAULTS)) == (
        Wish("refusal", "complex", frozenset({"help", "pretend"})) if chat else Wish("refusal")
    )


@MODES
@pytest.mark.parametrize("name", ["self-instruct-input-first", "self-instruct-output-first"])
def test_an_instruction_the_grammar_did_not_make_is_answered_in_its_own_words(chat, name):
    answers = {text(request(render(name, chat, instruction=i), chat)) for i in ("Praise elephants, then stop:", "Praise submarines:")}
    assert len(answers) == 2
    assert any("elephants" in answer for answer in answers)


def test_an_unknown_prompt_gets_a_sentence():
    assert text({"prompt": "Hello"}).endswith(".")


@MODES
@given(seed=st.integers(0, 10**6))
def test_the_same_request_gets_the_same_bytes(chat, seed):
    asked = request(propose(seed, chat, count=3), chat)
    assert reply(asked) == reply(json.loads(json.dumps(asked)))


@pytest.mark.parametrize("change", [{"temperature": 0.2}, {"seed": 5}, {"prompt": "Task 1: Sing.\nTask 2: Dance.\nTask 3:"}])
def test_another_prompt_or_sampling_gets_another_answer(change):
    asked = {"prompt": "Task 1: Sing.\nTask 2:", "temperature": 0.7, "stop": ["\nTask 5:"]}
    assert text(asked) != text(asked | change)


def test_text_ends_before_the_first_stop_string():
    assert "\nTask 12:" not in text(request(propose(3, False), False, stop="\nTask 12:"))
    assert "\nTask 11:" in text(request(propose(3, False), False, stop="\nTask 12:"))


@given(seed=st.integers(0, 10**6), most=st.integers(1, 150))
def test_max_tokens_cut_the_text_and_say_so(seed, most):
    asked = request(propose(seed, True), True, max_tokens=most)
    body = json.loads(reply(asked, NO_FAULTS))
    whole = text(request(propose(seed, True), True))
    got = body["choices"][0]["message"]["content"]
    assert whole.startswith(got)
    assert (body["choices"][0]["finish_reason"] == "length") == (got != whole)
    assert body["usage"]["completion_tokens"] == tokens(got) <= max(most, 2)


@MODES
def test_bodies_are_openai_shaped(chat):
    prompt = propose(4, chat)
    body = json.loads(reply(request(prompt, chat)))
    assert body["object"] == ("chat.completion" if chat else "text_completion")
    assert body["id"].startswith("chatcmpl-" if chat else "cmpl-")
    assert body["model"] == "m"
    assert body["usage"]["total_tokens"] == body["usage"]["prompt_tokens"] + body["usage"]["completion_tokens"]


def test_messages_may_hold_parts_and_several_turns():
    parts = [{"type": "text", "text": "Task 1: Sing.\nTask 2: "}, {"type": "text", "text": "Dance."}]
    asked = {"messages": [{"role": "system", "content": "Write 2 new tasks."}, {"role": "user", "content": parts}]}
    assert text(asked).startswith("Task 3: ")


@pytest.mark.parametrize("asked", [{}, {"messages": []}, {"messages": "hi"}, {"prompt": "x", "stop": 5}, {"prompt": "x", "max_tokens": 0}])
def test_a_request_that_cannot_be_answered_is_named(asked):
    with pytest.raises(UsageError):
        reply(asked)


def test_lone_surrogates_in_a_prompt_do_no_harm():
    assert json.loads(reply({"prompt": "Task 1: Say \ud800 aloud.\nTask 2:"}, FaultRates(duplicates=1)))


def test_digest_is_the_sha_256_of_the_prompts_text():
    assert prompt_digest("abc").startswith("ba7816bf")


def similar(one: str, two: str) -> bool:
    return Indel.normalized_similarity(rouge_tokens(one), rouge_tokens(two)) > 0.7


def test_duplicates_come_at_their_rate_and_are_near_the_examples():
    rates, made, repeated = FaultRates(duplicates=0.3, malformed=0, refused=0), 0, 0
    for seed in range(60):
        rng = Random(seed)
        examples = [instruct(rng) for _ in range(8)]
        for instruction in proposed(propose(seed, True), True, rates):
            made += 1
            repeated += any(similar(instruction, example) for example in examples)
    assert 0.24 < repeated / made < 0.4


def test_malformed_items_come_at_their_rate():
    rates = FaultRates(duplicates=0, malformed=0.3, refused=0)
    good = sum(solve(instruction) is not None for seed in range(60) for instruction in proposed(propose(seed, True), True, rates))
    assert 0.62 < good / 480 < 0.78


@pytest.mark.parametrize("name", ["self-instruct-input-first", "self-instruct-output-first"])
def test_malformed_instances_come_at_their_rate(name):
    rng = Random(0)
    asked = [request(render(name, True, instruction=instruct(rng)), True) for _ in range(300)]
    rates = FaultRates(duplicates=0, malformed=0.2, refused=0)
    assert 0.12 < sum(text(a, rates) != text(a) for a in asked) / 300 < 0.28


def test_refusals_come_at_their_rate():
    rates = FaultRates(duplicates=0, malformed=0, refused=0.25)
    refused = sum(not text(request(propose(seed, True, 1), True), rates).startswith("Task") for seed in range(300))
    assert 0.17 < refused / 300 < 0.33


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        ("Is it a, b-c or d?", ["a", "b-c", "d"]),
        ("Is it a, b, or c? Or x or y?", ["a", "b", "c"]),
        ("yes or no", ["yes", "no"]),
        ("(a) or b", []),
        ("nothing to choose", []),
        ("x" * 1_000_000, []),
        ("a, " * 300_000, []),
    ],
)
def test_the_choices_that_a_text_offers_are_found_in_no_time(text: str, choices: list[str]) -> None:
    assert labels(text) == choices
