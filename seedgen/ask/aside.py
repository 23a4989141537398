"""What takes longer the more a teacher sends, kept off the event loop where it is much."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

MUCH = 16_384
"""Bytes or characters; to read so many takes some 10 ms."""


async def aside(size: int, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `work` makes of these arguments, of which the largest has this size. It must be pure, or at least safe in a thread."""
    if size < MUCH:
        return work(*args, **kwargs)
    return await asyncio.to_thread(work, *args, **kwargs)
