"""What people make of items: versions beside the one that was made. The latest counts; none is ever changed or taken away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import Connection, insert, select, text

from seedgen.errors import UsageError
from seedgen.records import Mark, item_ref
from seedgen.store.sqlite.damage import reading
from seedgen.store.sqlite.state import REJECTED, table
from seedgen.store.sqlite.tables import RUN, MarkRow

OF_MARK = tuple(each.name for each in fields(Mark))
ITEM = """
    SELECT i.position, v.filter, v.reason FROM item i
    LEFT JOIN verdict v ON v.run_id = i.run_id AND v.ticket = i.ticket AND v.ordinal = i.ordinal AND v.instance = i.instance
         AND NOT v.passed
    WHERE i.run_id = :run AND i.ticket = :ticket AND i.ordinal = :ordinal AND i.instance = :instance"""
REACH = f"""
    UPDATE run SET reach = target + (
        SELECT count(*) FROM (SELECT position - row_number() OVER (ORDER BY position) + 1 AS before FROM ({REJECTED}) AS q) AS p
        WHERE before < run.target
    ) WHERE run_id = :run"""  # noqa: S608 - our own text
"""The dataset reaches one position further for each rejected item that has fewer than `target` kept ones `before` it."""


@reading()
def load_marks(connection: Connection, ticket: int, ordinal: int | None = None) -> tuple[Mark, ...]:
    """Those of a ticket's items, or of one candidate's, each item's in the order they were made."""
    c = table(MarkRow).c
    query = select(*(c[name] for name in OF_MARK)).where(c.run_id == RUN, c.ticket == ticket)
    wanted = query if ordinal is None else query.where(c.ordinal == ordinal)
    rows = connection.execute(wanted.order_by(c.ordinal, c.instance, c.version)).mappings()
    return tuple(Mark(**{**row, "rejected": bool(row["rejected"])}) for row in rows)


def add_mark(connection: Connection, mark: Mark) -> Mark:
    """Keep it as the item's next version, with the texts of the one before where it has none; returns what was kept. `reach` comes after.

    Raises `UsageError` if there is no such item, or none that passed.
    """
    key = {"ticket": mark.ticket, "ordinal": mark.ordinal, "instance": mark.instance}
    expect_passed(connection, key)
    earlier = [each for each in load_marks(connection, mark.ticket, mark.ordinal) if each.instance == mark.instance]
    kept = mark.after(earlier[-1] if earlier else None)
    connection.execute(insert(table(MarkRow)), {"run_id": RUN, **asdict(kept)})
    return kept


def write_marks(connection: Connection, marks: Iterable[Mark]) -> None:
    """Write them as they are, and how far the dataset reaches then."""
    rows = [{"run_id": RUN, **asdict(mark)} for mark in marks]
    if rows:
        connection.execute(insert(table(MarkRow)), rows)
        reach(connection)


def reach(connection: Connection) -> None:
    """Write how far the dataset reaches, by the run's target and what was rejected."""
    connection.execute(text(REACH), {"run": RUN})


def expect_passed(connection: Connection, key: Mapping[str, Any]) -> None:
    found = connection.execute(text(ITEM), {"run": RUN, **key}).mappings().first()
    name = item_ref(**key)
    if found is None:
        raise UsageError(f"no item {name} in this run (see: seedgen items RUN)")
    if found["position"] is None:
        raise UsageError(f"item {name} was refused ({found['filter']}: {found['reason']}); only those that passed can be marked")
