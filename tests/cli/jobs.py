"""Jobs in processes of their own, for tests of the commands that follow and steer them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from processes import QUICK

from seedgen.config.model import parse_config
from seedgen.runs.spawn import Launch, spawn
from seedgen.store.folder import RunFolder

SLOW = (*QUICK, "--set", "teachers.main.latency=0.2", "--concurrency", "4")
SETTINGS = {
    "target": 5000,
    "concurrency": 4,
    "teachers": {"main": {"kind": "scripted", "latency": 0.2}},
    "gate": {"semantic": {"enabled": False}},
}


@dataclass(frozen=True)
class DetachedJob:
    """A job that was started with --detach."""

    name: str
    pid: int
    runs: Path

    @property
    def folder(self) -> RunFolder:
        return RunFolder(self.runs / self.name)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        while self.folder.busy():
            time.sleep(0.02)


@contextmanager
def left_behind(job: DetachedJob) -> Iterator[DetachedJob]:
    """It is killed at the end of the block if it is still there."""
    try:
        yield job
    finally:
        job.kill()


@contextmanager
def detached(place: Path) -> Iterator[DetachedJob]:
    """The run "a", launched as `seedgen run --detach` does it; killed at the end of the block if it is still there."""
    started = spawn(Launch("a", place / "runs", parse_config(SETTINGS, "test")))
    with left_behind(DetachedJob(started.name, started.pid, place / "runs")) as job:
        yield job
