"""Whether a run goes on: the halt that everything which waits, sends or walks looks at, and the first reason given for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from seedgen.events import End, Listener, Stopping
from seedgen.failpoints import failpoint

T = TypeVar("T")


class Halted(Exception):
    """No new call may be launched: the ticket stays unfinished, and the next start walks it again."""


class Halt:
    """Whether, and why, no new call is launched. The first reason given stands, unless what was in flight then reaches the target."""

    def __init__(self, emit: Listener) -> None:
        self.emit = emit
        self.end: End | None = None
        self.message = ""
        self.in_flight = 0
        self.followers: list[Callable[[], None]] = []
        self._event = asyncio.Event()

    def __call__(self, end: End, message: str) -> None:
        if self.end is not None:
            if end == "target":
                self.end, self.message = end, message
            return
        self.end, self.message = end, message
        failpoint("drain.halted")
        self._event.set()
        for follow in self.followers:
            follow()
        self.emit(Stopping(end, message, self.in_flight))

    def check(self) -> None:
        if self.end is not None:
            raise Halted

    async def sleep(self, seconds: float) -> None:
        """Sleep, but no longer than until the halt. Raises `Halted`."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
        raise Halted

    async def unless(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`, unless the halt comes first. Raises `Halted`."""
        working, halted = asyncio.ensure_future(work), asyncio.ensure_future(self._event.wait())
        try:
            await asyncio.wait((working, halted), return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                raise Halted
            return working.result()
        finally:
            working.cancel()
            halted.cancel()
