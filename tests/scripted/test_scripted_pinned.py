"""What the scripted teacher answers to prompts that ask for no kind, pinned to the byte: saved answers of earlier versions stay replayable.

The prompts are written out here, not taken from the bundled templates, which may change.
"""

import hashlib
from random import Random

import pytest

from seedgen.scripted.faults import NO_FAULTS, FaultRates
from seedgen.scripted.grammar import instruct
from seedgen.scripted.reply import reply

OFTEN = FaultRates(duplicates=0.2, malformed=0.2, refused=0.1)
STOPS = {"propose": ["\n\n", "\nTask 17:"], "alpaca": ["\n9. Instruction:"], "respond": ["\n###", "\nTask:"], "classify": ["\nTask:"]}


def propose(seed: int, chat: bool) -> str:
    rng = Random(seed)
    lines = "\n".join(f"Task {n}: {instruct(rng)}" for n in range(1, 9))
    return f"Below are 8 example tasks. Write 8 new ones.\n\n{lines}" if chat else f"Come up with 16 tasks:\n\n{lines}\nTask 9:"


def alpaca(seed: int, chat: bool) -> str:
    rng = Random(seed)
    made = "\n".join(f"###\n{n}. Instruction: {instruct(rng)}\n{n}. Input: <noinput>\n{n}. Output: It is {n}." for n in range(1, 4))
    return f"Write 5 new and varied tasks.\n\n{made}\n###" if chat else f"A list of 8 tasks:\n\n{made}\n###\n4. Instruction:"


def respond(seed: int, chat: bool) -> str:
    shown = "Task: Sing.\nInput: None\nOutput: La.\n###\n"
    return f"Give an input, then the output.\n\n{shown}Task: {instruct(Random(seed))}" + ("" if chat else "\nInput:")


def classify(seed: int, chat: bool) -> str:
    return f"Is it one?\n\nTask: Sing.\nIs it classification? No\n\nTask: {instruct(Random(seed))}\nIs it classification?"


def request(prompt: str, name: str, chat: bool) -> dict:
    asked = {"messages": [{"role": "user", "content": prompt}]} if chat else {"prompt": prompt}
    return {"model": "m", "max_tokens": 384, "temperature": 0.7, "stop": STOPS[name], **asked}


def digest(write, chat: bool, faults: FaultRates | None) -> str:
    """Of the answers to seven prompts."""
    name = write.__name__
    answers = [reply(request(write(seed, chat), name, chat), faults) for seed in range(7)]
    return hashlib.sha256(b"\n".join(answers)).hexdigest()[:16]


PINNED = [
    (propose, True, None, "ac20d525ad0a83ea"),
    (propose, True, OFTEN, "8de9cbca1c034ee0"),
    (propose, True, NO_FAULTS, "d7ee3763bf8db445"),
    (propose, False, None, "19629af576e88b9c"),
    (propose, False, OFTEN, "04de321509342f2f"),
    (propose, False, NO_FAULTS, "bd799c1a6c8d12ca"),
    (alpaca, True, None, "a43c44f24108fecb"),
    (alpaca, True, OFTEN, "0a9a36fa830b2592"),
    (alpaca, True, NO_FAULTS, "4dec19a3d9b7b475"),
    (alpaca, False, None, "8b769b3d166a61d7"),
    (alpaca, False, OFTEN, "3ae15a265d8589e0"),
    (alpaca, False, NO_FAULTS, "76a2238a4c0110dc"),
    (respond, True, None, "f311f5b5907ad7f8"),
    (respond, True, OFTEN, "262d1a6e0dbdb62c"),
    (respond, True, NO_FAULTS, "f311f5b5907ad7f8"),
    (respond, False, None, "c3838d7deb62cc6b"),
    (respond, False, OFTEN, "f46784a7699a0ffc"),
    (respond, False, NO_FAULTS, "b86bf76e293ff6bf"),
    (classify, True, None, "da8e859895c1b290"),
    (classify, True, OFTEN, "da8e859895c1b290"),
    (classify, True, NO_FAULTS, "da8e859895c1b290"),
    (classify, False, None, "a2478df87342b9fd"),
    (classify, False, OFTEN, "a2478df87342b9fd"),
    (classify, False, NO_FAULTS, "a2478df87342b9fd"),
]


@pytest.mark.parametrize(("write", "chat", "faults", "expected"), PINNED)
def test_a_prompt_that_asks_for_no_kind_is_answered_as_ever(write, chat, faults, expected):
    assert digest(write, chat, faults) == expected
