"""A run of schema 1, made by the version that had it, goes on under the present one as if nothing had changed."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from seedgen import open_run, resume
from seedgen.audit import check_run
from seedgen.folder import RunFolder
from seedgen.store.database import schema_version

GOLDEN = Path(__file__).parent.parent / "golden" / "schema1.db"
TWELVE = "f9c3360a522d7c15f6040ab235a15fc2b4bd22a3bd14ab9ddc6b39f622aef82f"
TWENTY_FOUR = "2cb0ba1292fe7aa87b5b762ee6a26f98f7c62e8f8285a8aadc95999888a86bca"
"""Fingerprints of this run with as many items, recorded with the version that made it."""


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    (tmp_path / "old").mkdir()
    shutil.copyfile(GOLDEN, RunFolder(tmp_path / "old").database)
    return tmp_path


def version(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def test_it_is_read_as_it_is_without_being_changed(runs: Path) -> None:
    report = check_run(open_run("old", runs))
    assert (report.fingerprint, report.accepted, report.problems) == (TWELVE, 12, ())
    assert version(runs / "old" / "run.db") == 1


@pytest.mark.timeout(300)  # the gate of this run has the embedding model
def test_it_is_migrated_beside_a_backup_and_goes_on_to_the_recorded_dataset(runs: Path) -> None:
    ending = resume("old", {"target": 24}, runs=runs)
    report = check_run(open_run("old", runs))
    assert (ending.end, report.fingerprint, report.accepted, report.problems) == ("target", TWENTY_FOUR, 24, ())
    assert [version(runs / "old" / name) for name in ("run.db", "run.db.schema1")] == [schema_version(), 1]


def test_what_its_version_did_not_have_stays_off(runs: Path) -> None:
    resume("old", runs=runs)
    record = open_run("old", runs).summary().record
    assert all(f'"{setting}": false' in record.config for setting in ("requests_only", "secrets"))
