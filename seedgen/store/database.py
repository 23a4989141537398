"""Opening a run's database: for the one process that writes, or for any number that read.

SQLite in WAL mode. The writer has the only writing connection, begins with BEGIN IMMEDIATE (a deferred upgrade ignores the busy
timeout) and is the only one to checkpoint; readers are read-only. The schema's version is `user_version`; an older database is backed
up and migrated when it is opened for writing, a newer one is refused.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool, StaticPool

from seedgen.errors import StoreBroken, UsageError
from seedgen.store.migrations import MIGRATIONS
from seedgen.store.tables import VIEWS, Row

BUSY_SECONDS = 10


def schema_version() -> int:
    return 1 + len(MIGRATIONS)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Database errors as `StoreBroken`, naming the file and what would do."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as exc:
        cause = str(getattr(exc, "orig", None) or exc)
        raise StoreBroken(f"{path}: {cause}; {remedy(cause)}") from exc


def remedy(cause: str) -> str:
    known = {
        "full": "free some disk space and start again: nothing that was saved is lost",
        "disk I/O": "check the disk and start again: nothing that was saved is lost",
        "locked": "another program holds the database; close it and start again",
        "readonly": "make the run folder writable",
        "Read-only": "the disk is mounted read-only; copy the run folder elsewhere",
        "malformed": "the file is damaged; restore it from a backup, or salvage it with: sqlite3 run.db .recover",
        "not a database": "the file is damaged or no seedgen run; restore it from a backup",
        "no such table": "the file is no seedgen run, or was cut short; restore it from a backup",
    }
    return next((advice for sign, advice in known.items() if sign in cause), "the run folder may need restoring from a backup")


def open_writer(path: Path) -> Engine:
    """An engine with one connection that may write; makes the database if there is none, migrates an older one.

    Raises `StoreBroken`.
    """
    with translated(path):
        path.touch(mode=0o600)
    engine = create_engine(f"sqlite:///{path}", poolclass=StaticPool, connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_writer)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    with translated(path):
        with engine.connect() as connection:
            version = _version(connection)
            empty = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one() == 0
        refuse_unknown(path, version, empty)
        if version == 0:
            create(engine)
        elif version < schema_version():
            migrate(engine, path, version)
    return engine


def open_reader(path: Path) -> Engine:
    """An engine that can only read; one of an earlier schema is read from a migrated copy in memory.

    Raises `UsageError` if there is no such database, `StoreBroken` if it cannot be read.
    """
    if not path.is_file():
        raise UsageError(f"{path.parent}: no run here (no {path.name})")
    uri = f"{path.resolve().as_uri()}?mode=ro"
    if not os.access(path.parent, os.W_OK) and not path.with_name(f"{path.name}-wal").exists():
        uri += "&immutable=1"  # SQLite cannot make the shared memory file that reading in WAL mode takes
    engine = create_engine("sqlite://", poolclass=NullPool, creator=lambda: _reading(uri))
    with translated(path), engine.connect() as connection:
        version = _version(connection)
    refuse_unknown(path, version, empty=False)
    return engine if version == schema_version() else migrated_copy(uri, path, version)


def migrated_copy(uri: str, path: Path, version: int) -> Engine:
    """The database of an earlier schema as it would be after `migrate`, in memory."""
    copy = sqlite3.connect(":memory:", check_same_thread=False)
    with translated(path), closing(_reading(uri)) as old:
        old.backup(copy)
    copy.isolation_level = None
    engine = create_engine("sqlite://", poolclass=StaticPool, creator=lambda: copy)
    with translated(path):
        bring_up(engine, version)
    _add_functions(copy)
    return engine


def refuse_unknown(path: Path, version: int, empty: bool) -> None:
    """Raise `StoreBroken` for a database that is not ours, or is newer than we are."""
    if version > schema_version():
        raise StoreBroken(f"{path}: made by a newer seedgen (schema {version}, this one knows {schema_version()}); upgrade seedgen")
    if version < 0 or (version == 0 and not empty):
        raise StoreBroken(f"{path}: empty or no seedgen run; start it again with seedgen run, or restore it from a backup")


def create(engine: Engine) -> None:
    with engine.begin() as connection:
        Row.metadata.create_all(connection)
        create_views(connection)
        _stamp(connection, schema_version())


def create_views(connection: Connection) -> None:
    for name, query in VIEWS.items():
        connection.execute(text(f"CREATE VIEW {name} AS {query}"))


def migrate(engine: Engine, path: Path, version: int) -> None:
    """Bring an older database up, in one transaction, after copying it to `<name>.schema<version>`."""
    with closing(sqlite3.connect(path)) as old, closing(sqlite3.connect(path.with_name(f"{path.name}.schema{version}"))) as backup:
        old.backup(backup)
    bring_up(engine, version)


def bring_up(engine: Engine, version: int) -> None:
    with engine.begin() as connection:
        for name in VIEWS:
            connection.execute(text(f"DROP VIEW IF EXISTS {name}"))
        for step in MIGRATIONS[version - 1 :]:
            step(connection)
        create_views(connection)
        _stamp(connection, schema_version())


def _version(connection: Connection) -> int:
    return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())


def _stamp(connection: Connection, version: int) -> None:
    connection.exec_driver_sql(f"PRAGMA user_version = {version}")


def _reading(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS)
    _add_functions(connection)
    return connection


def _add_functions(connection: sqlite3.Connection) -> None:
    connection.create_function("lower", 1, lambda text: text and text.lower(), deterministic=True)  # SQLite's own knows ASCII only


def _prepare_writer(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun by the "begin" event, not behind our back
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
