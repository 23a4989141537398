"""A frame: one sentence pattern with slots, read both ways. Filled it is an instruction; matched, it gives its fillings back.

A slot is written `{table}` or `{table:name}`, where `table` is a word table below. A frame that starts in lower case is an order
("write {form} about …"), to which the grammar may give a polite opening; any other stands as it is. The answer of a frame is a pure
function of its fillings and a `Random`, so an instruction alone determines its input and output.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Literal

from seedgen.scripted import cases, facts, words

Tier = Literal["simple", "moderate", "complex"]
Values = dict[str, str]
Answering = Callable[[Values, Random], tuple[str, str]]
"""Fillings and a source of chance to (input, output); the input is "" where none is needed."""

SLOT = re.compile(r"\{(\w+)(?::(\w+))?\}")
TABLES: dict[str, tuple[str, ...]] = {
    **{name.lower(): table for module in (words, cases) for name, table in vars(module).items() if isinstance(table, tuple)},
    **{name.lower(): tuple(table) for module in (facts, cases) for name, table in vars(module).items() if isinstance(table, dict)},
    "language": tuple(facts.SPEAK),
    "sentence": tuple(facts.SPEAK["French"]),
    "small": words.numbers(2, 13),
    "num": words.numbers(13, 100),
    "big": words.numbers(101, 1000),
    "day": words.numbers(1, 29),
    "hour": words.numbers(6, 22),
    "minute": words.numbers(11, 59),
    "year": words.numbers(1850, 2020),
}
MEMBERS = {name: frozenset(table) for name, table in TABLES.items()}


@dataclass(frozen=True)
class Frame:
    """`kind` is the task's category, `tier` how much it asks for; `labels` says whether it is a classification; `open_ended`, whether a
    remark on style may follow.
    """

    kind: str
    text: str
    answer: Answering
    labels: bool = False
    open_ended: bool = False
    tier: Tier = "moderate"

    @cached_property
    def slots(self) -> tuple[tuple[str, str], ...]:
        """(table, name) of each slot, in order."""
        return tuple((m[1], m[2] or m[1]) for m in SLOT.finditer(self.text))

    @cached_property
    def literals(self) -> tuple[str, ...]:
        return tuple(SLOT.sub("\0", self.text).split("\0"))

    @cached_property
    def anchor(self) -> str:
        """The longest fixed piece: a text without it cannot match."""
        return max(self.literals, key=len)

    @cached_property
    def variety(self) -> float:
        """How many ways there are to fill it, as a power of ten."""
        return sum(math.log10(len(TABLES[table])) for table, _ in self.slots)

    @property
    def order(self) -> bool:
        """True if it begins with a verb that tells somebody to do something."""
        return self.text[0].islower() or (self.text[0] == "{" and TABLES[self.slots[0][0]][0][0].islower())

    def draw(self, rng: Random) -> Values:
        """Fillings: the same name gets the same one, two names never share one."""
        values: Values = {}
        for table, name in self.slots:
            while name not in values:
                value = rng.choice(TABLES[table])
                if value not in values.values():
                    values[name] = value
        return values

    def write(self, values: Values) -> str:
        return SLOT.sub(lambda m: values[m[2] or m[1]], self.text)

    def read(self, text: str) -> Values | None:
        """The fillings of a text that this frame could have made, else None."""
        if self.anchor not in text or not text.startswith(self.literals[0]):
            return None
        return self._read_on(text, len(self.literals[0]), 0, {})

    def _read_on(self, text: str, at: int, index: int, values: Values) -> Values | None:
        """Tries every place where the fixed piece after slot `index` occurs, until all that lies between is in the tables."""
        if index == len(self.slots):
            return values if at == len(text) else None
        (table, name), after = self.slots[index], self.literals[index + 1]
        end = text.find(after, at + 1) if after else len(text)
        while end > at:
            value = text[at:end]
            if value in MEMBERS[table] and values.get(name, value) == value:
                found = self._read_on(text, end + len(after), index + 1, {**values, name: value})
                if found is not None:
                    return found
            end = text.find(after, end + 1) if after else -1
        return None
