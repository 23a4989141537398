"""A chat of one turn, as TRL, Axolotl and most servers' fine-tuning read it."""

from __future__ import annotations

from typing import Any

from seedgen.dataset.formats import Format
from seedgen.language.text import clean
from seedgen.store.ports import ItemView


def messages(item: ItemView) -> dict[str, Any]:
    """Instruction and input, parted by a blank item, then the output."""
    asked = "\n\n".join(filter(None, (clean(item.instruction), clean(item.input))))
    return {"messages": [{"role": "user", "content": asked}, {"role": "assistant", "content": clean(item.output)}]}


PLUGIN = Format("messages", messages, "a chat of one turn")
