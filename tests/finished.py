"""A small run that is done, for tests of what reads runs; and copies of it to spoil."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from seedgen import open_run, run
from seedgen.config.model import parse_config
from seedgen.store.ports import RunReader

SETTINGS: dict[str, Any] = {
    "target": 12,
    "window": 3,
    "teachers": {"main": {"kind": "scripted"}},
    "recipes": {"self-instruct": {"weight": 1, "count": 4}, "alpaca": {"weight": 1, "count": 4, "machine": 1}},
    "gate": {"semantic": {"enabled": False}},
}


def finished_run(runs: Path, **settings: Any) -> RunReader:
    """The run "done", of the scripted teacher."""
    run(parse_config({**SETTINGS, **settings}, "test"), "done", runs=runs)
    return open_run("done", runs)


def copy_of(reader: RunReader, runs: Path) -> RunReader:
    shutil.copytree(reader.folder.path, runs / reader.folder.name)
    return open_run(reader.folder.name, runs)


def unknown_run(runs: Path) -> RunReader:
    """The run "done" without its end, and with a lock that cannot be asked about, whoever asks."""
    reader = finished_run(runs)
    spoil(reader, "UPDATE start SET end = '', ended_at = ''")
    (reader.folder.path / "lock").unlink()
    (reader.folder.path / "lock").symlink_to("lock")
    return reader


def spoil(reader: RunReader, statement: str) -> None:
    """Change the run's database behind its back; no constraint but uniqueness holds."""
    with closing(sqlite3.connect(reader.folder.database)) as connection:
        connection.executescript(statement)
        connection.commit()
