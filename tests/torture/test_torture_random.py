"""Killed at random moments, over and over, whatever it is at: the same dataset, and what was paid for unseen is listed."""

import random
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from children import NAME, Children, Deed
from serving import serving
from test_torture_points import expect_undisturbed
from torment import CONCURRENCY, GOLDEN, Bill, Found, Scenarios, config, database, found, saved_prompts

from seedgen.scripted.faults import parse_faults, parse_latency
from seedgen.scripted.server import ScriptedServer

TARGET = 30
RUNS = 20
KILLS = 10
"""In each run: most of them while it goes on, the rest while it is exported and while an old database is migrated."""


@pytest.fixture(scope="module")
def slow() -> Iterator[ScriptedServer]:
    with serving(faults=parse_faults("malformed=0,status_429=0.05"), latency=parse_latency("lognormal:0.04:1")) as running:
        yield running


@pytest.fixture(scope="module")
def undisturbed(slow: ScriptedServer, children: Children, tmp_path_factory: pytest.TempPathFactory) -> Found:
    runs = tmp_path_factory.mktemp("undisturbed")
    assert children.go(Deed("run", runs, config(slow.url, TARGET).to_json())) == 0
    return found(runs)


def expect_to_survive(kills: int, rng: random.Random, slow: ScriptedServer, children: Children, runs: Path) -> None:
    """A run, killed so many times (or fewer, if it is done before), then left to its end; nothing is paid for twice that was saved."""
    deed, bill, killed = Deed("run", runs, config(slow.url, TARGET).to_json()), Bill(slow, runs), 0
    saved: Counter[str] = Counter()
    served: Counter[str] = Counter()
    while killed < kills and children.kill(deed, rng.uniform(0, 0.7)):
        while slow.at_work:  # what a killed process had asked is answered, and billed, for all that
            time.sleep(0.01)
        assert bill.paid_twice(saved, served) == []
        killed, saved, served = killed + 1, saved_prompts(runs), Counter(slow.counts)
    assert children.go(deed) == 0
    assert bill.paid_twice(saved, served) == []
    assert bill.unaccounted() <= bill.unseen() <= CONCURRENCY * killed


def kill_for_certain(times: int, longest: float, rng: random.Random, deed: Deed, children: Children) -> None:
    """Kill it so many times; when it was done before, it counts for nothing."""
    while times:
        times -= children.kill(deed, rng.uniform(0, longest))


@pytest.mark.torture
def test_a_run_killed_at_three_random_moments(slow: ScriptedServer, undisturbed: Found, children: Children, tmp_path: Path) -> None:
    expect_to_survive(3, random.Random("quick"), slow, children, tmp_path)
    assert found(tmp_path) == undisturbed


@pytest.mark.torture
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(RUNS))
def test_killed_at_random_whatever_it_is_at(
    seed: int, slow: ScriptedServer, undisturbed: Found, scenarios: Scenarios, children: Children, tmp_path: Path
) -> None:
    rng, before = random.Random(seed), children.codes[-9]
    expect_to_survive(KILLS - 2, rng, slow, children, tmp_path)
    assert found(tmp_path) == undisturbed
    migrate_and_be_killed(rng, scenarios, children, tmp_path / "old")
    exporting = Deed("export", tmp_path)
    kill_for_certain(KILLS - (children.codes[-9] - before), 0.05, rng, exporting, children)
    assert children.go(exporting) == 0
    assert (tmp_path / "out.jsonl").read_bytes().count(b"\n") == TARGET


def migrate_and_be_killed(rng: random.Random, scenarios: Scenarios, children: Children, runs: Path) -> None:
    (runs / NAME).mkdir(parents=True)
    shutil.copyfile(GOLDEN, database(runs))
    deed = Deed("resume", runs)
    children.kill(deed, rng.uniform(0, 0.05))
    assert children.go(deed) == 0
    expect_undisturbed("migrate", scenarios.whole["migrate"], runs)
