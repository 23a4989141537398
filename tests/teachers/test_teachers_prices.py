import re

import pytest

from seedgen.config.model import Config, TeacherConfig
from seedgen.records import Usage
from seedgen.teachers.prices import price, prices_version

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
    ("cached_price", "cost"),
    [(None, 2.0), (0.5, 0.6 * 2.0 + 0.4 * 0.5), (0.0, 0.6 * 2.0)],
)
def test_the_config_has_a_price_for_cached_tokens_too(cached_price: float | None, cost: float) -> None:
    config = TeacherConfig(input_price=2.0, output_price=8.0, cached_price=cached_price)
    assert price("any", OPENAI, Usage(1_000_000, 0, cached_tokens=400_000), config) == pytest.approx(cost)


def test_reasoning_tokens_are_billed_once_as_the_completion_tokens_they_are() -> None:
    assert price("any", OPENAI, Usage(0, 1_000_000, reasoning_tokens=900_000), PRICED) == 8.0


def test_long_prompts_have_the_price_of_their_tier() -> None:
    google = "https://generativelanguage.googleapis.com/v1beta/openai"
    short, long = (price("gemini-2.5-pro", google, Usage(tokens, 0), TeacherConfig()) or 0 for tokens in (100_000, 300_000))
    assert long > 3 * short > 0


@pytest.mark.parametrize(
    ("model", "base_url", "usage", "config"),
    [
        ("no-such-model", OPENAI, Usage(1, 1), TeacherConfig()),
        ("gpt-4o-mini", "http://localhost:8000/v1", Usage(1, 1), TeacherConfig()),
        ("gpt-4o-mini", "https://proxy.example.com/v1", Usage(1, 1), TeacherConfig()),
        ("gpt-4o-mini", "", Usage(1, 1), TeacherConfig()),
        ("gpt-4o-mini", OPENAI, Usage(None, 1), TeacherConfig()),
        ("gpt-4o-mini", OPENAI, Usage(1, None), PRICED),
        ("no-such-model", OPENAI, Usage(1, 1), TeacherConfig(input_price=1.0)),
        ("qwen-3-coder-480b", "https://api.cerebras.ai/v1", Usage(1, 1), TeacherConfig()),
    ],
    ids=["model", "localhost", "proxy", "nowhere", "prompt", "completion", "half-a-price", "listed-without-price"],
)
def test_what_is_not_known_is_none_and_never_zero(model: str, base_url: str, usage: Usage, config: TeacherConfig) -> None:
    assert price(model, base_url, usage, config) is None


PRICED_ONE, LISTED, FREE = PRICED.model_copy(update={"kind": "openai"}), TeacherConfig(kind="openai"), TeacherConfig(kind="local")


@pytest.mark.parametrize(
    ("teachers", "says"),
    [
        ((FREE,), r""),
        ((LISTED, FREE), r"genai-prices \d+\.\d+\.\d+"),
        ((PRICED_ONE,), r"config"),
        ((PRICED_ONE, LISTED), r"genai-prices \d+\.\d+\.\d+, config"),
    ],
)
def test_a_start_records_where_its_prices_come_from(teachers: tuple[TeacherConfig, ...], says: str) -> None:
    config = Config(teachers={f"t{n}": teacher for n, teacher in enumerate(teachers)})
    assert re.fullmatch(says, prices_version(config))
