"""Jobs in processes of their own, for tests of the commands that follow and steer them."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from processes import HANGS, QUICK, child

from seedgen.store.folder import RunFolder

SLOW = (*QUICK, "--set", "teachers.main.latency=0.2", "--concurrency", "4")


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
def detached(place: Path, *arguments: str) -> Iterator[DetachedJob]:
    """A job that `seedgen run --detach` has left behind in `place`; killed at the end of the block if it is still there."""
    with child(["run", "--target", "5000", *SLOW, *arguments, "--detach", "--json"], place) as process:
        out, err = process.communicate(timeout=HANGS)
    assert process.returncode == 0, err
    told = json.loads(out)
    job = DetachedJob(told["name"], told["pid"], place / "runs")
    try:
        yield job
    finally:
        job.kill()
