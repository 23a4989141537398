"""The formats: from an item to the values of one row. Each is a file of this room, or an entry point, that sets `PLUGIN` to its `Format`.

A row has the keys of its format, all of them, "" where there is nothing (trainers infer types, and some look at the first row alone).
Text has no NUL and no lone surrogates, whatever the database held.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from seedgen.registry import plugins
from seedgen.store.ports import ItemView

DOOR = "seedgen.dataset.formats"


@dataclass(frozen=True, slots=True)
class Format:
    """`row` gives the values of an item's row, as JSON has them; `about` says in a few words what a row is; `kinds` are those of the items
    that it has a place for: "" is one of two texts.
    """

    name: str
    row: Callable[[ItemView], Mapping[str, Any]]
    about: str
    kinds: tuple[str, ...] = ("",)


def formats() -> Mapping[str, Format]:
    """All formats by name."""
    return plugins(DOOR, Format)
