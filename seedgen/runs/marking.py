"""Marking an item of a run, whether or not a job works on it just now: what a person makes of it is a version beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import asdict, replace

from seedgen.errors import UsageError
from seedgen.language.text import first_unprintable
from seedgen.records import MARKED, Mark
from seedgen.runs.orders import order
from seedgen.store.folder import RunFolder
from seedgen.store.lock import FREE
from seedgen.store.open import open_store

TOLD = {"marked_by": "the name of who says so"}


def put_mark(folder: RunFolder, mark: Mark, now: Callable[[], str]) -> Mark:
    """Have the run keep it, by the job that works on it if there is one; returns it as it was kept.

    Raises `UsageError` (no such item, or none that passed; an empty instruction, a text that cannot be shown), `RunConflict`, `RunLocked`,
    `StoreBroken`.
    """
    for name in (*MARKED, "note", "marked_by"):
        if odd := first_unprintable(getattr(mark, name) or ""):
            raise UsageError(f"item {mark.ref}: {TOLD.get(name, name)} holds U+{ord(odd):04X}, which cannot be shown; write it without")
    if mark.instruction is not None and not mark.instruction.strip():
        raise UsageError(f"item {mark.ref}: an instruction cannot be empty; to leave the item out, reject it")
    if folder.lock_state() != FREE:
        return Mark(**order(folder, "mark", {name: value for name, value in asdict(mark).items() if value is not None})["marked"])
    with folder.held(), closing(open_store(folder, now)) as store:
        kept, _ = store.mark(replace(mark, marked_at=now()))
        return kept


def with_texts(mark: Mark, edited: Mapping[str, str]) -> Mark:
    """The mark with these texts in place of the item's. Raises `UsageError` if one is no text of an item."""
    if unknown := edited.keys() - set(MARKED):
        raise UsageError(f'"{min(unknown)}" is no text of an item; there are: {", ".join(MARKED)}')
    return replace(mark, **edited)  # type: ignore[arg-type]  # all of MARKED are texts
