"""What Tab offers, as bash asks for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from seedgen.cli.app import imported
from seedgen.cli.commands import COMMANDS
from seedgen.cli.completion import taken

HEAVY = ("rich", "numpy", "sqlalchemy", "openai", "seedgen.config.model")


def tab(words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is offered for the last of these words."""
    from seedgen.cli import main

    monkeypatch.setenv("_SEEDGEN_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "\n".join(["seedgen", *words]))
    monkeypatch.setenv("COMP_CWORD", str(len(words)))
    with pytest.raises(SystemExit):
        main([])
    return capsys.readouterr().out.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["sta"], ["status"]),
        (["seeds", ""], ["check"]),
        (["status", "--f"], ["--filter"]),
        (["status", ""], ["first", "second"]),
        (["status", "--filter", "rouge", "s"], ["second"]),
        (["show", "first", ""], []),
        (["estimate", "--from", "f"], ["first"]),
        (["status", "first", "--filter", "ro"], ["rouge"]),
        (["items", "first", "--filter", "out"], ["output"]),
        (["items", "first", "--verdict", "re"], ["refused", "rejected"]),
        (["run", "--recipe", "=", "al"], ["alpaca"]),
        (["run", "--teacher", ""], ["local", "openai", "scripted"]),
        (["teacher", "s"], ["scripted"]),
        (["export", "first", "--format", ""], ["alpaca", "messages"]),
        (["run", "--set", "gate.rouge."], ["gate.rouge.enabled=", "gate.rouge.threshold="]),
        (["run", "--set", "gate.rouge.threshold", "=", ""], []),
        (["regate", "first", "--set", "t"], ["target="]),
        (["set", "first", "max-c"], ["max-cost="]),
        (["set", "first", "target", "=", "9", "conc"], ["concurrency="]),
        (["status", "--runs", "elsewhere", ""], ["third"]),
    ],
)
def test_tab_offers_what_may_come_next(
    words: list[str], offered: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for run in ("runs/first", "runs/second", "elsewhere/third"):
        (tmp_path / run).mkdir(parents=True)
        (tmp_path / run / "run.db").touch()
    (tmp_path / "runs" / "no_run").mkdir()
    monkeypatch.chdir(tmp_path)
    assert tab(words, capsys, monkeypatch) == offered


@pytest.mark.parametrize("words", COMMANDS)
def test_the_list_has_what_each_command_takes(words: str) -> None:
    def repeated(param: Any) -> bool:
        return param.param_type_name == "argument" and param.nargs == -1

    params = imported(words).params
    flags = {param.opts[0]: not param.is_flag for param in params if param.param_type_name == "option"}
    places = [repeated(param) for param in params if param.param_type_name == "argument"]
    listed_flags, listed_places = taken(COMMANDS[words].takes)
    assert ({flag: bool(value) for flag, value in listed_flags.items()}, [place.endswith("…") for place in listed_places]) == (
        flags,
        places,
    )


def test_runs_and_flags_are_offered_without_anything_heavy(tmp_path: Path) -> None:
    code = f"""
import atexit, sys
atexit.register(lambda: print([name for name in {HEAVY} if name in sys.modules]))
from seedgen.cli import main
main([])
"""
    asked = {"_SEEDGEN_COMPLETE": "complete_bash", "COMP_WORDS": "seedgen status ", "COMP_CWORD": "2", "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=asked, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout.splitlines()[-1:], done.stderr) == (["[]"], "")
