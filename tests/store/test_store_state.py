"""What earlier starts left: what is known of a question, and what was spent."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from seedgen.ask.protocols import History
from seedgen.records import CallKey, GateTurn
from seedgen.store.sqlite.database import open_reader, open_writer
from seedgen.store.sqlite.packing import Packing
from seedgen.store.sqlite.state import load_gate_turns, load_histories, load_spend, load_state

KEY = CallKey(0, "propose")
TRANSIENT, BUSY, AWAY, FATAL = "TeacherTransient", "TeacherBusy", "TeacherUnreachable", "TeacherFatal"
CALL = """
    INSERT INTO call (run_id, ticket, step, ordinal, attempt, teacher, model, template, request_digest, state, sent_at, seconds, error,
                      message, answered_by, role, reader, notes)
    VALUES (1, ?, 'propose', 0, ?, ?, 'm', 't', 'd', ?, ?, ?, ?, '', '', 'propose', '', ?)"""
ANSWER = "INSERT INTO answer (run_id, ticket, step, ordinal, attempt, request, body) VALUES (1, ?, 'propose', 0, ?, ?, ?)"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    open_writer(tmp_path / "run.db").dispose()
    return tmp_path / "run.db"


def call(
    database: Path,
    state: str,
    error: str = "",
    *,
    teacher: str = "a",
    ticket: int = 0,
    attempt: int = 1,
    at: int = 0,
    took: float = 1.0,
    notes: str = "",
    body: bytes | None = None,
) -> None:
    """One attempt in the record, sent so many seconds past the hour, with the answer if there is a body."""
    row = (ticket, attempt, teacher, state, f"2026-11-01T12:00:{at:02}.000Z", took, error, notes)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(CALL, row)
        if body is not None:
            connection.execute(ANSWER, (ticket, attempt, Packing({}).pack(b"{}"), Packing({}).pack(body)))


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


def test_a_call_that_failed_later_is_no_answer(database: Path) -> None:
    call(database, "failed", TRANSIENT)
    call(database, "failed", TRANSIENT, ticket=1, at=2)
    assert not history(database).outlived


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


def test_the_starts_are_counted_in_which_a_call_failed(database: Path) -> None:
    start = "INSERT INTO start (run_id, number, version, prices, host, pid, started_at, tickets, accepted, ended_at, end, end_message)"
    with closing(sqlite3.connect(database)) as connection, connection:
        for number in range(5):
            values = (number + 1, f"2026-11-01T12:00:{10 * number:02}.000Z")
            connection.execute(f"{start} VALUES (1, ?, '', '', '', 1, ?, 0, 0, '', '', '')", values)
    for attempt, (error, at) in enumerate([(TRANSIENT, 5), (TRANSIENT, 10), (TRANSIENT, 15), (BUSY, 25), (TRANSIENT, 35)], 1):
        call(database, "failed", error, attempt=attempt, at=at)
    assert history(database).starts == 3


def test_of_the_bodies_of_a_question_only_what_nobody_has_looked_at_is_unread(database: Path) -> None:
    for number, (state, error) in enumerate([("failed", TRANSIENT), ("received", ""), ("answered", "")], 1):
        call(database, state, error, attempt=number, body=b"%d" % number)
    assert [(saved.body, saved.read) for saved in history(database).bodies] == [(b"1", True), (b"2", False), (b"3", True)]


def test_a_refusal_stays_one_whatever_came_after_it(database: Path) -> None:
    call(database, "refused", "PromptTooLong")
    call(database, "unseen", attempt=2)
    assert history(database).refused == "PromptTooLong"


def test_of_a_question_that_has_changed_only_the_attempts_are_left(database: Path) -> None:
    call(database, "answered", body=b"1", notes="superseded")
    assert history(database) == History(1)


def spent(database: Path, *, unread: bool) -> tuple[int, int, int]:
    with open_reader(database).connect() as connection:
        spend = load_spend(connection, unread=unread)
    return spend.unseen, spend.unpriced, spend.unmetered


def test_what_may_have_been_billed_and_what_is_not_read_yet_is_counted_as_unknown(database: Path) -> None:
    call(database, "unseen")
    call(database, "failed", TRANSIENT, ticket=1, notes="unseen")
    call(database, "failed", TRANSIENT, ticket=2)
    call(database, "received", ticket=3, body=b"")
    call(database, "answered", ticket=4, body=b"")
    assert (spent(database, unread=True), spent(database, unread=False)) == ((2, 2, 2), (2, 1, 1))


def test_only_a_teacher_that_has_answered_was_heard(database: Path) -> None:
    call(database, "answered", teacher="a")
    call(database, "failed", TRANSIENT, teacher="b", ticket=1)
    with open_reader(database).connect() as connection:
        assert load_state(connection).heard == {"a"}


def test_a_finished_ticket_leaves_what_it_aimed_at_and_how_new_it_was(database: Path) -> None:
    ticket = "INSERT INTO ticket VALUES (1, ?, 'alpaca', '[]', 0, ?, '', ?, 3, ?, '', '', ?)"
    with closing(sqlite3.connect(database)) as connection, connection:
        for row in ((1, 9, "{}", None, "now"), (0, 7, '{"category": "code"}', 0.5, "now"), (2, None, "{}", None, "")):
            connection.execute(ticket, row)
    with open_reader(database).connect() as connection:
        assert load_gate_turns(connection) == [GateTurn(7, "code", 3, 0.5), GateTurn(9, "", 3, None)]
