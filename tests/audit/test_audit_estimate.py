from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from finished import copy_of, finished_run, spoil
from hypothesis import given, settings
from hypothesis import strategies as st

from seedgen.audit.estimate import Amount, Floats, Range, acceptance, estimate, figures, limit_ahead, seconds_per_request
from seedgen.config.model import LimitsConfig, parse_config, stored_config
from seedgen.store.ports import RunReader
from seedgen.store.sqlite.usage import COLUMNS, TeacherUse

NOTHING = {"requests": 0.0, "prompt_tokens": 0.0, "completion_tokens": 0.0, "cost": 0.0}


def uses(outcomes: Iterable[Iterable[bool]], unpriced: int = 0, unmetered: int = 0) -> Floats:
    """A row for each candidate of each ticket, which passed or not; each took 2 requests, 100 + 20 tokens and a cent."""
    rows = [(n, 1, passed, 2, 100, 20, 0.01, unpriced, unmetered) for n, ticket in enumerate(outcomes) for passed in ticket]
    return np.array(rows, dtype=np.float64).reshape(-1, len(COLUMNS))


def test_what_an_item_takes_is_all_that_was_used_over_all_that_passed() -> None:
    found = figures(uses([[True, False]] * 20), 100, NOTHING)
    assert {name: amount.total.likely for name, amount in found.items()} == {
        "requests": 400, "prompt_tokens": 20_000, "completion_tokens": 4_000, "cost": pytest.approx(2.0),
    }  # fmt: skip


def test_a_run_without_chance_has_a_range_of_nothing() -> None:
    assert figures(uses([[True] * 8] * 20), 1000, NOTHING)["requests"].total == Range(2000, 2000, 2000)


@settings(max_examples=40)
@given(st.lists(st.lists(st.booleans(), min_size=1, max_size=8), min_size=1, max_size=30), st.integers(1, 500))
def test_the_likely_value_lies_within_its_range(outcomes: list[list[bool]], target: int) -> None:
    for amount in figures(uses(outcomes), target, NOTHING).values():
        for found in (amount.left, amount.total):
            assert 0 <= found.low <= found.likely <= (float("inf") if found.high is None else found.high)


def test_a_range_from_few_items_may_have_no_upper_end() -> None:
    assert figures(uses([[True] + [False] * 9]), 100, NOTHING)["requests"].total.high is None


def test_what_is_spent_is_not_still_to_come() -> None:
    spent = {**NOTHING, "requests": 100.0}
    amount = figures(uses([[True, False]] * 20), 100, spent)["requests"]
    assert (amount.so_far, amount.left.likely, amount.total.likely) == (100, 300, 400)


def test_a_target_that_is_reached_leaves_nothing_to_come() -> None:
    amount = figures(uses([[True, False]] * 20), 10, NOTHING)["requests"]
    assert (amount.left, amount.total.likely) == (Range(0, 0, 0), 40)


@pytest.mark.parametrize(
    ("outcomes", "unpriced", "unmetered", "told"),
    [([[False]] * 5, 0, 0, 0), ([[True]] * 5, 1, 0, 3), ([[True]] * 5, 1, 1, 1), ([[True]] * 5, 0, 0, 4), ([], 0, 0, 0)],
)
def test_what_cannot_be_told_is_left_out(outcomes: list[list[bool]], unpriced: int, unmetered: int, told: int) -> None:
    found = figures(uses(outcomes, unpriced, unmetered), 10, NOTHING)
    assert (len(found), "cost" in found) == (told, told == 4)


@pytest.mark.parametrize(
    ("outcomes", "shares"),
    [
        ([], None),
        ([[True, False]], (0.5, 0.5, 0.5)),
        ([[True, True], [True, True], [True, False], [False, False]], (0.625, 1.0, 0.25)),
    ],
)
def test_acceptance_is_told_of_the_halves_too(outcomes: list[list[bool]], shares: tuple[float, float, float] | None) -> None:
    assert acceptance(uses(outcomes)) == shares


