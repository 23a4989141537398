"""Opening a run's database: for the one process that writes, or for any number that read.

SQLite in WAL mode. The writer has the only writing connection, begins with BEGIN IMMEDIATE (a deferred upgrade ignores the busy
timeout) and is the only one to checkpoint; readers are read-only. The schema's version is `user_version`; an older database is backed
up and migrated when it is opened for writing, a newer one is refused.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool, StaticPool

from seedgen.errors import StoreBroken, UsageError
from seedgen.failpoints import failpoint
from seedgen.store.files import odd, sync, sync_names
from seedgen.store.sqlite.checked_rows import CheckedConnection
from seedgen.store.sqlite.committed import noted, refuse_loss
from seedgen.store.sqlite.damage import UNREADABLE, Damaged, damage
from seedgen.store.sqlite.migrations import MIGRATIONS
from seedgen.store.sqlite.tables import VIEWS, Row

BUSY_SECONDS = 10
SMALLEST_PAGE = 512
ROOM = 65_536
"""Bytes without which no database can be worked on."""
EDITED = "seedgen did not write that: restore the run folder from a backup (seedgen check tells of all that is wrong)"
FULL = "free some disk space and start again: nothing that was saved is lost"
UNWRITABLE = "the run folder and all its files must be readable and writable for you; make them so, or copy the whole folder"
CONNECTING = {"check_same_thread": False, "timeout": BUSY_SECONDS, "factory": CheckedConnection}


def schema_version() -> int:
    return 1 + len(MIGRATIONS)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Database errors as `StoreBroken`, naming the file and what would do; a `Damaged` value, too, with its place."""
    try:
        yield
    except Damaged as exc:
        with open_reader(path, sqlite3.Connection).connect() as connection:
            found = next(damage(connection), None)
        if found is None:  # so reading it failed by our own fault
            raise (exc.__cause__ or exc) from None
        raise StoreBroken(f"{path}: {found}; {EDITED}") from exc
    except (SQLAlchemyError, sqlite3.Error, OSError) as exc:
        cause = str(getattr(exc, "orig", None) or exc)
        raise StoreBroken(f"{path}: {cause}; {FULL if no_room(path, cause) else remedy(cause)}") from exc


def no_room(path: Path, cause: str) -> bool:
    """Whether a failing disk is just a full one: SQLite says so of its files, but not of the memory it shares."""
    with suppress(OSError):
        return "disk I/O" in cause and shutil.disk_usage(path.parent).free < ROOM
    return False


def remedy(cause: str) -> str:
    known = {
        "full": FULL,
        "No space left": FULL,
        "quota": FULL,
        "File too large": "the disk takes no larger file; move the run to another one: nothing that was saved is lost",
        "disk I/O": "check the disk and start again: nothing that was saved is lost",
        "locked": "another program holds the database; close it and start again",
        "readonly": UNWRITABLE,
        "Read-only": "the disk is mounted read-only; copy the run folder, with all its files, to one that is not",
        "Permission denied": UNWRITABLE,
        "unable to open": UNWRITABLE,
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
        roll_back(path)
    version = inspected(path, reading_engine(path), new=True)
    engine = create_engine(f"sqlite:///{path}", poolclass=StaticPool, connect_args=CONNECTING)
    event.listen(engine, "connect", _prepare_writer)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    with translated(path):
        if version == 0:
            create(engine)
        elif version < schema_version():
            migrate(engine, path, version)
    return engine


def open_reader(path: Path, factory: type[sqlite3.Connection] = CheckedConnection) -> Engine:
    """An engine that can only read; one of an earlier schema is read from a migrated copy in memory.

    What it reads is checked as it comes out, unless another factory is given. Raises `UsageError` if there is no such database,
    `StoreBroken` if it cannot be read.
    """
    expect_readable(path)
    engine = reading_engine(path, factory)
    version = inspected(path, engine, new=False)
    return engine if version == schema_version() else migrated_copy(path, version, engine, factory)


def expect_readable(path: Path) -> None:
    """Raise `UsageError` if there is no such database, `StoreBroken` if it, or its log, is no plain file or may not be read.

    Nothing is opened: to close a file of a database lets go of all locks that this process has on it.
    """
    for part in (path, *(path.with_name(f"{path.name}{suffix}") for suffix in ("-wal", "-journal"))):
        try:
            if what := odd(part):
                raise StoreBroken(f"{part}: {what}, which seedgen does not follow; the file itself must lie there")
        except OSError as exc:
            raise StoreBroken(f"{part}: cannot be looked at: {exc.strerror}; ask as the user whose run it is") from exc
        if part.exists() and not allowed(part, os.R_OK):
            raise StoreBroken(f"{part}: may not be read by you; ask as the user whose run it is, or have it made readable")
    if not path.exists():
        raise UsageError(f"{path.parent}: no run here (no {path.name})")


def allowed(path: Path, mode: int) -> bool:
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


def roll_back(path: Path) -> None:
    """Undo what was cut off while the database was being put into WAL mode: the one time it has a journal, which no reader may undo."""
    if path.with_name(f"{path.name}-journal").exists():
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master")


def inspected(path: Path, engine: Engine, *, new: bool) -> int:
    """The version of a database that is ours and whole; 0 of an empty one, if it may be `new`. Raises `StoreBroken`.

    It is only read: the last writer to leave a database moves the log into the file, and what is refused is to stay as it was found.
    """
    before = noted(path)
    with translated(path):
        if path.stat().st_size < SMALLEST_PAGE:
            refuse_loss(path, before, None)  # beside such a file SQLite would remove the log
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            version = _version(connection)
            empty = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one() == 0
            refuse_unknown(path, version, empty and new)
            refuse_loss(path, before, None if empty else connection)
    return version


def version_of(path: Path) -> int:
    """The schema that the database in this file has. Raises `StoreBroken`."""
    with translated(path), reading_engine(path).connect() as connection:
        return _version(connection)


def migrated_copy(path: Path, version: int, found: Engine, factory: type[sqlite3.Connection]) -> Engine:
    """The database of an earlier schema, which was `found` there, as it would be after `migrate`, in memory."""
    copy = sqlite3.connect(":memory:", check_same_thread=False, factory=factory)
    with translated(path), found.connect() as old:
        cast(sqlite3.Connection, old.connection.driver_connection).backup(copy)
    copy.isolation_level = None
    engine = create_engine("sqlite://", poolclass=StaticPool, creator=lambda: copy)
    with translated(path):
        bring_up(engine, path, version)
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
    """Bring an older database up, in one transaction, after copying it to `<name>.schema<version>`, which is there whole or not at all."""
    failpoint("migrate.copying")
    copy = path.with_name(f"{path.name}.copying")
    discard(copy)
    try:
        with closing(sqlite3.connect(path)) as old, closing(sqlite3.connect(copy)) as backup:
            old.backup(backup)
        settle(copy)
        copy.replace(path.with_name(f"{path.name}.schema{version}"))
        sync_names(path.parent)
    finally:
        discard(copy)
    failpoint("migrate.copied")
    bring_up(engine, path, version)
    failpoint("migrate.done")


def settle(path: Path) -> None:
    """Have the whole of a database that nobody uses in its one file, sound and durable, so that the file may be moved.

    Raises `StoreBroken`: closing alone would leave in the log, without a word, what the disk did not take.
    """
    with translated(path):
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        with closing(
            sqlite3.connect(f"{path.resolve().as_uri()}?immutable=1", uri=True)
        ) as alone:  # without its log, if there still is one
            found = str(alone.execute("PRAGMA integrity_check(1)").fetchone()[0])
        if found != "ok" or log_of(path):
            raise StoreBroken(f"{path}: could not be written whole ({found}); {FULL}")
        sync(path)


def log_of(path: Path) -> bool:
    """Whether a database has a log with something in it."""
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size > 0


def discard(database: Path) -> None:
    """Remove a database with all that lies beside it under its name."""
    for suffix in ("", "-wal", "-shm", "-journal", "-committed"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)


def bring_up(engine: Engine, path: Path, version: int) -> None:
    """Raises `StoreBroken` if the database of that file and version holds what no step can read."""
    with engine.begin() as connection:
        for name in VIEWS:
            connection.execute(text(f"DROP VIEW IF EXISTS {name}"))
        for step in MIGRATIONS[version - 1 :]:
            try:
                step(connection)
            except UNREADABLE as exc:
                raise StoreBroken(f"{path}: cannot be brought up from schema {version}: {type(exc).__name__}: {exc}; {EDITED}") from exc
            failpoint("migrate.step")
        create_views(connection)
        failpoint("migrate.stamping")
        _stamp(connection, schema_version())


def _version(connection: Connection) -> int:
    return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())


