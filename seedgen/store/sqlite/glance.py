"""A run as a list of many shows it: by one query on a connection of its own, where `Reader.summary` looks at every value that it relies on.

Whatever is odd (an older schema, a value of another type, less than was saved, a database that SQLite will not read) makes it give up: then
`Reader` is asked, which says what is wrong.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import fields
from typing import Any

from seedgen.ask.limits import Spend
from seedgen.errors import StoreBroken
from seedgen.store.folder import RunFolder
from seedgen.store.lock import FREE, LockState, condition
from seedgen.store.ports import RunRecord, Summary
from seedgen.store.sqlite.checked_rows import CheckedConnection
from seedgen.store.sqlite.committed import COUNTED, COUNTING, noted
from seedgen.store.sqlite.damage import UNREADABLE
from seedgen.store.sqlite.database import connected, expect_readable, needs_copy, schema_version
from seedgen.store.sqlite.state import REJECTED
from seedgen.store.sqlite.tables import RUN

RECORD = """
    SELECT r.*, s.number AS starts, coalesce(s.accepted, 0) AS accepted, coalesce(s.started_at, '') AS started_at,
           coalesce(s.ended_at, '') AS ended_at, coalesce(s."end", '') AS "end", coalesce(s.end_message, '') AS end_message
    FROM run r LEFT JOIN start s ON s.run_id = r.run_id AND s.number = (SELECT max(number) FROM start WHERE run_id = r.run_id)
    WHERE r.run_id = :run"""
COUNTS = f"""
    SELECT *, (SELECT coalesce(max(position) + 1, 0) FROM item WHERE run_id = :run) AS passed,
        (SELECT count(*) FROM ({REJECTED})) AS rejected,
        (SELECT count(*) FROM candidate WHERE run_id = :run) AS candidates,
        (SELECT count(*) FROM candidate WHERE run_id = :run AND pool_index IS NOT NULL) AS admitted,
        (SELECT count(*) FROM ticket WHERE run_id = :run AND finalized_at != '') AS tickets,
        (SELECT count(*) FROM ticket WHERE run_id = :run AND finalized_at = '') AS open_tickets
    FROM (
        SELECT count(*) AS requests, coalesce(sum(prompt_tokens), 0) AS prompt, coalesce(sum(completion_tokens), 0) AS completion,
               coalesce(sum(cost), 0.0) AS spent, coalesce(sum(cached_tokens), 0) AS cached,
               coalesce(sum(reasoning_tokens), 0) AS reasoning, coalesce(sum(state = 'sent'), 0) AS in_flight,
               coalesce(sum(state = 'unseen'), 0) AS unseen, coalesce(sum(state IN ('failed', 'refused')), 0) AS failed,
               coalesce(sum(state = 'unseen' OR notes LIKE '%unseen%'), 0) AS lost,
               sum(cost IS NULL OR prompt_tokens + completion_tokens IS NULL) AS unknown,
               max(prompt_tokens + completion_tokens) AS longest, max(cost) AS dearest
        FROM call WHERE run_id = :run)"""  # noqa: S608 - our own text
UNKNOWN = """
    SELECT coalesce(sum(cost IS NULL), 0), coalesce(sum(prompt_tokens + completion_tokens IS NULL), 0)
    FROM call NATURAL JOIN (SELECT run_id, ticket, step, ordinal, attempt FROM answer WHERE run_id = :run)
    WHERE (cost IS NULL OR prompt_tokens + completion_tokens IS NULL) AND (state != 'received' OR :unread)"""


def glance(folder: RunFolder) -> Summary | None:
    """The run's summary without its refusals; None if it has to be looked at more closely. Raises `StoreBroken`, `UsageError`."""
    expect_readable(folder.database)
    if needs_copy(folder.database):
        return None
    before, lock = noted(folder.database), folder.lock_state()
    with suppress(sqlite3.Error, StoreBroken, OSError, *UNREADABLE), closing(connected(folder.database, CheckedConnection)) as connection:
        connection.execute("BEGIN")
        if connection.execute("PRAGMA user_version").fetchone() != (schema_version(),):
            return None
        there = dict(zip(COUNTED, connection.execute(COUNTING).fetchone(), strict=True))
        if any(there[name] < count for name, count in before.items()):
            return None
        run, counts = (one(connection, query) for query in (RECORD, COUNTS))
        lock = folder.lock_state() if not run["end"] and lock == FREE else lock  # a job that started just now
        unread = lock.answer != "held"
        unknown = connection.execute(UNKNOWN, {"run": RUN, "unread": unread}).fetchone() if counts["unknown"] else (0, 0)
        return summary(run, counts, unknown, lock)
    return None


def one(connection: sqlite3.Connection, query: str) -> Mapping[str, Any]:
    cursor = connection.cursor().execute(query, {"run": RUN})  # a cursor of our own, which checks what it reads
    return dict(zip((name for name, *_ in cursor.description), cursor.fetchone(), strict=True))


def summary(run: Mapping[str, Any], counts: Mapping[str, Any], unknown: tuple[int, int], lock: LockState) -> Summary:
    own = {each.name for each in fields(RunRecord)}
    started = {"starts": run["starts"] or 0, "started_with": run["accepted"]}
    record = RunRecord(**{**{name: value for name, value in run.items() if name in own}, **started})
    c, passed = counts, counts["passed"] - counts["rejected"]
    accepted, regated = min(passed, record.target), bool(record.regated_from)
    spend = Spend(
        c["requests"], c["prompt"], c["completion"], c["spent"], unknown[0], c["cached"], c["reasoning"], unknown[1], c["lost"],
        c["longest"], c["dearest"],
    )  # fmt: skip
    return Summary(
        record=record,
        state=condition(lock, record.end),
        accepted=accepted,
        surplus=passed - accepted,
        rejected=c["rejected"],
        tickets=c["tickets"],
        open_tickets=c["open_tickets"],
        candidates=c["candidates"],
        admitted=c["admitted"],
        refusals={},
        spend=Spend() if regated else spend,
        unseen=0 if regated else c["unseen"] + (c["in_flight"] if lock == FREE else 0),
        failed_calls=0 if regated else c["failed"],
        accepted_lately=max(0, accepted - record.started_with),
        lock=lock,
    )
