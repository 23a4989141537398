"""The promises of a run, shown on whole runs against a real HTTP server, with real child processes really killed."""

import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from embedding import embedding
from serving import serving

from seedgen import open_run, resume, run
from seedgen.audit import check_run
from seedgen.config.model import Config, parse_config
from seedgen.events import Event, TicketFinished
from seedgen.scripted.faults import FaultRates, parse_latency
from seedgen.scripted.server import ScriptedServer

FAULTS = FaultRates(duplicates=0.2, malformed=0.1, refused=0.05)
WINDOW = 16


def config(server: ScriptedServer, target: int, concurrency: int = 8, **settings: Any) -> Config:
    data = {
        "target": target,
        "window": WINDOW,
        "concurrency": concurrency,
        "teachers": {"main": {"kind": "openai", "base_url": server.url, "model": "scripted", "api": "completion"}},
        "recipes": {"self-instruct": {"weight": 1}, "alpaca": {"weight": 1, "count": 3}},
        "gate": {"semantic": {"enabled": False}},
    }
    return parse_config({**data, **settings}, "test")


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    with serving(faults=FAULTS, latency=parse_latency("lognormal:0.005:1")) as running:
        yield running


@pytest.fixture(scope="module")
def uninterrupted(server: ScriptedServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The fingerprint of a run of 60 that nothing disturbed."""
    runs = tmp_path_factory.mktemp("runs")
    run(config(server, 60), "whole", runs=runs)
    return open_run("whole", runs).fingerprint()


@pytest.mark.parametrize("concurrency", [1, pytest.param(8, marks=pytest.mark.torture), 64])
def test_the_dataset_does_not_depend_on_concurrency(server: ScriptedServer, uninterrupted: str, tmp_path: Path, concurrency: int) -> None:
    run(config(server, 60, concurrency), "it", runs=tmp_path)
    assert open_run("it", tmp_path).fingerprint() == uninterrupted


def test_another_seed_gives_another_dataset(server: ScriptedServer, uninterrupted: str, tmp_path: Path) -> None:
    run(config(server, 60, seed=1), "it", runs=tmp_path)
    assert open_run("it", tmp_path).fingerprint() != uninterrupted


@pytest.mark.parametrize("target", [1, 7, pytest.param(100, marks=pytest.mark.torture)])
def test_a_run_ends_with_exactly_as_many_items_as_asked_for(server: ScriptedServer, tmp_path: Path, target: int) -> None:
    ending = run(config(server, target), "it", runs=tmp_path)
    reader = open_run("it", tmp_path)
    assert (ending.end, ending.accepted, reader.summary().accepted, len(list(reader.accepted()))) == ("target", target, target, target)


def test_a_finished_run_extended_is_the_longer_run(server: ScriptedServer, uninterrupted: str, tmp_path: Path) -> None:
    run(config(server, 20), "it", runs=tmp_path)
    short = list(open_run("it", tmp_path).accepted())
    resume("it", {"target": 60}, runs=tmp_path)
    reader = open_run("it", tmp_path)
    assert (list(reader.accepted())[:20], reader.fingerprint()) == (short, uninterrupted)


def test_a_run_stopped_by_its_limit_again_and_again_is_the_same_run_in_the_end(
    server: ScriptedServer, uninterrupted: str, tmp_path: Path
) -> None:
    run(config(server, 60, limits={"max_requests": 20}), "it", runs=tmp_path)
    for most in range(40, 10_000, 20):
        ending = resume("it", {"limits.max_requests": most}, runs=tmp_path)
        requests = open_run("it", tmp_path).summary().spend.requests
        assert requests <= most
        if ending.end == "target":
            break
    assert open_run("it", tmp_path).fingerprint() == uninterrupted


CHILD = """
import sys
import threading
from pathlib import Path
from seedgen import Config, run
tell = lambda event: print(type(event).__name__, flush=True)
run(Config.model_validate_json(sys.argv[1]), "it", runs=Path(sys.argv[2]), listeners=[tell])
"""


def start_and_kill(settings: Config, runs: Path, after: float | None) -> int:
    """Start the run in a child; SIGKILL it so many seconds after it got going (None: let it end). Returns its exit code."""
    command = [sys.executable, "-c", CHILD, settings.to_json(), str(runs)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        if after is not None:
            child.stdout.readline()
            time.sleep(after)
            child.send_signal(signal.SIGKILL)
        child.communicate()
        return child.returncode


@pytest.mark.torture
def test_killed_at_20_random_moments_it_is_the_same_run_and_nothing_saved_is_asked_again(uninterrupted: str, tmp_path: Path) -> None:
    rng = random.Random(20)
    with serving(faults=FAULTS, latency=parse_latency("lognormal:0.03:1")) as slow:
        settings = config(slow, 60)
        kills = sum(start_and_kill(settings, tmp_path, rng.uniform(0, 0.3)) == -signal.SIGKILL for _ in range(20))
        assert start_and_kill(settings, tmp_path, None) == 0
        served = Counter(slow.counts)
    reader = open_run("it", tmp_path)
    summary = reader.summary()
    saved = summary.spend.requests - summary.unseen - summary.failed_calls  # nothing here is free, so nothing is dropped
    assert (reader.fingerprint(), check_run(reader).problems) == (uninterrupted, ())
    assert kills
    assert served.total() - saved <= summary.unseen, "every answer paid for twice was in flight at a kill, and is listed as unseen"
    assert summary.unseen <= kills * 8


def expect_one_dataset_with_meanings(server: ScriptedServer, runs: Path, **semantic: Any) -> None:
    gate = {"semantic": {"enabled": True, **semantic}}
    run(config(server, 20, 1, gate=gate), "slow", runs=runs)
    run(config(server, 20, 16, gate=gate, limits={"max_requests": 30}), "fast", runs=runs)
    told: list[str] = []
    resume("fast", {"limits.max_requests": None}, runs=runs, listeners=[lambda event: told.append(str(event))])
    slow, fast = open_run("slow", runs), open_run("fast", runs)
    assert fast.fingerprint() == slow.fingerprint()
    assert any(name == "semantic" for name, _ in fast.summary().refusals)
    assert not any("encoding" in event for event in told)


def test_with_the_semantic_filter_it_is_one_dataset_too_and_a_restart_encodes_no_seed_again(server: ScriptedServer, tmp_path: Path) -> None:
    with embedding() as embeddings:
        expect_one_dataset_with_meanings(server, tmp_path, threshold=0.98, base_url=embeddings.base_url, model="letters")


@pytest.mark.torture
@pytest.mark.timeout(1200)
def test_with_the_bundled_embedding_model_too(server: ScriptedServer, tmp_path: Path) -> None:
    expect_one_dataset_with_meanings(server, tmp_path, threshold=0.5)


def test_teachers_answer_by_role_and_weight_and_a_restart_picks_the_same(server: ScriptedServer, tmp_path: Path) -> None:
    def teacher(role: str, temperature: float, weight: float = 1.0) -> dict[str, Any]:
        address = {"kind": "openai", "base_url": server.url, "model": "scripted", "api": "completion"}
        return {**address, "roles": [role], "weight": weight, "temperature": temperature}

    teachers = {"writer": teacher("propose", 0.7), "b": teacher("respond", 0.2, 3), "a": teacher("respond", 0.3)}
    run(config(server, 60, 1, teachers=teachers), "whole", runs=tmp_path)
    run(config(server, 60, 8, teachers=teachers, limits={"max_requests": 40}), "parts", runs=tmp_path)
    resume("parts", {"limits.max_requests": None}, runs=tmp_path)
    assert open_run("parts", tmp_path).fingerprint() == open_run("whole", tmp_path).fingerprint()
    with sqlite3.connect(tmp_path / "whole" / "run.db") as database:
        calls = Counter(database.execute("SELECT step = 'propose', teacher FROM call").fetchall())
    assert set(calls) == {(1, "writer"), (0, "a"), (0, "b")}
    assert calls[0, "b"] > calls[0, "a"]


def test_a_run_that_gets_nowhere_stops_and_says_why(server: ScriptedServer, tmp_path: Path) -> None:
    settings = config(
        server, 5, limits={"stall_tickets": 6}, gate={"semantic": {"enabled": False}, "shape": {"min_words": 140, "max_words": 150}}
    )
    ending = run(settings, "it", runs=tmp_path)
    assert (ending.end, ending.accepted) == ("stall", 0)
    assert "no accepted item in 6 tickets" in ending.message
    assert "shape: too_short" in ending.message


def test_a_run_out_of_time_stops_and_goes_on_later(server: ScriptedServer, uninterrupted: str, tmp_path: Path) -> None:
    ending = run(config(server, 60, limits={"max_time": 0.2}), "it", runs=tmp_path)
    assert (ending.end, ending.accepted < 60) == ("budget", True)
    resume("it", {"limits.max_time": None}, runs=tmp_path)
    assert open_run("it", tmp_path).fingerprint() == uninterrupted


def test_an_outage_costs_time_but_changes_nothing(server: ScriptedServer, uninterrupted: str, tmp_path: Path) -> None:
    with serving(faults=FAULTS, latency=parse_latency("0.02")) as failing:

        def end_it(event: Event) -> None:
            if isinstance(event, TicketFinished) and event.result.draw.ticket == 3:
                failing.listener.get_loop().call_soon_threadsafe(failing.shut)

        ending = run(config(failing, 60, limits={"max_wait": 1}), "it", runs=tmp_path, listeners=[end_it])
    assert (ending.end, ending.accepted < 60) == ("outage", True)
    resume("it", {"teachers.main.base_url": server.url}, runs=tmp_path)
    reader = open_run("it", tmp_path)
    assert (reader.fingerprint(), reader.summary().accepted) == (uninterrupted, 60)


def test_an_outage_of_one_teacher_over_several_starts_while_another_answers_changes_nothing(uninterrupted: str, tmp_path: Path) -> None:
    down = replace(FAULTS, http={"status_500": 1})
    with serving(faults=FAULTS) as a, serving(faults=FAULTS) as b:
        address = {"kind": "openai", "model": "scripted", "api": "completion", "attempts": 3}
        teachers = {name: {**address, "base_url": server.url} for name, server in (("a", a), ("b", b))}
        run(config(a, 60, teachers=teachers, limits={"max_requests": 20, "max_wait": 0.3}), "it", runs=tmp_path)
        a.faults, before = down, b.requests
        ends = [resume("it", {"limits.max_requests": None}, runs=tmp_path).end for _ in range(2)]
        answered, a.faults = b.requests - before, FAULTS
        resume("it", {}, runs=tmp_path)
    reader = open_run("it", tmp_path)
    assert (ends, answered > 0, reader.fingerprint(), reader.summary().accepted) == (["outage"] * 2, True, uninterrupted, 60)


def test_free_calls_dropped_at_the_target_are_asked_again_when_the_run_is_extended(tmp_path: Path) -> None:
    free = {"teachers": {"main": {"kind": "scripted", "latency": 0.1}}, "gate": {"semantic": {"enabled": False}}, "window": 8}
    run(parse_config({"target": 40, **free}, "test"), "whole", runs=tmp_path)
    run(parse_config({"target": 9, **free}, "test"), "grown", runs=tmp_path)
    with sqlite3.connect(tmp_path / "grown" / "run.db") as database:
        assert database.execute("SELECT count(*) FROM call WHERE state = 'dropped'").fetchone()[0] > 0
    assert check_run(open_run("grown", tmp_path)).problems == ()
    resume("grown", {"target": 40}, runs=tmp_path)
    assert check_run(open_run("grown", tmp_path)).problems == ()
    assert open_run("grown", tmp_path).fingerprint() == open_run("whole", tmp_path).fingerprint()
