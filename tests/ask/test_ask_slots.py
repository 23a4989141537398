import asyncio
import time

import pytest

from seedgen.ask.halt import Halt, Halted
from seedgen.ask.pace import Pace
from seedgen.ask.slots import Slots


def slots_of(pace: Pace) -> Slots:
    return Slots(pace, Halt(lambda event: None), time.monotonic)


async def test_a_free_slot_goes_to_the_oldest_ticket_that_waits() -> None:
    slots, order = slots_of(Pace(1, 1)), []

    async def work(ticket: int) -> None:
        async with slots.of(ticket):
            await asyncio.sleep(0)
            order.append(ticket)

    await asyncio.gather(*(work(ticket) for ticket in (9, 5, 7, 3, 5)))
    assert order == [9, 3, 5, 5, 7]


async def test_no_slot_is_lost_when_those_who_wait_are_cancelled() -> None:
    slots = slots_of(Pace(1, 1))

    async def work(ticket: int) -> None:
        async with slots.of(ticket):
            await asyncio.sleep(0.001)

    tasks = [asyncio.ensure_future(work(ticket)) for ticket in range(20)]
    await asyncio.sleep(0.004)
    for task in tasks[::2]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (slots.in_flight, slots.waiting) == (0, [])


async def test_those_who_wait_are_let_in_when_the_pace_allows_it_and_not_before() -> None:
    slots = slots_of(Pace(4, 4))
    slots.pace.requests.retune(600, time.monotonic())  # ten a second, and a hundred at once
    slots.pace.requests.take(100, time.monotonic())
    start = time.monotonic()
    async with slots.of(0) as slot:
        assert (time.monotonic() - start >= 0.09, slot.waited >= 0.09) == (True, True)


async def test_at_the_halt_nobody_waits_any_longer() -> None:
    slots = slots_of(Pace(1, 1))
    async with slots.of(0):
        waiting = asyncio.ensure_future(slots.take(1, 0))
        await asyncio.sleep(0)
        slots.halt("stopped", "enough")
        with pytest.raises(Halted):
            await waiting
    with pytest.raises(Halted):
        await slots.take(2, 0)
