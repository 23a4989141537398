from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from watched import call, ticket

from seedgen.events import Ending, Event, Notice, Paused, RunStarted, Stopping, Waiting
from seedgen.runs.log import FILE, FILES, Log, Tail, entries, facts_of, in_words, last_entries


def log_in(folder: Path, **options: Any) -> Log:
    return Log(folder, lambda: "2026-01-01T12:00:00.000Z", say=options.pop("say", print), **options)


def messages(folder: Path) -> list[str]:
    return [entry["message"] for entry in entries(folder)]


def test_a_line_an_event_in_order(tmp_path: Path) -> None:
    with log_in(tmp_path) as log:
        log(Notice("hello"))
        log(Paused(True))
    assert list(entries(tmp_path)) == [
        {"time": "2026-01-01T12:00:00.000Z", "event": "notice", "message": "hello"},
        {"time": "2026-01-01T12:00:00.000Z", "event": "paused"},
    ]
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (
            RunStarted("a", 10, 2, 5, ("main (m)",)),
            "started: target 10 · accepted 2 · tickets 5 · teachers main (m) · unseen calls 0 · pid ",
        ),
        (call(error="TeacherBusy: slow"), "call failed: call 5.propose.0 · teacher main · seconds 1.0 · error TeacherBusy: slow"),
        (ticket(), "ticket: ticket 5 · recipe alpaca · candidates 2 · admitted 1 · passed 1 · accepted 3"),
        (Waiting("main", 42.04, "429"), "waiting: teacher main · seconds 42.0 · reason 429"),
        (Paused(False), "going on"),
        (Stopping("budget", "9 used", 3), "stopping: 9 used: end budget · in flight 3"),
        (Ending("budget", "9 used", 3, 10), "ended: 9 used: end budget · accepted 3 · target 10"),
    ],
)
def test_every_event_reads_well(event: Event, said: str) -> None:
    assert in_words({"time": "2026-01-01T12:00:00.000Z", **facts_of(event)}).startswith(f"2026-01-01 12:00:00  {said}")


def test_a_call_that_was_answered_has_no_line() -> None:
    assert facts_of(call()) == {}


def test_texts_are_short(tmp_path: Path) -> None:
    with log_in(tmp_path) as log:
        log(Notice("x" * 5000))
    assert len(messages(tmp_path)[0]) == 200


def test_full_files_move_on_and_the_oldest_goes(tmp_path: Path) -> None:
    with log_in(tmp_path, largest=1000) as log:
        for number in range(200):
            log(Notice(f"{number}"))
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files[-FILES:] == [f"{FILE}.{n}" for n in range(1, FILES)] or len(files) == FILES
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= FILES * 1100
    kept = messages(tmp_path)
    assert kept == [str(n) for n in range(200 - len(kept), 200)]
    assert [entry["message"] for entry in last_entries(tmp_path, 3)] == ["197", "198", "199"]


def test_a_log_that_cannot_be_written_is_said_once(tmp_path: Path) -> None:
    said: list[str] = []
    log = log_in(tmp_path / "gone", say=said.append)
    log(Notice("one"))
    log(Notice("two"))
    assert len(said) == 1
    assert "the run goes on without its log" in said[0]
    (tmp_path / "gone").mkdir()
    log(Notice("three"))
    log.close()
    assert messages(tmp_path / "gone") == ["three"]


def test_a_cut_line_costs_no_other(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b'{"message": "whole"}\n\xff\n[1]\n{"message": "cu')
    with log_in(tmp_path) as log:
        log(Notice("next"))
    assert messages(tmp_path) == ["whole", "next"]


def test_a_tail_gives_what_is_new_through_changes_of_file(tmp_path: Path) -> None:
    with log_in(tmp_path, largest=1000) as log:
        log(Notice("old"))
        tail, heard = Tail(tmp_path), list[str]()
        for number in range(60):
            log(Notice(f"{number}"))
            heard += [entry["message"] for entry in tail.new()]
    tail.close()
    assert heard == [str(n) for n in range(60)]


def test_a_tail_waits_for_the_end_of_a_line(tmp_path: Path) -> None:
    tail = Tail(tmp_path)
    (tmp_path / FILE).write_text('{"message": ')
    assert list(tail.new()) == []
    with (tmp_path / FILE).open("a") as file:
        file.write('"hello"}\n')
    assert list(tail.new()) == [json.loads('{"message": "hello"}')]
    tail.close()
