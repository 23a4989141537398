"""Marking items of a run, whether or not a job works on it just now: what a person makes of it is a version beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, replace

from seedgen.errors import UsageError
from seedgen.language.text import first_unprintable
from seedgen.records import MARKED, Mark
from seedgen.runs.orders import LARGEST, order
from seedgen.store.folder import RunFolder
from seedgen.store.lock import FREE
from seedgen.store.open import open_store

AT_ONCE = 20
"""Marks that a job at work is told of in one order."""
TOLD = {"marked_by": "the name of who says so"}


def put_marks(folder: RunFolder, marks: Sequence[Mark], now: Callable[[], str]) -> Iterator[Mark]:
    """Have the run keep them, by the job that works on it if there is one; gives each as it was kept. Those before one that fails stay.

    Raises `UsageError` (no such item, or none that passed; an empty instruction, a text that cannot be shown), `RunConflict`, `RunLocked`,
    `StoreBroken`.
    """
    for mark in marks:
        expect_shown(mark)
    if folder.lock_state() != FREE:
        yield from ordered(folder, marks)
        return
    with folder.held(), closing(open_store(folder, now)) as store:
        kept, _, fault = store.mark_all([replace(mark, marked_at=now()) for mark in marks])
    yield from kept
    if fault:
        raise fault


def ordered(folder: RunFolder, marks: Sequence[Mark]) -> Iterator[Mark]:
    """Have the job at work keep them, as many at once as are no burden to it."""
    told = [{name: value for name, value in asdict(mark).items() if value is not None} for mark in marks]
    most = max(1, min(AT_ONCE, LARGEST // 2 // max(len(json.dumps(each)) for each in told) if told else 1))
    for start in range(0, len(told), most):
        reply = order(folder, "mark", {"marks": told[start : start + most]})
        yield from (Mark(**each) for each in reply["marked"])
        if reply["fault"]:
            raise UsageError(reply["fault"])


def expect_shown(mark: Mark) -> None:
    """Raises `UsageError` for texts that cannot be those of an item."""
    for name in (*MARKED, "note", "marked_by"):
        if odd := first_unprintable(getattr(mark, name) or ""):
            raise UsageError(f"item {mark.ref}: {TOLD.get(name, name)} holds U+{ord(odd):04X}, which cannot be shown; write it without")
    if mark.instruction is not None and not mark.instruction.strip():
        raise UsageError(f"item {mark.ref}: an instruction cannot be empty; to leave the item out, reject it")


def with_texts(mark: Mark, edited: Mapping[str, str]) -> Mark:
    """The mark with these texts in place of the item's. Raises `UsageError` if one is no text of an item."""
    if unknown := edited.keys() - set(MARKED):
        raise UsageError(f'"{min(unknown)}" is no text of an item; there are: {", ".join(MARKED)}')
    return replace(mark, **edited)  # type: ignore[arg-type]  # all of MARKED are texts
