import json
from pathlib import Path

import pytest

from seedgen.cli import main

SCRIPTED = '[teachers.main]\nkind = "scripted"\n[gate.semantic]\nenabled = false\n'
NOWHERE = '[teachers.main]\nkind = "openai"\nbase_url = "http://127.0.0.1:9/v1"\nmodel = "any"\n[gate.semantic]\nenabled = false\n'


def test_a_machine_without_problems_is_exit_0_with_a_line_for_each_thing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "c.toml").write_text(SCRIPTED)
    assert main(["doctor", str(tmp_path / "c.toml"), "--runs", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in lines} <= {"ok", "note"}


def test_a_problem_is_exit_1_with_its_remedy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "c.toml").write_text(NOWHERE)
    assert main(["doctor", str(tmp_path / "c.toml"), "--runs", str(tmp_path), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    (problem,) = [each for each in found["findings"] if each["level"] == "problem"]
    assert (found["problems"], problem["topic"], bool(problem["remedy"])) == (1, "teacher", True)


def test_a_run_is_named_like_anywhere(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "first", "--runs", str(runs)]) == 0
    assert "run: finished, 8 of 8 accepted" in capsys.readouterr().out


def test_a_run_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    assert main(["doctor", "none", "--runs", str(tmp_path)]) == 2
