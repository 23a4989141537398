"""Opening a run, wherever it is kept: the one place that chooses a database. Each run has one of its own, of SQLite, in its folder."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from seedgen.store.folder import RunFolder, existing_run
from seedgen.store.ports import RunReader, RunStore, Summary
from seedgen.store.sqlite.glance import glance as glanced
from seedgen.store.sqlite.reader import Reader


def open_run(run: str, runs: Path | str = Path("runs")) -> RunReader:
    """A reader of the run with this name (or path). Raises `UsageError` if there is none."""
    return read_run(existing_run(run, Path(runs)))


def read_run(folder: RunFolder) -> RunReader:
    """A reader of the run in this folder. Raises `UsageError` if there is none, `StoreBroken` if it cannot be read."""
    return Reader(folder)


def glance(folder: RunFolder) -> Summary:
    """The run's summary, without its refusals if that is quicker: for lists of many. Raises as `read_run` does."""
    return glanced(folder) or read_run(folder).summary()


def open_store(folder: RunFolder, now: Callable[[], str]) -> RunStore:
    """The run in this folder, which this process holds; made if it is new. `now` gives UTC ISO times. Raises `StoreBroken`."""
    from seedgen.store.sqlite.store import Store  # whoever only reads needs none of it

    return Store(folder.database, now)


def draft_store(folder: RunFolder, now: Callable[[], str]) -> AbstractContextManager[RunStore]:
    """A new run to be written in this folder, which this process holds. It is there when the block ends well, and not at all if not."""
    from seedgen.store.sqlite.draft import drafted

    return drafted(folder, now)
