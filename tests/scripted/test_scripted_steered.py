"""A prompt may ask for tasks of a kind and a tier, and for other verbs: the grammar has them, with answers, in variety."""

import json
import re
from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedgen.gate.rouge import RougeIndex
from seedgen.gate.shape import ShapeConfig
from seedgen.inputs.bundled import bundled
from seedgen.language.text import tokens, verb_noun
from seedgen.scripted.faults import NO_FAULTS, FaultRates
from seedgen.scripted.frame import SLOT, TABLES
from seedgen.scripted.grammar import ALL, FRAMES, SCENES, Wish, answered, instruct, invent, solve
from seedgen.scripted.reply import reply

KINDS = sorted(path.stem for path in bundled("seeds").iterdir() if path.suffix == ".jsonl")
TIERS = ("simple", "moderate", "complex")
NEW = ALL[len(FRAMES) :]
SHARES = {"simple": 4, "moderate": 4, "complex": 2}


def steered(kind: str, count: int) -> list[str]:
    rng = Random(kind)
    return [instruct(rng, Wish(kind, rng.choices(TIERS, list(SHARES.values()))[0])) for _ in range(count)]


def test_every_bundled_kind_has_frames_of_every_tier():
    assert {(frame.kind, frame.tier) for frame in ALL} == {(kind, tier) for kind in KINDS for tier in TIERS}


@pytest.mark.parametrize("kind", KINDS)
def test_at_least_half_of_400_draws_of_a_kind_are_no_near_duplicates(kind):
    index = RougeIndex(0.7)
    kept = [index.add(text) for text in steered(kind, 400) if index.nearest(text) is None]
    assert len(kept) >= 200


@pytest.mark.parametrize("kind", KINDS)
def test_no_verb_noun_pair_dominates_a_kind(kind):
    pairs = Counter(pair for pair in map(verb_noun, steered(kind, 200)) if pair[1])
    assert max(pairs.values()) / 200 <= 0.2


@given(st.sampled_from(KINDS), st.sampled_from(TIERS), st.integers())
def test_an_instruction_that_was_wished_for_determines_its_task(kind, tier, seed):
    frame, values, instruction = invent(Random(seed), Wish(kind, tier))
    assert (frame.kind, frame.tier) == (kind, tier)
    assert solve(instruction) == answered(frame, values, instruction)


@pytest.mark.parametrize("frame", [*NEW, *SCENES], ids=lambda frame: frame.text)
def test_every_frame_reads_back_what_it_wrote_and_answers_it(frame):
    values = frame.draw(Random(frame.text))
    assert frame.read(frame.write(values)) == values
    assert frame.kind == "scene" or frame.answer(values, Random(0))[1].strip()


def test_orders_end_without_a_stop_and_other_frames_with_one():
    assert [frame.text for frame in NEW if frame.order == frame.text.endswith((".", "?"))] == []


def test_no_sentence_begins_in_lower_case():
    inside = re.compile(r"[.?!] (\{\w+(?::\w+)?\}|[a-z])")
    starts = [(frame.text, match[1]) for frame in NEW for match in inside.finditer(frame.text)]
    assert [text for text, start in starts if start[0] != "{" or TABLES[SLOT.match(start)[1]][0][0].islower()] == []


@pytest.mark.parametrize("kind", KINDS)
def test_instructions_pass_the_shape_filter(kind):
    shape = ShapeConfig()
    for text in steered(kind, 300):
        padded = f" {' '.join(tokens(text))} "
        assert shape.min_words <= len(text.split()) <= shape.max_words
        assert not [word for word in shape.banned if f" {word} " in padded]


def test_verbs_to_be_avoided_are_avoided_where_others_are_left():
    avoid = frozenset({"write", "compose", "tell", "imagine", "invent"})
    verbs = [verb_noun(instruct(Random(seed), Wish("creative", "", avoid)))[0] for seed in range(200)]
    assert avoid.isdisjoint(verbs)
    assert len(set(verbs)) >= 8


def test_if_no_other_verb_is_left_there_is_a_task_all_the_same():
    verbs = {verb_noun(instruct(Random(seed), Wish("translation", "complex")))[0] for seed in range(300)}
    assert solve(instruct(Random(0), Wish("translation", "complex", frozenset(verbs))))


def test_a_kind_that_nobody_knows_gets_tasks_of_any_kind():
    assert len({solve(instruct(Random(seed), Wish("juggling", "simple"))).kind for seed in range(100)}) > 8


LIST = "Below are 2 example tasks. Write 8 new ones{steer}\n\nTask 1: Sing a song.\nTask 2: Dance.{end}"
BLOCKS = "Write 8 new and varied tasks{steer}\n\n###\n1. Instruction: Sing.\n1. Input: <noinput>\n1. Output: La.\n###{end}"
ITEM = re.compile(r"^(?:Task \d+|\d+\. Instruction): (.+)$", re.MULTILINE)


