"""What a run's database takes an item, table by table, and how much of that is the answers themselves.

    python benchmarks/size.py [--target 3000] [--out docs]

A run with the scripted teacher in this process, semantic filter off (on, it keeps a vector of 768 bytes an item besides). Sizes are of
whole pages, as SQLite's dbstat has them; a request is compared with what zlib makes of it without its template. The part of
OUT/benchmarks.md between the size marks is replaced.
"""

from __future__ import annotations

import argparse
import tempfile
import zlib
from pathlib import Path

from pace import RUN, configured, instead, write
from sqlalchemy import Connection, text

import seedgen
from seedgen.scripted import ScriptedTeacher
from seedgen.store.folder import RunFolder
from seedgen.store.open import read_run
from seedgen.store.sqlite.packing import Packing

SIZES = "SELECT tbl_name, sum(pgsize) FROM dbstat s JOIN sqlite_master m ON m.name = s.name GROUP BY 1 ORDER BY 2 DESC"
SMALL = 5
"""Bytes an item below which a table is not named."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", type=int, default=3000)
    parser.add_argument("--out", type=Path, default=Path("docs"))
    options = parser.parse_args()
    instead("openai", ScriptedTeacher)
    with tempfile.TemporaryDirectory() as scratch:
        seedgen.run(configured("", window=256).model_copy(update={"target": options.target}), RUN, runs=Path(scratch))
        with read_run(RunFolder(Path(scratch) / RUN)).snapshot() as connection:
            report = "\n".join(measured(connection))
    print(report)
    write("size", report, options.out / "benchmarks.md")


def measured(connection: Connection) -> list[str]:
    items = connection.execute(text("SELECT count(*) FROM item WHERE position IS NOT NULL")).scalar_one()
    tables = {name: size / items for name, size in connection.execute(text(SIZES))}
    answers, calls = connection.execute(text("SELECT sum(length(body)), count(*) FROM answer")).one()
    whole, raw = sum(tables.values()), answers / items
    return [
        f"{items:,} items of {calls / items:.1f} calls each: {whole:,.0f} bytes an item, of which {raw:,.0f} are the raw answers, "
        f"as they are packed, and {whole - raw:,.0f} all else.",
        "",
        "| table, with its indexes | bytes an item |",
        "|---|--:|",
        *(f"| {name} | {size:,.0f} |" for name, size in tables.items() if size >= SMALL),
        "",
        *requests(connection),
    ]


def requests(connection: Connection) -> list[str]:
    """What the requests take, by template."""
    lines = ["| bytes of a request | as sent | zlib | zlib with its template |", "|---|--:|--:|--:|"]
    packing = Packing.of(connection)
    for name in packing.dictionaries:
        query = text("SELECT request FROM answer JOIN call USING (run_id, ticket, step, ordinal, attempt) WHERE template = :name LIMIT 500")
        packed = connection.execute(query, {"name": name}).scalars().all()
        sent = [packing.unpack(each) for each in packed]
        sizes = (sum(map(len, each)) / max(1, len(packed)) for each in (sent, map(zlib.compress, sent), packed))
        lines.append(f"| {name} | {' | '.join(f'{size:,.0f}' for size in sizes)} |")
    return lines


if __name__ == "__main__":
    main()
