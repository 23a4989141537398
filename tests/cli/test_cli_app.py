from __future__ import annotations

import json
import subprocess
import sys

import pytest

from seedgen import __version__
from seedgen.cli import main
from seedgen.cli.app import unforeseen

COMMANDS = (
    "init",
    "run",
    "resume",
    "runs",
    "status",
    "items",
    "show",
    "check",
    "doctor",
    "export",
    "teacher",
    "seeds",
    "watch",
    "log",
    "pause",
    "stop",
    "set",
)


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert [c for c in COMMANDS if f"\n  {c} " not in out] == []


@pytest.mark.parametrize("command", [*COMMANDS, "seeds check"])
def test_every_command_has_help_and_json(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command.split(), "--help"]) == 0
    assert "--json" in capsys.readouterr().out or command == "seeds"


def test_help_waits_for_nothing_heavy() -> None:
    code = "import sys, seedgen.cli.app; print([m for m in ('pydantic', 'rich', 'numpy', 'sqlalchemy', 'openai') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert (main(["--version"]), capsys.readouterr().out) == (0, f"seedgen {__version__}\n")


@pytest.mark.parametrize("arguments", [["fly"], ["run", "--target", "many"], ["show", "first"]])
def test_wrong_usage_is_exit_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert (captured.out, "Usage: seedgen" in captured.err) == ("", True)


@pytest.mark.parametrize("arguments", [["status", "none", "--runs", "nowhere"], ["show", "first"]])
def test_with_json_an_error_is_an_object_on_standard_output(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*arguments, "--json"]) == 2
    found = json.loads(capsys.readouterr().out)
    assert (found.keys(), found["exit_code"]) == ({"error", "exit_code"}, 2)


def test_an_error_is_its_message_without_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "\x1b[31mred"]) == 2
    error = capsys.readouterr().err
    assert error.startswith('seedgen: "\\x1b[31mred" is no run name')
    assert "Traceback" not in error


def test_what_was_not_foreseen_is_one_line_and_exit_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert unforeseen(ValueError("odd"), ["status", "--json"], {}) == 1
    captured = capsys.readouterr()
    assert captured.err == "seedgen: ValueError: odd\nthis is a bug; run with SEEDGEN_DEBUG=1 for the traceback\n"
    assert json.loads(captured.out) == {"error": "ValueError: odd", "exit_code": 1}


def test_the_traceback_is_shown_to_those_who_ask_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    unforeseen(ValueError("odd"), [], {"SEEDGEN_DEBUG": "1"})
    assert "\nValueError: odd\nseedgen: " in "\n" + capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "names"),
    [("run", "--teacher local|openai|scripted"), ("teacher", "{local|scripted}"), ("export", "--format alpaca|messages")],
)
def test_help_names_what_can_be_plugged_in(command: str, names: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert names in capsys.readouterr().out
