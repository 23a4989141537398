from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from seedgen.children import command
from seedgen.config.model import Config, parse_config
from seedgen.errors import RunLocked, SeedgenError, UsageError
from seedgen.events import Ending, Event, Notice, RunStarted, Waiting
from seedgen.runs.heartbeat import followed, standing
from seedgen.runs.orders import order
from seedgen.runs.spawn import CHILD, Ended, Failed, Launch, Report, from_json, from_line, outcome, spawn, to_json, to_line
from seedgen.store.folder import RunFolder
from seedgen.store.open import open_run


def config(target: int, latency: float = 0.0, **gate: object) -> Config:
    teachers = {"main": {"kind": "scripted", "latency": latency}}
    return parse_config({"target": target, "teachers": teachers, "gate": {"semantic": {"enabled": False}, **gate}}, "test")


def test_a_run_is_launched_from_code_and_its_folder_tells_when_it_has_ended(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    started = spawn(Launch("first", tmp_path, config(40, latency=0.2)))
    for _ in followed(RunFolder(tmp_path / "first")):
        pass
    record = open_run("first", tmp_path).record()
    how = standing(RunFolder(tmp_path / "first"), record.end, record.end_message)
    assert (started.name, started.ending, record.end, how.condition, capfd.readouterr()) == ("first", None, "target", "finished", ("", ""))


def test_what_there_is_to_hear_until_then_comes_as_events(tmp_path: Path) -> None:
    heard: list[Event] = []
    started = spawn(Launch(None, tmp_path, config(5000, latency=0.2)), heard.append)
    order(RunFolder(tmp_path / started.name), "stop")
    for _ in followed(RunFolder(tmp_path / started.name)):
        pass
    assert [(event.name, event.target, event.accepted) for event in heard if isinstance(event, RunStarted)] == [("run-1", 5000, 0)]


@pytest.mark.parametrize(
    "report",
    [
        Notice("seeds: 3 of them\nare alike"),
        Waiting("main", 9.5, "busy"),
        RunStarted("it", 9, 1, 2, ("main", "judge"), 3),
        Ended("it", 1.5, Ending("interrupted", "SIGTERM", 1, 9, 15)),
        Failed("UsageError", "no"),
    ],
)
def test_a_report_is_a_line_and_is_read_as_it_was_written(report: Report) -> None:
    line = to_line(report).encode()
    assert (from_line(line), line.count(b"\n")) == (report, 1)


def test_a_run_that_is_over_before_it_has_started_says_how(tmp_path: Path) -> None:
    spawn(Launch("first", tmp_path, config(2)))
    for _ in followed(RunFolder(tmp_path / "first")):
        pass
    ended = spawn(Launch("first", tmp_path))
    assert ended.ending == Ending("target", ended.ending.message if ended.ending else "", 2, 2)


@pytest.mark.parametrize(
    ("launch", "kind", "says"),
    [
        (Launch("a", config=config(8, custom=["nowhere:nothing"])), UsageError, "nowhere:nothing cannot be loaded"),
        (Launch("nope"), UsageError, 'no run "nope"'),
    ],
)
def test_what_keeps_a_run_from_starting_is_the_error_it_would_be_here(
    tmp_path: Path, launch: Launch, kind: type[SeedgenError], says: str
) -> None:
    with pytest.raises(kind, match=says):
        spawn(replace(launch, runs=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_is_worked_on_already_cannot_be_launched(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "first")
    folder.make()
    with folder.held(), pytest.raises(RunLocked):
        spawn(Launch("first", tmp_path, config(8)))


def test_an_error_that_nobody_foresaw_is_told_with_its_traceback() -> None:
    child = [sys.executable, "-c", "from seedgen.runs.spawn import attend; attend(lambda *_: {}['odd'])"]
    with subprocess.Popen(child, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdin is not None
        process.stdin.write(to_json(Launch("a")))
        process.stdin.close()
        with pytest.raises(RuntimeError, match="KeyError: 'odd'") as found:
            outcome(process, lambda _: None, patience=60)
    assert "Traceback" in found.value.__notes__[0]


def test_a_child_whose_parent_is_gone_before_it_starts_goes_on_without_it(tmp_path: Path) -> None:
    with subprocess.Popen(command(CHILD), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.close()
        process.stdin.write(to_json(Launch("a", tmp_path, config(8))))
        process.stdin.close()
        assert process.wait(timeout=60) == 0
    assert sorted(path.name for path in (tmp_path / "a").glob("*.txt")) == []


@pytest.mark.parametrize(
    "launch",
    [
        Launch(
            "a", Path("there"), parse_config({"target": 7, "recipes": {"self-instruct": {"weight": 0}, "alpaca": {"weight": 1}}}, "test")
        ),
        Launch(None, Path("there"), Config()),
        Launch("a", Path("b"), settings={"target": 9}),
    ],
)
def test_a_launch_is_handed_over_whole(launch: Launch) -> None:
    assert from_json(to_json(launch).decode()) == launch
