"""Carrying out a coroutine from plain code, also where an event loop runs already, as in every cell of a notebook.

A loop cannot wait within itself, so there the coroutine gets a thread with a loop of its own. Ctrl-C means the same in both: the coroutine
is cancelled, which for a job is to stop launching, drain and save, and `KeyboardInterrupt` is raised when it has ended; a second one
cancels it again, which is to leave at once.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import copy_context
from functools import partial
from threading import current_thread, main_thread
from typing import Any, Generic, TypeVar

T = TypeVar("T")
Work = Callable[[], Coroutine[Any, Any, T]]


def in_a_loop() -> bool:
    """Whether an event loop runs in this thread."""
    with suppress(RuntimeError):
        asyncio.get_running_loop()
        return True
    return False


def waited(work: Work[T]) -> T:
    """The result of the coroutine that `work` makes. Raises what it raises, and `KeyboardInterrupt` when it has ended."""
    return in_a_thread(work) if in_a_loop() else asyncio.run(work())


def in_a_thread(work: Work[T]) -> T:
    job: Interruptible[T] = Interruptible(work)
    with ThreadPoolExecutor(1, "seedgen") as pool, on_ctrl_c(job.interrupt):
        try:
            result = pool.submit(copy_context().run, job.run).result()
        except asyncio.CancelledError:
            if job.interrupts:
                raise KeyboardInterrupt from None
            raise
    if job.interrupts:
        raise KeyboardInterrupt
    return result


class Interruptible(Generic[T]):
    """A coroutine to be run in one thread and cancelled from another."""

    def __init__(self, work: Work[T]) -> None:
        self.work, self.interrupts = work, 0
        self.cancel: Callable[[], object] | None = None

    def run(self) -> T:
        return asyncio.run(self.main())

    async def main(self) -> T:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        if task:
            self.cancel = partial(loop.call_soon_threadsafe, task.cancel)
        if self.interrupts:
            raise asyncio.CancelledError
        return await self.work()

    def interrupt(self) -> None:
        self.interrupts += 1
        if self.cancel:
            with suppress(RuntimeError):  # it has just ended, and its loop with it
                self.cancel()


@contextmanager
def on_ctrl_c(act: Callable[[], None]) -> Iterator[None]:
    """Have Ctrl-C do this while in the block, where it reaches us: in the main thread."""
    before = signal.getsignal(signal.SIGINT)
    if current_thread() is not main_thread() or before is None:
        yield
        return
    signal.signal(signal.SIGINT, lambda *_: act())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
