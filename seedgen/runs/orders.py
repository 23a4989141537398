"""Telling a running job what to do from another process: small files in `runs/<name>/control/`, which only its owner may enter.

An order is a file `<id>.order`, put there whole; the job looks a few times a second, takes it away, does it, and says in `<id>.reply`
what came of it. Orders are {"command": "pause" | "go_on" | "stop" | "set" | "mark", "settings": {…}}, where the settings are dotted live
keys with values, the fields of a mark, or {"marks": […]}. Whatever else lies in the folder is left alone; what is no order is answered with
an error; nothing that comes this way can end a job but "stop". What a dead process left is thrown away by the next start.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
import re
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, Protocol

from seedgen.config.model import Config
from seedgen.config.section import leaves
from seedgen.errors import RunConflict, SeedgenError, UsageError
from seedgen.events import Listener, Notice
from seedgen.records import Mark
from seedgen.store.files import put_whole, read_plain
from seedgen.store.folder import RunFolder
from seedgen.store.lock import HELD

FOLDER = "control"
EVERY = 0.2
"""Seconds between two looks."""
AT_ONCE = 10
"""Orders that one look takes: however many there are, the heartbeat and the calls have their turns."""
LARGEST = 8 * 2**20
"""Bytes of an order; the texts of an item are in one that marks it."""
KEPT = 60.0
"""Seconds after which a reply that nobody fetched is thrown away."""
PATIENCE = 15.0
"""Seconds to wait for a reply."""
OURS = re.compile(r"[0-9]{20}-[0-9a-f]{8}\.(order|reply)(\.new)?")

Command = Literal["pause", "go_on", "stop", "set", "mark"]
Reply = Mapping[str, Any]


class Job(Protocol):
    """A job that takes orders. `change` takes dotted live keys; it raises `UsageError` and then has changed nothing."""

    @property
    def config(self) -> Config: ...
    def pause(self) -> None: ...
    def go_on(self) -> None: ...
    def stop(self, message: str) -> None: ...
    def change(self, settings: Mapping[str, Any]) -> None: ...
    def mark(self, mark: Mark) -> Mark: ...


class Channel:
    """The job's side of the folder."""

    def __init__(self, folder: Path, job: Job, emit: Listener, timer: Callable[[], float] = time.monotonic) -> None:
        self.folder, self.job, self.emit, self.timer = folder / FOLDER, job, emit, timer
        self.replies: deque[tuple[float, Path]] = deque()
        self.stuck: set[Path] = set()
        """Orders that cannot be taken away, as a folder of such a name."""
        self.made = False

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Take orders while in the block."""
        task = asyncio.create_task(self.keep_looking(), name="control")
        try:
            yield
        finally:
            task.cancel()

    async def keep_looking(self) -> None:
        while True:
            began = self.timer()
            more = self.look()
            await asyncio.sleep(self.timer() - began if more else EVERY)  # the calls have as much time as the orders

    def make(self) -> None:
        """Make the folder, without what a dead process left there. To be done as soon as the run is held: orders may come from then on."""
        try:
            if self.folder.is_symlink():
                raise OSError(errno.ELOOP, "is a symbolic link, which is not followed")
            self.folder.mkdir(mode=0o700, exist_ok=True)
            self.folder.chmod(0o700)
            for path in self.found():
                path.unlink(missing_ok=True)
            self.made = True
        except OSError as exc:
            self.made = False
            self.emit(Notice(f"{self.folder}: cannot be made: {exc.strerror}; this job takes no orders from other processes"))

    def found(self) -> list[Path]:
        """Our files in the folder, in the order they came."""
        try:
            return sorted(path for path in self.folder.iterdir() if OURS.fullmatch(path.name))
        except OSError:
            return []

    def look(self) -> bool:
        """Do what has been ordered meanwhile, or the first part of it; whether more is waiting. A folder that was removed is made again."""
        if self.made and not self.folder.exists():
            self.make()
        waiting = [path for path in self.found() if path.suffix == ".order" and path not in self.stuck] if self.made else []
        for path in waiting[:AT_ONCE]:
            try:
                self.take(path)
            except OSError:  # a full disk keeps the reply away; what was ordered is done
                self.stuck |= {path} if path.exists() else set()
        while self.replies and self.replies[0][0] < self.timer() - KEPT:
            with suppress(OSError):
                self.replies.popleft()[1].unlink(missing_ok=True)
        return len(waiting) > AT_ONCE

    def take(self, path: Path) -> None:
        try:
            text = read_order(path)
        finally:
            path.unlink(missing_ok=True)
        reply = path.with_suffix(".reply")
        self.replies.append((self.timer(), reply))
        put(reply, self.answer(text))

    def answer(self, text: bytes) -> Reply:
        """Do as the order says; what came of it."""
        try:
            return self.obey(json.loads(text))
        except SeedgenError as exc:
            return {"error": str(exc), "exit_code": exc.exit_code}
        except Exception as exc:  # noqa: BLE001 - whatever is in an order, the job goes on
            return {"error": f"{type(exc).__name__}: {exc}", "exit_code": 1}

    def obey(self, order: Any) -> Reply:
        """Raises `UsageError`."""
        match order:
            case {"command": "pause"}:
                self.job.pause()
            case {"command": "go_on"}:
                self.job.go_on()
            case {"command": "stop"}:
                self.job.stop("stopped by seedgen stop")
            case {"command": "set", "settings": dict(settings)} if settings:
                return {"pid": os.getpid(), "in_force": self.change(settings)}
            case {"command": "mark", "settings": {"marks": list(marks)}}:
                return {"pid": os.getpid(), **self.mark_all(marks)}
            case {"command": "mark", "settings": dict(settings)}:
                return {"pid": os.getpid(), "marked": asdict(self.job.mark(Mark(**settings)))}
            case _:
                raise UsageError("no such order; there are pause, go_on, stop, set and mark with settings")
        return {"pid": os.getpid()}

    def mark_all(self, marks: Sequence[Any]) -> Mapping[str, Any]:
        """The marks as they were kept, up to the first that cannot be, and why it cannot ("" if all can)."""
        kept: list[Mapping[str, Any]] = []
        try:
            for each in marks:
                kept.append(asdict(self.job.mark(Mark(**each))))  # noqa: PERF401 - those before one that fails are kept
        except UsageError as exc:
            return {"marked": kept, "fault": str(exc)}
        return {"marked": kept, "fault": ""}

    def change(self, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is in force of these settings, now that they were changed. Raises `UsageError`."""
        self.job.change(settings)
        found = {key: value for key, value, _ in leaves(self.job.config) if key in settings}
        self.emit(Notice(f"changed by seedgen set: {in_words(found)}"))
        return found


