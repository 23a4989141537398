"""Prompt and completion, two texts."""

from seedgen.dataset.formats import Format
from seedgen.language.text import clean
from seedgen.store.ports import ItemView


def completion(line: ItemView) -> dict[str, str]:
    prompt = f"{line.instruction}\n{line.input}".strip()
    return {"prompt": clean(prompt), "completion": clean(line.output)}


PLUGIN = Format("completion", row=completion, about="prompt and completion")
