"""Runs to look at, made by the command line itself with the scripted teacher."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from processes import HANGS, QUICK, Seedgen, child

from seedgen.cli import main


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two finished runs: `first` (self-instruct) and `whole` (alpaca, with near duplicates)."""
    folder = tmp_path_factory.mktemp("cli") / "runs"
    assert main(["run", "--name", "first", "--target", "8", *QUICK, "--runs", str(folder)]) == 0
    assert main(["run", "--name", "whole", "--target", "60", "--recipe", "alpaca", *QUICK, "--runs", str(folder)]) == 0
    return folder


@pytest.fixture
def seedgen(tmp_path: Path) -> Seedgen:
    """Run `seedgen` as a child process to its end, in a folder of its own."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        process = child(arguments, tmp_path)
        out, err = process.communicate(timeout=HANGS)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    return run
