"""Why a run goes on no longer."""

import asyncio

from seedgen.ask.halt import Halt
from seedgen.events import End, Event


def halted(*reasons: End) -> tuple[str | None, int]:
    """What stands after these, and how often listeners were told to stop."""
    heard: list[Event] = []

    async def run() -> Halt:
        halt = Halt(heard.append)
        for reason in reasons:
            halt(reason, reason)
        return halt

    return asyncio.run(run()).end, len(heard)


def test_the_first_reason_stands_unless_what_was_in_flight_reaches_the_target() -> None:
    assert halted("budget", "stall", "interrupted") == ("budget", 1)
    assert halted("budget", "stall", "target", "outage") == ("target", 1)
