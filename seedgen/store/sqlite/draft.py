"""A database that becomes the run's own when it is whole. What a killed process leaves of it is thrown away by the next attempt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from seedgen.failpoints import failpoint
from seedgen.store.folder import RunFolder
from seedgen.store.sqlite.database import translated
from seedgen.store.sqlite.store import Store


@contextmanager
def drafted(folder: RunFolder, now: Callable[[], str]) -> Iterator[Store]:
    """A store to write the run to, which becomes the folder's own when the block ends well, and is removed when it does not."""
    draft = folder.path / "draft.db"
    discard(draft)
    try:
        with closing(Store(draft, now)) as store:
            yield store
        failpoint("regate.drafted")
        with translated(folder.database):
            draft.replace(folder.database)
    finally:
        discard(draft)


def discard(database: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-committed"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
