"""Instructions in any number, for benchmarks: the project's seeds and the scripted teacher's instructions, chained.

A text follows one of them word by word, now and then goes on as another one does after the same word, and has some of its words replaced
by others, common and rare as words are (Zipf). So lengths, phrases in common and the vocabulary's growth are those of instructions, and
all texts are distinct. The same seed gives the same texts, and a smaller number gives the first of them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from random import Random

from seedgen.inputs.bundled import bundled
from seedgen.scripted.grammar import instruct

SCRIPTED = 20_000
JUMP, REPLACE, GO_ON = 0.15, 0.2, 0.12
"""How often a word leads into another text, a word is replaced, a text is followed by a second one."""
TAIL = 0.5
"""The shape of Pareto's law for the rank of the word that replaces another: one in 2·√x is beyond the 20·x-th commonest."""
LONGEST = 250


def instructions(size: int, data: Path | None = None, seed: int = 0, go_on: float = GO_ON) -> list[str]:
    """So many distinct instructions. `data`: a folder of JSON lines with an "instruction" to chain as well. `go_on` makes them longer."""
    return list(islice(distinct(chained(bank(data), Random(seed), go_on)), size))


def bank(data: Path | None) -> list[list[str]]:
    """What is chained, as words."""
    own = [text for path in sorted(bundled("seeds").glob("*.jsonl")) for text in seed_texts(path)]
    more = [text for path in sorted(data.glob("*.jsonl")) for text in seed_texts(path)] if data else []
    rng = Random(0)
    return [words for text in own + more + [instruct(rng) for _ in range(SCRIPTED)] if (words := text.split())]


def seed_texts(path: Path) -> Iterator[str]:
    for line in path.read_text("utf-8").strip().split("\n"):
        yield json.loads(line)["instruction"]


def chained(texts: Sequence[Sequence[str]], rng: Random, go_on: float = GO_ON) -> Iterator[str]:
    followers: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for number, text in enumerate(texts):
        for place, word in enumerate(text):
            followers[word].append((number, place))
    known = sorted(followers, key=lambda word: (-len(followers[word]), word))
    while True:
        words = walk(texts, followers, known, rng)
        while rng.random() < go_on and len(words) < LONGEST:
            words += walk(texts, followers, known, rng)
        yield " ".join(words)


def walk(texts: Sequence[Sequence[str]], followers: dict[str, list[tuple[int, int]]], known: Sequence[str], rng: Random) -> list[str]:
    """One way through the texts, from the start of one to the end of another."""
    number, place, out, chance = rng.randrange(len(texts)), 0, [], rng.random
    while place < len(texts[number]):
        word = texts[number][place]
        if chance() < JUMP:
            number, place = rng.choice(followers[word])
        out.append(word if chance() > REPLACE else another(known, rng))
        place += 1
    return out


def another(known: Sequence[str], rng: Random) -> str:
    """A word of the texts, or past them a coined one: the vocabulary grows with the number of texts."""
    rank = int(20 * rng.paretovariate(TAIL))
    return known[rank] if rank < len(known) else coined(rank)


def coined(rank: int) -> str:
    word = ""
    while rank:
        rank, syllable = divmod(rank, 100)
        word += "bcdfghjklmnprstvwxyz"[syllable // 5] + "aeiou"[syllable % 5]
    return word


def distinct(texts: Iterator[str]) -> Iterator[str]:
    seen: set[str] = set()
    for text in texts:
        if text not in seen:
            seen.add(text)
            yield text


def edited(text: str, rng: Random) -> str:
    """A near duplicate: up to a third of the words are left out, replaced or doubled."""
    out: list[str] = []
    rate = rng.uniform(0, 1 / 3)
    for word in text.split():
        out += [word] if rng.random() > rate else rng.choice(([], ["quite"], [word, word]))
    return " ".join(out)