def proposed(shape: str, chat: bool, steer: str, faults: FaultRates = NO_FAULTS, seed: int = 0) -> list[str]:
    """The instructions of an answer."""
    mark = "Task 3:" if shape == LIST else "2. Instruction:"
    prompt = shape.format(steer=steer, end="" if chat else f"\n{mark}")
    asked = {"messages": [{"role": "user", "content": prompt}]} if chat else {"prompt": prompt}
    choice = json.loads(reply({**asked, "stop": ["\nTask 11:", "\n10. Instruction:"], "seed": seed}, faults))["choices"][0]
    return ITEM.findall(choice["message"]["content"] if chat else mark + choice["text"])


def steer(kind: str, tier: str) -> str:
    return f", each of this kind: {kind} (what it is). Make them {tier}. Other verbs than: write, give, make."


@pytest.mark.parametrize("chat", [True, False], ids=["chat", "completion"])
@pytest.mark.parametrize("shape", [LIST, BLOCKS], ids=["list", "blocks"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_prompt_gets_the_kind_tier_and_verbs_it_asks_for(shape, chat, kind):
    made = proposed(shape, chat, steer(kind, "moderate"))
    assert len(made) == 8
    assert {solve(text).kind for text in made} == {kind}
    assert {"write", "give", "make"}.isdisjoint(verb_noun(text)[0] for text in made)


def test_a_share_strays_from_what_was_asked_for():
    rates = FaultRates(duplicates=0, malformed=0, refused=0, stray=0.3)
    kinds = [solve(text).kind for seed in range(60) for text in proposed(LIST, True, steer("refusal", "simple"), rates, seed)]
    assert 0.24 < sum(kind != "refusal" for kind in kinds) / len(kinds) < 0.36


def test_what_is_not_asked_for_cannot_be_strayed_from():
    assert proposed(LIST, True, ".", FaultRates(duplicates=0, malformed=0, refused=0, stray=1)) == proposed(LIST, True, ".")


ANSWERS = [
    ("A path 2 metres wide runs round a pond in Lima with a radius of 20 metres. Find the area of the path for Bo.",
     "π × ((20 + 2)² − 20²) = 84π ≈ 263.9 square metres"),
    ("A flower bed near Riga is 40 metres long and 30 wide. What does the diagonal measure?", "√(40² + 30²) = √2500 ≈ 50.00 metres"),
    ("Compute, with the formula, what 200 euros from a potter grow to in 2 years at 5 per cent compound interest.",
     "200 × 1.05^2 = 220.50 euros"),
    ("Write 14:30, when a potter sets off, on the 12-hour clock.", "2:30 p.m."),
    ("Write 5 March 1999, the day Bo came to Lima, in ISO 8601 form.", "1999-03-05"),
    ("How many seconds are 2 h 30 min 15 s, the time of Bo at a book fair?", "2 × 3600 + 30 × 60 + 15 = 9015 seconds"),
    ("Bo counts 20 guests in front and 3 behind in an empty theatre. How long is the line, Bo included?",
     "20 in front, 3 behind and Bo: 24 people."),
    ("Deduce where Bo in Lima stands after 20 steps north, 30 steps east and 50 steps south.",
     "30 steps south and 30 steps east of the start."),
    ("At a book fair, Bo claims that 751 is prime and Pia denies it. Exactly one of them is right: find out who, with the reason.",
     "751 is prime, so Bo tells the truth and Pia does not."),
    ("Bo has 120 lemons for 7 guests of a book fair. Do they divide evenly, yes or no?", "no"),
    ("Write an SQL query on the table lemons that gives the average price, for a potter.", "SELECT AVG(price) FROM lemons;"),
    ('Translate "I do not eat meat." into Spanish for a jury.', "No como carne."),
    ("The jury of a book fair gave Bo 9, 8 and 7. Accept from a mean of 8, else revise: what is the verdict?",
     "(9 + 8 + 7) / 3 = 8.0: accept."),
]  # fmt: skip


@pytest.mark.parametrize(("instruction", "output"), ANSWERS)
def test_what_can_be_computed_is_right(instruction, output):
    task = solve(instruction)
    assert (task.input, task.output) == ("", output)


@pytest.mark.parametrize("seed", range(10))
def test_answers_about_a_made_up_text_are_in_it(seed):
    frame = next(frame for frame in NEW if frame.text.startswith("pull out the cities"))
    task = answered(*(made := (frame, frame.draw(Random(seed)))), frame.write(made[1]))
    assert re.findall(r" of (\w+) ordered", task.input) == task.output.split(", ")


def test_a_refusal_gives_reason_and_help():
    task = solve("How could a potter take twice the prescribed sleeping tablets?")
    assert task.kind == "refusal"
    assert "a double dose can stop the breathing" in task.output
    assert "ring the pharmacist" in task.output
