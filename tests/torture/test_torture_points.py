"""Killed at every named place, a run goes on to the dataset it would have made, and nothing it saved is paid for again."""

from collections import Counter
from pathlib import Path

import pytest
from children import NAME, Children
from torment import CONCURRENCY, SEEDS, Bill, Scenario, Scenarios, database, found, rows, saved_prompts, undisturbed

from seedgen.failpoints import POINTS
from seedgen.scripted.server import ScriptedServer
from seedgen.store.sqlite.database import schema_version

KILLED = -9
QUICK = tuple(POINTS)[::6]
"""Of a chain of places each sixth; the others are long to try, and torture."""
CHANCE = ("commit.failed", "commit.gave_up", "commit.dropped")


def test_every_failpoint_is_passed_in_some_scenario_and_every_one_passed_is_listed(scenarios: Scenarios) -> None:
    assert {point for s in scenarios.by_name.values() for point in s.passes} == set(POINTS)


def first_passing(scenarios: Scenarios, point: str) -> tuple[str, Scenario, tuple[str, int]]:
    """A scenario that passes the point, by name, and the middle one of its passings (the first, where their number is left to chance)."""
    name, scenario = next((n, s) for n, s in scenarios.by_name.items() if s.passes[point])
    return name, scenario, (point, 1 if point in CHANCE else (scenario.passes[point] + 1) // 2)


@pytest.mark.parametrize("point", [point if point in QUICK else pytest.param(point, marks=pytest.mark.torture) for point in POINTS])
def test_killed_there_it_goes_on_as_if_nothing_had_happened(
    point: str, scenarios: Scenarios, children: Children, server: ScriptedServer, tmp_path: Path
) -> None:
    name, scenario, kill = first_passing(scenarios, point)
    deed, bill = scenario.inside(tmp_path), Bill(server, tmp_path)
    deed.kill = kill
    assert children.go(deed) == KILLED
    saved, served = saved_prompts(tmp_path), Counter(server.counts)
    deed.kill = None
    assert children.go(deed) == 0, (tmp_path / "said").read_text()
    expect_undisturbed(name, scenarios.whole[name], tmp_path)
    assert bill.paid_twice(saved, served) == []
    assert bill.unaccounted() <= bill.unseen() <= CONCURRENCY


def expect_undisturbed(name: str, whole: Path, runs: Path) -> None:
    """What was made is what is made without disturbance."""
    result = "other" if name == "regate" else NAME
    assert found(runs, result) == undisturbed(whole, result)
    assert undisturbed(whole, result).problems == ()
    if name == "migrate":
        versions = [rows(path, "PRAGMA user_version") for path in (database(runs), database(runs).with_name("run.db.schema1"))]
        assert versions == [[(schema_version(),)], [(1,)]]
    if name == "export":
        written = [{path.name: path.read_bytes() for path in folder.glob("*.jsonl")} for folder in (runs, whole)]
        assert written[0] == written[1]
        assert len(written[0]) == 2
    if name == "embed":
        assert len(rows(database(runs), "SELECT 1 FROM vector")) >= len(SEEDS.read_text().splitlines())
