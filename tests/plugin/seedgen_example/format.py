"""Prompt and completion, two texts."""

from seedgen.dataset.formats import Format
from seedgen.language.text import clean
from seedgen.store.ports import ItemView


def completion(item: ItemView) -> dict[str, str]:
    prompt = f"{item.instruction}\n{item.input}".strip()
    return {"prompt": clean(prompt), "completion": clean(item.output)}


PLUGIN = Format("completion", row=completion, about="prompt and completion")
