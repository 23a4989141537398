"""A paused job, told from another process to go on where it is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, cast

from seedgen.events import End
from seedgen.runs.heartbeat import last_heartbeat
from seedgen.runs.job import RunEnding
from seedgen.runs.orders import Reply, order
from seedgen.store.folder import RunFolder
from seedgen.store.open import read_run

EVERY = 0.5
"""Seconds between two looks whether it still works."""


def paused(folder: RunFolder) -> bool:
    """Whether a job works on this run and is paused, or may be: one whose heartbeat cannot be read is asked to go on, too."""
    if not folder.busy():
        return False
    last = last_heartbeat(folder)
    return last is None or last.state == "paused"


def let_go_on(folder: RunFolder, settings: Mapping[str, Any]) -> Reply:
    """Have the paused job go on, under these live settings. Raises as `order` does."""
    if settings:
        order(folder, "set", settings)
    return order(folder, "go_on")


async def gone_on(folder: RunFolder, settings: Mapping[str, Any]) -> RunEnding:
    """Have the paused job go on in its own process, and wait until it has ended."""
    await asyncio.to_thread(let_go_on, folder, settings)
    while folder.busy():  # noqa: ASYNC110 - another process's lock, which wakes nobody
        await asyncio.sleep(EVERY)
    summary = read_run(folder).summary()
    end, message = summary.record.end, summary.record.end_message
    if not end:
        end, message = "interrupted", "its process ended without a word; what it saved is intact"
    return RunEnding(cast("End", end), message, summary.accepted, summary.record.target, folder=folder.path)
