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
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from seedgen.errors import RunLocked, UsageError
from seedgen.failpoints import failpoint
from seedgen.store.files import odd, read_plain
from seedgen.store.lock import FREE, LockState, asked, filesystem, free_here, mounts

if TYPE_CHECKING:
    from filelock import FileLock

PATIENCE = 1.0
"""Seconds to wait for another process to let go of the lock: an older seedgen takes it for an instant to ask about it."""
LONGEST = 30.0
"""Seconds to wait where nobody holds the run, but one or another always just asks about it."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


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
        """Whether there is a database, of whatever kind. What may not be looked at is taken to be none."""
        return os.path.lexists(self.database)

    def make(self) -> None:
        """Make the folder, for its owner alone. Raises `UsageError` if it cannot be made."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as exc:
            raise unusable(self.path, exc) from exc
        failpoint("folder.made")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the run for this process. Raises `RunLocked` if another holds it, `UsageError` if it cannot be held."""
        from filelock import FileLock, Timeout  # it brings asyncio along, which those that only read do without

        lock = FileLock(self.path / "lock", timeout=PATIENCE)
        try:
            self.expect_plain()
            self.take(lock)
        except Timeout as exc:
            raise RunLocked(
                f'run "{self.name}" is being worked on by another process; wait for it, or stop it, then start again; if it is paused, '
                "seedgen resume lets it go on"
            ) from exc
        except OSError as exc:
            raise UsageError(f"{self.path}: cannot be locked: {exc.strerror}; make the run folder writable, on a local disk") from exc
        try:
            failpoint("folder.locked")
            yield
        finally:
            self.tidy()
            lock.release()

    def expect_plain(self) -> None:
        """Raise `UsageError` if what would be written to is no file of this folder's own, `OSError` if it cannot be looked at."""
        names = [
            "lock",
            *(f"{name}{suffix}" for name in ("run.db", "draft.db") for suffix in ("", "-wal", "-shm", "-journal", "-committed")),
        ]
        for path in (self.path / name for name in names):
            if what := odd(path):
                raise UsageError(f"{path}: {what}, which seedgen does not follow; move it away")

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
        from filelock import Timeout

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
            said = json.loads(read_plain(self.path / "live.json"))
            return None if said["state"] == "ended" else str(said["host"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            return "a machine that cannot be told"


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
        with suppress(FileNotFoundError, NotADirectoryError):
            folder.database.lstat()
            return folder
        known = [f.name for f in all_runs(folder.path.parent)]
    except PermissionError as exc:
        raise UsageError(f"{run[:80]}: cannot be looked at: {exc.strerror}; ask as the user whose run it is") from exc
    except OSError as exc:
        raise UsageError(f"{run[:80]}: no run can be there: {exc.strerror}") from exc
    there = ", ".join(known[:20]) + (f" and {len(known) - 20} more" if len(known) > 20 else "")
    raise UsageError(f'no run "{folder.name}" in {folder.path.parent}; there are: {there or "none"}')


def all_runs(runs: Path) -> list[RunFolder]:
    """Every run under `runs`, by name, and every folder there of which it cannot be seen whether it holds one.

    Raises `UsageError` if there is something else than a folder, or one that may not be looked at.
    """
    try:
        return [RunFolder(path) for path in sorted(runs.iterdir()) if may_be_run(path)]
    except FileNotFoundError:
        return []
    except OSError as exc:
        raise UsageError(f"{runs}: cannot be looked at: {exc.strerror}; --runs names the folder that holds the runs") from exc


def may_be_run(path: Path) -> bool:
    try:
        (path / "run.db").lstat()
    except PermissionError:
        return True
    except OSError:
        return False
    return True


def fresh_folder(runs: Path, stem: str = "run") -> RunFolder:
    """A folder for a new run that was given no name: run-1, run-2 …; made, so that no other process takes it too. Raises `UsageError`."""
    try:
        runs.mkdir(parents=True, exist_ok=True)
        for number in itertools.count(1):
            with suppress(FileExistsError):
                (runs / f"{stem}-{number}").mkdir(mode=0o700)
                return RunFolder((runs / f"{stem}-{number}").resolve())
    except OSError as exc:
        raise unusable(runs, exc) from exc
    raise AssertionError("unreachable: numbers do not end")


def unusable(folder: Path, exc: OSError) -> UsageError:
    """That no run can be made in this folder, and what would do."""
    return UsageError(f"{folder}: cannot be made, or nothing in it: {exc.strerror}; name a folder that you may write to, as --runs DIR")
