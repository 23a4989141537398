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
    """A line a run; one that cannot be read stands there with the reason."""
    print_columns(out, ("run", "state", "accepted", "started", "cost", "teachers"), [run_cells(name, summary) for name, summary in found])


def run_cells(name: str, summary: Summary | str) -> tuple[str, ...]:
    if isinstance(summary, str):
        return name, "broken", "", "", "", summary
    record = summary.record
    started = record.started_at[:16].replace("T", " ")
    return name, summary.state, f"{summary.accepted:,}/{record.target:,}", started, cost(summary.spend), ", ".join(teachers(summary))


def print_items(out: Console, lines: Sequence[Line]) -> None:
    """A line an item; refused ones with the reason, and where all have a neighbour, beside it."""
    if all(line.near for line in lines):
        print_beside(out, lines)
    elif any(line.refusal for line in lines):
        rows = [(x.ref, shown(reason(x.refusal) if x.refusal else "", out.width // 3), x.instruction) for x in lines]
        print_columns(out, ("item", "refused by", "instruction"), rows)
    else:
        print_columns(out, ("item", "category", "instruction"), [(x.ref, x.category or "", x.instruction) for x in lines])


def print_columns(out: Console, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table of one line a row: all columns as wide as they need, the last cut to what is left."""
    widths = [max(cell_len(shown(cell)) for cell in column) for column in zip(headings, *rows, strict=True)]
    left = max(10, out.width - sum(width + 2 for width in widths[:-1]))
    table = Table(*(Column(name, no_wrap=True) for name in headings), box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for *cells, last in rows:
        table.add_row(*map(shown, cells), shown(last, left))
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
