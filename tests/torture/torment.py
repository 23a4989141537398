"""Runs to be tormented, and what must hold of them afterwards."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from children import NAME, Deed

from seedgen import open_run
from seedgen.audit import check_run
from seedgen.config.model import Config, parse_config
from seedgen.errors import StoreBroken, UsageError
from seedgen.scripted.reply import prompt_digest, prompt_text
from seedgen.scripted.server import ScriptedServer
from seedgen.store.sqlite.packing import Packing

CONCURRENCY = 4
GOLDEN = Path(__file__).parent.parent / "golden" / "schema1.db"
SEEDS = Path(__file__).with_name("seeds.jsonl")
"""Few, so that a run is soon begun and soon checked."""


def config(url: str, target: int = 12, **settings: Any) -> Config:
    data = {
        "target": target,
        "seeds": [str(SEEDS)],
        "window": 4,
        "concurrency": CONCURRENCY,
        "teachers": {"main": {"kind": "openai", "base_url": url, "model": "scripted", "api": "completion"}},
        "recipes": {"self-instruct": {"weight": 1}, "alpaca": {"weight": 1, "count": 3}},
        "gate": {"semantic": {"enabled": False}},
    }
    return parse_config({**data, **settings}, "test")


def database(runs: Path, name: str = NAME) -> Path:
    return runs / name / "run.db"


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    """As the file stands: nothing is checkpointed, nothing changed."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute(query).fetchall()


def saved_prompts(runs: Path) -> Counter[str]:
    """How often each prompt has an answer in the database, by digest; none if there is no database yet."""
    if not database(runs).is_file() or not rows(database(runs), "SELECT 1 FROM sqlite_master WHERE name = 'answer'"):
        return Counter()
    packing = Packing(dict(rows(database(runs), "SELECT name, source FROM template")))
    requests = [json.loads(packing.unpack(packed)) for (packed,) in rows(database(runs), "SELECT request FROM answer")]
    return Counter(prompt_digest(prompt_text(request)) for request in requests)


def copied(base: Path, runs: Path) -> Path:
    """Everything in `base`, in `runs`, as a killed process would have left it."""
    shutil.copytree(base, runs, dirs_exist_ok=True)
    return runs


def refusal(act: Callable[[], object]) -> str | None:
    """What it says when it is refused; None if it is not. Only our own errors are caught."""
    try:
        act()
    except (StoreBroken, UsageError) as exc:
        return str(exc)
    return None


@dataclass(frozen=True)
class Found:
    """A run at its end, as `seedgen check` sees it."""

    fingerprint: str
    problems: tuple[str, ...]


def found(runs: Path, name: str = NAME) -> Found:
    report = check_run(open_run(name, runs))
    return Found(report.fingerprint, report.problems)


@cache
def undisturbed(runs: Path, name: str = NAME) -> Found:
    """The same, of a run that nothing will change any more."""
    return found(runs, name)


@dataclass
class Bill:
    """What the server was paid for from here on, against what the run has in hand."""

    server: ScriptedServer
    runs: Path

    def __post_init__(self) -> None:
        self.before = Counter(self.server.counts)
        self.had = saved_prompts(self.runs)

    def paid_twice(self, saved: Counter[str], served_then: Counter[str]) -> list[str]:
        """Prompts that had a saved answer at a kill and were answered again after it."""
        return [digest for digest in saved if self.server.counts[digest] > served_then[digest]]

    def unaccounted(self) -> int:
        """Answers served that are not in the database."""
        now = saved_prompts(self.runs) - self.had
        return (self.server.counts - self.before).total() - now.total()

    def unseen(self) -> int:
        """Calls that the run says it may have paid for without getting an answer."""
        return int(rows(database(self.runs), "SELECT count(*) FROM call WHERE state = 'unseen'")[0][0])


@dataclass(frozen=True)
class Scenario:
    """Something to do with a run, from a folder that is prepared for it, and how often it passes each failpoint."""

    deed: Deed
    base: Path
    passes: Counter[str]

    def inside(self, runs: Path, **changes: Any) -> Deed:
        """The deed, in a copy of the prepared folder."""
        return replace(self.deed, runs=copied(self.base, runs), **changes)


@dataclass(frozen=True)
class Scenarios:
    by_name: dict[str, Scenario]
    whole: dict[str, Path]
    """Where each was done without disturbance."""
