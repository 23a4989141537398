"""A disk that is full: nothing half written takes the place of anything, and what is told is that the disk is full."""

import errno
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from finished import finished_run

from seedgen import failpoints, open_run, regate, resume
from seedgen.audit import check_run
from seedgen.errors import StoreBroken
from seedgen.store.files import put_whole
from seedgen.store.sqlite.database import FULL, remedy, settle

SCHEMA_3 = Path(__file__).parent.parent / "golden" / "schema3.db"


@contextmanager
def small_disk(place: Path, size: int) -> Iterator[Path]:
    """A disk of so many bytes, where this process may make one."""
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("only a machine's owner may make disks")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def filled(disk: Path, room: int) -> None:
    """Leave so many bytes free."""
    free = os.statvfs(disk)
    (disk / "filling").write_bytes(b"x" * max(0, free.f_bavail * free.f_frsize - room))


def outcome(work: Callable[[], object]) -> str:
    try:
        work()
    except StoreBroken as exc:
        return "full" if FULL in str(exc) else str(exc)
    return "done"


def test_regating_ends_in_a_sound_run_or_in_none_however_little_room_there_is(tmp_path: Path) -> None:
    base = finished_run(tmp_path / "runs").folder.path
    size = sum(path.stat().st_size for path in base.iterdir() if path.is_file())
    ends = set()
    for tenths in (1, 8, 12, 16, 20, 30, 60):
        with small_disk(tmp_path / f"disk{tenths}", size * 10 + 500_000) as disk:
            shutil.copytree(base, disk / "runs" / "done")
            filled(disk, size * tenths // 10)
            end = outcome(lambda runs=disk / "runs": regate("done", {"gate.rouge.threshold": 0.6}, "new", runs=runs))  # type: ignore[misc]
            there = (disk / "runs" / "new" / "run.db").exists()
            assert (end, there) == (("done", True) if there else ("full", False))
            assert not there or check_run(open_run("new", disk / "runs")).problems == ()
            ends.add(end)
    assert ends == {"done", "full"}


def test_a_migration_on_a_full_disk_leaves_the_run_as_it_was_and_goes_on_with_room(tmp_path: Path) -> None:
    for room in (0, 150_000):
        with small_disk(tmp_path / f"disk{room}", 8_000_000) as disk:
            (disk / "old").mkdir()
            shutil.copyfile(SCHEMA_3, disk / "old" / "run.db")
            filled(disk, room)
            ends = [outcome(lambda runs=disk: resume("old", {"target": 13}, runs=runs))]  # type: ignore[misc]
            (disk / "filling").unlink()
            ends.append(resume("old", {"target": 13}, runs=disk).end)
            assert (ends, check_run(open_run("old", disk)).problems) == (["full", "target"], ())


def test_a_settled_database_has_everything_in_one_file(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "at work.db")) as writer:
        writer.executescript("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (x); INSERT INTO t VALUES (1)")
        for suffix in ("", "-wal"):
            shutil.copyfile(tmp_path / f"at work.db{suffix}", tmp_path / f"a.db{suffix}")
    settle(tmp_path / "a.db")
    (tmp_path / "a.db").rename(tmp_path / "b.db")
    with closing(sqlite3.connect(tmp_path / "b.db")) as moved:
        assert moved.execute("SELECT x FROM t").fetchall() == [(1,)]


def test_a_draft_that_is_not_sound_becomes_no_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finished_run(tmp_path)

    def spoil(point: str) -> None:
        if point == "regate.drafted":
            os.truncate(tmp_path / "new" / "draft.db", 65_536)

    monkeypatch.setattr(failpoints, "hook", spoil)
    with pytest.raises(StoreBroken):
        regate("done", {"gate.rouge.threshold": 0.6}, "new", runs=tmp_path)
    assert not (tmp_path / "new").exists()


def test_no_new_run_is_put_beside_the_log_of_another(tmp_path: Path) -> None:
    finished_run(tmp_path)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "run.db-wal").write_bytes(b"what a lost database had not yet taken in")
    with pytest.raises(StoreBroken, match="without its database"):
        regate("done", {"gate.rouge.threshold": 0.6}, "new", runs=tmp_path)
    assert [path.name for path in (tmp_path / "new").iterdir() if path.name != "lock"] == ["run.db-wal"]


def test_a_file_that_cannot_be_written_whole_stays_as_it_was_with_nothing_beside_it(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 65_536) as disk:
        put_whole(disk / "it", b"old")
        with suppress(OSError):
            put_whole(disk / "it", b"x" * 100_000)
        assert {path.name: path.read_bytes() for path in disk.iterdir()} == {"it": b"old"}


@pytest.mark.parametrize("cause", ["database or disk is full", os.strerror(errno.ENOSPC), os.strerror(errno.EDQUOT)])
def test_a_full_disk_is_called_full_in_whatever_words_it_is_told(cause: str) -> None:
    assert remedy(cause) == FULL
