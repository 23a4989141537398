"""Two JSONL files that belong together, written as one.

Both are written whole and synced under hidden names in the folder they will stand in, then renamed, `last` after `first`. So at any
moment, also after a kill, a name holds a whole file, old or new; and whoever sees the new `last` finds the new `first`.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from seedgen.errors import StoreBroken, UsageError
from seedgen.failpoints import failpoint
from seedgen.store.files import sync_names

Row = Mapping[str, Any]
encoded = json.JSONEncoder(ensure_ascii=False).encode
THEIR_CHOICE = {
    errno.ENOENT: "make the folder first",
    errno.ENOTDIR: "make the folder first",
    errno.EISDIR: "name a file, not a folder",
    errno.EACCES: "choose a folder that you may write to",
    errno.EPERM: "choose a folder that you may write to",
    errno.EROFS: "choose a folder that you may write to",
    errno.ENAMETOOLONG: "choose a shorter name",
}
"""What would do when the place that was chosen is at fault, not the disk."""


def write_pair(first: Path, last: Path, rows: Iterable[tuple[Row, Row]]) -> int:
    """Write the rows' first halves to `first`, their second halves to `last`, replacing both; returns how many rows there were.

    Raises `UsageError` if the place is no good, `StoreBroken` if the disk is not; whatever is raised, also by `rows`, both are as before.
    """
    parts = [path.with_name(f".{path.name}.{os.getpid()}.part") for path in (first, last)]
    try:
        with translated(last):
            for path in (first, last):
                if path.is_dir():
                    raise IsADirectoryError(errno.EISDIR, "is a folder", str(path))
            count = write_parts(parts[0], parts[1], rows)
            failpoint("export.written")
            parts[0].replace(first)
            failpoint("export.renamed")
            parts[1].replace(last)
            sync_names(last.parent)
            return count
    finally:
        for part in parts:
            with suppress(OSError):
                part.unlink()


def write_parts(first: Path, last: Path, rows: Iterable[tuple[Row, Row]]) -> int:
    count = 0
    with first.open("w", encoding="utf-8", newline="\n") as one, last.open("w", encoding="utf-8", newline="\n") as other:
        for count, (left, right) in enumerate(rows, 1):  # noqa: B007 - the count is what is returned
            one.write(encoded(left) + "\n")
            other.write(encoded(right) + "\n")
        for file in (one, other):
            file.flush()
            os.fsync(file.fileno())
            failpoint("export.synced")
    return count


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Errors of the file system as ours, with what would do."""
    try:
        yield
    except OSError as exc:
        if remedy := THEIR_CHOICE.get(exc.errno or 0):
            raise UsageError(f"{path}: cannot be written: {exc.strerror}; {remedy}") from exc
        raise StoreBroken(f"{path}: {exc.strerror}; make room or choose another disk, then export again: the run is untouched") from exc
