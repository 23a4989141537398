"""Places of which there are few, for those who may wait: they are let in by number, the lowest first, however they came."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class OldestFirst:
    """`async with places.of(number):` holds one of so many."""

    def __init__(self, places: int) -> None:
        self.free = places
        self.waiting: list[tuple[int, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def of(self, number: int) -> AsyncIterator[None]:
        """No two may wait with the same number."""
        if self.free:
            self.free -= 1
        else:
            await self.let_in(number)
        try:
            yield
        finally:
            self.leave()

    async def let_in(self, number: int) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self.waiting, (number, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave()
            raise

    def leave(self) -> None:
        while self.waiting:
            _, turn = heapq.heappop(self.waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self.free += 1
