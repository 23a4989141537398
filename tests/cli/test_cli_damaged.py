# ruff: noqa: S608 - the statements are our own, and meant to do harm
"""A run whose database somebody has changed by hand: every command says so, or does its work; none fails as if it were our fault."""

import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from finished import finished_run
from sqlalchemy import Column, Table

from seedgen import open_run, resume
from seedgen.cli import main
from seedgen.cli.commands import items, status
from seedgen.errors import StoreBroken
from seedgen.store.sqlite.tables import Row

COMMANDS = (
    ("status",), ("items", "--verdict", "refused"), ("show", "0.0"), ("check",), ("export", "--out", "o.jsonl"),
    ("regate", "--name", "new"), ("resume", "--max-requests", "30"),
)  # fmt: skip
EXITS = {0, 1, 2, 3, 4, 5}
VALUES: tuple[Any, ...] = (
    None, "", "x", -1, 0, 1, 10**18, 1.5, 9e999, b"\x00", "[1]", "{", "{}", "null", '["x"]', '{"a": 1}', "9" * 5000, "[" * 100_000,
)  # fmt: skip
COLUMNS = [
    (table, column) for table in Row.metadata.sorted_tables for column in table.columns if table.name not in ("evaluation", "vector")
]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that stopped short, so that there is something to resume."""
    return finished_run(tmp_path_factory.mktemp("runs"), target=6, limits={"max_requests": 9}).folder.path


@pytest.fixture
def runs(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(base, tmp_path / "runs" / "done")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "runs"


@contextmanager
def database(runs: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(runs / "done" / "run.db")) as connection, connection:
        yield connection


def scribble(runs: Path, table: Table, column: Column[Any], value: Any, rng: random.Random) -> None:
    """Put a value into one row, if no index forbids it."""
    with database(runs) as connection:
        keys = [f'"{key.name}"' for key in table.primary_key.columns]
        row = rng.choice(connection.execute(f'SELECT {", ".join(keys)} FROM "{table.name}"').fetchall())
        where = " AND ".join(f"{key} = ?" for key in keys)
        connection.execute(f'UPDATE OR IGNORE "{table.name}" SET "{column.name}" = ? WHERE {where}', (value, *row))


def outcome(command: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    name, *rest = command
    code = main([name, "done", *rest, "--runs", "runs"])
    return code, capsys.readouterr().err


@pytest.mark.parametrize("number", range(6))
def test_no_command_fails_over_a_cell_changed_at_random_as_if_it_were_our_fault(
    runs: Path, capsys: pytest.CaptureFixture[str], number: int
) -> None:
    rng = random.Random(number)
    scribble(runs, *rng.choice(COLUMNS), rng.choice(VALUES), rng)
    done = {command[0]: outcome(command, capsys) for command in COMMANDS}
    silent = {name for name, (code, error) in done.items() if code and not error and name != "check"}  # which speaks JSON
    assert (silent, {code for code, _ in done.values()} - EXITS, "this is a bug" in str(done)) == (set(), set(), False)


BY_HAND = [
    ("UPDATE run SET window = 0", "status", "run: window is 0, not from 1 to 1,000,000"),
    ("UPDATE run SET window = 0", "resume", "run: window is 0"),
    ("UPDATE run SET config = '{'", "status", "run: config is '{'"),
    ("UPDATE run SET taxonomy = '[]'", "resume", "run: taxonomy is '[]'"),
    ("UPDATE seed SET instances = '[1]' WHERE pool_index = 0", "resume", "seed 0: instances is '[1]'"),
    ("UPDATE ticket SET aim = '[1]' WHERE ticket = 0", "show", "ticket 0: aim is '[1]'"),
    ("UPDATE ticket SET parents = '[99999]' WHERE ticket = 0", "regate", "ticket 0: parents names 99999, which is not there"),
    ("UPDATE candidate SET found = '[1]' WHERE ticket = 0", "show", "candidate 0.0: found is '[1]'"),
    ("UPDATE candidate SET found = '[1]' WHERE ticket = 0", "export", "candidate 0.0: found is '[1]'"),
    ("UPDATE verdict SET score = 'x' WHERE ticket = 0", "show", "score is 'x', not a number"),
    ("UPDATE ticket SET candidates = '[1]' WHERE ticket = 0", "status", "ticket 0: candidates is '[1]', not a whole number"),
    ("UPDATE item SET instance = '[1]' WHERE ticket = 0 AND ordinal = 0", "regate", "item 0.0.[1]: instance is '[1]', not a whole number"),
    ("UPDATE ticket SET recipe = 'soup' WHERE ticket = 0", "regate", "ticket 0: recipe is 'soup', not a recipe"),
]


@pytest.mark.parametrize(("statement", "command", "says"), BY_HAND)
def test_a_value_written_by_hand_is_named_with_its_place_and_a_remedy(
    runs: Path, capsys: pytest.CaptureFixture[str], statement: str, command: str, says: str
) -> None:
    with database(runs) as connection:
        connection.execute(statement)
    code, error = outcome(next(each for each in COMMANDS if each[0] == command), capsys)
    assert (code, says in error, "run.db: " in error, "restore the run folder from a backup" in error) == (1, True, True, True), error


@pytest.mark.parametrize(
    ("place", "name", "command"), [(items, "print_items", "items"), (status, "print_status", "status"), (status, "report_gate", "status")]
)
def test_a_bug_of_ours_is_told_as_one_whatever_is_in_the_database(
    runs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, place: ModuleType, name: str, command: str
) -> None:
    with database(runs) as connection:
        connection.execute("UPDATE candidate SET found = '{'")
    monkeypatch.setattr(place, name, stumbling)
    assert main([command, "done", "--runs", "runs"]) == 1
    assert capsys.readouterr().err == "seedgen: ValueError: over its own feet\nthis is a bug; run with SEEDGEN_DEBUG=1 for the traceback\n"


def stumbling(*_arguments: object) -> None:
    raise ValueError("over its own feet")


def test_python_is_told_by_the_same_error(runs: Path) -> None:
    with database(runs) as connection:
        connection.execute("UPDATE ticket SET aim = '{' WHERE ticket = 0")
    with pytest.raises(StoreBroken, match=r"ticket 0: aim is"):
        open_run("done", runs).life("0.0")
    with pytest.raises(StoreBroken, match=r"ticket 0: aim is"):
        resume("done", {"limits.max_requests": 30}, runs=runs)
