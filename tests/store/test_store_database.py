import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from seedgen import open_run
from seedgen.errors import StoreBroken, UsageError
from seedgen.store.sqlite.database import open_reader, open_writer, schema_version

SCHEMA_1 = Path(__file__).parent.parent / "golden" / "schema1.db"
"""A run of 12 items, made by the first version of the schema."""


def test_a_new_database_is_for_its_owner_alone_and_synced_on_every_commit(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    with open_writer(path).connect() as connection:
        pragmas = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous", "foreign_keys")}
    assert (pragmas, oct(path.stat().st_mode & 0o777)) == ({"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}, "0o600")


def test_it_reads_well_in_any_sqlite_browser(tmp_path: Path) -> None:
    open_writer(tmp_path / "run.db").dispose()
    with sqlite3.connect(tmp_path / "run.db") as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")}
    assert names == {
        "run", "start", "seed", "template", "ticket", "call", "answer", "candidate", "verdict", "item", "vector",
        "evaluation", "mark", "pool", "accepted_items", "refusals",
    }  # fmt: skip


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    open_writer(tmp_path / "run.db").dispose()
    with pytest.raises(Exception, match="readonly"), open_reader(tmp_path / "run.db").connect() as connection:
        connection.execute(text("DELETE FROM run"))


def test_a_missing_database_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no run here"):
        open_reader(tmp_path / "run.db")


@pytest.mark.parametrize("opener", [open_reader, open_writer])
@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda p: p.write_bytes(b"hello, I am no database" * 100), "not a database"),
        (lambda p: sqlite3.connect(p).execute("PRAGMA user_version = 999"), "newer seedgen"),
        (lambda p: sqlite3.connect(p).execute("PRAGMA user_version = -3"), "no seedgen run"),
        (lambda p: sqlite3.connect(p).execute("PRAGMA user_version = 0"), "no seedgen run"),
    ],
)
def test_a_file_that_is_no_run_of_ours_is_refused(
    tmp_path: Path, opener: Callable[[Path], object], spoil: Callable[[Path], object], says: str
) -> None:
    path = tmp_path / "run.db"
    open_writer(path).dispose()
    for extra in ("run.db-wal", "run.db-shm"):
        (tmp_path / extra).unlink(missing_ok=True)
    spoil(path)
    with pytest.raises(StoreBroken, match=says) as caught:
        opener(path)
    assert str(path) in str(caught.value)


def test_an_older_database_is_copied_before_it_is_migrated(tmp_path: Path) -> None:
    shutil.copy(SCHEMA_1, tmp_path / "run.db")
    open_writer(tmp_path / "run.db").dispose()
    with sqlite3.connect(tmp_path / "run.db") as new, sqlite3.connect(tmp_path / "run.db.schema1") as old:
        versions = [c.execute("PRAGMA user_version").fetchone()[0] for c in (old, new)]
        columns = [{row[1] for row in c.execute("PRAGMA table_info(candidate)")} & {"category_evidence", "found"} for c in (old, new)]
    assert (versions, columns) == ([1, schema_version()], [{"category_evidence"}, {"found"}])


def test_a_migrated_database_has_the_tables_and_views_of_a_new_one(tmp_path: Path) -> None:
    shutil.copy(SCHEMA_1, tmp_path / "old.db")
    shapes = []
    for name in ("old.db", "new.db"):
        open_writer(tmp_path / name).dispose()
        with sqlite3.connect(tmp_path / name) as database:
            tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name")]
            shapes.append({table: {row[1] for row in database.execute(f"PRAGMA table_info({table})")} for table in tables})
    assert shapes[0] == shapes[1]


def test_an_older_database_is_read_without_being_changed(tmp_path: Path) -> None:
    shutil.copy(SCHEMA_1, tmp_path / "run.db")
    with open_reader(tmp_path / "run.db").connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM accepted_items WHERE tier IS NULL")).scalar_one() == 12
    assert (tmp_path / "run.db").read_bytes() == SCHEMA_1.read_bytes()


def test_an_older_database_that_cannot_be_brought_up_says_why(tmp_path: Path) -> None:
    shutil.copy(SCHEMA_1, tmp_path / "run.db")
    with closing(sqlite3.connect(tmp_path / "run.db")) as connection, connection:
        connection.execute("UPDATE run SET config = '{'")
    with pytest.raises(StoreBroken, match=r"run\.db: cannot be brought up from schema 1: JSONDecodeError"):
        open_reader(tmp_path / "run.db")


@pytest.mark.parametrize("schema", ["schema1.db", "schema2.db"])
def test_a_value_that_no_seedgen_wrote_gets_no_further_than_the_query(tmp_path: Path, schema: str) -> None:
    (tmp_path / "it").mkdir()
    shutil.copy(SCHEMA_1.with_name(schema), tmp_path / "it" / "run.db")
    with closing(sqlite3.connect(tmp_path / "it" / "run.db")) as connection, connection:
        connection.execute("UPDATE candidate SET category = x'00' WHERE ticket = 1 AND ordinal = 0")
    with pytest.raises(StoreBroken, match=r"candidate 1\.0: category is 1 bytes, not text"):
        open_run("it", tmp_path).items()


def test_what_fails_beside_the_reading_is_no_damage(tmp_path: Path) -> None:
    (tmp_path / "it").mkdir()
    shutil.copy(SCHEMA_1, tmp_path / "it" / "run.db")
    with pytest.raises(ValueError, match="over its own feet"), open_run("it", tmp_path).snapshot():
        raise ValueError("over its own feet")


def test_a_folder_that_cannot_be_written_to_is_an_error_naming_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreBroken, match=r"file/run\.db: .*Not a directory"):
        open_writer(tmp_path / "file" / "run.db")


def test_a_run_that_was_never_truly_started_says_so(tmp_path: Path) -> None:
    (tmp_path / "it").mkdir()
    open_writer(tmp_path / "it" / "run.db").dispose()
    with pytest.raises(StoreBroken, match="never truly started"):
        open_run("it", tmp_path).summary()
