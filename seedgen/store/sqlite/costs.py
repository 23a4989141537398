"""Where a run's money went: to what kind of item, through which recipe and teacher, from which seeds. Counted by the database.

A ticket's propose calls are shared evenly by the candidates read out of them, its other calls belong to the candidate they were made for,
and a candidate's category and recipe are those of its bill. So a kind's cost per accepted item holds what its refused candidates cost too.
What belongs to no candidate is told apart: tickets that came to nothing, and tickets that are still open.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, replace
from typing import Any, cast

import numpy as np
from sqlalchemy import Connection, text

from seedgen.store.figures import Bill, Costs, SeedYield
from seedgen.store.ports import RunReader
from seedgen.store.sqlite.damage import parsed, reading
from seedgen.store.sqlite.state import REJECTED, load_record
from seedgen.store.sqlite.tables import RUN

FEWEST = 20
"""Candidates that must have come from prompts with a seed before anything is said about it."""

CANDIDATES = "SELECT ticket, ordinal, coalesce(category, '') FROM candidate WHERE run_id = :run ORDER BY ticket, ordinal"
TICKETS = "SELECT ticket, recipe, candidates FROM ticket WHERE run_id = :run"
ITEMS = """
    SELECT i.ticket << 20 | i.ordinal, i.position, r.reach FROM item i JOIN run r ON r.run_id = i.run_id
    WHERE i.run_id = :run AND i.position IS NOT NULL"""
STANDINGS = ("refused", "rejected", "surplus", "accepted")
"""Of a candidate: that of its best item."""
ANSWERED = """(state != 'received' AND EXISTS (
                   SELECT 1 FROM answer a WHERE a.run_id = call.run_id AND a.ticket = call.ticket AND a.step = call.step
                   AND a.ordinal = call.ordinal AND a.attempt = call.attempt))"""
"""Whether a call brought an answer that has been read; looked up where something is unknown, which is seldom."""
CALLS = f"""
    calls AS (
        SELECT ticket, role, ordinal, teacher, coalesce(cost, 0) AS cost,
               coalesce(prompt_tokens, 0) + coalesce(completion_tokens, 0) AS tokens,
               cost IS NULL AND {ANSWERED} AS unpriced, prompt_tokens + completion_tokens IS NULL AND {ANSWERED} AS unmetered
        FROM call WHERE run_id = :run
    )"""  # noqa: S608 - our own text
PAID = f"WITH {CALLS} SELECT ticket, role = 'propose', ordinal, teacher, tokens, cost, unpriced, unmetered FROM calls"  # noqa: S608
REST = f"""
    WITH {CALLS}
    SELECT t.recipe, '' AS category, CASE WHEN t.finalized_at = '' THEN 'open' ELSE 'nothing' END AS standing, k.teacher, 0 AS candidates,
           0 AS accepted, count(*) AS requests, sum(k.tokens) AS tokens, sum(k.cost) AS cost, sum(k.unpriced) AS unpriced,
           sum(k.unmetered) AS unmetered
    FROM calls k JOIN ticket t ON t.run_id = :run AND t.ticket = k.ticket
    WHERE NOT EXISTS (SELECT 1 FROM candidate c WHERE c.run_id = :run AND c.ticket = k.ticket)
    GROUP BY 1, 2, 3, 4"""  # noqa: S608
COLUMNS = (
    "recipe", "category", "standing", "teacher", "candidates", "accepted", "requests", "tokens", "cost", "unpriced", "unmetered"
)  # fmt: skip
Row = Mapping[str, Any]
PARENTS = "SELECT ticket, parents FROM ticket WHERE run_id = :run"
NAMES = "SELECT pool_index, id, instruction FROM seed WHERE run_id = :run"


def costs(reader: RunReader, seeds: int = 5) -> Costs:
    """What everything cost, with at most so many seeds. A regated run has no calls of its own, so it cost nothing. Raises `StoreBroken`."""
    with reader.snapshot() as connection, reading():
        made = Made(connection)
        bills: list[Row] = [] if load_record(connection).regated_from else [*made.paid(connection), *_rows(connection, REST)]
        yields = list(made.seeds(connection))
        paid = [(row, bill(row)) for row in bills]
    kinds = list(made.kinds())
    whole = [(row, bill(row)) for row in kinds] + [(row, replace(each, candidates=0, accepted=0, refused=0)) for row, each in paid]
    final = [pair for pair in whole if pair[0]["standing"] != "open"]
    everything = added(each for _, each in whole)
    share = everything.refused / everything.candidates if everything.candidates else 0.0
    return Costs(
        all=everything,
        standings=grouped(whole, "standing"),
        recipes=grouped(final, "recipe"),
        teachers=grouped(paid, "teacher"),
        categories=grouped([pair for pair in final if pair[0]["standing"] != "nothing"], "category"),
        refused_share=share,
        seeds=tuple(worst((SeedYield(*each, expected=share * each[3]) for each in yields), seeds)),
    )


class Made:
    """A run's candidates, a place in each array for one: by ticket and ordinal. `kind` numbers the `names`: recipe, category, standing."""

    def __init__(self, connection: Connection) -> None:
        rows, of = raw(connection, CANDIDATES), {ticket: rest for ticket, *rest in raw(connection, TICKETS)}
        self.ticket, self.ordinal = np.array([row[:2] for row in rows], np.int64).reshape(-1, 2).T
        self.key = self.ticket << 20 | self.ordinal
        self.siblings = np.array([of[row[0]][1] for row in rows], np.int64)
        items = np.array(raw(connection, ITEMS), np.int64).reshape(-1, 3)
        rejected = np.isin(items[:, 1], connection.execute(text(REJECTED), {"run": RUN}).scalars().all())
        standing, place = np.zeros(len(rows), np.int64), self.key.searchsorted(items[:, 0])
        found = np.where(rejected, 1, np.where(items[:, 1] < items[:, 2], 3, 2))
        np.maximum.at(standing, place, found)
        self.accepted = np.bincount(place[found == 3], minlength=len(rows))
        self.names: dict[tuple[str, str, str], int] = {}
        kinds = ((of[row[0]][0], row[2], STANDINGS[each]) for row, each in zip(rows, standing.tolist(), strict=True))
        self.kind = np.array([self.names.setdefault(kind, len(self.names)) for kind in kinds], np.int64)

    def kinds(self) -> Iterator[Row]:
        """How many candidates there are of each kind, and of them accepted."""
        size = len(self.names)
        counts, accepted = np.bincount(self.kind, minlength=size), np.bincount(self.kind, self.accepted, size)
        for names, number in self.names.items():
            yield row_of(*names, "", int(counts[number]), int(accepted[number]))

    def paid(self, connection: Connection) -> Iterator[Row]:
        """What calls of each teacher cost for candidates of each kind."""
        rows = raw(connection, PAID)
        names: dict[str, int] = {}
        teacher = np.array([names.setdefault(row[3], len(names)) for row in rows], np.int64)
        numbers = np.array([(*row[:3], 1, *row[4:]) for row in rows], np.float64).reshape(-1, 8)
        ticket, proposing, ordinal = numbers[:, :3].astype(np.int64).T
        used = numbers[:, 3:]
        # a call for the whole ticket is shared by its candidates, any other is one candidate's, if that is there
        first = self.ticket.searchsorted(ticket)
        counts = np.where(proposing > 0, self.ticket.searchsorted(ticket, "right") - first, 0)
        calls = np.arange(len(rows)).repeat(counts)
        shared = first.repeat(counts) + np.arange(counts.sum()) - (counts.cumsum() - counts).repeat(counts)
        wanted = ticket << 20 | ordinal
        place = np.minimum(self.key.searchsorted(wanted), max(len(self.key) - 1, 0))
        own = np.flatnonzero((proposing == 0) & (self.key[place] == wanted)) if len(self.key) else np.empty(0, np.int64)
        candidate = np.concatenate((shared, place[own]))
        shares = np.concatenate((used[calls] / self.siblings[shared, None], used[own]))
        of = self.kind[candidate] * len(names) + np.concatenate((teacher[calls], teacher[own]))
        billed = np.unique(candidate * len(names) + np.concatenate((teacher[calls], teacher[own])))
        whose, who = np.divmod(billed, max(len(names), 1))
        group, size = self.kind[whose] * len(names) + who, len(self.names) * len(names)
        candidates, accepted = np.bincount(group, minlength=size), np.bincount(group, self.accepted[whose], size)
        sums = np.array([np.bincount(of, column, size) for column in shares.T])
        for kind, number in self.names.items():
            for name, teacher_number in names.items():
                at = number * len(names) + teacher_number
                if candidates[at]:
                    yield row_of(*kind, name, int(candidates[at]), int(accepted[at]), *sums[:, at].tolist())

    def seeds(self, connection: Connection) -> Iterator[tuple[str, str, int, int, int]]:
        """Of each seed that was shown: id, instruction, tickets with candidates, these candidates, and the refused ones of them."""
        standing = np.array([names[2] == "refused" for names in self.names], np.float64)
        tickets, where, candidates = np.unique(self.ticket, return_inverse=True, return_counts=True)
        refused = np.bincount(where, standing[self.kind]) if len(where) else where
        of = dict(zip(tickets.tolist(), zip(candidates.tolist(), refused.tolist(), strict=True), strict=True))
        seeds = {index: (id_, instruction) for index, id_, instruction in connection.execute(text(NAMES), {"run": RUN})}
        shown: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
        for ticket, parents in connection.execute(text(PARENTS), {"run": RUN}):
            if ticket in of:
                made, lost = of[ticket]
                for parent in parsed("parents", parents):
                    if parent in seeds:
                        tally = shown[parent]
                        tally[0], tally[1], tally[2] = tally[0] + 1, tally[1] + made, tally[2] + int(lost)
        for index in sorted(shown):
            tally = shown[index]
            yield *seeds[index], tally[0], tally[1], tally[2]


