import pytest

from seedgen.config import TeacherConfig
from seedgen.records import Usage
from seedgen.teacher.prices import price, prices_version

OPENAI = "https://api.openai.com/v1"
PRICED = TeacherConfig(input_price=2.0, output_price=8.0)


def test_the_prices_of_the_config_come_first() -> None:
    assert price("gpt-4o-mini", OPENAI, Usage(1_000_000, 500_000), PRICED) == 6.0


def test_a_listed_model_has_its_listed_price() -> None:
    assert price("gpt-4o-mini", OPENAI, Usage(1_000_000, 1_000_000), TeacherConfig()) == pytest.approx(0.75)


def test_cached_tokens_are_cheaper() -> None:
    assert price("gpt-4o-mini", OPENAI, Usage(1_000_000, 0, cached_tokens=1_000_000), TeacherConfig()) == pytest.approx(0.075)


def test_more_cached_than_prompt_tokens_is_no_error() -> None:
    assert price("gpt-4o-mini", OPENAI, Usage(10, 0, cached_tokens=99), TeacherConfig()) == pytest.approx(10 * 0.075 / 1e6)


@pytest.mark.parametrize(
    ("model", "base_url", "usage", "config"),
    [
        ("no-such-model", OPENAI, Usage(1, 1), TeacherConfig()),
        ("gpt-4o-mini", "http://localhost:8000/v1", Usage(1, 1), TeacherConfig()),
        ("gpt-4o-mini", OPENAI, Usage(None, 1), TeacherConfig()),
        ("gpt-4o-mini", OPENAI, Usage(1, None), PRICED),
        ("no-such-model", OPENAI, Usage(1, 1), TeacherConfig(input_price=1.0)),
    ],
)
def test_what_is_not_known_is_none_and_never_zero(model: str, base_url: str, usage: Usage, config: TeacherConfig) -> None:
    assert price(model, base_url, usage, config) is None


def test_the_price_list_has_a_version() -> None:
    assert prices_version().startswith("genai-prices 0.")