@pytest.mark.parametrize(
    ("teachers", "pace", "seconds"),
    [
        ([TeacherUse("a", 10, 1000, 2.0)], {}, 0.5),
        ([TeacherUse("a", 10, 1000, 2.0)], {"requests_per_minute": 60}, 1.0),
        ([TeacherUse("a", 10, 1000, 2.0)], {"tokens_per_minute": 3000}, 2.0),
        ([TeacherUse("a", 30, 1000, 2.0), TeacherUse("b", 10, 1000, 8.0)], {}, 0.5),
        ([TeacherUse("a", 10, 1000, None)], {}, None),
        ([], {}, None),
    ],
)
def test_time_is_that_of_the_slowest_teacher_at_its_concurrency_or_its_rate(
    teachers: list[TeacherUse], pace: dict[str, float], seconds: float | None
) -> None:
    config = parse_config({"concurrency": 4, "teachers": {"a": {"kind": "scripted", **pace}, "b": {"kind": "scripted"}}}, "test")
    assert seconds_per_request(teachers, config, 8) == seconds


def amounts(low: float, likely: float, high: float | None) -> dict[str, Amount]:
    left = Range(likely, low, high)
    return {name: Amount(10.0, left, left) for name in NOTHING}


@pytest.mark.parametrize(
    ("limits", "high", "says"),
    [
        ({}, None, None),
        ({"max_requests": 200}, 150, None),
        ({"max_requests": 60}, 150, ("limits.max_requests", 50, True)),
        ({"max_requests": 130}, 150, ("limits.max_requests", 80, False)),
        ({"max_tokens": 120}, 150, ("limits.max_tokens", 50, True)),
        ({"max_cost": 5, "max_requests": 60}, 150, ("limits.max_cost", 0, True)),
        ({"max_time": 25}, 150, ("limits.max_time", 50, True)),
    ],
)
def test_the_limit_that_ends_a_run_first_is_told(limits: dict[str, Any], high: float | None, says: tuple[str, int, bool] | None) -> None:
    found = limit_ahead(LimitsConfig.model_validate(limits), amounts(50, 100, high), Range(50, 25, 75), 0, 100)
    assert (found and (found.name, found.accepted, found.sure)) == says


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> RunReader:
    return finished_run(tmp_path_factory.mktemp("estimate"), target=40)


def test_a_finished_run_is_estimated_near_what_it_took(done: RunReader) -> None:
    found, spend = estimate(done), done.summary().spend
    assert found.requests is not None
    assert found.requests.left == Range(0, 0, 0)
    assert found.requests.total.low <= spend.requests * 1.2
    assert (found.requests.total.high or 0) >= spend.requests * 0.8


def test_a_run_that_accepted_nothing_tells_what_was_refused(done: RunReader, tmp_path: Path) -> None:
    barren = copy_of(done, tmp_path)
    spoil(barren, "UPDATE item SET position = NULL")
    found = estimate(barren)
    assert (found.made, found.cost_per_accepted, found.seconds) == (False, None, None)
    assert found.refusals


def test_prices_that_are_given_count_for_what_was_used(tmp_path: Path) -> None:
    reader = finished_run(tmp_path)
    own = reader.record().config
    [free, dear, cached] = [
        estimate(reader, stored_config(own, "test", {f"teachers.main.{key}": value for key, value in prices.items()}))
        for prices in ({}, {"input_price": 2, "output_price": 8}, {"input_price": 2, "output_price": 8, "cached_price": 1})
    ]
    assert free.cost
    assert dear.cost
    assert dear.prompt_tokens
    assert dear.completion_tokens
    tokens = dear.prompt_tokens.so_far, dear.completion_tokens.so_far
    assert (free.cost.so_far, dear.cost.so_far) == (0, pytest.approx((tokens[0] * 2 + tokens[1] * 8) / 1e6))
    assert dear.cost.total.likely > 0
    assert cached.cost == dear.cost  # the scripted teacher has no cache


def test_a_price_that_was_unknown_may_be_given(tmp_path: Path) -> None:
    reader = finished_run(tmp_path)
    spoil(reader, "UPDATE call SET cost = NULL")
    config = stored_config(reader.record().config, "test", {"teachers.main.input_price": 1, "teachers.main.output_price": 1})
    assert (estimate(reader).cost, bool(estimate(reader, config).cost)) == (None, True)
