import asyncio

from seedgen.slots import Slots


async def test_a_free_slot_goes_to_the_oldest_ticket_that_waits() -> None:
    slots, order = Slots(1), []

    async def work(ticket: int) -> None:
        async with slots.of(ticket):
            await asyncio.sleep(0)
            order.append(ticket)

    await asyncio.gather(*(work(ticket) for ticket in (9, 5, 7, 3, 5)))
    assert order == [9, 3, 5, 5, 7]


async def test_no_slot_is_lost_when_those_who_wait_are_cancelled() -> None:
    slots = Slots(1)

    async def work(ticket: int) -> None:
        async with slots.of(ticket):
            await asyncio.sleep(0.001)

    tasks = [asyncio.ensure_future(work(ticket)) for ticket in range(20)]
    await asyncio.sleep(0.004)
    for task in tasks[::2]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (slots.free, slots.waiting) == (1, [])
