from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from seedgen.ask.limits import Spend
from seedgen.cli.summary import as_plain, by_filter, commands, out_name, seconds_left, spending, spread, steered, ways_on
from seedgen.store.figures import Balance, Kind
from seedgen.store.ports import ItemView, RunRecord, Summary

NOW = datetime.fromisoformat("2026-11-21T10:01:40Z")


def summary(record: Mapping[str, Any] | None = None, **changes: Any) -> Summary:
    """A run at work on 100 items, begun 100 seconds ago, with 40 accepted, 20 of them since then."""
    written = {"created_at": "", "config_digest": "", "seeds_digest": "", "started_at": "2026-11-21T10:00:00Z", **(record or {})}
    values: dict[str, Any] = {
        "record": RunRecord("a", "0.1.0", config='{"teachers": {"main": {"kind": "local", "model": ""}}}', window=4, target=100, **written),
        "state": "running", "accepted": 40, "surplus": 0, "tickets": 9, "open_tickets": 2, "candidates": 80, "admitted": 50, "refusals": {},
        "spend": Spend(), "unseen": 0, "failed_calls": 0, "accepted_lately": 20,
    }  # fmt: skip
    return Summary(**values | changes)


def lines(count: int) -> list[ItemView]:
    return [ItemView(f"{n}.0", "accepted", "Do") for n in range(count)]


def test_refusals_add_up_by_filter() -> None:
    assert by_filter({("shape", "short"): 2, ("rouge", "near_duplicate"): 3, ("shape", "long"): 4}) == {"shape": 6, "rouge": 3}


@pytest.mark.parametrize(
    ("changes", "seconds"), [({}, 300), ({"accepted_lately": 0}, None), ({"state": "stopped"}, None), ({"state": "crashed"}, None)]
)
def test_time_left_is_that_of_a_run_at_work_at_its_present_pace(changes: dict[str, Any], seconds: float | None) -> None:
    assert seconds_left(summary(**changes), NOW) == seconds


@pytest.mark.parametrize(("spend", "known"), [(Spend(cost=2.0), 2.0), (Spend(cost=2.0, unpriced=1), None)])
def test_a_cost_that_is_not_wholly_known_is_null(spend: Spend, known: float | None) -> None:
    found = as_plain(summary(spend=spend), NOW)
    assert (found["cost"], found["known_cost"], found["eta_seconds"]) == (known, 2.0, 300)


@pytest.mark.parametrize(
    ("state", "end", "message", "command"),
    [
        ("finished", "target", "100 accepted", ["seedgen resume a --target 200"]),
        ("stopped", "budget", "9 requests used, limits.max_requests is 9", ["seedgen resume a --max-requests …"]),
        ("stopped", "budget", "60 s passed, limits.max_time", ["seedgen resume a"]),
        ("stopped", "interrupted", "stopped by SIGINT", ["seedgen resume a"]),
        ("crashed", "", "", ["seedgen resume a"]),
        ("running", "", "", ["seedgen watch a"]),
    ],
)
def test_every_state_names_the_command_that_takes_the_run_further(state: str, end: str, message: str, command: list[str]) -> None:
    found = summary({"end": end, "end_message": message}, state=state)
    assert [c for c, _ in ways_on(found, "a")] == command


@pytest.mark.parametrize(("size", "places"), [(0, []), (3, [0, 1, 2]), (10, [0, 2, 4, 6, 8])])
def test_samples_are_spread_over_the_dataset(size: int, places: list[int]) -> None:
    assert spread(size) == places


def test_without_items_there_is_none_to_list_show_or_export() -> None:
    refused = {("shape", "too_short"): 1}
    assert [command.split()[1] for command, _ in commands("a", lines(0))] == []
    assert [command.split()[1] for command, _ in commands("a", lines(0), refused)] == ["items"]
    assert [command.split()[1] for command, _ in commands("a", lines(1), refused)] == ["items", "show", "items", "export"]


@pytest.mark.parametrize(("run", "name"), [("first", "first"), ("first --runs x", "first"), ("a/b/c", "c"), ("a/", "dataset")])
def test_an_export_is_named_after_its_run(run: str, name: str) -> None:
    assert out_name(run) == name


@pytest.mark.parametrize(
    ("balance", "rows"),
    [
        (Balance((), 0), []),
        (Balance((Kind("a", 0, 0.0, 1.0),), 0), []),
        (
            Balance((Kind("a", 2, 0.2, 0.25), Kind("b", 8, 0.8, 0.75)), 0),
            [("categories", "2; furthest from their weight: b 80.0% of 75.0%, a 20.0% of 25.0%")],
        ),
        (Balance((), 1), [("collapse", "answered: prompts show seeds only")]),
        (Balance((), 2), [("collapse", "answered: prompts show seeds only, a higher temperature")]),
    ],
)
def test_what_a_run_is_steered_to_is_told_where_it_matters(balance: Balance, rows: list[tuple[str, str]]) -> None:
    assert list(steered(balance)) == rows


@pytest.mark.parametrize(
    ("spend", "tokens"),
    [
        (Spend(1, 10, 5), "15 (10 prompt, 5 completion)"),
        (Spend(1, 10, 5, cached_tokens=4, reasoning_tokens=3), "15 (10 prompt, 5 completion, 4 of them cached, 3 of them reasoning)"),
    ],
)
def test_cached_and_reasoning_tokens_are_told_where_there_are_any(spend: Spend, tokens: str) -> None:
    assert spending(summary(spend=spend))["tokens"] == tokens
