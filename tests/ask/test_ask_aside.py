import threading

import pytest

from seedgen.ask.aside import MUCH, aside


@pytest.mark.parametrize(("size", "here"), [(MUCH - 1, True), (MUCH, False)])
async def test_what_is_much_is_worked_on_in_a_thread(size: int, here: bool) -> None:
    assert (await aside(size, threading.get_ident) == threading.get_ident()) == here


async def test_what_goes_wrong_there_is_told_here() -> None:
    with pytest.raises(ValueError, match="no"):
        await aside(MUCH, int, "no")
