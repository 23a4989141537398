import asyncio

from seedgen.loop.oldest import OldestFirst


async def test_the_lowest_number_comes_first_and_who_gives_up_takes_no_place() -> None:
    places, came = OldestFirst(1), []

    async def visit(number: int) -> None:
        async with places.of(number):
            came.append(number)

    async with places.of(0):
        visits = {number: asyncio.create_task(visit(number)) for number in (9, 4, 7)}
        await asyncio.sleep(0)
        visits[4].cancel()
    await asyncio.gather(*visits.values(), return_exceptions=True)
    assert (came, places.free) == ([7, 9], 1)


async def test_a_place_that_was_given_to_one_who_gave_up_at_once_goes_to_the_next() -> None:
    places = OldestFirst(1)
    async with places.of(0):
        first, second = (asyncio.create_task(places.let_in(n)) for n in (1, 2))
        await asyncio.sleep(0)
    first.cancel()
    await second
    assert places.free == 0
