"""Runs where nothing may be written, or some things not be read: read as far as that goes, and what is missing is named."""

from __future__ import annotations

import gc
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from finished import finished_run
from unprivileged import as_nobody, closed, common_ground

from seedgen import open_run, resume
from seedgen.audit import check_run
from seedgen.cli.commands.runs import glance
from seedgen.errors import StoreBroken, UsageError
from seedgen.store.folder import all_runs

GOLDEN = Path(__file__).parent.parent / "golden"


@pytest.fixture
def runs() -> Iterator[Path]:
    """A folder with the run "done", complete in its file, and "crashed", which lacks its shared memory and has all of it in its log."""
    with common_ground() as place:
        done = finished_run(place).folder.path
        with closing(sqlite3.connect(done / "run.db")) as holding:  # so that the last to close does not move the log into the file
            holding.execute("SELECT count(*) FROM item").fetchall()
            resume("done", {"target": 20}, runs=place)
            (place / "crashed").mkdir()
            for name in ("run.db", "run.db-wal", "run.db-committed", "log.jsonl"):
                shutil.copyfile(done / name, place / "crashed" / name)
        for name in ("-wal", "-shm"):
            (done / f"run.db{name}").unlink(missing_ok=True)
        yield place


@pytest.mark.parametrize("name", ["done", "crashed"])
def test_a_whole_run_is_read_where_nothing_may_be_written_and_nothing_is(runs: Path, name: str) -> None:
    check_run(open_run(name, runs))  # nobody may import anything
    shutil.rmtree(runs / name / "control", ignore_errors=True)
    for left in ("-shm", *(["-wal"] if name == "done" else [])):
        (runs / name / f"run.db{left}").unlink(missing_ok=True)
    before = sorted(path.name for path in closed(runs / name).iterdir())
    with as_nobody():
        report, run = check_run(open_run(name, runs)), open_run(name, runs)
        assert (report.accepted, report.problems, len(list(run.accepted())), run.summary().accepted) == (20, (), 20, 20)
    assert sorted(path.name for path in (runs / name).iterdir()) == before


def test_no_copy_is_left_behind(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with common_ground() as place:
        place.chmod(0o777)
        monkeypatch.setattr(tempfile, "tempdir", str(place))
        closed(runs / "crashed")
        with as_nobody():
            assert open_run("crashed", runs).summary().accepted == 20
        gc.collect()
        assert list(place.iterdir()) == []


def test_without_a_place_for_a_copy_that_is_what_is_missing(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed(runs / "crashed")
    monkeypatch.setattr(tempfile, "tempdir", str(runs / "crashed"))
    with as_nobody(), pytest.raises(StoreBroken, match=r"its folder cannot be written to.*Permission denied; name a place.*TMPDIR"):
        open_run("crashed", runs)


@pytest.mark.parametrize("part", ["run.db", "run.db-wal"])
def test_a_file_that_may_not_be_read_is_named_with_what_would_do(runs: Path, part: str) -> None:
    closed(runs / "crashed", 0o755)
    (runs / "crashed" / part).chmod(0)
    with as_nobody(), pytest.raises(StoreBroken, match=rf"/{part}: may not be read by you; ask as the user") as caught:
        open_run("crashed", runs)
    assert "backup" not in str(caught.value)


def test_a_folder_that_may_not_be_looked_into_stands_in_the_list_of_runs(runs: Path) -> None:
    (runs / "done").chmod(0)
    with as_nobody():
        glances = {folder.name: glance(folder) for folder in all_runs(runs)}
    assert "done" in glances
    assert "cannot be looked at: Permission denied; ask as the user" in str(glances["done"])
    assert not isinstance(glances["crashed"], str)


def test_a_run_by_name_that_may_not_be_looked_at_is_said_to_be_that(runs: Path) -> None:
    (runs / "done").chmod(0)
    with as_nobody(), pytest.raises(UsageError, match="cannot be looked at: Permission denied; ask as the user"):
        open_run("done", runs)


@pytest.mark.parametrize("name", ["done", "crashed"])
def test_a_run_cannot_go_on_there_and_that_is_what_is_said(runs: Path, name: str) -> None:
    closed(runs / name)
    with as_nobody(), pytest.raises(UsageError, match="Permission denied; make the run folder writable"):
        resume(name, {"target": 30}, runs=runs)


@pytest.mark.parametrize("schema", [1, 3])
def test_an_older_run_is_read_there_too(runs: Path, schema: int) -> None:
    (runs / "old").mkdir()
    shutil.copyfile(GOLDEN / f"schema{schema}.db", runs / "old" / "run.db")
    closed(runs / "old")
    with as_nobody():
        assert open_run("old", runs).summary().accepted == 12
