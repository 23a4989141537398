"""Waiting for what a test is about to look at, however long that takes: what hangs is ended by the limit that pytest sets every test."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


def until(happened: Callable[[], object]) -> None:
    while not happened():
        time.sleep(0.01)


async def soon(happened: Callable[[], object]) -> None:
    """The same in an event loop, which goes on meanwhile."""
    while not happened():  # noqa: ASYNC110 - what happens in the code under test sets no event of ours
        await asyncio.sleep(0.001)
