"""Real processes whose standard output or standard error is closed, full, or read by nobody."""

import subprocess
import sys
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet
from processes import HANGS, QUICK, environment

from seedgen import open_run

PROGRAM = f"{sys.executable} -m seedgen"
RUN = f"{PROGRAM} run --name new --target 8 {' '.join(QUICK)} --runs {{runs}}"


def shell(command: str, runs: Path) -> subprocess.CompletedProcess[str]:
    """What a shell makes of a command; `{runs}` in it is the runs folder."""
    text = command.replace("seedgen ", f"{PROGRAM} ", 1) if command.startswith("seedgen ") else command
    return subprocess.run(
        ["bash", "-c", text.format(runs=runs)], capture_output=True, text=True, env=environment(), timeout=HANGS, check=False
    )


def torture(*values: str) -> list[ParameterSet]:
    return [pytest.param(value, marks=pytest.mark.torture) for value in values]


@pytest.mark.parametrize(
    "command",
    [
        "seedgen status first --runs {runs} >&-",
        *torture("seedgen items first --json --runs {runs} >&-"),
        "seedgen --help >&-",
    ],
)
def test_a_closed_standard_output_is_left_quietly(runs: Path, command: str) -> None:
    done = shell(command, runs)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize(
    "command",
    [
        *torture("seedgen status first --runs {runs} >/dev/full"),
        "seedgen items first --json --runs {runs} >/dev/full",
    ],
)
def test_a_full_device_is_told(runs: Path, command: str) -> None:
    done = shell(command, runs)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("seedgen: standard output cannot be written: No space left on device")


@pytest.mark.parametrize("where", ["2>&-", *torture("2>/dev/full", "2> >(head -c 1 >/dev/null)")])
def test_a_wrong_name_keeps_its_exit_code_when_nobody_can_be_told(runs: Path, where: str) -> None:
    assert shell(f"seedgen status none --runs {{runs}} {where}", runs).returncode == 2


@pytest.mark.parametrize(
    "where", [">&- 2>&-", *(pytest.param(where, marks=pytest.mark.torture) for where in ("2>/dev/full", "> >(true) 2>&1"))]
)
def test_a_run_goes_on_when_nobody_watches(tmp_path: Path, where: str) -> None:
    done = shell(f"{RUN} {where}", tmp_path)
    assert (done.returncode, open_run("new", tmp_path).summary().state) == (0, "finished")
