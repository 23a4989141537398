"""How many calls may be in flight at once, and whose turn it is: the oldest ticket's.

Later tickets wait for earlier ones at the gate anyway, so a slot is best spent on the earliest ticket that wants one.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Slots:
    """`async with slots.of(ticket):` holds one of `count` slots; those who wait are served by ticket number."""

    def __init__(self, count: int) -> None:
        self.free = count
        self.waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self.arrivals = 0

    @asynccontextmanager
    async def of(self, ticket: int) -> AsyncIterator[None]:
        await self.take(ticket)
        try:
            yield
        finally:
            self.give()

    async def take(self, ticket: int) -> None:
        if self.free > 0:
            self.free -= 1
            return
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.arrivals += 1
        heapq.heappush(self.waiting, (ticket, self.arrivals, granted))
        try:
            await granted
        except asyncio.CancelledError:
            if granted.done() and not granted.cancelled():
                self.give()
            raise

    def give(self) -> None:
        """Hand the slot to the next who still waits, or keep it free."""
        while self.waiting:
            granted = heapq.heappop(self.waiting)[2]
            if not granted.done():
                granted.set_result(None)
                return
        self.free += 1
