"""What a list asked for by JSON schema yields, beside the same list asked for in words: with the bundled model, by completion and by chat.

    python benchmarks/structured.py [--seconds 150] [--out docs]

One run each, with the same seeds, for so many seconds; candidates are what was read out of the answers, sound those that lack nothing.
The part of OUT/benchmarks.md between the structured marks is replaced.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from pace import write

from seedgen import run
from seedgen.config.model import parse_config

WAYS: dict[str, dict[str, Any]] = {
    "a list, by completion": {"api": "completion"},
    "a list, by chat": {"api": "chat"},
    "a schema, by chat": {"api": "chat", "structured": "on"},
}
YIELD = """
    SELECT count(*) AS calls, coalesce(sum(completion_tokens), 0) AS tokens,
           (SELECT count(*) FROM candidate) AS candidates,
           (SELECT count(*) FROM candidate WHERE fault IS NULL) AS sound,
           (SELECT count(*) FROM candidate WHERE pool_index IS NOT NULL) AS admitted
    FROM call WHERE step = 'propose' AND state = 'answered'"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=150)
    parser.add_argument("--out", type=Path, default=Path("docs"))
    options = parser.parse_args()
    lines = [
        "| asked for | answers | completion tokens | candidates | sound | admitted | sound per 1,000 tokens |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for way, settings in WAYS.items():
        calls, tokens, candidates, sound, admitted = found(settings, options.seconds)
        lines.append(f"| {way} | {calls} | {tokens:,} | {candidates} | {sound} | {admitted} | {1000 * sound / max(1, tokens):.1f} |")
        print(lines[-1], flush=True)
    write("structured", "\n".join(lines), options.out / "benchmarks.md")


def found(settings: dict[str, Any], seconds: int) -> tuple[int, ...]:
    """The `YIELD` of one run, in which the bundled model only proposes; the scripted teacher answers."""
    teacher = {"kind": "local", "roles": ["propose"], "max_tokens": 256, "slots": 2, **settings}
    others = {"kind": "scripted", "roles": ["respond"]}
    data = {
        "target": 1000,
        "window": 8,
        "teachers": {"bundled": teacher, "others": others},
        "gate": {"semantic": {"enabled": False}},
        "limits": {"max_time": seconds},
    }
    with tempfile.TemporaryDirectory() as scratch:
        ending = run(parse_config(data, "benchmark"), runs=Path(scratch), progress=False)
        with closing(sqlite3.connect(ending.folder / "run.db")) as connection:
            return tuple(connection.execute(YIELD).fetchone())


if __name__ == "__main__":
    main()
