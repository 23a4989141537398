"""The grammar makes many different tasks, and knows the answer of each from its instruction alone."""

from itertools import islice
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import process
from rapidfuzz.distance import Indel

from seedgen.gate.shape import ShapeConfig
from seedgen.language.text import tokens
from seedgen.scripted import words
from seedgen.scripted.frame import SLOT, TABLES, Frame
from seedgen.scripted.grammar import FRAMES, OPENINGS, Task, instruct, solve, tasks


def drawn(count: int, seed: int = 0) -> list[Task]:
    return list(islice(tasks(Random(seed)), count))


def test_most_of_500_draws_survive_a_rouge_filter_at_seven_tenths():
    kept: list[list[str]] = []
    for task in drawn(500):
        words_ = tokens(task.instruction)
        if not kept or process.extractOne(words_, kept, scorer=Indel.normalized_similarity, processor=None, score_cutoff=0.7001) is None:
            kept.append(words_)
    assert len(kept) / 500 >= 0.75


def test_the_same_seed_gives_the_same_tasks():
    assert drawn(50, seed=7) == drawn(50, seed=7)


def test_50_000_draws_are_nearly_all_distinct():
    rng = Random(1)
    assert len({instruct(rng) for _ in range(50_000)}) > 49_000


@given(st.integers())
def test_an_instruction_alone_determines_its_task(seed):
    task = next(tasks(Random(seed)))
    solve.cache_clear()
    assert solve(task.instruction) == task


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame.text)
def test_every_frame_reads_back_what_it_wrote_and_answers_it(frame):
    values = frame.draw(Random(frame.text))
    assert frame.read(frame.write(values)) == values
    assert frame.answer(values, Random(0))[1].strip()


def test_every_slot_has_a_table_without_repeats():
    used = {match[1] for frame in FRAMES for match in SLOT.finditer(frame.text)}
    assert {name for name in used if len(set(TABLES[name])) < len(TABLES[name]) or len(TABLES[name]) < 4} == set()


def test_orders_end_without_a_stop_and_other_frames_with_one():
    assert [frame.text for frame in FRAMES if frame.order == frame.text.endswith((".", "?"))] == []


def test_instructions_pass_the_shape_filter():
    shape = ShapeConfig()
    for task in drawn(2000):
        padded = f" {' '.join(tokens(task.instruction))} "
        assert shape.min_words <= len(task.instruction.split()) <= shape.max_words
        assert not [word for word in shape.banned if f" {word} " in padded]


def test_kinds_and_first_words_vary():
    made = drawn(3000)
    assert len({task.kind for task in made}) >= 14
    assert len({task.instruction.split()[0] for task in made}) >= 100
    assert 0.02 < sum(task.is_classification for task in made) / 3000 < 0.2


def test_outputs_vary_with_the_instruction():
    made = {task.instruction: task.output for task in drawn(1000) if not task.is_classification}
    assert len(set(made.values())) / len(made) > 0.85


ANSWERS = [
    ("Solve 4x + 74 = 584.", "4x = 584 − 74 = 510, so x = 255/2."),
    ("Could you add 806, 826 and 748, then subtract 96?", "806 + 826 + 748 − 96 = 2284"),
    ("Order 325, 878, 803, 285, 747 and 836 from large to small.", "878, 836, 803, 747, 325, 285"),
    ("Is 747 a prime number? Yes or no.", "No"),
    ("Is 751 a prime number? Yes or no.", "Yes"),
    ("Which is larger, 8/9 or 5/2, or are they equal?", "5/2"),
    ("I run a small bakery. Convert 110 degrees Celsius to Fahrenheit.", "230 Fahrenheit"),
    ("Which date and weekday fall 30 days after 28 January 2000?", "Sunday, 27 February 2000"),
    ("Say backwards: vanilla kites pepper lemons.", "lemons pepper kites vanilla"),
    ("Alphabetise timber, amber, kayak, opal, dune, wagon.", "amber, dune, kayak, opal, timber, wagon"),
    ("Encode zebra amber opal with a Caesar shift of 2.", "bgdtc codgt qrcn"),
    ("If it was Monday 14 days ago, what weekday is it 15 days from now?", "Tuesday"),
    ("Record as CSV: Bo, Oslo, lamps, 119.", "name,city,goods,quantity\nBo,Oslo,lamps,119"),
    ('Translate "We are late." into German for a potter.', "Wir sind spät dran."),
]  # fmt: skip


@pytest.mark.parametrize(("instruction", "output"), ANSWERS)
def test_what_can_be_computed_is_right(instruction, output):
    task = solve(instruction)
    assert task
    assert (task.input, task.output) == ("", output)


def test_notations_are_right():
    task = solve("Please write 474 in Roman numerals, and 443 in binary and hexadecimal.")
    assert task
    assert task.output == "474 is CDLXXIV in Roman numerals; 443 is 110111011 in binary and 1bb in hexadecimal."


def test_a_label_is_right_for_the_input_that_comes_with_it():
    task = solve("Label the note about bread riots as fact or opinion.")
    assert task
    assert (task.output == "fact") == any(word in task.input for word in ("214", "1987"))


@pytest.mark.parametrize("text", ["", "Sing.", "Please solve my problem.", "Solve 4x + 74 = 58400."])
def test_what_the_grammar_did_not_make_has_no_task(text):
    assert solve(text) is None


def test_a_frame_with_neighbouring_slots_is_read_by_trying_every_split():
    frame = Frame("x", "{happening} {setting}", lambda _values, _rng: ("", ""))
    values = {"happening": words.HAPPENING[0], "setting": words.SETTING[0]}
    assert frame.read(frame.write(values)) == values


def test_a_name_used_twice_stands_for_one_word():
    frame = Frame("x", "{name:a} and {name:b}, or {name:b} and {name:a}", lambda _values, _rng: ("", ""))
    assert frame.read("Bo and Pia, or Pia and Bo") == {"a": "Bo", "b": "Pia"}
    assert frame.read("Bo and Pia, or Bo and Pia") is None


def test_some_openings_are_polite_and_one_is_bare():
    assert ("", ".") in [(start, end) for start, end, _ in OPENINGS]
    assert len(OPENINGS) > 5
