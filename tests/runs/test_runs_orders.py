from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seedgen.config.model import Config, stored_config
from seedgen.errors import RunConflict, SeedgenError, UsageError
from seedgen.events import Event, Notice
from seedgen.records import Mark
from seedgen.runs.marking import put_marks
from seedgen.runs.orders import FOLDER, KEPT, LARGEST, Channel, order
from seedgen.store.folder import RunFolder

ID = "00000000000000000001-0badcafe"


NOWHERE = 99


@dataclass
class FakeJob:
    """Remembers what it was told."""

    config: Config = field(default_factory=Config)
    told: list[str] = field(default_factory=list)

    def pause(self) -> None:
        self.told.append("pause")

    def go_on(self) -> None:
        self.told.append("go_on")

    def mark(self, mark: Mark) -> Mark:
        if mark.ticket == NOWHERE:
            raise UsageError(f"no item {mark.ref}")
        self.told.append(mark.ref)
        return mark

    def stop(self, message: str) -> None:
        self.told.append(message)

    def change(self, settings: Mapping[str, Any]) -> None:
        self.config = stored_config("{}", "the fake job", settings)


@dataclass
class Bench:
    """A channel with a job behind it, whose looks are ours to take."""

    folder: RunFolder
    job: FakeJob = field(default_factory=FakeJob)
    said: list[Event] = field(default_factory=list)
    now: float = 0.0

    def __post_init__(self) -> None:
        self.channel = Channel(self.folder.path, self.job, self.said.append, timer=lambda: self.now)
        self.channel.make()

    @property
    def path(self) -> Path:
        return self.folder.path / FOLDER

    def names(self) -> list[str]:
        return sorted(path.name for path in self.path.iterdir())

    def answer_to(self, text: bytes) -> Mapping[str, Any]:
        (self.path / f"{ID}.order").write_bytes(text)
        self.channel.look()
        reply = self.path / f"{ID}.reply"
        found: Mapping[str, Any] = json.loads(reply.read_text())
        reply.unlink()
        return found


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(RunFolder(tmp_path))


@contextmanager
def at_work(bench: Bench) -> Iterator[None]:
    """The job at work in a thread of its own, its folder held."""
    loop, done = asyncio.new_event_loop(), asyncio.Event()

    async def work() -> None:
        async with bench.channel.open():
            await done.wait()

    with bench.folder.held():
        thread = threading.Thread(target=loop.run_until_complete, args=(work(),))
        thread.start()
        try:
            yield
        finally:
            loop.call_soon_threadsafe(done.set)
            thread.join()
            loop.close()


def test_orders_reach_the_job_and_are_answered(bench: Bench) -> None:
    (bench.folder.path / "run.db").touch()
    with at_work(bench):
        assert order(bench.folder, "pause")["pid"] == os.getpid()
        order(bench.folder, "go_on")
        order(bench.folder, "stop")
        reply = order(bench.folder, "set", {"limits.max_cost": 5, "concurrency": 64})
    assert bench.job.told == ["pause", "go_on", "stopped by seedgen stop"]
    assert reply["in_force"] == {"concurrency": 64, "limits.max_cost": 5.0}
    assert bench.said == [Notice("changed by seedgen set: concurrency is 64, limits.max_cost is 5.0")]
    assert bench.names() == []


def test_an_order_may_hold_the_texts_of_an_item_and_one_too_large_is_not_sent(bench: Bench) -> None:
    with at_work(bench):
        reply = order(bench.folder, "mark", {"ticket": 1, "ordinal": 0, "instance": 0, "output": "é" * 500_000})
        with pytest.raises(UsageError, match=r"bytes are more than a running job is told"):
            order(bench.folder, "mark", {"ticket": 1, "ordinal": 0, "instance": 0, "output": "w" * LARGEST})
    assert reply["marked"]["output"] == "é" * 500_000


def test_many_marks_are_told_of_in_few_orders_up_to_one_that_cannot_be(bench: Bench) -> None:
    marks = [Mark(n, 0, 0) for n in range(50)]
    with at_work(bench):
        assert list(put_marks(bench.folder, marks, lambda: "")) == marks
        with pytest.raises(UsageError, match=r"no item 99\.0"):
            list(put_marks(bench.folder, [Mark(0, 1, 0), Mark(NOWHERE, 0, 0), Mark(0, 2, 0)], lambda: ""))
    assert bench.job.told == [mark.ref for mark in (*marks, Mark(0, 1, 0))]


def test_what_the_job_refuses_is_the_same_error_here(bench: Bench) -> None:
    (bench.folder.path / "run.db").touch()
    with at_work(bench), pytest.raises(UsageError, match=r"limits\.max_cots"):
        order(bench.folder, "set", {"limits.max_cots": 5})


def test_a_run_that_nobody_works_on_takes_no_orders(bench: Bench) -> None:
    with pytest.raises(UsageError, match="is not running"):
        order(bench.folder, "pause")


def test_a_job_that_does_not_answer_is_not_waited_for_for_ever(bench: Bench) -> None:
    (bench.folder.path / "run.db").touch()
    with bench.folder.held(), pytest.raises(RunConflict, match="does not answer"):
        order(bench.folder, "pause", patience=0.2)
    assert bench.names() == []


