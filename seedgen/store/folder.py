"""A run's folder, `runs/<name>/`: finding it by name or path, and holding it against a second process.

The lock is the operating system's: it ends with the process that holds it, however that ends, so it never goes stale.
"""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from seedgen.errors import RunLocked, UsageError
from seedgen.failpoints import failpoint

PATIENCE = 1.0
"""Seconds to wait for the lock: a reader that asks whether the run is busy holds it for an instant."""

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
            lock.acquire()
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

    def busy(self) -> bool:
        """True while some process holds the run."""
        lock = FileLock(self.path / "lock", timeout=0)
        try:
            with lock:
                return False
        except Timeout:
            return True
        except OSError:  # a place where nothing can be written, so nobody works on it
            return False


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
