from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest
from jobs import SLOW, DetachedJob, left_behind
from processes import HANGS, Seedgen
from test_cli_run import refusing_server

from seedgen.cli import main
from seedgen.runs import spawn
from seedgen.store.folder import RunFolder
from seedgen.store.open import open_run


def test_a_detached_job_is_at_work_when_the_command_returns_and_belongs_to_no_terminal(seedgen: Seedgen, tmp_path: Path) -> None:
    told = json.loads(seedgen("run", "--target", "5000", *SLOW, "--detach", "--json").stdout)
    with left_behind(DetachedJob(told["name"], told["pid"], tmp_path / "runs")) as job:
        assert (job.name, job.folder.busy()) == ("run-1", True)
        assert os.getsid(job.pid) == job.pid != os.getsid(0)
        files = {name: str(Path(f"/proc/{job.pid}/fd/{name}").readlink()) for name in (0, 1, 2)} if Path("/proc/self/fd").exists() else {}
        assert set(files.values()) <= {"/dev/null", str(job.folder.path / "stderr.txt")}
        os.kill(job.pid, signal.SIGHUP)
        assert main(["stop", job.name, "--runs", str(job.runs)]) == 0
        assert open_run(job.name, job.runs).record().end == "stopped"


def test_it_is_said_how_to_follow_it_and_to_end_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["run", "--name", "a", "--target", "500", *SLOW, "--detach"]) == 0
    said = capsys.readouterr().out
    assert "a has started, in process" in said
    assert [command for command in ("watch", "pause", "stop", "log") if f"seedgen {command} a" not in said] == []
    assert main(["stop", "a"]) == 0


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
    tmp_path: Path, capfd: pytest.CaptureFixture[str], arguments: list[str], code: int, says: str
) -> None:
    quick = [] if arguments[0] == "resume" else ["--set", "gate.semantic.enabled=false"]
    assert main([*arguments, "--detach", "--json", *quick, "--runs", str(tmp_path / "runs")]) == code
    said = capfd.readouterr()
    assert says in said.out + said.err
    assert "Traceback" not in said.err
    assert list(tmp_path.glob("runs/*")) == []


def test_a_run_that_is_at_work_already_is_exit_4(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with RunFolder(runs / "first").held():
        code = main(["resume", "first", "--runs", str(runs), "--target", "9", "--detach"])
    assert (code, "another process" in capsys.readouterr().err) == (4, True)


def test_a_run_that_ends_before_it_starts_says_how(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["resume", "first", "--runs", str(runs), "--detach", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["end"] == "target"


def test_a_key_that_is_refused_is_no_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(spawn, "PATIENCE", HANGS)
    asking = ["--model", "m", "--set", "gate.semantic.enabled=false", "--runs", str(tmp_path)]
    with refusing_server() as url:
        code = main(["run", "--name", "a", "--base-url", url, *asking, "--detach"])
    assert (code, "a stopped short (teacher)" in capfd.readouterr().out) == (5, True)
