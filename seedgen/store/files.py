"""The small files of a run's folder, which may be anybody's: read and written as plain files or not at all.

A symbolic link is not followed, a pipe is not waited for, and what is read has a bound. What is written is there whole or as it was.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

LARGEST = 4_000_000
"""Bytes of a small file."""
WARY = os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def opened(path: Path, flags: int = os.O_RDONLY) -> int:
    """A descriptor of the plain file at `path`. Raises `OSError`, also if it is a link, a folder, or no file at all."""
    descriptor = os.open(path, flags | WARY, 0o600)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "is no plain file", str(path))
    return descriptor


def read_plain(path: Path, most: int = LARGEST) -> bytes:
    """The bytes of a plain file. Raises `OSError`, also if it holds more than `most`."""
    with open(opened(path), "rb") as file:
        if os.fstat(file.fileno()).st_size > most:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
        return file.read(most)


def put_whole(path: Path, data: bytes) -> None:
    """Put the data in place of the file, which is never seen half written; for its owner alone, and not synced. Raises `OSError`."""
    beside = path.with_name(f"{path.name}.new")
    try:
        beside.unlink(missing_ok=True)  # whatever somebody has put there
        with open(opened(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as file:
            file.write(data)
        beside.replace(path)
    except OSError:
        with suppress(OSError):
            beside.unlink()
        raise


def odd(path: Path) -> str:
    """What keeps a path from being a plain file or nothing, in words; "" if nothing does. Raises `OSError` if it cannot be looked at."""
    try:
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return ""
    if stat.S_ISREG(mode):
        return ""
    return "is a symbolic link" if stat.S_ISLNK(mode) else "is a folder" if stat.S_ISDIR(mode) else "is no plain file"


def sync(path: Path) -> None:
    """Make a file durable. Raises `OSError`."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_names(folder: Path) -> None:
    """Make what is in a folder by name durable, where the system can (Windows cannot open a folder)."""
    with suppress(OSError):
        sync(folder)
