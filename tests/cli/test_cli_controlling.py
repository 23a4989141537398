from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from pathlib import Path

import pytest
from jobs import DetachedJob, detached

from seedgen.api import resume
from seedgen.cli import main
from seedgen.cli.commands.set import as_flag, live_values
from seedgen.config.model import Config
from seedgen.store.open import open_run


def state_of(job: DetachedJob, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    main(["runs", "--runs", str(job.runs), "--json"])
    return str(json.loads(capsys.readouterr().out)[0]["state"])


def wait_for(job: DetachedJob, state: str, capsys: pytest.CaptureFixture[str]) -> None:
    while state_of(job, capsys) != state:
        time.sleep(0.1)


def test_a_job_is_paused_changed_gone_on_with_and_stopped_from_outside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with detached(tmp_path) as job:
        there = ["--runs", str(job.runs)]
        assert main(["pause", "a", *there]) == 0
        assert "a is paused; go on with: seedgen resume a" in capsys.readouterr().out
        wait_for(job, "paused", capsys)

        assert main(["set", "a", "concurrency=3", "max-requests=100000", *there, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["in_force"] == {"concurrency": 3, "limits.max_requests": 100000}
        assert main(["set", "a", "seed=7", *there]) == 2
        assert "seed cannot be changed" in capsys.readouterr().err

        assert main(["resume", "a", "--target", "6000", *there]) == 0
        assert f"a goes on in its own process, {job.pid}" in capsys.readouterr().out
        wait_for(job, "running", capsys)

        while not (first := next(open_run("a", job.runs).accepted(), None)):
            time.sleep(0.1)
        assert main(["mark", "a", first.ref, "--reject", "wrong", *there]) == 0
        assert f"{first.ref} (version 1) rejected" in capsys.readouterr().out
        assert open_run("a", job.runs).summary().rejected == 1
        assert main(["mark", "a", "9999.0", "--accept", *there]) == 2
        assert "no item 9999.0" in capsys.readouterr().err

        assert main(["stop", "a", *there]) == 0
        assert capsys.readouterr().out == "a stopped: stopped by seedgen stop\n"
        assert (open_run("a", job.runs).record().target, job.folder.busy()) == (6000, False)


def test_a_paused_job_goes_on_from_python_which_hears_how_it_ended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with detached(tmp_path) as job:
        assert main(["pause", "a", "--runs", str(job.runs)]) == 0
        wait_for(job, "paused", capsys)
        ending = resume("a", {"limits.max_requests": 1}, runs=job.runs)
        assert (ending.end, ending.name, ending.open().record().end) == ("budget", "a", "budget")


def test_a_paused_job_goes_on_also_where_its_heartbeat_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with detached(tmp_path) as job:
        there = ["--runs", str(job.runs)]
        assert main(["pause", "a", *there]) == 0
        while (job.folder.path / "live.json").is_file():
            (job.folder.path / "live.json").unlink(missing_ok=True)
            with suppress(FileExistsError):
                (job.folder.path / "live.json").mkdir()
        assert main(["resume", "a", *there]) == 0
        assert f"a goes on in its own process, {job.pid}" in capsys.readouterr().out


def test_a_paused_job_that_was_killed_goes_on_in_a_new_process(tmp_path: Path) -> None:
    with detached(tmp_path) as job:
        there = ["--runs", str(job.runs)]
        assert main(["pause", "a", *there]) == 0
        job.kill()
        before = open_run("a", job.runs).summary().spend.requests
        assert main(["resume", "a", *there, "--max-requests", str(before + 40)]) == 3
        assert open_run("a", job.runs).summary().spend.requests > before


def test_a_job_that_was_killed_has_crashed_and_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with detached(tmp_path) as job:
        job.kill()
        assert state_of(job, capsys) == "crashed"
        assert main(["watch", "a", "--runs", str(job.runs)]) == 1
        assert "a crashed" in capsys.readouterr().out
        assert main(["resume", "a", "--runs", str(job.runs), "--max-requests", "1"]) == 3


def test_status_names_the_process_that_works(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with detached(tmp_path) as job:
        assert main(["status", "a", "--runs", str(job.runs)]) == 0
        assert f"running: process {job.pid} on {os.uname().nodename}" in capsys.readouterr().out


@pytest.mark.parametrize("command", [["pause", "first"], ["stop", "first"], ["set", "first", "target=9"]])
def test_a_run_that_is_not_running_takes_no_orders(runs: Path, command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, "--runs", str(runs)]) == 2
    assert 'run "first" is not running' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("assignment", "flag"),
    [
        ("max-cost=5", "--max-cost 5"),
        ("limits.max_time=2h", "--max-time 2h"),
        ("target=9", "--target 9"),
        ("concurrency=auto", "--concurrency auto"),
        ("teachers.main.attempts=3", "--set teachers.main.attempts=3"),
    ],
)
def test_what_cannot_be_set_now_is_given_as_flags_for_later(assignment: str, flag: str) -> None:
    assert as_flag(assignment) == flag


def test_short_names_and_words_for_nothing() -> None:
    given = ["max-cost=none", "max_wait=2h", "concurrency=auto", "target=9"]
    assert live_values(given, Config()) == {"limits.max_cost": None, "limits.max_wait": "2h", "concurrency": None, "target": 9}
