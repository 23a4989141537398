"""Runs and items in lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.table import Column, Table
from rich.text import Text

from seedgen.cli.shown import cost, shown
from seedgen.cli.summary import teachers
from seedgen.text import tokens

if TYPE_CHECKING:
    from rich.console import Console

    from seedgen.records import Verdict
    from seedgen.store.reader import Line, Summary


def print_runs(out: Console, found: Sequence[tuple[str, Summary | str]]) -> None:
    """A table of runs; one that cannot be read stands there with the reason."""
    table = Table("run", "state", box=None, pad_edge=False, header_style="dim")
    table.add_column("accepted", justify="right")
    for heading in ("started", "cost", "teachers"):
        table.add_column(heading, overflow="ellipsis", no_wrap=True)
    for name, summary in found:
        if isinstance(summary, str):
            table.add_row(name, Text("broken", "red"), "", "", "", shown(summary))
        else:
            record = summary.record
            accepted, started = f"{summary.accepted:,}/{record.target:,}", record.started_at[:16].replace("T", " ")
            table.add_row(name, summary.state, accepted, started, cost(summary.spend), shown(", ".join(teachers(summary))))
    out.print(table)


def print_items(out: Console, lines: Sequence[Line]) -> None:
    """One line an item; refused ones with the reason, and where all have a neighbour, beside it."""
    if lines and all(line.near for line in lines):
        print_beside(out, lines)
        return
    cells: dict[str, list[str]] = {"item": [line.ref for line in lines]}
    if any(line.refusal for line in lines):
        cells["refused by"] = [shown(reason(line.refusal) if line.refusal else "", out.width // 3) for line in lines]
    cells["category"] = [shown(line.category or "", 16) for line in lines]
    left = out.width - sum(2 + max(map(cell_len, [name, *column])) for name, column in cells.items())
    cells["instruction"] = [shown(line.instruction, max(10, left)) for line in lines]
    table = Table(*(Column(name, no_wrap=True) for name in cells), box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for row in zip(*cells.values(), strict=True):
        table.add_row(*row)
    out.print(table)


def reason(verdict: Verdict) -> str:
    """ "rouge: near_duplicate 0.83", with the evidence if it says more."""
    score = "" if verdict.score is None else f" {verdict.score:.2f}"
    evidence = f" ({shown(verdict.evidence, 60)})" if verdict.evidence else ""
    return f"{shown(verdict.filter)}: {shown(verdict.reason)}{score}{evidence}"


def print_beside(out: Console, lines: Sequence[Line]) -> None:
    """Each refused item beside its nearest neighbour in the pool, with the words they share marked."""
    table = Table.grid(padding=(0, 2, 1, 0), expand=True)
    table.add_column(ratio=1, overflow="fold")
    table.add_column(ratio=1, overflow="fold")
    table.add_row(Text("refused", "dim"), Text("nearest neighbour", "dim"))
    for line in lines:
        if line.near and line.refusal:
            left = Text.assemble((f"{line.ref}  {reason(line.refusal)}\n", "dim"), marked(line.instruction, line.near.instruction))
            right = Text.assemble((f"{shown(line.near.ref)}\n", "dim"), marked(line.near.instruction, line.instruction))
            table.add_row(left, right)
    out.print(table)


def marked(text: str, other: str) -> Text:
    """The text with the words that also stand in the other one marked."""
    common = set(tokens(other))
    result = Text()
    for n, word in enumerate(shown(text).split(" ")):
        style = "bold green" if any(token in common for token in tokens(word)) else ""
        result.append(" " if n else "").append(word, style)
    return result