def _stamp(connection: Connection, version: int) -> None:
    connection.exec_driver_sql(f"PRAGMA user_version = {version}")


def reading_engine(path: Path, factory: type[sqlite3.Connection] = sqlite3.Connection) -> Engine:
    """An engine that can only read, from a copy where the folder does not take what reading takes. Raises `StoreBroken`."""
    copy = copied(path) if needs_copy(path) else None
    engine = create_engine("sqlite://", poolclass=NullPool, creator=lambda: connected(copy or path, factory))
    if copy:
        weakref.finalize(engine, shutil.rmtree, copy.parent, ignore_errors=True)
    return engine


def needs_copy(path: Path) -> bool:
    """Whether a log must be read in a folder where nothing can be written, and the shared memory that SQLite needs for it is not there."""
    unfinished = log_of(path) and not path.with_name(f"{path.name}-shm").exists()
    return (unfinished or path.with_name(f"{path.name}-journal").exists()) and not allowed(path.parent, os.W_OK)


def copied(path: Path) -> Path:
    """A copy of a database and its log, in a new folder of its own. Raises `StoreBroken`."""
    try:
        place = Path(tempfile.mkdtemp(prefix="seedgen-"))
    except OSError as exc:
        raise no_copy(path, exc) from exc
    try:
        for suffix in ("", "-wal", "-journal"):
            with suppress(FileNotFoundError):
                shutil.copyfile(path.with_name(path.name + suffix), place / f"{path.name}{suffix}", follow_symlinks=False)
        roll_back(place / path.name)
    except OSError as exc:
        shutil.rmtree(place, ignore_errors=True)
        raise no_copy(path, exc) from exc
    return place / path.name


def no_copy(path: Path, exc: OSError) -> StoreBroken:
    return StoreBroken(
        f"{path}: its folder cannot be written to, so what its job left in the log can be read from a copy alone, and none can be made: "
        f"{exc.strerror or exc}; name a place with room for it in TMPDIR, or copy the whole run folder yourself"
    )


def connected(path: Path, factory: type[sqlite3.Connection] = sqlite3.Connection) -> sqlite3.Connection:
    uri = f"{path.resolve().as_uri()}?mode=ro"
    if not allowed(path.parent, os.W_OK) and not log_of(path):
        uri += "&immutable=1"  # SQLite cannot make the shared memory file that reading in WAL mode takes
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, check_same_thread=False, factory=factory)
    _add_functions(connection)
    return connection


def _add_functions(connection: sqlite3.Connection) -> None:
    connection.create_function("lower", 1, lambda text: text and text.lower(), deterministic=True)  # SQLite's own knows ASCII only


def _prepare_writer(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun by the "begin" event, not behind our back
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