def raw(connection: Connection, query: str) -> list[Any]:
    """Rows in hundreds of thousands, as SQLite has them: a value of another type fails where it is made a number, or a name."""
    driver = cast(sqlite3.Connection, connection.connection.driver_connection)
    return driver.cursor(sqlite3.Cursor).execute(query, {"run": RUN}).fetchall()


def row_of(*values: Any) -> Row:
    """A row of these columns; the last ones are 0 where they are not given."""
    return dict(zip(COLUMNS, (*values, *[0] * (len(COLUMNS) - len(values))), strict=True))


def worst(found: Iterable[SeedYield], count: int) -> list[SeedYield]:
    """The seeds furthest above the expected refusals, of those with candidates enough to tell."""
    told = [each for each in found if each.candidates >= FEWEST and each.excess > 0]
    return sorted(told, key=lambda each: (-each.excess, each.id))[:count]


def bill(row: Row) -> Bill:
    refused = row["standing"] == "refused"
    used = (row["requests"], row["tokens"], row["cost"], row["unpriced"], row["unmetered"])
    return Bill(row["candidates"], row["accepted"], refused * row["candidates"], *used, refused * row["cost"])


def grouped(rows: Iterable[tuple[Row, Bill]], column: str) -> dict[str, Bill]:
    """Bills added up by one column of their rows, the dearest first, then those with the most tokens."""
    groups: defaultdict[str, list[Bill]] = defaultdict(list)
    for row, each in rows:
        groups[row[column]].append(each)
    return dict(sorted(((key, added(bills)) for key, bills in groups.items()), key=lambda pair: (-pair[1].cost, -pair[1].tokens, pair[0])))


def added(bills: Iterable[Bill]) -> Bill:
    """Their sum, field by field."""
    return Bill(*map(sum, zip(*map(astuple, bills), strict=True)))


def _rows(connection: Connection, query: str) -> list[Row]:
    return [dict(row) for row in connection.execute(text(query), {"run": RUN}).mappings()]
