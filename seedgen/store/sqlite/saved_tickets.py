"""The finished tickets of a run as they were saved, for whoever judges their candidates again: draws, candidates, answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from sqlalchemy import Connection, RowMapping, select, text

from seedgen.records import Aim, Candidate, EvaluationItem, Proposal, SeedTask, Vector
from seedgen.store.ports import RunRecord, SavedRun, SavedTicket
from seedgen.store.sqlite.damage import expect_sound, parsed, reading
from seedgen.store.sqlite.marks import load_marks
from seedgen.store.sqlite.state import (
    TRAITS,
    count_tickets,
    load_evaluation,
    load_fingerprint,
    load_histories,
    load_record,
    load_seeds,
    load_templates,
    load_vectors,
    table,
)
from seedgen.store.sqlite.tables import RUN, AnswerRow, CallRow, Row

ADMITTED = text("SELECT pool_index, ticket || '.' || ordinal FROM candidate WHERE run_id = :run AND pool_index IS NOT NULL")
TICKETS = text("SELECT * FROM ticket WHERE run_id = :run AND finalized_at != '' ORDER BY ticket")
CANDIDATES = text(
    "SELECT c.*, v.vector FROM candidate c LEFT JOIN vector v ON v.run_id = c.run_id AND v.pool_index = c.pool_index "
    "WHERE c.run_id = :run AND c.ticket = :ticket ORDER BY c.ordinal"
)


class Saved(SavedRun):
    """A run as it stands, read over one connection."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def record(self) -> RunRecord:
        return load_record(self.connection)

    def finished(self) -> int:
        return count_tickets(self.connection)

    def seeds(self) -> tuple[SeedTask, ...]:
        return load_seeds(self.connection)

    def templates(self) -> dict[str, str]:
        return load_templates(self.connection)

    def evaluation(self) -> tuple[EvaluationItem, ...]:
        return load_evaluation(self.connection)

    def vectors(self) -> dict[int, Vector]:
        return load_vectors(self.connection)

    def fingerprint(self) -> str:
        return load_fingerprint(self.connection)

    def tickets(self) -> Iterator[SavedTicket]:
        return saved_tickets(self.connection)


def saved_tickets(connection: Connection) -> Iterator[SavedTicket]:
    """Every final ticket, in order, read one at a time. Raises `Damaged` if one is not as a run leaves it."""
    expect_sound(connection, "ticket")
    admitted = connection.execute(ADMITTED, {"run": RUN})
    refs: dict[int | str, str] = dict(map(tuple, admitted))
    for row in connection.execute(TICKETS, {"run": RUN}).mappings().all():
        yield _ticket(connection, row, refs)


@reading()
def _ticket(connection: Connection, row: RowMapping, refs: Mapping[int | str, str]) -> SavedTicket:
    number, aim = row["ticket"], parsed("aim", row["aim"])
    return SavedTicket(
        number=number,
        recipe=row["recipe"],
        parents=tuple(refs.get(parent, parent) for parent in parsed("parents", row["parents"])),
        aim=Aim(**{**aim, "avoid": tuple(aim.get("avoid", ()))}),
        view_size=row["view_size"],
        fault=row["fault"],
        candidates=tuple(map(_candidate, connection.execute(CANDIDATES, {"run": RUN, "ticket": number}).mappings())),
        histories=load_histories(connection, number, number),
        calls=_rows(connection, CallRow, number),
        answers=_rows(connection, AnswerRow, number),
        marks=load_marks(connection, number),
    )


def _rows(connection: Connection, kind: type[Row], ticket: int) -> list[dict[str, Any]]:
    source = table(kind)
    return [dict(row) for row in connection.execute(select(source).where(source.c.run_id == RUN, source.c.ticket == ticket)).mappings()]


def _candidate(row: RowMapping) -> Candidate:
    return Candidate(
        row["ticket"],
        row["ordinal"],
        Proposal(row["instruction"], row["input"], row["output"], row["fault"], row["compared"]),
        **{trait: row[trait] for trait in TRAITS},
        found=parsed("found", row["found"]),
        vector=None if row["vector"] is None else np.frombuffer(row["vector"], "<f2"),
    )
