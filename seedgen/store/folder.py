"""A run's folder, `runs/<name>/`: finding it by name or path, and holding it against a second process.

The lock is the operating system's: it ends with the process that holds it, however that ends, so it never goes stale. Whoever asks about
it makes nothing, stands in nobody's way, and is told "unknown" where it cannot be known.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import socket
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from seedgen.errors import RunLocked, UsageError
from seedgen.failpoints import failpoint

PATIENCE = 1.0
"""Seconds to wait for another process to let go of the lock: an older seedgen takes it for an instant to ask about it."""
LONGEST = 30.0
"""Seconds to wait where nobody holds the run, but one or another always just asks about it."""
NETWORK = ("nfs", "cifs", "smb", "9p", "afs", "ceph", "gluster", "lustre", "sshfs", "davfs", "virtiofs")
"""How the types of file systems begin (or, after "fuse.", go on) that are another machine's."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class LockState:
    """Whether a process holds a run; where that is unknown, why and what would do, in words."""

    answer: Literal["held", "free", "unknown"]
    reason: str = ""


HELD, FREE = LockState("held"), LockState("free")


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Where one run lives. The folder need not exist yet."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def database(self) -> Path:
        return self.path / "run.db"

    def exists(self) -> bool:
        return self.database.is_file()

    def make(self) -> None:
        """Make the folder, for its owner alone. Raises `UsageError` if it cannot be made."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as exc:
            raise UsageError(f"{self.path}: cannot be made: {exc.strerror}") from exc
        failpoint("folder.made")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the run for this process. Raises `RunLocked` if another holds it, `UsageError` if it cannot be held."""
        lock = FileLock(self.path / "lock", timeout=PATIENCE)
        try:
            self.take(lock)
        except Timeout as exc:
            raise RunLocked(f'run "{self.name}" is being worked on by another process; wait for it, or stop it, then start again') from exc
        except OSError as exc:
            raise UsageError(f"{self.path}: cannot be locked: {exc.strerror}; make the run folder writable, on a local disk") from exc
        try:
            failpoint("folder.locked")
            yield
        finally:
            self.tidy()
            lock.release()

    def tidy(self) -> None:
        """Leave nothing behind of a run that never came to be."""
        if not self.exists():
            with suppress(OSError):
                for path in (found for name in ("lock", "live.json*", "log.jsonl*", "stderr.txt") for found in self.path.glob(name)):
                    path.unlink(missing_ok=True)
                shutil.rmtree(self.path / "control", ignore_errors=True)
                self.path.rmdir()

    def take(self, lock: FileLock) -> None:
        """Acquire the lock; those who only ask about it are waited out. Raises `Timeout` if another process holds it."""
        until = time.monotonic() + LONGEST
        while not lock.is_locked:
            try:
                lock.acquire(poll_interval=0.002)
            except Timeout:
                if self.busy() or time.monotonic() > until:
                    raise

    def busy(self) -> bool:
        """True while some process is known to hold the run. False is no proof that none does: see `lock_state`."""
        return self.lock_state().answer == "held"

    def lock_state(self) -> LockState:
        """Whether a process holds the run: another user's, too, and on a disk that is mounted read-only. Makes nothing."""
        found = asked(self.path / "lock")
        last = self.last_host() if found == FREE else None
        return found if last in (None, socket.gethostname()) else free_here(filesystem(self.path, mounts()), last)

    def last_host(self) -> str | None:
        """The machine of the last job, as its heartbeat has it; None if there was none or it has said that it ended."""
        try:
            said = json.loads((self.path / "live.json").read_bytes())
            return None if said["state"] == "ended" else str(said["host"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            return "a machine that cannot be told"


def asked(lock: Path) -> LockState:
    """What the operating system says of this lock, for an instant shared with all others who ask. A job that starts waits that out."""
    try:
        file = os.open(lock, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (FileNotFoundError, NotADirectoryError):
        return FREE
    except PermissionError as exc:
        return unseen(f"its lock cannot be read ({exc.strerror}); ask as the user whose run it is")
    except OSError as exc:
        return unseen(f"its lock cannot be read ({exc.strerror}); ask on the machine where it was started")
    try:
        return FREE if is_free(file) else HELD
    except OSError as exc:
        return unseen(f"its disk knows no locks ({exc.strerror}); ask on the machine where it was started")
    finally:
        os.close(file)


def free_here(kind: str, last: str) -> LockState:
    """What it says that a lock is free on this machine, if the last job was on another, on a file system of this type ("" unknown)."""
    if kind and not is_network(kind):
        return FREE
    where = f"is on a network disk ({kind})" if kind else "may be on a network disk"
    return unseen(f"the run {where}, and was last worked on by {last}; ask there")


def unseen(why: str) -> LockState:
    return LockState("unknown", f"whether a job works on it cannot be seen: {why}")


if sys.platform == "win32":
    import msvcrt

    def is_free(file: int) -> bool:
        """Whether nobody holds the lock on this open file. Python has no shared locks here, so others who ask are waited out."""
        for _ in range(10):
            with suppress(OSError):
                msvcrt.locking(file, msvcrt.LK_NBRLCK, 1)
                msvcrt.locking(file, msvcrt.LK_UNLCK, 1)
                return True
            time.sleep(0.01)
        return False
else:
    import fcntl

    def is_free(file: int) -> bool:
        """Whether nobody holds the lock on this open file. Raises `OSError` if it cannot be locked at all."""
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):  # the second is how some file systems say the first
            return False
        fcntl.flock(file, fcntl.LOCK_UN)  # not by closing alone: a process forked in this instant has the file open too
        return True


def mounts() -> list[tuple[str, str]]:
    """Mount points with the types of their file systems, where the system lists them."""
    try:
        lines = [line.split() for line in Path("/proc/mounts").read_text(errors="replace").splitlines()]
    except OSError:
        return []
    return [(fields[1].replace("\\040", " "), fields[2]) for fields in lines if len(fields) > 2]


def filesystem(place: Path, mounted: Iterable[tuple[str, str]]) -> str:
    """The type of the file system that a folder is on, "" if that is not known."""
    around = [(len(point), kind) for point, kind in mounted if place.resolve().is_relative_to(point)]
    return max(around, key=lambda each: each[0])[1] if around else ""


def is_network(kind: str) -> bool:
    return kind.removeprefix("fuse.").startswith(NETWORK)


def checked_name(name: str) -> str:
    """The name, if it can be one of a run. Raises `UsageError`."""
    if not NAME.fullmatch(name):
        raise UsageError(f'"{name}" is no run name; use letters, digits, ".", "_" and "-", at most 64, starting with a letter or digit')
    return name


def existing_run(run: str, runs: Path) -> RunFolder:
    """The folder of a run given as a name under `runs`, or as a path. Raises `UsageError`, naming the runs there are."""
    path = Path(run) if "/" in run or "\\" in run else runs / checked_name(run)
    try:
        folder = RunFolder(path.resolve())
        if folder.database.exists():
            return folder
        known = [f.name for f in all_runs(folder.path.parent)]
    except OSError as exc:
        raise UsageError(f"{run[:80]}: no run can be there: {exc.strerror}") from exc
    there = ", ".join(known[:20]) + (f" and {len(known) - 20} more" if len(known) > 20 else "")
    raise UsageError(f'no run "{folder.name}" in {folder.path.parent}; there are: {there or "none"}')


def all_runs(runs: Path) -> list[RunFolder]:
    """Every run under `runs`, by name."""
    return [RunFolder(path.parent) for path in sorted(runs.glob("*/run.db")) if path.is_file()]


def fresh_folder(runs: Path, stem: str = "run") -> RunFolder:
    """A folder for a new run that was given no name: run-1, run-2 …; made, so that no other process takes it too."""
    runs.mkdir(parents=True, exist_ok=True)
    for number in itertools.count(1):
        with suppress(FileExistsError):
            (runs / f"{stem}-{number}").mkdir(mode=0o700)
            return RunFolder((runs / f"{stem}-{number}").resolve())
    raise AssertionError("unreachable: numbers do not end")
