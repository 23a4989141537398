"""Runs of earlier schemas, made by the versions that had them, go on under the present one as if nothing had changed."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from seedgen import open_run, resume
from seedgen.audit import check_run
from seedgen.errors import StoreBroken
from seedgen.store.folder import RunFolder
from seedgen.store.sqlite.database import schema_version

GOLDEN = Path(__file__).parent.parent / "golden"
FINGERPRINTS = {
    1: (
        "f9c3360a522d7c15f6040ab235a15fc2b4bd22a3bd14ab9ddc6b39f622aef82f",
        "0a9fe3aacb76c13778ead5eae50f80b7e5edcf4fc2a2c44340f827e19aaf91b9",
    ),
    2: (
        "17440928267a1e548fa8f108fec39b0303ab1e55e3ea6f5acd7d3fe42ede0090",
        "c2ab6032f2b4a26971c3d49ded434ad401d3d195de51c6eb0170e2826837f97d",
    ),
    4: (
        "5a304dbe4eb38bc8a15d52927b6239acd4f9f98d6eb2dcd6df05f855a0bbd07b",
        "52e6f7b64f4c377c1df000983e8d0aaa3fc55580037b97cc58dcc69bf91f7c97",
    ),
    3: (
        "5a304dbe4eb38bc8a15d52927b6239acd4f9f98d6eb2dcd6df05f855a0bbd07b",
        "52e6f7b64f4c377c1df000983e8d0aaa3fc55580037b97cc58dcc69bf91f7c97",
    ),
}
"""Of the run with 12 items and with 24, by schema; recorded with the version that made it. The 24 of schema 1 are those of today's rules of
reading: an answer of its open tickets ends in <|im_end|>, which was a leaked marker then, and is cut off now.
"""


@pytest.fixture(params=FINGERPRINTS)
def schema(request: pytest.FixtureRequest, tmp_path: Path) -> int:
    """The run "old" of this schema, in `tmp_path`."""
    (tmp_path / "old").mkdir()
    shutil.copyfile(GOLDEN / f"schema{request.param}.db", RunFolder(tmp_path / "old").database)
    return int(request.param)


def version(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def test_there_is_one_of_every_earlier_schema() -> None:
    assert sorted(FINGERPRINTS) == list(range(1, schema_version()))


def test_it_is_read_as_it_is_without_being_changed(schema: int, tmp_path: Path) -> None:
    report = check_run(open_run("old", tmp_path))
    assert (report.fingerprint, report.accepted, report.problems) == (FINGERPRINTS[schema][0], 12, ())
    assert version(tmp_path / "old" / "run.db") == schema


def test_it_is_migrated_beside_a_backup_and_goes_on_to_the_recorded_dataset(schema: int, tmp_path: Path) -> None:
    ending = resume("old", {"target": 24}, runs=tmp_path)
    report = check_run(open_run("old", tmp_path))
    assert (ending.end, report.fingerprint, report.accepted, report.problems) == ("target", FINGERPRINTS[schema][1], 24, ())
    assert [version(tmp_path / "old" / name) for name in ("run.db", f"run.db.schema{schema}")] == [schema_version(), schema]


def test_its_last_start_is_remembered(schema: int, tmp_path: Path) -> None:
    record = open_run("old", tmp_path).summary().record
    assert (record.starts, record.end, record.started_with, bool(record.started_at and record.ended_at)) == (1, "target", 0, True)


@pytest.mark.parametrize("schema", [1], indirect=True)
def test_what_its_version_did_not_have_stays_off(schema: int, tmp_path: Path) -> None:
    resume("old", runs=tmp_path)
    record = open_run("old", tmp_path).summary().record
    assert all(f'"{setting}": false' in record.config for setting in ("requests_only", "secrets"))


def test_one_of_a_newer_schema_is_refused(schema: int, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "old" / "run.db")) as connection:
        connection.execute(f"PRAGMA user_version = {schema_version() + 1}")
    with pytest.raises(StoreBroken, match="made by a newer seedgen"):
        open_run("old", tmp_path)
