from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest
from jobs import SLOW, detached
from processes import HANGS, Seedgen
from test_cli_run import refusing_server

from seedgen.cli import main
from seedgen.runs import spawn
from seedgen.store.folder import RunFolder
from seedgen.store.open import open_run


def test_a_detached_job_is_at_work_when_the_command_returns_and_belongs_to_no_terminal(tmp_path: Path) -> None:
    with detached(tmp_path) as job:
        assert (job.name, job.folder.busy()) == ("run-1", True)
        assert os.getsid(job.pid) == job.pid != os.getsid(0)
        files = {name: str(Path(f"/proc/{job.pid}/fd/{name}").readlink()) for name in (0, 1, 2)} if Path("/proc/self/fd").exists() else {}
        assert set(files.values()) <= {"/dev/null", str(job.folder.path / "stderr.txt")}
        os.kill(job.pid, signal.SIGHUP)
        assert main(["stop", job.name, "--runs", str(job.runs)]) == 0
        assert open_run(job.name, job.runs).record().end == "stopped"


def test_it_is_said_how_to_follow_it_and_to_end_it(seedgen: Seedgen, tmp_path: Path) -> None:
    done = seedgen("run", "--name", "a", "--target", "500", *SLOW, "--detach")
    assert "a has started, in process" in done.stdout
    assert [command for command in ("watch", "pause", "stop", "log") if f"seedgen {command} a" not in done.stdout] == []
    assert main(["stop", "a", "--runs", str(tmp_path / "runs")]) == 0


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["run", "--target", "0"], 2, "--target: target: "),
        (["run", "--seeds", "nowhere.jsonl"], 2, "nowhere.jsonl: no such seed file"),
        (["run", "--teacher", "scripted", "--set", "gate.custom=nowhere:nothing"], 2, "nowhere:nothing cannot be loaded"),
        (["resume", "nope"], 2, 'no run "nope"'),
    ],
)
def test_a_job_that_cannot_start_is_said_with_its_reason_and_its_exit_code(
    seedgen: Seedgen, tmp_path: Path, arguments: list[str], code: int, says: str
) -> None:
    done = seedgen(*arguments, "--detach", "--json", *([] if arguments[0] == "resume" else ["--set", "gate.semantic.enabled=false"]))
    assert done.returncode == code, done.stderr
    assert says in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.glob("runs/*")) == []


def test_a_run_that_is_at_work_already_is_exit_4(seedgen: Seedgen, runs: Path) -> None:
    with RunFolder(runs / "first").held():
        done = seedgen("resume", "first", "--runs", str(runs), "--target", "9", "--detach")
    assert (done.returncode, "another process" in done.stderr) == (4, True)


def test_a_run_that_ends_before_it_starts_says_how(seedgen: Seedgen, runs: Path) -> None:
    done = seedgen("resume", "first", "--runs", str(runs), "--detach", "--json")
    assert (done.returncode, json.loads(done.stdout)["end"]) == (0, "target")


def test_a_key_that_is_refused_is_no_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(spawn, "PATIENCE", HANGS)
    asking = ["--model", "m", "--set", "gate.semantic.enabled=false", "--runs", str(tmp_path)]
    with refusing_server() as url:
        code = main(["run", "--name", "a", "--base-url", url, *asking, "--detach"])
    assert (code, "a stopped short (teacher)" in capfd.readouterr().out) == (5, True)
