"""Instruction tasks of many kinds, from a `Random`: what the scripted teacher proposes, and how it answers them.

An instruction is a filled frame, an order with some opening ("Please …", "Could you …?", a line of context) and sometimes a remark on
style. `solve` reads an instruction back into its frame, so input and output are a function of the instruction alone: whoever proposed
it, in whatever process, gets the same answer. Quantities, labels, names and sortings in the answers are computed and right.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from random import Random

from seedgen.teacher.scripted import exact, prose, words
from seedgen.teacher.scripted.frame import Frame, Values

FRAMES: tuple[Frame, ...] = prose.FRAMES + exact.FRAMES
# Rich frames are drawn more often, and open ones twice as often as those with one right answer, whose wordings wear out sooner.
WEIGHTS = list(accumulate(min(frame.variety, 5) ** 2 * (1 + frame.open_ended) for frame in FRAMES))
# An order with its opening and end; the share says how often it is taken.
OPENINGS: tuple[tuple[str, str, int], ...] = (
    ("Please ", ".", 6), ("Could you ", "?", 6), ("Can you ", "?", 4), ("Would you ", "?", 3), ("I need you to ", ".", 3),
    ("I would like you to ", ".", 3), ("Your task is to ", ".", 3), ("Help me to ", ".", 2), ("Try to ", ".", 2), ("", ".", 40),
)  # fmt: skip
OPENING_WEIGHTS = list(accumulate(share for _, _, share in OPENINGS))
CONTEXT_RATE, TAIL_RATE = 0.15, 0.5


@dataclass(frozen=True, slots=True)
class Task:
    """A whole task. `input` is "" when none is needed; `kind` is its category."""

    instruction: str
    input: str
    output: str
    is_classification: bool
    kind: str


def instruct(rng: Random) -> str:
    """A new instruction."""
    return invent(rng)[2]


def tasks(rng: Random) -> Iterator[Task]:
    """New tasks without end."""
    while True:
        yield answered(*invent(rng))


def invent(rng: Random) -> tuple[Frame, Values, str]:
    """A frame, its fillings, and the instruction made of them."""
    frame = rng.choices(FRAMES, cum_weights=WEIGHTS)[0]
    values = frame.draw(rng)
    text = frame.write(values)
    if frame.order:
        start, end, _ = rng.choices(OPENINGS, cum_weights=OPENING_WEIGHTS)[0]
        text = sentence(start + text) + end
    if frame.open_ended and rng.random() < TAIL_RATE:
        text += " " + rng.choice(words.TAIL)
    return frame, values, f"{rng.choice(words.CONTEXT)} {text}" if rng.random() < CONTEXT_RATE else text


def answered(frame: Frame, values: Values, instruction: str) -> Task:
    rng = Random(hashlib.sha256(instruction.encode(errors="replace")).digest())
    return Task(instruction, *frame.answer(values, rng), frame.labels, frame.kind)


@lru_cache(maxsize=4096)
def solve(instruction: str) -> Task | None:
    """The task of an instruction that the grammar made; None for any other."""
    for text in readings(instruction):
        for frame in FRAMES:
            values = frame.read(text)
            if values is not None:
                return answered(frame, values, instruction)
    return None


def readings(instruction: str) -> Iterator[str]:
    """What the frame may have been, once context, remark and opening are taken off."""
    text = instruction
    context = next((c for c in words.CONTEXT if text.startswith(c + " ")), "")
    tail = next((t for t in words.TAIL if text.endswith(" " + t)), "")
    text = text.removeprefix(context).removesuffix(tail).strip()
    for start, end, _ in OPENINGS:
        if text.startswith(start) and text.endswith(end):
            core = text[len(start) : len(text) - len(end)]
            yield core[:1].lower() + core[1:]
    yield text


def sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
