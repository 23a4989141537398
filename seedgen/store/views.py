"""A run and its items as a notebook shows them: a few lines of text, a small HTML table, a frame of pandas where that is installed.

Here as elsewhere what the privacy filter refused is not shown; it is there for those who ask for the item itself.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, SupportsIndex, overload

from seedgen.errors import StoreBroken, UsageError
from seedgen.gate.privacy import PrivacyFilter
from seedgen.store.ports import ItemView, Summary

SHOWN = 20
"""Items of a list that are shown."""
WIDEST = 300
"""Characters of a text that are shown."""
HIDDEN = "(not shown: refused by the privacy filter)"
COLUMNS = ("position", "category", "tier", "verb", "noun", "language", "output_shape")


class Items(list[ItemView]):
    """Items in order. A notebook shows the first of them as a table; `to_pandas` has them all."""

    def __repr__(self) -> str:
        lines = [f"{line.ref}  {line.standing}  {short(line.instruction, 100, line)}" for line in self[:SHOWN]]
        return "\n".join([f"<{len(self):,} items>", *lines, *self.rest()])

    def _repr_html_(self) -> str:
        rows = [shown(line) for line in self[:SHOWN]]
        return table(("item", "standing", "category", "instruction", "input", "output", "refused"), rows) + "".join(self.rest())

    def rest(self) -> list[str]:
        more = len(self) - SHOWN
        return [f"… and {more:,} more"] if more > 0 else []

    @overload
    def __getitem__(self, index: SupportsIndex) -> ItemView: ...
    @overload
    def __getitem__(self, index: slice[Any, Any, Any]) -> Items: ...
    def __getitem__(self, index: SupportsIndex | slice[Any, Any, Any]) -> ItemView | Items:
        found = super().__getitem__(index)
        return found if isinstance(found, ItemView) else Items(found)

    def to_pandas(self) -> Any:
        """A `pandas.DataFrame` with a row an item. Raises `UsageError` if pandas is not installed."""
        try:
            import pandas as pd
        except ImportError as exc:
            raise UsageError('pandas is not installed; pip install "seedgen[pandas]"') from exc
        return pd.DataFrame([row(line) for line in self], columns=list(row(ItemView("", "accepted", ""))))


def row(line: ItemView) -> dict[str, Any]:
    """An item in one row."""
    refusal = line.refusal
    return {
        "item": line.ref,
        "standing": line.standing,
        "instruction": line.instruction,
        "input": line.input,
        "output": line.output,
        **{name: getattr(line, name) for name in COLUMNS},
        "filter": refusal and refusal.filter,
        "reason": refusal and refusal.reason,
        "score": refusal and refusal.score,
        "near": line.near and line.near.ref,
    }


def shown(line: ItemView) -> list[str]:
    """The cells of an item in a table for people."""
    refused = f"{line.refusal.filter}: {line.refusal.reason}" if line.refusal else ""
    near = f", near {line.near.ref}" if line.near else ""
    texts = [short(text, WIDEST, line) for text in (line.instruction, line.input, line.output)]
    return [line.ref, line.standing, line.category or "", *texts, refused + near]


def short(text: str, width: int, line: ItemView) -> str:
    if line.refusal and line.refusal.filter == PrivacyFilter.name:
        return HIDDEN if text else ""
    return textwrap.shorten(text, width, placeholder=" …") if len(text) > width else text


class Glance:
    """How an open run looks in a notebook."""

    def summary(self) -> Summary:
        raise NotImplementedError

    def __repr__(self) -> str:
        try:
            (_, name), (_, state), *rows = glance(self.summary())
        except (StoreBroken, UsageError) as exc:
            return f"<run that cannot be read: {exc}>"
        return "\n".join([f"<run {name}: {state}>", *(f"  {key}: {value}" for key, value in rows)])

    def _repr_html_(self) -> str:
        try:
            return table((), glance(self.summary()))
        except (StoreBroken, UsageError) as exc:
            return escape(f"This run cannot be read: {exc}")


def glance(summary: Summary) -> list[tuple[str, str]]:
    """A run in a few lines, its name and state first."""
    spend, record = summary.spend, summary.record
    state = f"{summary.state}, {summary.accepted:,} of {record.target:,} accepted"
    lines = {
        "run": record.name,
        "state": state + (f" ({record.end_message})" if summary.state == "stopped" else ""),
        "candidates": f"{summary.candidates:,}, refused {refused(summary.refusals)}",
        "requests": f"{spend.requests:,}, {spend.tokens:,}{'+?' if spend.unmetered else ''} tokens",
        "cost": "unknown" if spend.unpriced else f"${spend.cost:.4g}",
        "started": record.started_at,
    }
    return list(lines.items())


def refused(refusals: Mapping[tuple[str, str], int]) -> str:
    """ "41: rouge 20, shape 12 …", the commonest first."""
    counts: Counter[str] = Counter()
    for (name, _), count in refusals.items():
        counts[name] += count
    return f"{counts.total():,}" + (": " if counts else "") + ", ".join(f"{name} {count:,}" for name, count in counts.most_common())


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """An HTML table; what is in it is text."""
    head = "<tr>" + "".join(f"<th>{escape(each)}</th>" for each in headings) + "</tr>" if headings else ""
    body = "".join("<tr>" + "".join(f'<td style="text-align: left">{escape(cell)}</td>' for cell in cells) + "</tr>" for cells in rows)
    return f"<table>{head}{body}</table>"
