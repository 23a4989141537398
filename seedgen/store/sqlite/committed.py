"""What a database has committed, noted in a file beside it, and the two losses that SQLite passes over in silence.

A write-ahead log that lost its end, or is gone, is no error to SQLite: the database is just older. So the writing thread notes after
each commit, before anyone is told of it, how many rows there are (`<name>-committed`, one line of JSON, overwritten in place). The note
may lag behind the database, after a power cut, but never leads: a database that holds less has lost what was acknowledged.

A main file that lost its end is an error to SQLite only where it has no log beside it; with one, missing pages read as zeros.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Connection

from seedgen.errors import StoreBroken
from seedgen.store.files import read_plain

COUNTED = ("call", "answer", "candidate", "item")
"""Tables that only grow, so that the largest rowid is the number of rows, of all runs in the file."""
COUNTING = "SELECT " + ", ".join(f"(SELECT coalesce(max(rowid), 0) FROM {name})" for name in COUNTED)  # noqa: S608 - our own words
WIDTH = 120
LOG_HEADER, FRAME_HEADER = 32, 24
Counts = Mapping[str, int]


class Witness:
    """The note beside one database, kept by its writer."""

    def __init__(self, database: Path) -> None:
        path = witness_of(database)
        path.touch(mode=0o600)
        self.file = path.open("r+b", buffering=0)

    def note(self, counts: Counts) -> None:
        self.file.seek(0)
        self.file.write(json.dumps(counts).ljust(WIDTH).encode() + b"\n")

    def close(self) -> None:
        self.file.close()


def witness_of(database: Path) -> Path:
    return database.with_name(f"{database.name}-committed")


def noted(database: Path) -> Counts:
    """What was committed for certain; nothing if there is no note that can be read. To be read before the database is."""
    try:
        counts = json.loads(read_plain(witness_of(database)))
        return {name: int(counts[name]) for name in COUNTED}
    except (OSError, ValueError, TypeError, LookupError):
        return {}


def counted(connection: Connection) -> Counts:
    """How many rows there are."""
    return dict(zip(COUNTED, connection.exec_driver_sql(COUNTING).one(), strict=True))


def refuse_loss(database: Path, before: Counts, connection: Connection | None) -> None:
    """Raise `StoreBroken` if less is there than was noted `before` the connection (None: to an empty file) began to read."""
    there = counted(connection) if connection else dict.fromkeys(COUNTED, 0)
    lost = [f"{count - there[name]:,} of {count:,} {name}s" for name, count in before.items() if there[name] < count]
    if lost:
        raise StoreBroken(
            f"{database}: {', '.join(lost)} that were saved are missing: the file was cut short, is an older copy, was copied while the "
            f"run was at work, or without {database.name}-wal; restore the files together from a backup, or remove "
            f"{witness_of(database).name} to go on without them"
        )
    if connection:
        refuse_holes(database, connection)


def refuse_holes(database: Path, connection: Connection) -> None:
    """Raise `StoreBroken` if pages are missing at the end of the file that are not in its log either. Within a transaction."""
    pages, size = (connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("page_count", "page_size"))
    missing = set(range(database.stat().st_size // size + 1, pages + 1))
    if missing and (gone := missing - logged(database.with_name(f"{database.name}-wal"), size)):
        raise StoreBroken(
            f"{database}: {len(gone):,} of {pages:,} pages are missing: the file was cut short; restore it from a backup, or salvage it "
            "with: sqlite3 run.db .recover"
        )


def logged(log: Path, size: int) -> set[int]:
    """The pages in a write-ahead log's present generation, which all its frames' salts name (sqlite.org/fileformat2.html, 4)."""
    found = set()
    with log.open("rb") as file:
        salts = file.read(LOG_HEADER)[16:24]
        while len(header := file.read(FRAME_HEADER)) == FRAME_HEADER and header[8:16] == salts:
            found.add(struct.unpack(">I", header[:4])[0])
            file.seek(size, 1)
    return found
