"""How long the commands take that look at a run: whole processes, interpreter and imports included.

    python benchmarks/looking.py [--items 100000] [--runs 200] [--scratch DIR] [--out docs]

The run's rows are written directly (`grown`), as are those of the many small runs of `seedgen runs`. The part of OUT/benchmarks.md between
the looking marks is replaced. Takes two minutes and half a gigabyte of disk.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from grown import grow
from pace import configured, write

from seedgen.store.folder import RunFolder

SMALL = 80
"""Items of a small run."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--scratch", type=Path, help="where the runs are made; default: a temporary folder")
    parser.add_argument("--out", type=Path, default=Path("docs"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.scratch) as scratch:
        report = looked(Path(scratch), options.items, options.runs)
    print("\n".join(report))
    write("looking", "\n".join(report), options.out / "benchmarks.md")


def looked(scratch: Path, items: int, runs: int) -> list[str]:
    config = configured("", kind="scripted", window=1024)
    grow(RunFolder(scratch / "large"), config, items)
    grow(RunFolder(scratch / "runs" / "run-1"), config, SMALL)
    for number in range(2, runs + 1):
        shutil.copytree(scratch / "runs" / "run-1", scratch / "runs" / f"run-{number}")
    large = str(scratch / "large")
    commands = {
        "status": ["status", large],
        "status --json": ["status", large, "--json"],
        "items": ["items", large],
        f"runs, over {runs} small runs": ["runs", "--runs", str(scratch / "runs")],
        "export": ["export", large, "--out", str(scratch / "out.jsonl")],
    }
    lines = [f"| {items:,} items | seconds | of processor time |", "|---|--:|--:|"]
    return lines + [f"| {name} | {took:.1f} | {used:.1f} |" for name, command in commands.items() for took, used in (timed(command),)]


def timed(command: list[str]) -> tuple[float, float]:
    """Seconds that a command takes, and of processor time, the second time it is called."""
    for _ in range(2):
        began, before = time.perf_counter(), os.times()
        subprocess.run([sys.executable, "-m", "seedgen", *command], check=True, stdout=subprocess.DEVNULL)
        after = os.times()
    return time.perf_counter() - began, sum(after[2:4]) - sum(before[2:4])


if __name__ == "__main__":
    main()
