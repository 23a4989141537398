"""A database that becomes the run's own when it is whole. What a killed process leaves of it is thrown away by the next attempt."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from seedgen.errors import StoreBroken
from seedgen.failpoints import failpoint
from seedgen.store.files import sync_names
from seedgen.store.folder import RunFolder
from seedgen.store.sqlite.database import discard, settle, translated
from seedgen.store.sqlite.store import Store


@contextmanager
def drafted(folder: RunFolder, now: Callable[[], str]) -> Iterator[Store]:
    """A store to write the run to, which becomes the folder's own when the block ends well, and is removed when it does not."""
    draft = folder.path / "draft.db"
    refuse_remains(folder)
    discard(draft)
    try:
        with closing(Store(draft, now)) as store:
            yield store
        failpoint("regate.drafted")
        with translated(folder.database):
            settle(draft)
            draft.replace(folder.database)
            sync_names(folder.path)
    finally:
        discard(draft)


def refuse_remains(folder: RunFolder) -> None:
    """Raise `StoreBroken` if the log of another database lies where the run's will: SQLite would read it as the new one's."""
    for path in (folder.path / f"{folder.database.name}{suffix}" for suffix in ("-wal", "-journal", "-committed")):
        if os.path.lexists(path):
            raise StoreBroken(f"{path}: lies here without its database; put that back, or give the new run another --name")
