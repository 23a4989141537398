# ruff: noqa: S608 - the statements are our own
"""A database that many runs share: what is said of one of them, and done to it, is what it would be if it were alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from finished import copy_of, finished_run
from sqlalchemy import Column, Connection, Table, create_engine, text

from seedgen.audit.calibration import texts_of_run
from seedgen.audit.changes import compare_runs
from seedgen.audit.estimate import estimate
from seedgen.audit.record import read_record
from seedgen.audit.refusals import report_gate
from seedgen.audit.rules import broken_rules
from seedgen.audit.verify import broken_promises, dataset
from seedgen.config.model import parse_config
from seedgen.errors import UsageError
from seedgen.store.ports import RunReader
from seedgen.store.sqlite.committed import witness_of
from seedgen.store.sqlite.costs import costs
from seedgen.store.sqlite.damage import damage
from seedgen.store.sqlite.packing import Packing
from seedgen.store.sqlite.provenance import origins
from seedgen.store.sqlite.saved_tickets import saved_tickets
from seedgen.store.sqlite.state import count_tickets, load_histories, load_kept, load_spend, load_state
from seedgen.store.sqlite.statistics import balance, expect, refusals, scores
from seedgen.store.sqlite.store import Store
from seedgen.store.sqlite.tables import Row
from seedgen.store.sqlite.usage import load_teacher_uses, load_uses

BEFORE, AFTER = 0, 2
"""Ids of other runs: one whose rows come before those of the run, and one whose rows come after."""

LATER = "'2099-01-01T00:00:00.000Z'"
KEYS = {"step", "ordinal", "instance", "place", "attempt", "name"}
ALIKE = {"teacher", "model", "template", "role", "filter", "reason", "recipe", "state", "version", "taxonomy", "instances", "pool_index"}
"""What the run before has as the run itself has it, so that its rows pass for those of the run."""
CHANGED = {
    "config": "json_set(config, '$.target', 3, '$.gate.compare', 'task', '$.gate.rouge.threshold', 0.5)",
    "taxonomy": "'{}'", "instances": """'[{"input": "", "output": "other"}]'""",
    "parents": "'[0]'", "aim": """'{"level": 2, "category": "other"}'""", "found": "'{}'", "end": "'stopped'", "sent_at": LATER,
    "created_at": LATER, "started_at": LATER, "ended_at": LATER, "gated_at": LATER,
    "finalized_at": f"CASE ticket % 3 WHEN 0 THEN '' ELSE {LATER} END",
    "state": "CASE ticket % 6 WHEN 0 THEN 'sent' WHEN 1 THEN 'failed' WHEN 2 THEN 'unseen' WHEN 3 THEN 'received' ELSE 'answered' END",
    "passed": "NOT passed", "target": "3", "nearest": "coalesce(nearest, 0) + 1000", "vector": "x'003c003c'",
}  # fmt: skip
UNKNOWN = {"cost", "prompt_tokens"}
"""What the run before does not know."""

WORN = """
    INSERT INTO vector SELECT run_id, pool_index, x'003c0000' FROM pool WHERE pool_index % 2 = 0;
    CREATE TEMP TABLE last AS SELECT max(ticket) AS ticket FROM ticket;
    DELETE FROM verdict WHERE ticket = (SELECT ticket FROM last);
    DELETE FROM item WHERE ticket = (SELECT ticket FROM last);
    DELETE FROM candidate WHERE ticket = (SELECT ticket FROM last);
    UPDATE ticket SET finalized_at = '', gated_at = '', parents = '', recipe = '', pool_size = NULL, view_size = NULL,
        candidates = NULL WHERE ticket = (SELECT ticket FROM last);
    UPDATE call SET state = 'failed', error = 'TeacherTransient', sent_at = '2098-01-01T00:00:00.000Z'
        WHERE ticket = (SELECT ticket FROM last) AND step = 'propose';
    DELETE FROM answer WHERE ticket = (SELECT ticket FROM last) AND step = 'propose';
    UPDATE ticket SET parents = json_insert(parents, '$[#]', '0.0') WHERE ticket = 1;
