"""What a run buys beyond its target: candidates and requests, with the tickets it needs open and with the whole window open.

    python benchmarks/surplus.py [--out docs]

The scripted teacher, 50 ms an answer, semantic filter off. The part of OUT/benchmarks.md between the surplus marks is replaced.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from pace import write

from seedgen import run
from seedgen.config.model import parse_config
from seedgen.loop.loop import Harvest

TARGETS = (1, 10, 50, 100, 400)
RECIPES = ("self-instruct", "alpaca")


NEEDED = Harvest.tickets_for


def everything(harvest: Harvest, missing: int) -> int:  # noqa: ARG001 - whatever is missing
    """The whole window, as all runs once had open."""
    return 1 << 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("docs"))
    options = parser.parse_args()
    lines = ["| recipe | target | candidates, whole window | as needed | requests, whole window | as needed |", "|---|--:|--:|--:|--:|--:|"]
    for recipe in RECIPES:
        for target in TARGETS:
            (all_candidates, all_requests), (candidates, requests) = bought(recipe, target, everything), bought(recipe, target, NEEDED)
            lines.append(f"| {recipe} | {target:,} | {all_candidates:,} | {candidates:,} | {all_requests:,} | {requests:,} |")
    print("\n".join(lines))
    write("surplus", "\n".join(lines), options.out / "benchmarks.md")


def bought(recipe: str, target: int, tickets_for: Callable[[Harvest, int], int]) -> tuple[int, int]:
    """Candidates and requests of one run."""
    Harvest.tickets_for = tickets_for  # type: ignore[method-assign]
    weights = {name: {"weight": int(name == recipe)} for name in RECIPES}
    teacher = {"kind": "scripted", "latency": 0.05}
    data = {"target": target, "teachers": {"main": teacher}, "recipes": weights, "gate": {"semantic": {"enabled": False}}}
    with tempfile.TemporaryDirectory() as scratch:
        summary = run(parse_config(data, "benchmark"), runs=Path(scratch)).open().summary()
    return summary.candidates, summary.spend.requests


if __name__ == "__main__":
    main()
