"""The heartbeat of a running job, `runs/<name>/live.json`, and what it says about a run to whoever looks.

The job writes its `Snapshot` there twice a second, from its own event loop: a job that hangs falls silent. Whether a job is running at
all is not for the heartbeat to say but for the lock on the folder (`RunFolder.lock_state`); how a job ended, for the database. The file is
replaced as a whole and not synced; a disk that does not take it never ends the run.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from seedgen.events import Event, Paused, RunStarted, Stopping
from seedgen.runs.snapshot import Snapshot, Tally
from seedgen.store.files import put_whole, read_plain
from seedgen.store.folder import RunFolder
from seedgen.store.lock import LockState, condition

FILE = "live.json"
EVERY = 0.5
"""Seconds between two beats."""
SILENT_AFTER = 15.0
"""Seconds without a beat after which a job that holds its lock is said to be silent."""

Condition = Literal["starting", "running", "paused", "waiting", "stopping", "silent", "finished", "stopped", "crashed", "unknown"]


class Heartbeat:
    """Writes the file of a job that holds the run's folder. A listener, to be told after the tally."""

    def __init__(self, folder: Path, tally: Tally, now: Callable[[], str]) -> None:
        self.path, self.tally, self.now = folder / FILE, tally, now
        self.started = now()

    def __call__(self, event: Event) -> None:
        """What people wait to see is seen at once."""
        if isinstance(event, RunStarted | Paused | Stopping):
            self.beat()

    @asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """Beat while in the block, first on entering and last on leaving it."""
        self.beat()
        task = asyncio.create_task(self.keep_beating(), name="heartbeat")
        try:
            yield
        finally:
            task.cancel()
            self.beat()

    async def keep_beating(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            self.beat()

    def beat(self) -> None:
        with suppress(OSError):  # a full disk: the run has more important things to save there
            put_whole(self.path, json.dumps(asdict(self.snapshot()), ensure_ascii=False).encode(errors="replace"))

    def snapshot(self) -> Snapshot:
        return replace(
            self.tally.snapshot(),
            pid=os.getpid(),
            host=socket.gethostname(),
            started=self.started,
            updated=self.now(),
            beat=time.monotonic(),
        )


# For those who look


@dataclass(frozen=True, slots=True)
class Standing:
    """How a run stands, and more about that in words, "" if there is no more to say."""

    condition: Condition
    detail: str = ""


def standing(folder: RunFolder, end: str, message: str, lock: LockState | None = None) -> Standing:
    """How a run stands; `end` and `message` are what its database says of its last start, `lock` what its lock did if it was asked."""
    lock = lock or folder.lock_state()
    found = condition(lock, end)
    if found == "running":
        now = at_work(folder)
        return Standing("running" if now.state == "ended" else now.state, detail_of(now))
    if found == "crashed":
        return Standing("crashed", "its process was killed, or failed; nothing that was saved is lost")
    return Standing(found, f"{lock.reason}{last_heard(folder)}" if found == "unknown" else message)


def last_heard(folder: RunFolder) -> str:
    """When there was a heartbeat last, as the end of a sentence; "" if that cannot be read."""
    last = last_heartbeat(folder)
    return f"; last heard of at {last.updated}, process {last.pid} on {last.host}" if last else ""


def followed(folder: RunFolder) -> Iterator[Snapshot]:
    """The job that works on a run, a few times a second, until none is known to."""
    while folder.busy():
        yield at_work(folder)
        time.sleep(EVERY / 2)


def at_work(folder: RunFolder) -> Snapshot:
    """The job that holds this run. One without a heartbeat, as when saved answers are judged again, is just running."""
    snapshot = last_heartbeat(folder)
    if snapshot is None or snapshot.state == "ended":
        return Snapshot(folder.name, "running")
    quiet = silence(snapshot)
    if quiet < SILENT_AFTER:
        return snapshot
    return replace(
        snapshot, state="silent", message=f"for {quiet:.0f} s; process {snapshot.pid} on {snapshot.host} holds the run, but may hang"
    )


def last_heartbeat(folder: RunFolder) -> Snapshot | None:
    """What the last job that worked on the run said last; None if that cannot be read."""
    try:
        return TypeAdapter(Snapshot).validate_json(read_plain(folder.path / FILE))
    except (OSError, ValidationError):
        return None


def silence(snapshot: Snapshot) -> float:
    """Seconds since a heartbeat: by the monotonic clock if it is this host's, else by the time of day."""
    if snapshot.host == socket.gethostname() and snapshot.beat <= time.monotonic():
        return time.monotonic() - snapshot.beat
    with suppress(ValueError, TypeError):
        return max(0.0, (datetime.now(UTC) - datetime.fromisoformat(snapshot.updated)).total_seconds())
    return 0.0


def detail_of(snapshot: Snapshot) -> str:
    """What the state of a job means just now, in words."""
    if snapshot.state == "waiting":
        return "; ".join(f"{wait.teacher} for {wait.seconds:.0f} s yet ({wait.reason})" for wait in snapshot.waiting)
    if snapshot.state in ("stopping", "silent"):
        return snapshot.message
    return f"process {snapshot.pid} on {snapshot.host}" if snapshot.pid else ""
