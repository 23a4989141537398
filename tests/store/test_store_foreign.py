"""A run's folder from somebody else, with links and pipes among its files: none is followed, and none is waited for."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from finished import finished_run

from seedgen import open_run, resume
from seedgen.cli.commands.runs import glance
from seedgen.errors import SeedgenError, StoreBroken, UsageError
from seedgen.runs.heartbeat import FILE as LIVE
from seedgen.runs.heartbeat import last_heartbeat
from seedgen.runs.log import FILE as LOG
from seedgen.runs.log import Log, last_entries
from seedgen.store.files import put_whole, read_plain
from seedgen.store.folder import RunFolder, all_runs

ODD: dict[str, Callable[[Path, Path], object]] = {
    "a link": lambda path, target: path.symlink_to(target),
    "a pipe": lambda path, _: os.mkfifo(path),
    "a folder": lambda path, _: path.mkdir(),
}
odd = pytest.mark.parametrize("put", ODD.values(), ids=ODD)


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return finished_run(tmp_path / "runs").folder


@odd
@pytest.mark.parametrize("name", ["run.db", "run.db-wal", "run.db-journal"])
def test_a_database_is_a_plain_file(run: RunFolder, tmp_path: Path, name: str, put: Callable[[Path, Path], object]) -> None:
    aside = shutil.copyfile(run.database, tmp_path / "aside")
    (run.path / name).unlink(missing_ok=True)
    put(run.path / name, aside)
    with pytest.raises(StoreBroken, match=f"{name}: is "):
        open_run("done", run.path.parent)
    with pytest.raises(SeedgenError, match=f"{name}: is "):
        resume("done", {"target": 20}, runs=run.path.parent)
    [listed] = map(glance, all_runs(run.path.parent))
    assert "does not follow" in str(listed)


@odd
@pytest.mark.parametrize("name", ["lock", LIVE, LOG, f"{LOG}.1", "run.db-committed", "stderr.txt", "control"])
def test_runs_are_listed_whatever_else_lies_there(run: RunFolder, tmp_path: Path, name: str, put: Callable[[Path, Path], object]) -> None:
    if (run.path / name).is_dir():
        shutil.rmtree(run.path / name)
    (run.path / name).unlink(missing_ok=True)
    put(run.path / name, tmp_path / "nowhere")
    [listed] = map(glance, all_runs(run.path.parent))
    assert not isinstance(listed, str)


@odd
def test_a_heartbeat_is_no_link_and_no_pipe(run: RunFolder, tmp_path: Path, put: Callable[[Path, Path], object]) -> None:
    (run.path / LIVE).rename(tmp_path / "aside")
    put(run.path / LIVE, tmp_path / "aside")
    assert last_heartbeat(run) is None


@odd
def test_a_log_that_is_none_is_told_of_and_not_read(run: RunFolder, tmp_path: Path, put: Callable[[Path, Path], object]) -> None:
    (run.path / LOG).rename(tmp_path / "aside")
    put(run.path / LOG, tmp_path / "aside")
    with pytest.raises(UsageError, match=rf"{LOG}: is .*, and no log; move it away"):
        last_entries(run.path, 0)


@odd
def test_nor_is_it_written_to_but_once_it_is_away_the_log_goes_on(tmp_path: Path, put: Callable[[Path, Path], object]) -> None:
    said: list[str] = []
    (tmp_path / "victim").write_text("dear")
    put(tmp_path / LOG, tmp_path / "victim")
    with Log(tmp_path, lambda: "now", said.append) as log:
        log.write(event="one")
        (tmp_path / LOG).rename(tmp_path / "away")
        log.write(event="two")
    assert (len(said), [entry["event"] for entry in last_entries(tmp_path, 0)], (tmp_path / "victim").read_text()) == (1, ["two"], "dear")


def test_a_log_that_is_deleted_while_it_is_written_is_made_again(tmp_path: Path) -> None:
    with Log(tmp_path, lambda: "now", print) as log:
        log.write(event="one")
        (tmp_path / LOG).unlink()
        log.write(event="two")
    assert [entry["event"] for entry in last_entries(tmp_path, 0)] == ["two"]


def test_what_is_written_whole_follows_no_link_that_waits_beside_it(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("dear")
    (tmp_path / "it.new").symlink_to(tmp_path / "victim")
    put_whole(tmp_path / "it", b"new")
    assert ((tmp_path / "victim").read_text(), read_plain(tmp_path / "it")) == ("dear", b"new")


def test_orders_are_not_taken_from_a_linked_folder_and_nothing_there_is_touched(run: RunFolder, tmp_path: Path) -> None:
    shutil.rmtree(run.path / "control", ignore_errors=True)
    (tmp_path / "elsewhere").mkdir(mode=0o755)
    (tmp_path / "elsewhere" / "00000000000000000001-00000000.order").write_text("{}")
    (run.path / "control").symlink_to(tmp_path / "elsewhere")
    assert resume("done", {"target": 20}, runs=run.path.parent).end == "target"
    left = [path.name for path in (tmp_path / "elsewhere").iterdir()]
    assert (left, oct((tmp_path / "elsewhere").stat().st_mode & 0o777)) == (["00000000000000000001-00000000.order"], "0o755")
