"""The finished tickets of a run as they were saved, for whoever judges their candidates again: draws, candidates, answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, RowMapping, select, text

from seedgen.ask.protocols import History
from seedgen.records import Aim, CallKey, Candidate, Proposal
from seedgen.store.sqlite.damage import expect_sound, parsed, reading
from seedgen.store.sqlite.state import TRAITS, load_histories, table
from seedgen.store.sqlite.tables import RUN, AnswerRow, CallRow, Row

ADMITTED = text("SELECT pool_index, ticket || '.' || ordinal FROM candidate WHERE run_id = :run AND pool_index IS NOT NULL")
TICKETS = text("SELECT * FROM ticket WHERE run_id = :run AND finalized_at != '' ORDER BY ticket")
CANDIDATES = text(
    "SELECT c.*, v.vector FROM candidate c LEFT JOIN vector v ON v.run_id = c.run_id AND v.pool_index = c.pool_index "
    "WHERE c.run_id = :run AND c.ticket = :ticket ORDER BY c.ordinal"
)


@dataclass(frozen=True, slots=True)
class SavedTicket:
    """One ticket, without the verdicts on it. `parents` are as shown: seeds by pool index, candidates by ref.

    `candidates` have the vectors that were kept, which are those of admitted ones. `calls` and `answers` are rows as they stand.
    """

    number: int
    recipe: str
    parents: tuple[int | str, ...]
    aim: Aim
    view_size: int
    fault: str
    candidates: tuple[Candidate, ...]
    histories: Mapping[CallKey, History]
    calls: Sequence[Mapping[str, Any]]
    answers: Sequence[Mapping[str, Any]]


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
