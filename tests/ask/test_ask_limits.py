import pytest

from seedgen.ask.limits import BLIND, Spend, reached
from seedgen.config.model import LimitsConfig
from seedgen.records import Usage


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ({}, None),
        ({"max_requests": 4}, None),
        ({"max_requests": 3}, "3 requests used, limits.max_requests is 3"),
        ({"max_tokens": 30}, "30 tokens used, limits.max_tokens is 30"),
        ({"max_tokens": 2000000}, None),
        ({"max_cost": 0.25}, "$0.5000 used, limits.max_cost is 0.25"),
    ],
)
def test_a_reached_limit_says_which_and_how_far(limits: dict[str, float], says: str | None) -> None:
    assert reached(LimitsConfig.model_validate(limits), Spend(3, 20, 10, 0.5)) == says


def test_an_unknown_cost_is_counted_apart_and_not_as_zero() -> None:
    spend = Spend().received(Usage(10, 5), 0.5).received(Usage(1, None), None)
    assert spend == Spend(0, 11, 5, 0.5, unpriced=1, unmetered=1, longest=15, dearest=0.5)


def test_cached_and_reasoning_tokens_are_counted_apart_within_the_others() -> None:
    spend = Spend().received(Usage(100, 50, 64, 20), 0.0).received(Usage(100, 50, None, 5), 0.0)
    assert (spend.tokens, spend.cached_tokens, spend.reasoning_tokens) == (300, 64, 25)


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ({"max_tokens": 46}, None),
        ({"max_tokens": 45}, "15 tokens used and 2 more answers of unknown use, counted at 15 tokens each, limits.max_tokens is 45"),
        ({"max_cost": 1.6}, None),
        ({"max_cost": 1.5}, "$0.5000 used and 2 more answers of unknown use, counted at $0.5000 each, limits.max_cost is 1.5"),
    ],
)
def test_what_is_unknown_counts_against_a_limit_as_much_as_the_dearest_known(limits: dict[str, float], says: str | None) -> None:
    spend = Spend().received(Usage(10, 5), 0.5).received(Usage(), None).lost()
    assert reached(LimitsConfig.model_validate(limits), spend) == says


@pytest.mark.parametrize("limit", ["max_tokens", "max_cost"])
def test_a_limit_that_nothing_can_be_counted_against_is_reached(limit: str) -> None:
    limits, spend = LimitsConfig.model_validate({limit: 1000}), Spend()
    said = [reached(limits, spend := spend.received(Usage(), None)) for _ in range(BLIND + 1)]
    assert said == [None] * BLIND + [
        f"no answer tells what it used ({BLIND + 1} so far), so limits.{limit} cannot be kept; limit max_requests instead"
    ]


def test_free_answers_of_a_known_price_are_known() -> None:
    spend = Spend().received(Usage(1, 1), 0.0).lost().lost().lost().lost()
    assert reached(LimitsConfig(max_cost=1), spend) is None
