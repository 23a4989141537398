"""Standard output and standard error as a job can rely on them, whatever the shell made of them.

What is printed on standard output is what was asked for, so that it cannot be written is told (`BrokenPipeError` where nobody reads,
`OSError` where there is no room). What stands on standard error only accompanies the work, which goes on without it.
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import Any, TextIO, cast


def repair() -> None:
    """Give every standard stream that is closed (`seedgen … >&-`) a stand-in, so that no file opened later takes its number."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free, which is this one
    if sys.stdout is None:
        sys.stdout = Nowhere()
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")


class Nowhere(io.TextIOBase):
    """Standard output that nobody can read."""

    def write(self, text: str, /) -> int:
        raise BrokenPipeError(f"nobody reads these {len(text)} characters")


class Unfailing:
    """A stream that takes what is written for as long as it can, and no more of it after the first failure."""

    def __init__(self, stream: TextIO) -> None:
        self.stream, self.lost = stream, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def write(self, text: str) -> int:
        if not self.lost:
            try:
                return self.stream.write(text)
            except OSError:
                self.lose()
        return len(text)

    def flush(self) -> None:
        if not self.lost:
            try:
                self.stream.flush()
            except OSError:
                self.lose()

    def lose(self) -> None:
        self.lost = True
        abandon(self.stream)


def errors() -> TextIO:
    """Standard error, which never fails."""
    return cast(TextIO, Unfailing(sys.stderr))


def abandon(stream: TextIO) -> None:
    """Lead a stream to nowhere, or Python would complain at its end that what is left in it cannot be written."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
