"""Exporting: the accepted items of a run as one JSONL file, and their provenance as another beside it.

How the two are joined. Every row is `id` and then the keys of its format; every row of `<out>.provenance.jsonl` has the same `id`,
and stands on the same line. Nothing else is put into a row, because some uploaders take no column they do not know; for those that do
not take `id` either, drop it: the line number still joins.

A run that goes on meanwhile is exported as it stood when the export began. Existing files are replaced.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from seedgen.dataset.formats import DOOR, Format, formats
from seedgen.dataset.sidecar import item_id, provenance
from seedgen.dataset.write import write_pair
from seedgen.errors import UsageError
from seedgen.registry import blamed
from seedgen.store.ports import Origin, RunReader


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written: the dataset, its provenance, and how many rows each has. `rejected` items were left out, as people said."""

    path: Path
    sidecar: Path
    items: int
    rejected: int = 0


def export(reader: RunReader, format: str, out: Path) -> ExportReport:  # noqa: A002 - the word of the command line
    """Write the dataset to `out` in one of the `formats`, its provenance beside it; both whole, or neither.

    Raises `UsageError` (unknown format, nothing accepted yet, a place that cannot be written) and `StoreBroken`.
    """
    shape = formats().get(format)
    if shape is None:
        there = ", ".join(f"{name} ({each.about})" for name, each in formats().items())
        raise UsageError(f'no format "{format}"; there are: {there}')
    refuse_bad_place(reader, out)
    sidecar = out.with_name(f"{out.name.removesuffix('.jsonl')}.provenance.jsonl")
    with closing(reader.origins()) as found:
        first = next(found, None)
        if first is None:
            raise UsageError(f'run "{reader.folder.name}" has no accepted item yet; nothing was written')
        items = write_pair(sidecar, out, (rows(origin, shape) for origin in chain([first], found)))
    return ExportReport(out, sidecar, items, reader.summary().rejected)


def rows(origin: Origin, shape: Format) -> tuple[dict[str, Any], dict[str, Any]]:
    """An item's row in the sidecar, and its row in the dataset."""
    if origin.item.kind not in shape.kinds:
        raise UsageError(f'item {origin.item.ref} is a {origin.item.kind}, which "{shape.name}" has no place for; choose another format')
    with blamed(DOOR, shape.name):
        row = {"id": item_id(origin), **shape.row(origin.item)}
    return provenance(origin), row


def refuse_bad_place(reader: RunReader, out: Path) -> None:
    """An export replaces what stands at `out`, which must be a file, and not one of the run's own."""
    folder = reader.folder
    if not out.name or out.is_dir():
        raise UsageError(f"{out}: is a folder; name a file in it")
    if out.resolve().parent == folder.path and out.name.startswith((folder.database.name, "lock")):
        raise UsageError(f"{out}: belongs to the run itself; choose another name")
