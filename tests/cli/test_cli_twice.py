"""The same command again, without a name: one run, paid for once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from processes import QUICK

from seedgen.cli import main


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A folder with run-1, which was stopped short of 9."""
    assert main(["run", *QUICK, "--target", "9", "--max-requests", "2", "--runs", str(tmp_path)]) == 3
    return tmp_path


@pytest.mark.parametrize("command", ["run", "estimate"])
def test_says_that_one_is_unfinished_and_how_to_go_on(runs: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert main([command, *QUICK, "--target", "9", "--runs", str(runs)]) == 2
    said = capsys.readouterr().err
    assert (f"seedgen resume run-1 --runs {runs}" in said, "--new" in said, len(list(runs.iterdir()))) == (True, True, 1)


@pytest.mark.parametrize("more", [["--new"], ["--name", "other"], ["--target", "3"], ["--set", "seed=7"]])
def test_but_begins_another_where_it_is_another_or_was_said_to_be(runs: Path, more: list[str]) -> None:
    assert main(["run", *QUICK, "--target", "9", *more, "--runs", str(runs)]) == 0
    assert len(list(runs.iterdir())) == 2


def test_one_that_is_finished_is_in_nobodys_way(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["resume", "run-1", "--runs", str(runs), "--set", "limits.max_requests=none"]) == 0
    capsys.readouterr()
    assert main(["run", *QUICK, "--target", "9", "--json", "--runs", str(runs)]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "run-2"
