import json
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from seedgen.errors import StoreBroken
from seedgen.store.sqlite.commit import GroupCommit
from seedgen.store.sqlite.committed import COUNTED, noted, witness_of
from seedgen.store.sqlite.database import open_reader, open_writer


def start_run(connection: Connection) -> None:
    connection.execute(text("INSERT INTO run VALUES (1, 'it', '', '', '{}', '', '', 1, 1, 1, '{}', '', '', '')"))
    connection.execute(text("INSERT INTO ticket (run_id, ticket, recipe, parents, fault, aim, started_at, gated_at, finalized_at) "
                            "VALUES (1, 0, '', '', '', '{}', '', '', '')"))  # fmt: skip
    for ordinal in range(2):
        connection.execute(
            text("INSERT INTO candidate (run_id, ticket, ordinal, instruction, found) VALUES (1, 0, :ordinal, 'Sing.', '{}')"),
            {"ordinal": ordinal},
        )


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """One that holds two candidates."""
    path = tmp_path / "run.db"
    engine = open_writer(path)
    commits = GroupCommit(engine, path)
    commits.submit(start_run).result()
    commits.close()
    engine.dispose()
    return path


def note(database: Path, **counts: int) -> None:
    witness_of(database).write_text(json.dumps(dict.fromkeys(COUNTED, 0) | counts))


def test_what_is_committed_is_noted(database: Path) -> None:
    assert noted(database) == {"call": 0, "answer": 0, "candidate": 2, "item": 0}


@pytest.mark.parametrize("opener", [open_reader, open_writer])
def test_a_database_that_holds_less_than_was_noted_is_refused(database: Path, opener: type) -> None:
    note(database, candidate=1_002, answer=3)
    with pytest.raises(StoreBroken, match=r"3 of 3 answers, 1,000 of 1,002 candidates that were saved are missing"):
        opener(database)


def test_a_note_that_lags_behind_is_no_loss(database: Path) -> None:
    note(database, candidate=1)
    open_reader(database)


@pytest.mark.parametrize("spoiled", ["", "{", "[]", '{"call": "many"}', "\0" * 121])
def test_a_note_that_cannot_be_read_is_none(database: Path, spoiled: str) -> None:
    witness_of(database).write_text(spoiled)
    assert noted(database) == {}
    open_reader(database)


def test_pages_that_neither_file_nor_log_holds_are_missed(database: Path) -> None:
    witness_of(database).unlink()
    grown = open_writer(database)
    with grown.begin() as connection:
        connection.execute(text("UPDATE run SET config = :long"), {"long": "x" * 200_000})
    grown.dispose()  # which moves the log into the file
    engine = open_writer(database)
    with engine.begin() as connection:
        connection.execute(text("UPDATE ticket SET fault = 'other'"))
    with database.open("r+b") as file:
        file.truncate(database.stat().st_size - 4096)
    with pytest.raises(StoreBroken, match=r"pages are missing: the file was cut short; restore it from a backup"):
        open_reader(database)
    engine.dispose()


def test_pages_that_only_the_log_holds_are_not_missed(database: Path) -> None:
    engine = open_writer(database)
    with engine.begin() as connection:
        connection.execute(text("UPDATE run SET config = :long"), {"long": "x" * 200_000})
    with engine.connect() as connection:
        held = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    assert database.stat().st_size < held * 4096
    open_reader(database).dispose()
    engine.dispose()
