from __future__ import annotations

import json
import signal
import socket
from pathlib import Path

import httpx
import pytest
from processes import HANGS, child

from seedgen.cli import main


def test_the_scripted_teacher_says_where_it_listens_and_ends_on_ctrl_c(tmp_path: Path) -> None:
    process = child(["teacher", "scripted", "--json"], tmp_path)
    assert process.stdout
    url = json.loads(process.stdout.readline())["url"]
    assert httpx.get(f"{url}/models").json()["data"][0]["id"] == "scripted"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=HANGS)
    assert process.returncode == 0
    assert f"seedgen run --base-url {url}" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["scripted", "--latency", "soon"], 'latency: "soon" cannot be used'),
        (["scripted", "--faults", "statos_500=1"], 'did you mean "status_500"'),
        (["local", "--latency", "1"], "for the scripted teacher"),
    ],
)
def test_what_a_teacher_cannot_do_is_exit_2(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["teacher", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_port_in_use_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["teacher", "scripted", "--port", str(taken.getsockname()[1])]) == 2
    assert "cannot be listened on" in capsys.readouterr().err