def test_a_process_that_works_without_a_channel_takes_no_orders(tmp_path: Path) -> None:
    (tmp_path / "run.db").touch()
    with RunFolder(tmp_path).held(), pytest.raises(RunConflict, match="takes no orders"):
        order(RunFolder(tmp_path), "pause")


def test_a_run_that_may_be_at_work_is_asked(bench: Bench) -> None:
    (bench.folder.path / "lock").symlink_to("lock")  # which no system call can follow
    with pytest.raises(RunConflict, match="does not answer; whether a job works on it cannot be seen"):
        order(bench.folder, "pause", patience=0.2)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "JSONDecodeError"),
        (b'"\xff"', "UnicodeDecodeError"),
        (b"[" * 60_000, "RecursionError"),
        (b"[]", "no such order"),
        (b'{"command": "fly"}', "no such order"),
        (b'{"command": "set"}', "no such order"),
        (b'{"command": "set", "settings": {}}', "no such order"),
        (b'{"command": "set", "settings": {"target": [[]]}}', "target"),
        (b'{"command": "set", "settings": {"target.x.y": 1}}', "target"),
        (b" " * (LARGEST + 1), "JSONDecodeError"),
    ],
)
def test_what_is_no_order_is_answered_with_an_error(bench: Bench, text: bytes, says: str) -> None:
    assert says in bench.answer_to(text)["error"]
    assert bench.job.told == []


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_no_order_hurts_the_job(bench: Bench, value: Any) -> None:
    for told in (
        value,
        {"command": value},
        {"command": "set", "settings": value},
        {"command": "set", "settings": {"limits.max_cost": value}},
    ):
        assert bench.answer_to(json.dumps(told).encode()).keys() & {"error", "pid"}
    assert bench.job.told == []


def test_foreign_files_are_left_alone_and_hold_nothing_up(bench: Bench, tmp_path: Path) -> None:
    os.mkfifo(bench.path / "00000000000000000000-00000000.order")
    (bench.path / "00000000000000000000-00000001.order").mkdir()
    (tmp_path / "secret").write_text('{"command": "stop"}')
    (bench.path / "00000000000000000000-00000002.order").symlink_to(tmp_path / "secret")
    (bench.path / "notes.txt").write_text("mine")
    assert "pid" in bench.answer_to(b'{"command": "pause"}')
    assert bench.job.told == ["pause"]
    assert (bench.path / "notes.txt").read_text() == "mine"


def test_many_orders_are_taken_some_at_a_time_and_in_order(bench: Bench) -> None:
    for number in range(35):
        (bench.path / f"{number:020}-00000000.order").write_text('{"command": "stop"}' if number == 34 else '{"command": "pause"}')
    more = []
    while not more or more[-1]:
        more.append(bench.channel.look())
        assert len(bench.job.told) <= 10 * len(more)
    assert (more, bench.job.told[:34], len(bench.job.told)) == ([True, True, True, False], ["pause"] * 34, 35)


def test_what_cannot_be_taken_away_keeps_nothing_waiting(bench: Bench) -> None:
    for number in range(12):
        (bench.path / f"{number:020}-00000000.order").mkdir()
    bench.channel.look()
    bench.channel.look()
    assert "pid" in bench.answer_to(b'{"command": "pause"}')


@pytest.mark.parametrize("key", ["concurrency", "limits.max_tokens", "limits.max_requests", "limits.stall_tickets"])
@pytest.mark.parametrize("value", [1e20, 10**20, 10**400, 1e300])
def test_a_number_beyond_all_reason_changes_nothing(bench: Bench, key: str, value: float) -> None:
    assert "error" in bench.answer_to(json.dumps({"command": "set", "settings": {key: value}}).encode())
    assert bench.job.config == Config()


def test_the_next_start_throws_away_what_a_dead_process_left_and_nothing_else(bench: Bench) -> None:
    for name in (f"{ID}.order", f"{ID}.reply", f"{ID}.order.new", "notes.txt"):
        (bench.path / name).write_text("{}")
    bench.channel.make()
    assert bench.names() == ["notes.txt"]


def test_a_reply_that_nobody_fetches_does_not_stay(bench: Bench) -> None:
    (bench.path / f"{ID}.order").write_text('{"command": "pause"}')
    bench.channel.look()
    assert bench.names() == [f"{ID}.reply"]
    bench.now += KEPT + 1
    bench.channel.look()
    assert bench.names() == []


def test_a_folder_that_somebody_removed_is_made_again(bench: Bench) -> None:
    bench.path.rmdir()
    bench.channel.look()
    assert bench.answer_to(b'{"command": "pause"}')["pid"]


def test_the_folder_is_for_its_owner_alone(bench: Bench) -> None:
    assert bench.path.stat().st_mode & 0o777 == 0o700


async def test_a_folder_that_cannot_be_made_is_said_and_the_job_goes_on(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("in the way")
    said: list[Event] = []
    channel = Channel(tmp_path, FakeJob(), said.append)
    channel.make()
    async with channel.open():
        await asyncio.sleep(0)
    assert "takes no orders" in str(said[0])


def test_the_errors_of_a_reply_have_the_exit_code_of_the_job(bench: Bench) -> None:
    assert bench.answer_to(b'{"command": "set", "settings": {"target": 0}}')["exit_code"] == UsageError.exit_code
    assert issubclass(UsageError, SeedgenError)