def in_words(settings: Mapping[str, Any]) -> str:
    nothing = {"concurrency": "auto"}
    return ", ".join(f"{key} is {nothing.get(key, 'none') if value is None else value}" for key, value in settings.items())


def read_order(path: Path) -> bytes:
    """The bytes of an order; of what is no plain file, or too large to be one, none."""
    with suppress(OSError):
        return read_plain(path, LARGEST)
    return b""


def put(path: Path, value: Mapping[str, Any]) -> None:
    """Write a file that is there whole or not at all. Raises `OSError`."""
    put_whole(path, json.dumps(value).encode())


# The side of those who order


def order(folder: RunFolder, command: Command, settings: Mapping[str, Any] | None = None, patience: float = PATIENCE) -> Reply:
    """Have the job that works on this run do something; returns its reply.

    Where it cannot be seen whether one does, it is asked all the same. Raises `UsageError` if none does, it cannot be done, or is too
    large to be told a job, `RunConflict` if the job does not answer.
    """
    if folder.lock_state().answer == "free":
        raise UsageError(f'run "{folder.name}" is not running')
    path = folder.path / FOLDER / f"{time.monotonic_ns():020}-{secrets.token_hex(4)}.order"
    what = json.dumps({"command": command, "settings": dict(settings or {})}).encode()
    if len(what) > LARGEST:
        raise UsageError(f"{len(what):,} bytes are more than a running job is told at once ({LARGEST:,}); stop it first, or say less")
    try:
        put_whole(path, what)
    except OSError as exc:
        raise RunConflict(f'run "{folder.name}" takes no orders: {path.parent}: {exc.strerror}') from exc
    reply = awaited(folder, path, patience)
    if "error" in reply:
        raise refusal(reply)
    return reply


def awaited(folder: RunFolder, path: Path, patience: float) -> Reply:
    """The reply to an order. Raises `RunConflict`."""
    reply, until, lock = path.with_suffix(".reply"), time.monotonic() + patience, HELD
    while lock.answer != "free" and time.monotonic() < until:
        lock = folder.lock_state()  # asked before looking: what a job says last is heard
        with suppress(FileNotFoundError):
            found: Reply = json.loads(reply.read_text())
            reply.unlink(missing_ok=True)
            return found
        time.sleep(EVERY / 4)
    path.unlink(missing_ok=True)
    if lock.answer == "free":
        raise RunConflict(f'run "{folder.name}" ended before it answered; see: seedgen status {folder.name}')
    why = lock.reason or "the process that holds it may hang (see: seedgen runs)"
    raise RunConflict(f'run "{folder.name}" does not answer; {why}')


def refusal(reply: Reply) -> SeedgenError:
    """What the job would not do, as the error it is here too."""
    kinds = {kind.exit_code: kind for kind in (SeedgenError, UsageError, RunConflict)}
    return kinds.get(reply.get("exit_code", 1), SeedgenError)(str(reply["error"]))
