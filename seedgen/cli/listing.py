"""Runs and items in lists, a line each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from seedgen.cli.shown import cost
from seedgen.cli.summary import teachers
from seedgen.cli.tables import print_table

if TYPE_CHECKING:
    from rich.console import Console

    from seedgen.runs.heartbeat import Standing
    from seedgen.store.ports import ItemView, Summary


def print_runs(out: Console, found: Sequence[tuple[str, tuple[Summary, Standing] | str]]) -> None:
    """A line a run; one that cannot be read stands there with the reason."""
    print_columns(out, ("run", "state", "accepted", "started", "cost", "teachers"), [run_cells(name, glanced) for name, glanced in found])


def run_cells(name: str, glanced: tuple[Summary, Standing] | str) -> tuple[str, ...]:
    if isinstance(glanced, str):
        return name, "broken", "", "", "", glanced
    summary, how = glanced
    record = summary.record
    started = record.started_at[:16].replace("T", " ")
    return name, how.condition, f"{summary.accepted:,}/{record.target:,}", started, cost(summary.spend), ", ".join(teachers(summary))


def print_items(out: Console, lines: Sequence[ItemView]) -> None:
    """A line an item."""
    print_columns(out, ("item", "category", "instruction"), [(x.ref, x.category or "", x.instruction) for x in lines])


def print_columns(out: Console, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table of one line a row: all columns as wide as they need, the last cut to what is left."""
    print_table(out, dict(zip(headings, zip(*rows, strict=True), strict=True)), cut=headings[-1:])
