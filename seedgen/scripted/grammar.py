"""Instruction tasks of many kinds, from a `Random`: what the scripted teacher proposes, and how it answers them.

An instruction is a filled frame, an order with some opening ("Please …", "Could you …?", a line of context) and sometimes a remark on
style. `solve` reads an instruction back into its frame, so input and output are a function of the instruction alone: whoever proposed
it, in whatever process, gets the same answer. Quantities, labels, names and sortings in the answers are computed and right.

`FRAMES` answer whoever asks for nothing in particular, and stay as they are: their order and weights are in every such answer. A `Wish`
is met from `ALL`, which may grow.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from random import Random

from seedgen.language.text import verb_noun
from seedgen.scripted import declined, exact, passages, prose, puzzles, talks, verdicts, words
from seedgen.scripted.frame import Frame, Values

FRAMES: tuple[Frame, ...] = prose.FRAMES + exact.FRAMES
ALL: tuple[Frame, ...] = FRAMES + talks.FRAMES + passages.FRAMES + verdicts.FRAMES + puzzles.FRAMES + declined.FRAMES
ATTEMPTS = 20
"""Draws before a task with a verb to be avoided is taken all the same."""
# An order with its opening and end; the share says how often it is taken.
OPENINGS: tuple[tuple[str, str, int], ...] = (
    ("Please ", ".", 6), ("Could you ", "?", 6), ("Can you ", "?", 4), ("Would you ", "?", 3), ("I need you to ", ".", 3),
    ("I would like you to ", ".", 3), ("Your task is to ", ".", 3), ("Help me to ", ".", 2), ("Try to ", ".", 2), ("", ".", 40),
)  # fmt: skip
OPENING_WEIGHTS = list(accumulate(share for _, _, share in OPENINGS))
CONTEXT_RATE, TAIL_RATE = 0.15, 0.5
# What may be told before a task that was wished for, and how often for each tier: with it, a kind with few frames wears out later.
SCENES = tuple(
    Frame("scene", text, lambda _values, _rng: ("", ""))
    for text in (
        "{name} {happening} {setting}.",
        "It is {month}, and {person} {happening} {setting}.",
        "Last {month} {person} {happening}, to the surprise of {audience}.",
        "At {event} in {city}, {name} talked to {audience} about {skill}.",
        "{name} works as a {trade} in {city}, is fond of {subject} and dreams of {skill}.",
        "We prepare {event} for {audience} {setting}.",
        "My neighbour, {person}, has taken up {skill} {setting}.",
        "All through {month} {audience} talked of nothing but {subject} and {event}.",
        "{name} keeps {thing} {setting}, next to {goods} from {city}.",
        "For weeks {person} has been busy with {skill} and {event}.",
        "I promised {audience} {want}, and then {name} {happening}.",
        "{name:a} and {name:b} disagree whether {claim}.",
    )
)
SCENE_RATES = {"simple": 0.4, "moderate": 0.7, "complex": 1.0}


@dataclass(frozen=True, slots=True)
class Task:
    """A whole task. `input` is "" when none is needed; `kind` is its category."""

    instruction: str
    input: str
    output: str
    is_classification: bool
    kind: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What tasks are wanted: of this kind, of this tier, with other verbs than these. Empty: any."""

    kind: str = ""
    tier: str = ""
    avoid: frozenset[str] = frozenset()


ANY = Wish()


def instruct(rng: Random, wish: Wish = ANY) -> str:
    """A new instruction."""
    return invent(rng, wish)[2]


def tasks(rng: Random, wish: Wish = ANY) -> Iterator[Task]:
    """New tasks without end."""
    while True:
        yield answered(*invent(rng, wish))


def invent(rng: Random, wish: Wish = ANY) -> tuple[Frame, Values, str]:
    """A frame, its fillings, and the instruction made of them, with another verb than those to be avoided if there is one."""
    for _ in range(ATTEMPTS):
        frame, values, instruction = draw(rng, wish)
        if not wish.avoid or verb_noun(instruction)[0] not in wish.avoid:
            break
    return frame, values, instruction


def draw(rng: Random, wish: Wish) -> tuple[Frame, Values, str]:
    frames, weights = choice(wish.kind, wish.tier)
    frame = rng.choices(frames, cum_weights=weights)[0]
    values = frame.draw(rng)
    text = frame.write(values)
    if frame.order:
        start, end, _ = rng.choices(OPENINGS, cum_weights=OPENING_WEIGHTS)[0]
        text = sentence(start + text) + end
    if frame.open_ended and rng.random() < TAIL_RATE:
        text += " " + rng.choice(words.TAIL)
    return frame, values, prefaced(text, rng, frame, wish)


def prefaced(text: str, rng: Random, frame: Frame, wish: Wish) -> str:
    """At times with a word about the asker or, if it was wished for, with a scene."""
    if rng.random() >= (CONTEXT_RATE if wish == ANY else SCENE_RATES[frame.tier]):
        return text
    if wish == ANY:
        return f"{rng.choice(words.CONTEXT)} {text}"
    scene = rng.choice(SCENES)
    return f"{scene.write(scene.draw(rng))} {text}"


@lru_cache
def choice(kind: str, tier: str) -> tuple[Sequence[Frame], Sequence[float]]:
    """The frames for a wish, with running weights; where there are none, those for no wish.

    Rich frames weigh more, and open ones twice as much as those with one right answer, whose wordings wear out sooner.
    """
    wanted = [frame for frame in ALL if kind in ("", frame.kind) and tier in ("", frame.tier)] if kind or tier else ()
    frames = wanted or FRAMES
    return frames, list(accumulate(min(frame.variety, 5) ** 2 * (1 + frame.open_ended) for frame in frames))


def answered(frame: Frame, values: Values, instruction: str) -> Task:
    rng = Random(hashlib.sha256(instruction.encode(errors="replace")).digest())
    return Task(instruction, *frame.answer(values, rng), frame.labels, frame.kind)


@lru_cache(maxsize=4096)
def solve(instruction: str) -> Task | None:
    """The task of an instruction that the grammar made; None for any other."""
    for text in readings(instruction):
        for frame in ALL:
            values = frame.read(text)
            if values is not None:
                return answered(frame, values, instruction)
    return None


def readings(instruction: str) -> Iterator[str]:
    """What the frame may have been, once context or scene, remark and opening are taken off."""
    scene, stop, rest = instruction.partition(". ")
    text = rest if stop and any(each.read(f"{scene}.") for each in SCENES) else instruction
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
