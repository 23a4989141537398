"""Refusals, scores and kinds of a run, counted by the database: quick with a million verdicts too. What they mean is left to others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import text

from seedgen.draw.taxonomy import stored_taxonomy
from seedgen.errors import UsageError
from seedgen.store.sqlite.damage import parsed, reading
from seedgen.store.sqlite.reader import RunReader
from seedgen.store.sqlite.state import load_record
from seedgen.store.sqlite.tables import RUN

Stage = Literal["gate", "output"]

REFUSALS = """
    SELECT filter, reason, instance < 0, count(*) FROM verdict
    WHERE run_id = :run AND NOT passed GROUP BY 1, 2, 3 ORDER BY 3 DESC, 4 DESC, 1, 2"""
SCORES = """
    SELECT filter, passed, CAST(round(score * 1000) AS INTEGER), count(*) FROM verdict
    WHERE run_id = :run AND score IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""
KINDS = "SELECT category, count(*) FROM accepted_items WHERE run_id = :run GROUP BY category"
LAST_AIM = "SELECT aim FROM ticket WHERE run_id = :run AND finalized_at != '' ORDER BY ticket DESC LIMIT 1"
FILTERS = "SELECT filter FROM verdict WHERE run_id = :run GROUP BY filter ORDER BY min(instance), min(place)"


@dataclass(frozen=True, slots=True)
class Refused:
    """How many verdicts of one filter refused for one reason: at the gate, or among the checks on finished items.

    `share` is of the run's candidates.
    """

    stage: Stage
    filter: str
    reason: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Scored:
    """So many verdicts of a filter have this score, rounded to three decimals."""

    passed: bool
    score: float
    count: int


@dataclass(frozen=True, slots=True)
class Kind:
    """A category among the accepted items, beside what its weight would make it; shares from 0 to 1."""

    category: str
    count: int
    share: float
    weight: float


@dataclass(frozen=True, slots=True)
class Balance:
    """What a run was steered to and what came of it. `level` is that of the last ticket: how many answers to a collapse are in force."""

    kinds: tuple[Kind, ...]
    level: int


def balance(reader: RunReader) -> Balance:
    """Categories in the order of the taxonomy; none if the run is not steered to any. Raises `StoreBroken`."""
    with reader.snapshot() as connection, reading():
        run = load_record(connection)
        counts = dict(map(tuple, connection.execute(text(KINDS), {"run": RUN})))
        aim = parsed("aim", connection.execute(text(LAST_AIM), {"run": RUN}).scalar() or "{}")
    weights = stored_taxonomy(run.taxonomy, f"run {run.name}").shares() if json.loads(run.config)["steer"]["enabled"] else {}
    total = sum(counts.values())
    kinds = (Kind(name, counts.get(name, 0), counts.get(name, 0) / (total or 1), weight) for name, weight in weights.items())
    return Balance(tuple(kinds), aim.get("level", 0))


def refusals(reader: RunReader) -> tuple[Refused, ...]:
    """Those of the gate, then those of the checks on items; the most frequent first. Raises `StoreBroken`."""
    with reader.snapshot() as connection, reading():
        candidates = connection.execute(text("SELECT count(*) FROM candidate WHERE run_id = :run"), {"run": RUN}).scalar_one()
        rows = connection.execute(text(REFUSALS), {"run": RUN}).all()
    return tuple(Refused("gate" if gate else "output", name, reason, count, count / candidates) for name, reason, gate, count in rows)


def scores(reader: RunReader) -> dict[str, list[Scored]]:
    """The scores of every filter that gives any, ascending among the refused and among the passed. Raises `StoreBroken`."""
    found: dict[str, list[Scored]] = {}
    with reader.snapshot() as connection, reading():
        for name, passed, thousandths, count in connection.execute(text(SCORES), {"run": RUN}):
            found.setdefault(name, []).append(Scored(bool(passed), thousandths / 1000, count))
    return found


def thresholds(config: str) -> Mapping[str, float]:
    """The threshold of every filter that has one, from a run's config as it is recorded."""
    sections = json.loads(config)["gate"].items()
    return {name: section["threshold"] for name, section in sections if isinstance(section, dict) and "threshold" in section}


def run_thresholds(reader: RunReader) -> Mapping[str, float]:
    """Those of this run. Raises `StoreBroken`."""
    with reader.snapshot() as connection, reading():
        return thresholds(load_record(connection).config)


def expect(reader: RunReader, name: str | None, reason: str | None = None) -> None:
    """Raise `UsageError`, naming what there is, if no verdict of the run is by this filter, or none refuses for this reason.

    A run without verdicts has nothing to name, and a filter that let everything pass has refused nobody: both are no mistake.
    """
    with reader.snapshot() as connection, reading():
        filters = connection.execute(text(FILTERS), {"run": RUN}).scalars().all()
    if name is not None and filters and name not in filters:
        raise UsageError(f'no filter "{name}" in run {reader.folder.name}; its filters: {", ".join(filters)}')
    found = [r for r in refusals(reader) if name in (None, r.filter)]
    if reason is not None and found and reason not in {r.reason for r in found}:
        known = ", ".join(f"{r.reason} ({r.filter})" for r in found)
        raise UsageError(f'nothing was refused for "{reason}" in run {reader.folder.name}; reasons: {known}')