"""
"""A run that was killed in its last ticket."""


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> RunReader:
    runs = tmp_path_factory.mktemp("alone")
    (runs / "evaluation.txt").write_text("Name three colours of the rainbow and say which of them is the brightest one.\n")
    gate = {"decontamination": {"files": [str(runs / "evaluation.txt")]}, "semantic": {"enabled": False}}
    reader = finished_run(runs, target=30, gate=gate)
    with closing(sqlite3.connect(reader.folder.database)) as connection, connection:
        connection.executescript(WORN)
    witness_of(reader.folder.database).unlink()  # of what was taken out again
    return reader


@pytest.fixture(scope="module")
def crowded(alone: RunReader, tmp_path_factory: pytest.TempPathFactory) -> RunReader:
    return crowd(copy_of(alone, tmp_path_factory.mktemp("crowded")))


def crowd(reader: RunReader) -> RunReader:
    """The same, with two other runs in its database."""
    with closing(sqlite3.connect(reader.folder.database)) as connection, connection:
        for table in Row.metadata.sorted_tables:
            copy(connection, table, BEFORE)
            copy(connection, table, AFTER)
            if {"ticket", "number"} & {column.name for column in table.primary_key}:
                copy(connection, table, AFTER, further=1000)
    return reader


def copy(connection: sqlite3.Connection, table: Table, run: int, further: int = 0) -> None:
    """The run's rows of a table over again, as another run's: with other contents, and tickets or numbers so much further on."""
    values = ", ".join(other(column, run, further) for column in table.columns)
    connection.execute(f'INSERT INTO "{table.name}" SELECT {values} FROM "{table.name}" WHERE run_id = 1')


def other(column: Column[Any], run: int, further: int) -> str:
    name = f'"{column.name}"'
    if column.name == "run_id":
        return str(run)
    if column.name in ("ticket", "number") and column.primary_key:
        return f"{name} + {further}"
    if column.name in ("pool_index", "position") and further:
        return f"{name} + {further} + 1"
    if (column.primary_key and column.name in KEYS) or (run == BEFORE and column.name in ALIKE):
        return name
    if run == BEFORE and column.name in UNKNOWN:
        return "NULL"
    return CHANGED.get(column.name) or changed(column, name)


def changed(column: Column[Any], name: str) -> str:
    kind = column.type.python_type
    return f"'other ' || {name}" if kind is str else f"cast('other' || {name} AS BLOB)" if kind is bytes else f"{name} + 1"


def seen(query: Callable[[Connection], object]) -> Callable[[RunReader], object]:
    def read(reader: RunReader) -> object:
        with reader.snapshot() as connection:
            return query(connection)

    return read


def found_or_not(read: Callable[[RunReader], object]) -> Callable[[RunReader], object]:
    def ask(reader: RunReader) -> object:
        try:
            return read(reader)
        except UsageError as exc:
            return str(exc)

    return ask


READS: dict[str, Callable[[RunReader], object]] = {
    "summary": RunReader.summary,
    "record": RunReader.record,
    "items": RunReader.items,
    "refused items": lambda reader: reader.items(standing="refused", refused_by="rouge", search="a"),
    "count": lambda reader: [reader.count(), reader.count(standing="accepted"), reader.count(search="other")],
    "entries": lambda reader: [reader.entry(index) for index in (0, 5, len(reader.seeds()) + 1)],
    "accepted": RunReader.accepted,
    "lives": lambda reader: [reader.life(item.ref) for item in reader.items()],
    "no life": found_or_not(lambda reader: reader.life("1001.0")),
    "pool": RunReader.pool,
    "seeds": RunReader.seeds,
    "templates": RunReader.templates,
    "fingerprint": RunReader.fingerprint,
    "kept": seen(load_kept),
    "state": seen(load_state),
    "spend": seen(load_spend),
    "finished tickets": seen(count_tickets),
    "histories": seen(lambda connection: load_histories(connection, 0)),
    "packing": seen(lambda connection: Packing.of(connection).dictionaries),
    "saved tickets": seen(lambda connection: list(saved_tickets(connection))),
    "uses": seen(lambda connection: load_uses(connection).tolist()),
    "teacher uses": seen(load_teacher_uses),
    "costs": lambda reader: costs(reader, seeds=99),
    "balance": balance,
    "refusals": refusals,
    "scores": scores,
    "thresholds": lambda reader: reader.record().thresholds,
    "filters": found_or_not(lambda reader: expect(reader, "nope")),
    "reasons": found_or_not(lambda reader: expect(reader, None, "nope")),
    "origins": lambda reader: list(origins(reader)),
    "estimate": estimate,
    "gate": report_gate,
    "gate of one filter": lambda reader: report_gate(reader, "rouge"),
    "calibration": texts_of_run,
    "changes": lambda reader: compare_runs(reader, reader),
    "record of a check": seen(lambda connection: replace(read_record(connection), connection=None)),
    "dataset": seen(dataset),
}  # fmt: skip


@pytest.mark.parametrize("name", READS)
def test_what_is_read_of_a_run_is_its_own(alone: RunReader, crowded: RunReader, name: str) -> None:
    read = READS[name]
    assert repr(read(crowded)) == repr(read(alone))


SPOILT = {
    "nothing": "UPDATE run SET name = name WHERE run_id = 1",
    "no verdicts on candidates": "DELETE FROM verdict WHERE run_id = 1 AND instance = -1 AND ticket = 1",
    "no verdicts on items": "DELETE FROM verdict WHERE run_id = 1 AND instance > -1 AND ticket = 1",
    "no items": "DELETE FROM item WHERE run_id = 1",
    "no answers": "DELETE FROM answer WHERE run_id = 1 AND ticket = 1",
    "no calls": "DELETE FROM call WHERE run_id = 1 AND ticket = 1",
    "no templates": "DELETE FROM template WHERE run_id = 1",
    "no ticket": "DELETE FROM ticket WHERE run_id = 1 AND ticket = 1",
    "no candidates": "DELETE FROM candidate WHERE run_id = 1 AND ticket = 1",
    "a seed missing": "DELETE FROM seed WHERE run_id = 1 AND pool_index = 0",
    "an open ticket": "UPDATE ticket SET finalized_at = '' WHERE run_id = 1 AND ticket = 1",
    "an evaluation item found": "UPDATE evaluation SET text = (SELECT instruction FROM accepted_items WHERE run_id = 1 LIMIT 1)",
    "another language": "UPDATE candidate SET language = 'de' WHERE run_id = 1 AND ticket = 1",
    "wrong refusals": "UPDATE verdict SET filter = 'exact' WHERE run_id = 1 AND filter = 'rouge' AND NOT passed",
    "refusals by evaluation": "UPDATE verdict SET filter = 'decontamination', reason = 'overlap' WHERE run_id = 1 AND NOT passed",
    "embeddings asked for": "UPDATE run SET config = json_set(config, '$.gate.semantic.enabled', json('true')) WHERE run_id = 1",
}


def problems(reader: RunReader, statement: str) -> list[str]:
    """What a check would say of the run after this statement, which is undone again."""
    engine = create_engine(f"sqlite:///{reader.folder.database}")
    with closing(engine.connect()) as connection:
        assert connection.execute(text(statement)).rowcount > 0
        found = [*damage(connection), *broken_rules(connection), *broken_promises(connection)]
        connection.rollback()
    engine.dispose()
    return found


@pytest.mark.parametrize("name", SPOILT)
def test_what_is_wrong_with_a_run_is_its_own(alone: RunReader, crowded: RunReader, name: str) -> None:
    found = problems(alone, SPOILT[name])
    assert problems(crowded, SPOILT[name]) == found
    assert bool(found)


def rows(reader: RunReader, of: str) -> list[object]:
    with closing(sqlite3.connect(reader.folder.database)) as connection:
        return [connection.execute(f'SELECT * FROM "{t.name}" WHERE run_id {of}').fetchall() for t in Row.metadata.sorted_tables]


def worked_on(reader: RunReader) -> int:
    """Start the run, change its config and end it. Returns how many calls are told to have been in flight."""
    store = Store(reader.folder.database, lambda: "2026-11-02T12:00:00.000Z")
    kept = store.kept()
    assert kept is not None
    config = parse_config({"target": 77, "teachers": {"main": {"kind": "scripted"}}}, "test")
    with closing(store):
        unseen = store.start(config, "prices")
        store.change(config)
        store.end("stopped", "enough")
        assert store.passed() == reader.summary().accepted + reader.summary().surplus
    return unseen


def test_what_is_written_of_a_run_leaves_the_others_as_they_were(alone: RunReader, tmp_path: Path) -> None:
    one, many = copy_of(alone, tmp_path / "one"), crowd(copy_of(alone, tmp_path / "many"))
    others = rows(many, "!= 1")
    assert worked_on(many) == worked_on(one)
    assert rows(many, "= 1") == rows(one, "= 1")
    assert rows(many, "!= 1") == others
