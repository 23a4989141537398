"""The lock on a run, as those see it who only look: held, free, or not to be known from here.

Whoever asks takes nothing and makes nothing: a shared lock for an instant on the file as it is, which two askers can have at once and a job
that starts waits out. Taking it is `folder.RunFolder.held`'s affair.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from seedgen.store.files import opened

NETWORK = ("nfs", "cifs", "smb", "9p", "afs", "ceph", "gluster", "lustre", "sshfs", "davfs", "virtiofs")
"""How the types of file systems begin (or, after "fuse.", go on) that are another machine's."""


@dataclass(frozen=True, slots=True)
class LockState:
    """Whether a process holds a run; where that is unknown, why and what would do, in words."""

    answer: Literal["held", "free", "unknown"]
    reason: str = ""


HELD, FREE = LockState("held"), LockState("free")


def asked(lock: Path) -> LockState:
    """What the operating system says of this lock, for an instant shared with all others who ask. A job that starts waits that out."""
    try:
        file = opened(lock)
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


def condition(lock: LockState, end: str) -> Literal["running", "finished", "stopped", "crashed", "unknown"]:
    """How a run stands by its lock and its database alone. Nothing is called crashed that may be running."""
    if lock.answer == "held":
        return "running"
    if end:
        return "finished" if end == "target" else "stopped"
    return "crashed" if lock.answer == "free" else "unknown"
