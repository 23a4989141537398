"""Whatever is wrong with a setting is said in our words."""

from __future__ import annotations

from typing import Any

import pytest

from seedgen.config.model import Config, parse_config
from seedgen.config.section import leaves
from seedgen.config.words import in_words
from seedgen.errors import UsageError

THEIRS = ("Input", "should", "valid", "constrained", "literal[", "function-", "greater_than", "Tuple", "parse", "pydantic")
WRONG: tuple[Any, ...] = (-1, 10**13, 1.5, "hot", "", [], ["", 1], [1, "x"], True, None, {"a": 1}, "x" * 5000, float("nan"), float("inf"))


def said(settings: dict[str, Any]) -> str:
    try:
        parse_config(settings, "mine.toml")
    except UsageError as exc:
        return str(exc)
    return ""


def nested(key: str, value: Any) -> dict[str, Any]:
    head, _, rest = key.partition(".")
    return {head: nested(rest, value) if rest else value}


@pytest.mark.parametrize("key", [key for key, _, _ in leaves(Config())])
def test_no_setting_is_refused_in_the_validators_words(key: str) -> None:
    for value in WRONG:
        message = said(nested(key, value))
        assert [word for word in THEIRS if word in message] == [], message


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("target", 0, "must be at least 1, not 0"),
        ("target", "many", 'must be a whole number, not "many"'),
        ("target", 1.5, "must be a whole number, not 1.5"),
        ("limits.max_cost", -1, "must be more than 0, not -1"),
        ("gate.rouge.enabled", "maybe", 'must be true or false, not "maybe"'),
        ("gate.compare", "both", 'must be "instruction" or "task", not "both"'),
        ("gate.language.allowed", 5, 'must be a list, as ["one", "two"]'),
        ("teachers.main.roles", [], "must not be empty"),
        ("gate.rouge.threshold", float("nan"), "must be a finite number"),
    ],
)
def test_what_is_wrong_is_said_plainly(key: str, value: Any, message: str) -> None:
    assert said(nested(key, value)) == f"mine.toml: {key}: {message}"


def test_a_sentence_within_another_is_said_as_ours() -> None:
    theirs = "Invalid value: Input should be a valid integer, unable to parse string as an integer"
    assert in_words(theirs) == "Invalid value: must be a whole number"
    assert in_words("no such option: --fly") == "no such option: --fly"


def test_from_python_a_faulty_config_is_told_in_the_same_words() -> None:
    with pytest.raises(UsageError, match="Config: target: must be at least 1, not 0"):
        Config(target=0)
    with pytest.raises(UsageError, match=r'Config: unknown key "tarqet"; did you mean "target"'):
        Config(tarqet=1)  # type: ignore[call-arg]
    assert Config(target=5) == parse_config({"target": 5}, "mine.toml")
