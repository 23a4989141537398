from __future__ import annotations

import json
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from processes import HANGS, QUICK, child
from serving import serving
from waiting import until

from seedgen.ask.pace import NARROW
from seedgen.cli import main
from seedgen.cli.names import name_after
from seedgen.runs.heartbeat import last_heartbeat
from seedgen.store.folder import RunFolder
from seedgen.store.open import open_run


def test_a_run_ends_with_samples_and_the_commands_to_look_further(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["run", "--name", "first", "--target", "6", *QUICK]) == 0
    said = capsys.readouterr()
    assert "first finished: 6 accepted" in said.out
    assert "seedgen show first 0." in said.out
    assert "seedgen resume first --target 12" in said.out
    assert said.err.startswith("starting")
    assert "first: 6/6 accepted" in said.err


def test_with_json_the_end_is_one_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--target", "3", "--json", *QUICK, "--runs", str(tmp_path)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {k: found[k] for k in ("name", "end", "accepted", "state", "cost")} == {
        "name": "run-1", "end": "target", "accepted": 3, "state": "finished", "cost": 0.0,
    }  # fmt: skip


def test_starting_a_finished_run_says_so(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--name", "first", "--target", "8", *QUICK, "--runs", str(runs)]) == 0
    out = capsys.readouterr().out
    assert "first finished: 8 accepted already" in out
    assert f"seedgen resume first --runs {runs} --target 16" in out


def test_a_run_stopped_by_a_limit_is_exit_3_and_resumable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = ["--runs", str(tmp_path)]
    assert main(["run", "--name", "a", "--target", "30", "--max-requests", "9", *QUICK, *runs]) == 3
    assert f"seedgen resume a {' '.join(runs)} --max-requests …" in capsys.readouterr().out
    assert main(["resume", "a", "--max-requests", "500", "--json", *runs]) == 0
    assert json.loads(capsys.readouterr().out)["accepted"] == 30
    assert main(["resume", "a", "--target", "33", "--json", *runs]) == 0
    assert json.loads(capsys.readouterr().out)["accepted"] == 33


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["run", "--name", "first", "--target", "8", "--set", "seed=7", *QUICK], 4, "seed: was 0, now 7"),
        (["resume", "first", "--set", "seed=7"], 4, "seed: was 0, now 7"),
        (["resume", "first", "--target", "2"], 4, "target: was 8, now 2"),
        (["resume", "first", "--set", "limits.max_cots=1"], 2, 'did you mean "limits.max_cost"'),
        (["resume", "first", "--base-url", "http://x/v1"], 2, "no teacher of this run is of a kind that has an address"),
        (["resume", "second"], 2, 'no run "second"'),
        (["run", "nowhere.toml"], 2, "nowhere.toml: cannot be read"),
        (["run", "--target", "0"], 2, "--target: target: "),
        (["run", "--recipe", "evol"], 2, "there are: self-instruct, alpaca"),
        (["run", "--seeds", "nowhere.jsonl"], 2, "nowhere.jsonl: no such seed file"),
        (["run", "--name", "../up", *QUICK, "--set", "gate.rouge.treshold=1"], 2, "gate.rouge.threshold"),
    ],
)
def test_what_cannot_be_done_is_a_message_and_an_exit_code(
    runs: Path, arguments: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--runs", str(runs)]) == code
    captured = capsys.readouterr()
    assert message in captured.err
    assert "Traceback" not in captured.err


def test_a_run_that_another_process_works_on_is_exit_4(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with RunFolder(runs / "first").held():
        assert main(["resume", "first", "--runs", str(runs)]) == 4
    assert "another process" in capsys.readouterr().err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.torture)])
def test_a_signal_ends_the_run_well(tmp_path: Path, number: signal.Signals, code: int) -> None:
    process = child(["run", "--name", "a", "--target", "5000", *QUICK, "--set", "teachers.main.latency=0.3"], tmp_path)
    until(lambda: (seen := last_heartbeat(RunFolder(tmp_path / "runs" / "a"))) and seen.state == "running")
    process.send_signal(number)
    out, _ = process.communicate(timeout=HANGS)
    assert process.returncode == code
    assert "stopped short (interrupted)" in out
    assert "seedgen resume a" in out


@contextmanager
def refusing_server() -> Iterator[str]:
    class Refuse(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            body = b'{"error": {"message": "no such key", "code": "invalid_api_key"}}'
            self.send_response(401)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Refuse) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()
        thread.join()


def test_a_teacher_that_refuses_our_key_is_exit_5(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asking = ["--model", "m", "--set", "gate.semantic.enabled=false", "--runs", str(tmp_path)]
    with refusing_server() as url:
        assert main(["run", "--name", "a", "--base-url", url, *asking]) == 5
    said = capsys.readouterr()
    assert "stopped short (teacher)" in said.out
    assert "Traceback" not in said.err


def test_an_embeddings_server_that_refuses_our_key_is_exit_5(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with refusing_server() as url:
        semantic = ("--set", f"gate.semantic.base_url={url}", "--set", "gate.semantic.model=m", "--runs", str(tmp_path))
        assert main(["run", "--name", "a", "--teacher", "scripted", *semantic]) == 5
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    assert f"stopped short (teacher): gate.semantic: {url} answered 401" in " ".join(said.out.split())


@pytest.mark.parametrize(("file", "name"), [(None, None), ("seedgen.toml", None), ("a/poems.toml", "poems")])
def test_a_config_file_gives_its_run_a_name(file: str | None, name: str | None) -> None:
    assert name_after(file and Path(file)) == name


def test_a_second_ctrl_c_leaves_at_once_and_the_calls_in_flight_are_listed(tmp_path: Path) -> None:
    with serving(latency=60.0) as server:
        arguments = [
            "run",
            "--name",
            "it",
            "--target",
            "100",
            "--base-url",
            server.url,
            "--model",
            "scripted",
            "--set",
            "gate.semantic.enabled=false",
        ]
        with child(arguments, tmp_path) as process:
            until(lambda: server.requests == NARROW)
            process.send_signal(signal.SIGINT)
            assert process.stderr is not None
            while f"waiting for {NARROW} calls in flight" not in process.stderr.readline():
                assert process.poll() is None
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=HANGS)
    assert process.returncode == 130
    assert f"{NARROW} calls in flight may be billed unseen" in said
    assert open_run("it", tmp_path / "runs").summary().unseen == NARROW


@contextmanager
def silent_server() -> Iterator[str]:
    """The URL of a server that takes every connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/v1"


def test_an_embeddings_server_that_never_answers_is_not_waited_for_when_the_run_is_stopped(tmp_path: Path) -> None:
    with silent_server() as url:
        semantic = ("--set", f"gate.semantic.base_url={url}", "--set", "gate.semantic.model=m")
        with child(["run", "--name", "it", "--teacher", "scripted", *semantic], tmp_path) as process:
            assert process.stderr is not None
            while "encoding" not in process.stderr.readline():
                pass
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=HANGS) == 130


@pytest.mark.parametrize("times", [pytest.param(1, marks=pytest.mark.torture), 2])
def test_a_teacher_that_never_opens_is_not_waited_for_when_the_run_is_stopped(tmp_path: Path, times: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/v1"
        with child(["run", "--name", "it", "--base-url", url], tmp_path) as process, server.accept()[0]:
            for _ in range(times):
                process.send_signal(signal.SIGINT)
            out, said = process.communicate(timeout=HANGS)
    assert (process.returncode, "Traceback" in said, "before the run began" in out) == (130, False, True)
