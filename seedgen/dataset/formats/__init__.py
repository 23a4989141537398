"""The formats, as functions from an item to the values of one row.

A row has the keys of its format, all of them, "" where there is nothing (trainers infer types, and some look at the first row alone).
Text has no NUL and no lone surrogates, whatever the database held.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from seedgen.language.text import clean
from seedgen.store.sqlite.reader import Line

Format = Callable[[Line], dict[str, Any]]


def messages(line: Line) -> dict[str, Any]:
    """A chat of one turn: instruction and input, parted by a blank line, then the output. TRL, Axolotl, most servers' fine-tuning."""
    asked = "\n\n".join(filter(None, (clean(line.instruction), clean(line.input))))
    return {"messages": [{"role": "user", "content": asked}, {"role": "assistant", "content": clean(line.output)}]}


def alpaca(line: Line) -> dict[str, Any]:
    """Stanford Alpaca's three fields. LLaMA-Factory, Axolotl; not TRL, which wants messages."""
    return {"instruction": clean(line.instruction), "input": clean(line.input), "output": clean(line.output)}


FORMATS: Mapping[str, Format] = {"messages": messages, "alpaca": alpaca}
