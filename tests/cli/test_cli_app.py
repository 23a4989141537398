from __future__ import annotations

import inspect
import json
import pkgutil
import re
import subprocess
import sys
from importlib import import_module
from typing import get_args

import pytest

from seedgen import __version__
from seedgen.cli import commands, main
from seedgen.cli.app import imported, unforeseen
from seedgen.cli.commands import COMMANDS
from seedgen.events import End, exit_code


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert [words for words, about in COMMANDS.items() if f"\n  {words:<11}  {about.summary}\n" not in out] == []


def test_help_lists_the_commands_by_what_they_are_for(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--help"])
    assert re.findall(r"\n\n(.*):\n", capsys.readouterr().out)[1:] == ["Make a dataset", "Look at runs", "Steer a running job", "Tune"]


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_shows_an_example_that_is_one(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words.split(), "--help"]) == 0
    example = COMMANDS[words].example
    assert f"Example: {example}" in " ".join(capsys.readouterr().out.split())
    program, *given = example.split()
    assert (program, " ".join(given).startswith(words)) == ("seedgen", True)
    imported(words).make_context(words, given[len(words.split()) :]).close()  # or it raises: no such option


def test_the_list_has_every_command_with_the_first_line_of_its_own_help() -> None:
    files = {info.name: import_module(f"{commands.__name__}.{info.name}") for info in pkgutil.iter_modules(commands.__path__)}
    first_lines = {name: str(inspect.getdoc(file.command)).splitlines()[0] for name, file in files.items()}
    assert {words.replace(" ", "_"): about.summary for words, about in COMMANDS.items()} == first_lines


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_has_help_and_json(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words.split(), "--help"]) == 0
    out = capsys.readouterr().out
    assert (out.startswith(f"Usage: seedgen {words} "), COMMANDS[words].summary in " ".join(out.split()), "--json" in out) == (
        True,
        True,
        True,
    )


HEAVY = ("pydantic", "rich", "numpy", "sqlalchemy", "openai")


def test_help_waits_for_no_command_and_nothing_heavy() -> None:
    code = f"import sys; from seedgen.cli import main; main(['--help']); print([name for name in {HEAVY} if name in sys.modules])"
    code += "; print([name for name in sys.modules if name.startswith('seedgen.cli.commands.')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.endswith("\n[]\n[]\n")


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


def test_every_end_of_a_run_has_an_exit_code() -> None:
    assert [end for end in get_args(End) if exit_code(end) not in (0, 1, 3, 5, 130)] == []
