"""Tables of one line a row that fit the screen: columns that matter least are left out first, and long texts are cut."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.table import Table

from seedgen.cli.shown import shown

if TYPE_CHECKING:
    from rich.console import Console

GAP = 2
SHORTEST = 20
"""Cells to which a text may be cut before a column is left out for it."""
MIN_CUT = 10
"""Cells that it has at least, whatever the width."""


def print_table(
    out: Console, columns: Mapping[str, Sequence[str]], *, cut: Collection[str] = (), spare: Sequence[str] = (), right: Collection[str] = ()
) -> list[str]:
    """The columns by their headings. Those in `spare` may be left out, in this order; these are returned. Texts in `cut` may be cut.

    Values are shown as `shown` has them. `right` are aligned to the right.
    """
    cells = {name: [shown(cell) for cell in column] for name, column in columns.items()}
    widths = {name: max(map(cell_len, (name, *column))) for name, column in cells.items()}
    least = {name: min(width, SHORTEST) if name in cut else width for name, width in widths.items()}
    left_out: list[str] = []
    for name in spare:
        if needed(least) <= out.width:
            break
        left_out += [name] if least.pop(name, None) else []
    kept = {name: widths[name] for name in least}
    for name in sorted(set(cut) & kept.keys(), key=kept.__getitem__, reverse=True):
        kept[name] = min(kept[name], max(MIN_CUT, out.width - needed(kept) + kept[name]))
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, GAP, 0, 0))
    for name in kept:
        table.add_column(name, justify="right" if name in right else "left", no_wrap=True)
    for row in zip(*(cells[name] for name in kept), strict=True):
        table.add_row(*(shown(cell, kept[name]) for name, cell in zip(kept, row, strict=True)))
    out.print(table)
    return left_out


def needed(widths: Mapping[str, int]) -> int:
    return sum(widths.values()) + GAP * (len(widths) - 1)
