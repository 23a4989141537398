from __future__ import annotations

import json
import socket
import time
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from waiting import soon
from watched import Watched

from seedgen.events import Paused, RunStarted, Waiting
from seedgen.runs.heartbeat import FILE, Heartbeat, Standing, at_work, followed, last_heartbeat, silence, standing
from seedgen.runs.snapshot import Snapshot
from seedgen.store.files import put_whole
from seedgen.store.folder import RunFolder
from seedgen.store.lock import LockState

BEAT = Snapshot("it", "running", pid=7, host=socket.gethostname(), updated="2026-01-01T00:00:00.000Z", beat=1e9)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    (tmp_path / "run.db").touch()
    return RunFolder(tmp_path)


def left(folder: RunFolder, snapshot: Snapshot) -> RunFolder:
    """The folder with this as its last heartbeat."""
    put_whole(folder.path / FILE, json.dumps(asdict(snapshot)).encode())
    return folder


def test_a_heartbeat_is_read_as_it_was_written(folder: RunFolder) -> None:
    watched = Watched()
    watched.tally(Waiting("main", 9, "busy"))
    Heartbeat(folder.path, watched.tally, lambda: "2026-01-01T00:00:00.000Z").beat()
    found = last_heartbeat(folder)
    assert found is not None
    assert (found.name, found.state, found.updated, found.waiting[0].seconds) == ("first", "waiting", "2026-01-01T00:00:00.000Z", 9)
    assert (folder.path / FILE).stat().st_mode & 0o777 == 0o600


async def test_it_beats_while_in_the_block_and_once_more_on_leaving(folder: RunFolder) -> None:
    watched = Watched()
    async with Heartbeat(folder.path, watched.tally, lambda: "").beating():
        assert (found := last_heartbeat(folder)) is not None
        watched.tally(Paused(True))
        assert found.state != "paused"
        await soon(lambda: at_work(folder).state == "paused")
        watched.tally(RunStarted("other", 1, 0, 0, ()))
    assert at_work(folder).name == "other"


def test_a_disk_that_takes_nothing_does_not_end_the_run(tmp_path: Path) -> None:
    Heartbeat(tmp_path / "gone", Watched().tally, lambda: "").beat()
    assert last_heartbeat(RunFolder(tmp_path / "gone")) is None


@pytest.mark.parametrize("text", ["", "[]", "{", '{"state": "flying"}', '{"refusals": 3}', "[" * 100_000])
def test_what_is_no_heartbeat_is_none(folder: RunFolder, text: str) -> None:
    put_whole(folder.path / FILE, text.encode())
    assert last_heartbeat(folder) is None


def test_a_heartbeat_of_another_version_is_read_as_far_as_it_goes(folder: RunFolder) -> None:
    put_whole(folder.path / FILE, json.dumps({"name": "it", "state": "paused", "mood": "good"}).encode())
    assert last_heartbeat(folder) == Snapshot("it", "paused")


@pytest.mark.parametrize(
    ("end", "message", "found"),
    [
        ("", "", "crashed"),
        ("target", "25 accepted", "finished"),
        ("budget", "9 requests used", "stopped"),
    ],
)
def test_nobody_works_on_a_run_whose_lock_is_free_whatever_its_heartbeat_says(
    folder: RunFolder, end: str, message: str, found: str
) -> None:
    left(folder, replace(BEAT, beat=time.monotonic()))
    assert standing(folder, end, message).condition == found


@pytest.mark.parametrize(
    ("end", "found"),
    [
        ("", Standing("unknown", f"why; last heard of at {BEAT.updated}, process 7 on {BEAT.host}")),
        ("target", Standing("finished", "done")),
    ],
)
def test_nothing_is_called_crashed_that_may_be_running(folder: RunFolder, end: str, found: Standing) -> None:
    assert standing(left(folder, BEAT), end, "done", LockState("unknown", "why")) == found


@pytest.mark.parametrize(
    ("last", "found"),
    [
        (BEAT, Standing("running", f"process 7 on {BEAT.host}")),
        (replace(BEAT, state="paused"), Standing("paused", f"process 7 on {BEAT.host}")),
        (replace(BEAT, state="stopping", message="SIGTERM"), Standing("stopping", "SIGTERM")),
        (replace(BEAT, state="ended"), Standing("running")),
    ],
)
def test_a_run_that_is_held_stands_as_its_heartbeat_says(folder: RunFolder, last: Snapshot, found: Standing) -> None:
    with folder.held():
        left(folder, replace(last, beat=time.monotonic()))
        assert standing(folder, "", "") == found


def test_a_run_that_is_held_without_a_heartbeat_is_running(folder: RunFolder) -> None:
    with folder.held():
        assert standing(folder, "", "") == Standing("running")


def test_a_job_that_has_not_been_heard_of_is_silent(folder: RunFolder) -> None:
    with folder.held():
        left(folder, replace(BEAT, beat=time.monotonic() - 40_000))
        now = at_work(folder)
        assert (now.state, now.message[:6]) == ("silent", "for 40")
        assert standing(folder, "", "").condition == "silent"


def test_silence_is_measured_by_the_host_s_own_clock_and_elsewhere_by_the_time_of_day() -> None:
    now, today = time.monotonic(), datetime.now(UTC)
    wrong, then = (today + timedelta(days=400)).isoformat(), (today - timedelta(seconds=1000)).isoformat()
    assert silence(replace(BEAT, beat=now - 1000, updated=wrong)) == pytest.approx(1000, abs=300)
    assert silence(replace(BEAT, host="elsewhere", beat=0, updated=then)) == pytest.approx(1000, abs=300)
    assert silence(replace(BEAT, host="elsewhere", updated=wrong)) == 0
    assert silence(replace(BEAT, host="elsewhere", updated="at noon")) == 0


def test_a_job_is_followed_until_it_ends(folder: RunFolder) -> None:
    with folder.held():
        left(folder, replace(BEAT, beat=time.monotonic()))
        following = followed(folder)
        assert next(following).state == "running"
    assert list(following) == []
