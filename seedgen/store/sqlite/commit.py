"""Group commit: many small writes, few transactions, one writing thread.

Writes are functions of a connection. They are carried out in the order submitted; all that are waiting when a transaction begins go
into it together, and each one's future is done when that transaction is committed (and synced). So order is kept, a prefix of the
writes is always what survives, and the event loop never waits for the disk.

The first failure ends it: the failed transaction is rolled back, everything waiting or submitted later fails with the same
`StoreBroken`, and what was committed before stands.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from sqlalchemy import Connection, Engine

from seedgen.errors import StoreBroken
from seedgen.failpoints import failpoint
from seedgen.store.sqlite.committed import Witness, counted
from seedgen.store.sqlite.database import translated

Write = Callable[[Connection], None]
LARGEST_GROUP = 512
MANY, PAUSE = 8, 0.005
"""After a transaction of so many writes the next one begins so many seconds later, and holds more: many calls are being made, and a
transaction costs as much as some ten writes.
"""


class GroupCommit:
    """The writing thread of one database. `submit` may be called from any thread; `close` waits for all that was submitted."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self.engine, self.path, self.identity = engine, path, identity(path)
        self.broken: StoreBroken | None = None
        with translated(path):
            self.witness = Witness(path)
        self.waiting: queue.SimpleQueue[tuple[Write, Future[None]] | None] = queue.SimpleQueue()
        self.thread = threading.Thread(target=self._work, name="seedgen-store", daemon=True)
        self.thread.start()

    def submit(self, write: Write, name: str = "write") -> Future[None]:
        """Have `write` carried out. `commit.<name>` is the failpoint passed when that is done, and not committed."""
        done: Future[None] = Future()
        done.set_running_or_notify_cancel()  # whoever waits may be cancelled; what was submitted may not

        def named(connection: Connection) -> None:
            write(connection)
            failpoint(f"commit.{name}")

        self.waiting.put((named, done))
        return done

    def close(self) -> None:
        """Commit all that was submitted and end the thread. Raises `StoreBroken` if any of it could not be committed."""
        self.waiting.put(None)
        self.thread.join()
        self.witness.close()
        if self.broken:
            raise self.broken

    def _work(self) -> None:
        going = True
        while going:
            group, going = self._next_group()
            try:
                self._commit([write for write, _ in group])
            except StoreBroken as exc:
                self.broken = exc
            except Exception as exc:  # noqa: BLE001 (a value that cannot be stored; whoever waits must hear of it)
                self.broken = StoreBroken(f"{self.path}: {exc} ({type(exc).__name__}); what was saved before is intact")
                self.broken.__cause__ = exc
            for _, done in group:
                if self.broken:
                    done.set_exception(self.broken)
                else:
                    done.set_result(None)
            if len(group) >= MANY and going:
                time.sleep(PAUSE)

    def _next_group(self) -> tuple[list[tuple[Write, Future[None]]], bool]:
        """What is waiting, at least one write; and False when it is the last."""
        group: list[tuple[Write, Future[None]]] = []
        while len(group) < LARGEST_GROUP:
            try:
                entry = self.waiting.get(block=not group)
            except queue.Empty:
                break
            if entry is None:
                return group, False
            group.append(entry)
        return group, True

    def _commit(self, writes: list[Write]) -> None:
        if self.broken or not writes:
            return
        with translated(self.path), self.engine.begin() as connection:
            if identity(self.path) != self.identity:
                raise StoreBroken(f"{self.path}: was removed or replaced while the run was going on; put it back, or start the run anew")
            failpoint("commit.begun")
            for write in writes:
                write(connection)
            counts = counted(connection)
            failpoint("commit.executed")
        with translated(self.path):
            self.witness.note(counts)
        failpoint("commit.done")


def identity(path: Path) -> tuple[int, int] | None:
    """What makes a file itself and no other; None if it is gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
