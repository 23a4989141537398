"""A user whom permissions concern, also where the tests are the machine's owner's."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65534


@contextmanager
def common_ground() -> Iterator[Path]:
    """A folder that everybody may look into, unlike pytest's own."""
    place = Path(tempfile.mkdtemp(prefix="seedgen-test-"))
    place.chmod(0o755)
    try:
        yield place
    finally:
        for folder, _, _ in os.walk(place):
            Path(folder).chmod(0o755)
        shutil.rmtree(place)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without the privileges of root, if this process has them."""
    privileged = os.geteuid() == 0
    if privileged:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if privileged:
            os.seteuid(0)


def closed(folder: Path, mode: int = 0o555) -> Path:
    """The folder, where nobody may write (or, by `mode`, look), and its files that all may read."""
    for path in folder.iterdir():
        if path.is_file() and not path.is_symlink():
            path.chmod(0o444)
    folder.chmod(mode)
    return folder
