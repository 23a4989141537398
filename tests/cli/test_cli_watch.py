from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from jobs import detached
from processes import HANGS, child, environment

from seedgen.cli import main


def test_watching_shows_a_job_to_its_end_and_gives_its_exit_code(tmp_path: Path) -> None:
    with detached(tmp_path) as job, child(["watch", "a"], tmp_path) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("a: ")
        main(["pause", "a", "--runs", str(job.runs)])
        lines = iter(process.stderr.readline, "")
        assert next(line for line in lines if "paused" in line) == "a: paused; go on with: seedgen resume a\n"
        main(["stop", "a", "--runs", str(job.runs)])
        out, _ = process.communicate(timeout=HANGS)
    assert (process.returncode, out) == (3, "a stopped: stopped by seedgen stop\n")


def test_with_json_every_heartbeat_is_a_line(tmp_path: Path) -> None:
    with detached(tmp_path) as job, child(["watch", "a", "--json"], tmp_path) as process:
        assert process.stdout is not None
        first, second = (json.loads(process.stdout.readline()) for _ in range(2))
        assert (first["name"], first["pid"], first["target"], first["updated"] < second["updated"]) == ("a", job.pid, 5000, True)
        os.kill(job.pid, signal.SIGTERM)
        *_, last = (json.loads(line) for line in process.stdout)
        assert process.wait(timeout=HANGS) == 143
    assert (last["condition"], last["detail"]) == ("stopped", "stopped by SIGTERM")


def test_on_a_terminal_the_display_is_drawn_and_ctrl_c_leaves_the_job_alone(tmp_path: Path) -> None:
    with detached(tmp_path) as job:
        ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "seedgen", "watch", "a"]
        with subprocess.Popen(command, cwd=tmp_path, env=environment(), stdin=theirs, stdout=theirs, stderr=theirs) as process:
            os.close(theirs)
            drawn = b""
            while b"accepted" not in drawn:
                drawn += os.read(ours, 4096)
            process.send_signal(signal.SIGINT)
            rest: list[bytes] = []
            reader = threading.Thread(target=lambda: rest.extend(drained(ours)), daemon=True)
            reader.start()
            code = process.wait(timeout=HANGS)
            reader.join(HANGS)
        os.close(ours)
        left = b"".join(rest).decode()
        assert code == 130, left
        assert ("tickets" in left, "the job goes on" in left, "seedgen watch a" in " ".join(left.split())) == (True, True, True)
        assert b"requests" in drawn or b"tickets" in drawn
        assert job.folder.busy()


def drained(descriptor: int) -> Iterator[bytes]:
    with suppress(OSError):
        while read := os.read(descriptor, 4096):
            yield read


def test_watching_a_run_that_is_done_says_how_it_ended(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", "whole", "--runs", str(runs)]) == 0
    assert capsys.readouterr().out == "whole finished: 60 accepted\n"


def test_the_log_tells_of_the_start_the_tickets_and_the_end(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log", "whole", "--runs", str(runs)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "notice: main asks scripted on this machine, free" in lines[0]
    assert " started: target 60 · accepted 0" in lines[1]
    assert " ended: 60 accepted: end target" in lines[-1]
    assert main(["log", "whole", "--runs", str(runs), "--last", "1", "--json", "--follow"]) == 0
    assert json.loads(capsys.readouterr().out)["end"] == "target"


def test_a_log_is_followed_until_the_job_ends(tmp_path: Path) -> None:
    with detached(tmp_path) as job, child(["log", "a", "--follow", "--json"], tmp_path) as process:
        assert process.stdout is not None
        assert [json.loads(process.stdout.readline())["event"] for _ in range(2)] == ["notice", "started"]
        main(["stop", "a", "--runs", str(job.runs)])
        *_, last = (json.loads(line) for line in process.stdout)
        assert (last["event"], process.wait(timeout=HANGS)) == ("ended", 0)
