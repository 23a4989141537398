import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from seedgen import resume, run
from seedgen.config.model import parse_config
from seedgen.errors import StoreBroken
from seedgen.store.folder import RunFolder
from seedgen.store.open import glance, read_run
from seedgen.store.sqlite.glance import glance as at_once


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    config = parse_config({"target": 12, "teachers": {"main": {"kind": "scripted"}}, "gate": {"semantic": {"enabled": False}}}, "test")
    run(config, "first", runs=tmp_path)
    return RunFolder(tmp_path / "first")


def edited(folder: RunFolder, statement: str) -> None:
    with closing(sqlite3.connect(folder.database)) as connection, connection:
        connection.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE call SET cost = NULL WHERE ticket = 0",
        "UPDATE call SET state = 'unseen' WHERE ticket = 0",
        "UPDATE call SET notes = 'unseen', prompt_tokens = NULL WHERE ticket = 1",
        "UPDATE run SET regated_from = 'another'",
        "DELETE FROM start",
        "SELECT 1",
    ],
)
def test_a_glance_is_the_summary_without_refusals(folder: RunFolder, statement: str) -> None:
    edited(folder, statement)
    assert at_once(folder) == replace(read_run(folder).summary(), refusals={})


def test_a_glance_at_a_run_that_was_extended_is_of_its_last_start(folder: RunFolder) -> None:
    resume("first", {"target": 20}, runs=folder.path.parent)
    assert at_once(folder) == replace(read_run(folder).summary(), refusals={})


@pytest.mark.parametrize("statement", ["UPDATE run SET name = x'00'", "DROP TABLE call", "PRAGMA user_version = 99", "DELETE FROM run"])
def test_what_a_glance_cannot_read_the_reader_tells_of(folder: RunFolder, statement: str) -> None:
    edited(folder, statement)
    with pytest.raises(StoreBroken):
        glance(folder)
