"""What is known of a question that was asked in earlier starts, and not answered."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from seedgen.ask.protocols import History
from seedgen.records import CallKey
from seedgen.store.sqlite.database import open_reader, open_writer
from seedgen.store.sqlite.state import load_histories

KEY = CallKey(0, "propose")
TRANSIENT, BUSY, AWAY, FATAL = "TeacherTransient", "TeacherBusy", "TeacherUnreachable", "TeacherFatal"
CALL = """
    INSERT INTO call (run_id, ticket, step, ordinal, attempt, teacher, model, template, request_digest, state, sent_at, seconds, error,
                      message, answered_by, notes, role, reader)
    VALUES (1, ?, 'propose', 0, ?, ?, 'm', 't', 'd', ?, ?, ?, ?, '', '', '', 'propose', '')"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    open_writer(tmp_path / "run.db").dispose()
    return tmp_path / "run.db"


def call(
    database: Path, state: str, error: str = "", *, teacher: str = "a", ticket: int = 0, attempt: int = 1, at: int = 0, took: float = 1.0
) -> None:
    """One attempt in the record, sent so many seconds past the hour."""
    row = (ticket, attempt, teacher, state, f"2026-11-01T12:00:{at:02}.000Z", took, error)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(CALL, row)


def history(database: Path) -> History:
    with open_reader(database).connect() as connection:
        return load_histories(connection, 0)[KEY]


@pytest.mark.parametrize(
    ("error", "took", "teacher", "at", "outlived"),
    [
        pytest.param(TRANSIENT, 1.0, "a", 2, True, id="its teacher answered a call sent later"),
        pytest.param(TRANSIENT, 1.0, "b", 2, False, id="another teacher did"),
        pytest.param(TRANSIENT, 5.0, "a", 2, False, id="a call sent before it had failed"),
        pytest.param(BUSY, 1.0, "a", 2, False, id="it had asked for patience"),
        pytest.param(AWAY, 1.0, "a", 2, False, id="it had not been there"),
        pytest.param(FATAL, 1.0, "a", 2, False, id="it had refused us"),
    ],
)
def test_a_failure_is_outlived_by_an_answer_of_its_own_teacher_alone(
    database: Path, error: str, took: float, teacher: str, at: int, outlived: bool
) -> None:
    call(database, "failed", error, took=took)
    call(database, "answered", teacher=teacher, ticket=1, at=at)
    assert history(database).outlived is outlived


def test_what_the_last_answer_of_one_teacher_says_is_not_lost_over_that_of_another(database: Path) -> None:
    call(database, "failed", TRANSIENT)
    call(database, "answered", teacher="a", ticket=1, at=2)
    call(database, "answered", teacher="b", ticket=2, at=3)
    assert history(database).outlived


def test_every_attempt_has_a_number_and_only_those_at_which_the_call_failed_are_failures(database: Path) -> None:
    ended = [("failed", BUSY), ("failed", TRANSIENT), ("unseen", ""), ("dropped", "Abandoned"), ("failed", AWAY), ("failed", FATAL)]
    for number, (state, error) in enumerate([*ended, ("failed", TRANSIENT), ("failed", BUSY)], 1):
        call(database, state, error, attempt=number)
    assert (history(database).attempts, history(database).failures) == (8, 2)
