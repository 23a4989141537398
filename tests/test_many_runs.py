# ruff: noqa: S608 - the statements are our own
"""A database that many runs share: what is said of one of them, and done to it, is what it would be if it were alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from operator import methodcaller
from pathlib import Path
from typing import Any

import pytest
from finished import copy_of, finished_run
from sqlalchemy import Column, Connection, Table, create_engine, text

from seedgen import mark
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
from seedgen.store.sqlite.costs import Made, costs
from seedgen.store.sqlite.damage import damage
from seedgen.store.sqlite.marks import load_marks
from seedgen.store.sqlite.packing import Packing
from seedgen.store.sqlite.provenance import origins
from seedgen.store.sqlite.saved_tickets import saved_tickets
from seedgen.store.sqlite.state import count_tickets, load_histories, load_kept, load_spend, load_state
from seedgen.store.sqlite.statistics import balance, expect, refusals, scores
from seedgen.store.sqlite.store import Store
from seedgen.store.sqlite.tables import CallRow, Row
from seedgen.store.sqlite.usage import load_teacher_uses, load_uses

BEFORE, AFTER = 0, 2
"""Ids of other runs: one whose rows come before those of the run, and one whose rows come after."""

LATER = "'2099-01-01T00:00:00.000Z'"
AVOIDED = "Name three colours of the rainbow and say which of them is the brightest one."
KEYS = {"step", "ordinal", "instance", "place", "name"}
ALIKE = {
    BEFORE: {
        "teacher", "model", "template", "role", "filter", "reason", "recipe", "state", "version", "taxonomy", "instances", "pool_index",
        "language",
    },
    AFTER: {"regated_from"},
}  # fmt: skip
"""What they have as the run itself has it, so that their rows pass for those of the run."""
CHANGED = {
    "config": "json_set(config, '$.target', 3, '$.gate.compare', 'task', '$.gate.rouge.threshold', 0.5)",
    "taxonomy": "'{}'", "instances": """'[{"input": "", "output": "other"}]'""",
    "parents": "'[0]'", "aim": """'{"level": 2, "category": "other"}'""", "found": "'{}'", "end": "'target'", "sent_at": LATER,
    "created_at": LATER, "started_at": LATER, "ended_at": LATER, "gated_at": LATER,
    "finalized_at": f"CASE ticket % 3 WHEN 1 THEN '' ELSE {LATER} END",
    "state": "CASE ticket % 6 WHEN 0 THEN 'sent' WHEN 1 THEN 'failed' WHEN 2 THEN 'unseen' WHEN 3 THEN 'received' WHEN 4 THEN 'lost' "
    "ELSE 'answered' END",
    "passed": "NOT passed", "rejected": "NOT rejected", "nearest": "coalesce(nearest, 0) + 1000", "vector": "x'003c003c'",
    "position": "coalesce(position, 5000 + rowid) + 1", }  # fmt: skip
CHANGED_IN = {
    BEFORE: {
        "target": "3", "prompt_tokens": "NULL", "cost": "coalesce(cost, 0) + 1", "finalized_at": LATER,
        "input": f"'other ' || coalesce(input, '') || '{AVOIDED}'",
    },
    AFTER: {
        "target": "9999", "cost": "CASE ticket % 7 WHEN 0 THEN NULL ELSE -1 - coalesce(cost, 0) END", "parents": "'[99999]'",
        "pool_index": "CASE ticket % 4 WHEN 2 THEN NULL ELSE coalesce(pool_index + 1, -rowid) END", "pool_size": "1",
    },
}  # fmt: skip
LACKING = (
    f"DELETE FROM item WHERE run_id = {AFTER} AND ticket % 5 = 1",
    f"DELETE FROM answer WHERE run_id = {AFTER} AND ticket % 5 = 2",
    f"DELETE FROM verdict WHERE run_id = {AFTER} AND ticket % 5 = 3",
)
"""What the run after has lost."""

EMBEDDED = "INSERT INTO vector SELECT run_id, pool_index, x'003c0000' FROM pool WHERE pool_index % 2 = 0"
AGAIN = ", ".join({"attempt": "attempt + 1", "sent_at": "'2100-01-01T00:00:00.000Z'"}.get(name, name) for name in CallRow.model_fields)
LAST = "run_id = 1 AND ticket = (SELECT max(ticket) FROM ticket WHERE run_id = 1)"
WORN = (
    *(f"DELETE FROM {table} WHERE {LAST}" for table in ("verdict", "item", "candidate")),
    f"UPDATE ticket SET finalized_at = '', gated_at = '', parents = '', recipe = '', pool_size = NULL, view_size = NULL, candidates = NULL "
    f"WHERE {LAST}",
    f"UPDATE call SET state = 'received' WHERE {LAST}",
    f"UPDATE call SET state = 'failed', error = 'TeacherTransient', sent_at = '2098-01-01T00:00:00.000Z', cost = NULL "
    f"WHERE {LAST} AND step = 'propose'",
    f"DELETE FROM answer WHERE {LAST} AND step = 'propose'",
    f"INSERT INTO call ({', '.join(CallRow.model_fields)}) SELECT {AGAIN} FROM call WHERE {LAST} AND step = 'propose'",
    "UPDATE ticket SET parents = json_insert(parents, '$[#]', '0.0') WHERE run_id = 1 AND ticket = 1",
    "UPDATE call SET cost = NULL, prompt_tokens = NULL WHERE run_id = 1 AND ticket IN (0, 2) AND step = 'propose'",
    "DELETE FROM answer WHERE run_id = 1 AND ticket = 2 AND step = 'propose'",
)
"""What makes of the finished run one that was killed in its last ticket, and has lost an answer; the others are left whole."""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> RunReader:
    runs = tmp_path_factory.mktemp("finished")
    (runs / "evaluation.txt").write_text(f"{AVOIDED}\n")
    checks = {"decontamination": {"files": [str(runs / "evaluation.txt")]}, "language": {"allowed": ["en"]}}
    reader = finished_run(runs, target=24, gate={**checks, "semantic": {"enabled": False}})
    carry_out(reader, EMBEDDED)
    first, second, third, *_ = reader.accepted()
    for item, rejected in ((first, True), (second, True), (second, False), (third, True)):
        mark(reader.folder.name, item.ref, reject=rejected, edit={"output": f"other than {item.output}"}, note="as I say", runs=runs)
    witness_of(reader.folder.database).unlink()  # of what will be taken out again
    return reader


@pytest.fixture(scope="module")
def alone(finished: RunReader, tmp_path_factory: pytest.TempPathFactory) -> RunReader:
    return carry_out(copy_of(finished, tmp_path_factory.mktemp("alone")), *WORN)


@pytest.fixture(scope="module")
def crowded(finished: RunReader, tmp_path_factory: pytest.TempPathFactory) -> RunReader:
    return carry_out(copy_of(finished, tmp_path_factory.mktemp("crowded")), *others(), *WORN)


def carry_out(reader: RunReader, *statements: str) -> RunReader:
    with closing(sqlite3.connect(reader.folder.database)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
    return reader


def others() -> Iterator[str]:
    """What puts two other runs into the database of a run."""
    for table in Row.metadata.sorted_tables:
        yield copied(table, BEFORE)
        yield copied(table, AFTER)
        keys = {column.name for column in table.primary_key}
        if {"ticket", "number"} & keys:
            yield copied(table, AFTER, further=1000)
        if "number" in keys:
            yield copied(table, AFTER, further=1)
        if "attempt" in table.columns:
            yield copied(table, AFTER, again=1)
    yield from LACKING


def copied(table: Table, run: int, further: int = 0, again: int = 0) -> str:
    """The run's rows of a table over again, as another run's: with other contents, and other tickets, numbers or attempts.

    Those of the run before also lie before them, where rows have a place.
    """
    values = [other(column, run, further, again) for column in table.columns]
    columns = [f'"{column.name}"' for column in table.columns]
    if run == BEFORE and table.name not in ("run", "verdict"):
        columns, values = ["rowid", *columns], ["-rowid", *values]
    return f'INSERT INTO "{table.name}" ({", ".join(columns)}) SELECT {", ".join(values)} FROM "{table.name}" WHERE run_id = 1'


def other(column: Column[Any], run: int, further: int, again: int) -> str:
    name = f'"{column.name}"'
    if column.name == "run_id":
        return str(run)
    if column.primary_key and column.name in ("ticket", "number", "attempt"):
        return f"{name} + {again if column.name == 'attempt' else further}"
    if column.name in ("pool_index", "position") and further:
        return f"{name} + {further} + 1"
    if (column.primary_key and column.name in KEYS) or column.name in ALIKE[run]:
        return name
    if column.name == "pool_index" and column.primary_key:
        return f"{name} + 1"
    return CHANGED_IN[run].get(column.name) or CHANGED.get(column.name) or changed(column, name)


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
    "summary": methodcaller("summary"),
    "record": methodcaller("record"),
    "items": methodcaller("items"),
    "refused items": lambda reader: reader.items(standing="refused", refused_by="rouge", search="a"),
    "count": lambda reader: [reader.count(), reader.count(standing="accepted"), reader.count(search="other")],
    "entries": lambda reader: [reader.entry(index) for index in (0, 5, len(reader.seeds()) + 1)],
    "accepted": lambda reader: list(reader.accepted()),
    "lives": lambda reader: [reader.life(item.ref) for item in reader.items()],
    "no life": found_or_not(lambda reader: reader.life("1001.0")),
    "pool": methodcaller("pool"),
    "seeds": methodcaller("seeds"),
    "templates": methodcaller("templates"),
    "fingerprint": methodcaller("fingerprint"),
    "kept": seen(load_kept),
    "state": seen(load_state),
    "spend": seen(load_spend),
    "finished tickets": seen(count_tickets),
    "histories": seen(lambda connection: load_histories(connection, 0)),
    "packing": seen(lambda connection: Packing.of(connection).dictionaries),
    "saved tickets": seen(lambda connection: list(saved_tickets(connection))),
    "uses": seen(lambda connection: load_uses(connection).tolist()),
    "teacher uses": seen(load_teacher_uses),
    "marks": seen(lambda connection: [load_marks(connection, ticket) for ticket in range(4)]),
    "costs": lambda reader: costs(reader, seeds=99),
    "yields of seeds": seen(lambda connection: sorted(Made(connection).seeds(connection))),
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
    due = read(alone)
    assert due is not None
    assert repr(read(crowded)) == repr(due)


def test_a_run_is_not_there_because_another_is(crowded: RunReader, tmp_path: Path) -> None:
    without = carry_out(copy_of(crowded, tmp_path), "DELETE FROM run WHERE run_id = 1")
    assert seen(load_kept)(without) is None


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
    "refused, and without items": (
        "UPDATE candidate SET pool_index = NULL WHERE run_id = 1 AND ticket = 1; DELETE FROM item WHERE run_id = 1 AND ticket = 1"
    ),
    "no positions": "UPDATE item SET position = NULL WHERE run_id = 1 AND ticket = 1",
    "an item refused for evaluation": (
        "UPDATE verdict SET filter = 'decontamination', passed = 0, reason = 'overlap', evidence = 'x' "
        "WHERE run_id = 1 AND ticket = 1 AND instance = 0 AND place = 0"
    ),
    "an item refused for evaluation, and rightly": (
        f"UPDATE item SET input = '{AVOIDED}' WHERE run_id = 1 AND ticket = 1 AND instance = 0; "
        "UPDATE verdict SET filter = 'decontamination', passed = 0, reason = 'overlap', evidence = 'x' "
        "WHERE run_id = 1 AND ticket = 1 AND instance = 0 AND place = 0"
    ),
    "a call in flight": f"UPDATE call SET state = 'sent' WHERE {LAST}",
    "a parent of another run": """UPDATE ticket SET parents = '["1001.0"]' WHERE run_id = 1 AND ticket = 3""",
    "an open ticket": "UPDATE ticket SET finalized_at = '' WHERE run_id = 1 AND ticket = 1",
    "an evaluation item found": "UPDATE evaluation SET text = (SELECT instruction FROM accepted_items WHERE run_id = 1 LIMIT 1)",
    "another language": "UPDATE candidate SET language = 'de' WHERE run_id = 1 AND ticket = 1",
    "wrong refusals": "UPDATE verdict SET filter = 'exact' WHERE run_id = 1 AND filter = 'rouge' AND NOT passed",
    "refusals by evaluation": "UPDATE verdict SET filter = 'decontamination', reason = 'overlap' WHERE run_id = 1 AND NOT passed",
    "embeddings asked for": "UPDATE run SET config = json_set(config, '$.gate.semantic.enabled', json('true')) WHERE run_id = 1",
}


def problems(reader: RunReader, statement: str) -> list[str]:
    """What a check would say of the run after these statements, which are undone again."""
    engine = create_engine(f"sqlite:///{reader.folder.database}")
    with closing(engine.connect()) as connection:
        assert all(connection.execute(text(each)).rowcount > 0 for each in statement.split(";"))
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
        assert store.available() == reader.summary().accepted + reader.summary().surplus
    return unseen


def test_what_is_written_of_a_run_leaves_the_others_as_they_were(alone: RunReader, crowded: RunReader, tmp_path: Path) -> None:
    one, many = copy_of(alone, tmp_path / "one"), copy_of(crowded, tmp_path / "many")
    before = rows(many, "!= 1")
    assert worked_on(many) == worked_on(one)
    assert rows(many, "= 1") == rows(one, "= 1")
    assert rows(many, "!= 1") == before
