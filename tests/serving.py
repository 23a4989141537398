"""The scripted teacher's server in a thread of its own, for tests whose client is another process or another event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from seedgen.scripted.server import ScriptedServer


@contextmanager
def serving(**options: Any) -> Iterator[ScriptedServer]:
    """A running `ScriptedServer(**options)`; its counts may be read from this thread."""
    loop, up, down = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    server = ScriptedServer(**options)

    async def serve() -> None:
        async with server:
            up.set()
            await down.wait()
        await asyncio.sleep(0.01)  # the connections that were dropped are let go of

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    up.wait()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(down.set)
        thread.join()
        loop.close()
