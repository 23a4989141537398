"""Limits held by real runs against a real server, whatever the concurrency: what is used passes a limit by the calls in flight at most."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from finished import spoil
from serving import serving

from seedgen import open_run, resume, run
from seedgen.ask.limits import BLIND, Spend
from seedgen.config.model import parse_config
from seedgen.events import Ending
from seedgen.scripted.faults import FaultRates

DEAR = {"input_price": 100.0, "output_price": 400.0}
LATENCY = 0.005


def start(url: str, runs: Path, limits: dict[str, float], concurrency: int, **teacher: Any) -> Ending:
    settings = {
        "target": 2000,
        "window": 32,
        "concurrency": concurrency,
        "teachers": {"main": {"kind": "openai", "base_url": url, "model": "scripted", **DEAR, **teacher}},
        "gate": {"semantic": {"enabled": False}},
        "limits": limits,
    }
    return run(parse_config(settings, "test"), "a", runs=runs)


def spent(runs: Path) -> Spend:
    return open_run("a", runs).summary().spend


@pytest.mark.parametrize("concurrency", [1, 5, 32])
@pytest.mark.parametrize(
    ("name", "limit", "used", "largest"),
    [
        ("max_requests", 60, "requests", None),
        ("max_tokens", 20_000, "tokens", "longest"),
        ("max_cost", 2.5, "cost", "dearest"),
    ],
)
def test_a_limit_is_passed_by_the_calls_in_flight_at_most(
    tmp_path: Path, name: str, limit: float, used: str, largest: str | None, concurrency: int
) -> None:
    with serving(latency=LATENCY) as server:
        ending = start(server.url, tmp_path, {name: limit}, concurrency)
    spend = spent(tmp_path)
    most = (getattr(spend, largest) * concurrency) if largest else 0
    assert (ending.end, limit <= getattr(spend, used) <= limit + most) == ("budget", True), (ending, spend)
    assert server.requests == spend.requests


def test_a_limit_holds_over_all_starts_of_a_run(tmp_path: Path) -> None:
    with serving() as server:
        start(server.url, tmp_path, {"max_cost": 1.0}, 4)
        before = server.requests
        assert resume("a", runs=tmp_path).end == "budget"
        assert server.requests == before
        assert resume("a", {"limits.max_cost": 2.0}, runs=tmp_path).end == "budget"
    spend = spent(tmp_path)
    assert 2.0 <= spend.cost <= 2.0 + 4 * (spend.dearest or 0)


def test_time_that_is_up_ends_a_run_with_every_answer_saved(tmp_path: Path) -> None:
    with serving(latency=0.05) as server:
        ending = start(server.url, tmp_path, {"max_time": 0.5}, 8)
    assert (ending.end, "limits.max_time" in ending.message) == ("budget", True)
    assert server.counts.total() == server.requests == spent(tmp_path).requests


@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize(
    ("name", "limit", "largest", "unknown"), [("max_tokens", 20_000, "longest", "unmetered"), ("max_cost", 2.5, "dearest", "unpriced")]
)
def test_answers_of_unknown_use_count_as_much_as_the_dearest(
    tmp_path: Path, name: str, limit: float, largest: str, unknown: str, concurrency: int
) -> None:
    with serving(latency=LATENCY, faults=FaultRates(http={"no_usage": 0.3})) as server:
        ending = start(server.url, tmp_path, {name: limit}, concurrency)
    spend = spent(tmp_path)
    known, most = spend.tokens if name == "max_tokens" else spend.cost, getattr(spend, largest)
    assert (ending.end, getattr(spend, unknown) > 0) == ("budget", True)
    assert limit <= known + getattr(spend, unknown) * most <= limit + (concurrency + getattr(spend, unknown)) * most


@pytest.mark.parametrize("limits", [{"max_tokens": 10**9}, {"max_cost": 10**6}])
def test_a_limit_that_cannot_be_kept_ends_the_run_at_once(tmp_path: Path, limits: dict[str, float]) -> None:
    with serving(faults=FaultRates(http={"no_usage": 1.0})) as server:
        ending = start(server.url, tmp_path, limits, 2)
        assert (ending.end, "cannot be kept" in ending.message) == ("budget", True)
        assert server.requests <= BLIND + 1 + 2
        assert start(server.url, tmp_path, {"max_requests": 20}, 2).message == "20 requests used, limits.max_requests is 20"


def test_calls_that_may_have_been_billed_unseen_count_too(tmp_path: Path) -> None:
    with serving() as server:
        start(server.url, tmp_path, {"max_requests": 20}, 2)
        spoil(open_run("a", tmp_path), "UPDATE call SET state = 'unseen' WHERE rowid IN (SELECT rowid FROM call LIMIT 5)")
        spend = spent(tmp_path)
        ending = resume("a", {"limits.max_requests": None, "limits.max_cost": spend.cost + 5 * (spend.dearest or 0)}, runs=tmp_path)
    assert (ending.end, "counted at" in ending.message) == ("budget", True)
    assert spent(tmp_path).requests == 20
