"""Whose turn it is to ask a teacher: the oldest ticket's, as soon as the teacher's pace allows a call.

Later tickets wait for earlier ones at the gate anyway, so a slot is best spent on the earliest ticket that wants one. Time spent here is
our own: it is never counted as the provider's.
"""

from __future__ import annotations

import asyncio
import heapq
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from seedgen.ask.halt import Halt, Halted
from seedgen.ask.pace import Pace


@dataclass(frozen=True, slots=True)
class Slot:
    """The right to one call: since when, after how many seconds of waiting, and with how many tokens reserved. `full`: it was the last."""

    since: float
    waited: float
    tokens: float
    full: bool


class Slots:
    """`async with slots.of(ticket, tokens) as slot:` holds one of the calls that `pace` allows; those who wait are served by ticket number.

    While `paused` nobody is served; after the halt, waiting raises `Halted`. `timer` is the event loop's by default.
    """

    def __init__(self, pace: Pace, halt: Halt, timer: Callable[[], float] | None = None) -> None:
        self.pace, self.halt = pace, halt
        self.timer = timer or asyncio.get_running_loop().time
        self.in_flight = 0
        self.paused = False
        self.waiting: list[tuple[int, int, float, asyncio.Future[tuple[float, bool]]]] = []
        self.arrivals = 0
        self.alarm: asyncio.TimerHandle | None = None
        halt.followers.append(self.dismiss)

    @asynccontextmanager
    async def of(self, ticket: int, tokens: float = 0.0) -> AsyncIterator[Slot]:
        slot = await self.take(ticket, tokens)
        try:
            yield slot
        finally:
            self.in_flight -= 1
            self.serve()

    async def take(self, ticket: int, tokens: float) -> Slot:
        self.halt.check()
        came, granted = self.timer(), asyncio.get_running_loop().create_future()  # since when, and whether it was the last one
        self.arrivals += 1
        heapq.heappush(self.waiting, (ticket, self.arrivals, tokens, granted))
        self.serve()
        try:
            since, full = await granted
        except asyncio.CancelledError:
            if granted.done() and not granted.cancelled() and not granted.exception():
                self.in_flight -= 1
                self.serve()
            raise
        return Slot(since, since - came, tokens, full)

    def serve(self) -> None:
        """Let in as many of those who wait as the pace allows, and look again when it may allow the next."""
        if self.alarm:
            self.alarm.cancel()
            self.alarm = None
        while self.waiting and not self.paused:
            _, _, tokens, granted = self.waiting[0]
            if not granted.done():
                now = self.timer()
                ready = self.pace.ready_at(self.in_flight, tokens, now)
                if ready > now:
                    self.wake(ready - now)
                    return
                self.in_flight += 1
                self.pace.sent(tokens, now)
                granted.set_result((now, self.in_flight >= self.pace.at_once))
            heapq.heappop(self.waiting)

    def wake(self, seconds: float) -> None:
        if seconds < math.inf:
            self.alarm = asyncio.get_running_loop().call_later(seconds, self.serve)

    def dismiss(self) -> None:
        """Nobody is served any more."""
        if self.alarm:
            self.alarm.cancel()
            self.alarm = None
        for *_, granted in self.waiting:
            if not granted.done():
                granted.set_exception(Halted())
        self.waiting.clear()

    def pause(self, paused: bool) -> None:
        """Serve nobody for now, or go on."""
        self.paused = paused
        self.serve()
