from __future__ import annotations

import json
from pathlib import Path

import pytest

from seedgen.cli import main
from seedgen.cli.costs import cost_rows
from seedgen.store.figures import Bill, Costs, SeedYield

SEED = SeedYield("maths-1", "Add 2 and 2.", 10, 80, 40, 16.0)


def costs(bill: Bill, seeds: tuple[SeedYield, ...] = ()) -> Costs:
    standings = {"refused": Bill(8, cost=0.5), "accepted": Bill(8, 8, cost=1.5)}
    return Costs(bill, standings, {}, {}, {}, 0.2, seeds)


@pytest.mark.parametrize(
    ("found", "rows"),
    [
        (costs(Bill()), [("cost per accepted", "unknown")]),
        (costs(Bill(accepted=4)), [("cost per accepted", "$0.00")]),
        (
            costs(Bill(accepted=4, cost=2.0)),
            [("cost per accepted", "$0.50"), ("of the cost", "$1.50 for accepted items, $0.50 for refused candidates")],
        ),
        (
            costs(Bill(accepted=4), (SEED,)),
            [("cost per accepted", "$0.00"), ("worst seed", "maths-1: 40 of 80 refused, 16 expected")],
        ),
    ],
)
def test_the_short_version_says_what_matters(found: Costs, rows: list[tuple[str, str]]) -> None:
    assert list(cost_rows(found)) == rows


def test_costs_are_told_by_standing_recipe_teacher_and_category(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "whole", "--costs", "--runs", str(runs)]) == 0
    out = capsys.readouterr().out
    assert "whole: $0.00 for 60 accepted, $0.00 each" in out
    for word in ("accepted items", "refused candidates", "alpaca", "main", "category", "shared evenly"):
        assert word in out


def test_with_json_status_has_all_of_it(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "whole", "--json", "--runs", str(runs)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found["costs"]) == {"all", "standings", "recipes", "teachers", "categories", "refused_share", "seeds"}
    assert found["costs"]["recipes"]["alpaca"]["accepted"] == 60
    assert {"cached_tokens", "reasoning_tokens"} <= set(found)
