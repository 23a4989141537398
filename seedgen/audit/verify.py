"""`seedgen check`: a run held against its invariants, by other means than those that made it.

What a healthy run keeps at every moment, also while it is being worked on: the file is sound, and holds only what seedgen writes; tickets,
positions and the pool count up without gaps, in order; every verdict fits what became of its candidate; nothing in the pool is a near
duplicate of anything before it, and no cap is exceeded; every item leads back through its ticket and calls to raw answers, and comes out
the same when they are read again, as do the tokens and, by the prices in the config, the costs. Content that is damaged is reported, never
raised. What no database can show is left to the tests: what was paid without an answer, and how a run came to stop.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, text

from seedgen.audit.admissions import false_refusals, overlaps, paraphrases, unbalanced, wrong_filters
from seedgen.audit.contents import contaminated, falsely_contaminated, wrong_languages
from seedgen.audit.derive import MALFORMED, underived
from seedgen.audit.record import READERS, Record, read_record, wrong_digests
from seedgen.audit.rules import broken_rules
from seedgen.records import READER
from seedgen.runs.blocking import waited
from seedgen.store.ports import RunReader
from seedgen.store.sqlite.damage import damage, reading
from seedgen.store.sqlite.tables import RUN

DATASET = "SELECT instruction, input, output FROM accepted_items WHERE run_id = :run ORDER BY position"


@dataclass(frozen=True, slots=True)
class CheckReport:
    """`fingerprint` is SHA-256 (hex) over the accepted items' content in order; a problem is one sentence naming what it is about.

    `notes` say what is good to know, and no problem: by which rules answers were read, where those are not today's.
    """

    fingerprint: str
    accepted: int
    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()


CHECKS: tuple[Callable[[Record], Iterable[str]], ...] = (
    wrong_digests,
    wrong_filters,
    overlaps,
    paraphrases,
    unbalanced,
    false_refusals,
    contaminated,
    falsely_contaminated,
    wrong_languages,
    lambda record: waited(lambda: underived(record)),
)


def check_run(reader: RunReader) -> CheckReport:
    """The report on one snapshot of the run. Raises `StoreBroken` if the file cannot be read at all."""
    with reader.snapshot(checked=False) as connection, reading():
        problems = (*unsound(connection), *damage(connection), *broken_rules(connection), *broken_promises(connection))
        fingerprint, accepted = dataset(connection)
        notes = tuple(rules_of_reading(connection))
    return CheckReport(fingerprint, accepted, problems, notes)


def rules_of_reading(connection: Connection) -> Iterator[str]:
    """How many tickets were read by which rules, if any was by others than today's."""
    found = connection.execute(text(f"SELECT reader, count(*) FROM ({READERS}) AS r GROUP BY 1 ORDER BY 1"), {"run": RUN}).all()  # noqa: S608
    if any(reader != READER for reader, _ in found):
        counts = ", ".join(f"{count} by rules {reader}" for reader, count in found)
        yield f"today's rules of reading answers are {READER}; tickets were read as they were then: {counts}"


def unsound(connection: Connection) -> Iterator[str]:
    """What SQLite itself finds wrong with the file, and what is in it beside the run: each has a file of its own."""
    for (finding,) in connection.exec_driver_sql("PRAGMA integrity_check"):
        if finding != "ok":
            yield f"the file is damaged: {finding}"
    for table, row, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield f"row {row} of table {table} refers to a row of table {parent} that is not there"
    if others := connection.execute(text("SELECT count(*) FROM run WHERE run_id != :run"), {"run": RUN}).scalar_one():
        yield f"the database holds {others} runs beside its own"


def broken_promises(connection: Connection) -> Iterator[str]:
    """What `CHECKS` find. One that stumbles over damaged content has found a problem."""
    try:
        record = read_record(connection)
    except MALFORMED as exc:
        yield f"the run's own record cannot be read: {exc}"
        return
    for check in CHECKS:
        try:
            yield from check(record)
        except MALFORMED as exc:
            yield f"the record holds what cannot be checked: {type(exc).__name__}: {exc}"


def dataset(connection: Connection) -> tuple[str, int]:
    """Fingerprint and number of the accepted items: a line each, the JSON array [instruction, input, output]."""
    digest, accepted = hashlib.sha256(), 0
    for row in connection.execute(text(DATASET), {"run": RUN}):
        digest.update(json.dumps([*row], ensure_ascii=False, default=repr).encode() + b"\n")
        accepted += 1
    return digest.hexdigest(), accepted
