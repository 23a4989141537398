"""Stanford Alpaca's three fields. LLaMA-Factory and Axolotl read them; TRL does not, it wants messages."""

from __future__ import annotations

from typing import Any

from seedgen.dataset.formats import Format
from seedgen.language.text import clean
from seedgen.store.ports import ItemView


def alpaca(item: ItemView) -> dict[str, Any]:
    return {"instruction": clean(item.instruction), "input": clean(item.input), "output": clean(item.output)}


PLUGIN = Format("alpaca", alpaca, "instruction, input and output")
