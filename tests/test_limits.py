import pytest

from seedgen.config import LimitsConfig
from seedgen.limits import Spend, reached
from seedgen.records import Usage


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ({}, None),
        ({"max_requests": 4}, None),
        ({"max_requests": 3}, "3 requests used, limits.max_requests is 3"),
        ({"max_tokens": 30}, "30 tokens used, limits.max_tokens is 30"),
        ({"max_cost": 0.25}, "$0.5000 used, limits.max_cost is 0.25"),
    ],
)
def test_a_reached_limit_says_which_and_how_far(limits: dict[str, float], says: str | None) -> None:
    assert reached(LimitsConfig.model_validate(limits), Spend(3, 20, 10, 0.5)) == says


def test_an_unknown_cost_is_counted_apart_and_not_as_zero() -> None:
    spend = Spend().received(Usage(10, 5), 0.5).received(Usage(1, None), None)
    assert spend == Spend(0, 11, 5, 0.5, unpriced=1)
