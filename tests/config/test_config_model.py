from typing import Any

import pytest

from seedgen.config.model import Config, parse_config
from seedgen.config.section import leaves
from seedgen.errors import UsageError


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"targt": 5}, 'unknown key "targt"; did you mean "target"?'),
        ({"gate": {"rouge": {"treshold": 0.6}}}, 'unknown key "gate.rouge.treshold"; did you mean "threshold"?'),
        ({"teachers": {"big": {"modl": "x"}}}, 'unknown key "teachers.big.modl"; did you mean "model"?'),
        ({"recipes": {"self-instrct": {}}}, 'did you mean "self-instruct"?'),
        ({"target": 0}, "target: must be at least 1, not 0"),
        ({"gate": {"rouge": {"threshold": float("nan")}}}, "gate.rouge.threshold"),
        ({"limits": {"max_time": "soon"}}, '"soon" is no duration'),
        ({"recipes": {"self-instruct": {"weight": 0}}}, "at least one recipe needs a weight above 0"),
        ({"teachers": {"a": {"roles": ["propose"]}}}, 'no teacher with a weight above 0 has the role "respond"'),
        ({"gate": {"custom": ["checks"]}}, '"checks" names no function; write module:function'),
        ({"gate": {"custom": ["a.b:c", "a.b:c"]}}, '"a.b:c" is named twice'),
    ],
)
def test_a_wrong_setting_is_named_with_what_would_do(data: dict[str, object], says: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_config(data, "seedgen.toml")
    assert says in str(caught.value)
    assert str(caught.value).startswith("seedgen.toml: ")


def test_all_wrong_settings_are_named_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        parse_config({"targt": 5, "seed": "x"}, "c")
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize(("target", "window"), [(1, 8), (25, 8), (100, 8), (2000, 62), (1_000_000, 1024)])
def test_the_window_follows_the_target(target: int, window: int) -> None:
    assert Config(target=target).resolved_window == window


@pytest.mark.parametrize(
    ("settings", "window", "expected"),
    [
        ({}, 8, (4, 4)),  # the bundled model has four slots
        ({"concurrency": 2}, 8, (2, 2)),
        ({"teachers": {"main": {"kind": "scripted"}}}, 1024, (20, 512)),
        ({"teachers": {"main": {"kind": "scripted"}}}, 8, (8, 8)),
        ({"teachers": {"main": {"kind": "scripted"}}, "concurrency": 64}, 1024, (64, 64)),
        ({"teachers": {"main": {"kind": "scripted"}}, "concurrency": 64}, 32, (32, 32)),
    ],
)
def test_calls_at_once_never_exceed_the_window_nor_the_slots(settings: dict[str, Any], window: int, expected: tuple[int, int]) -> None:
    assert parse_config(settings, "test").concurrency_of("main", window) == expected


def test_only_settings_that_make_the_dataset_are_kept_for_life() -> None:
    one = Config(target=5, concurrency=3)
    other = parse_config({"target": 9, "limits": {"max_cost": 3}, "teachers": {"main": {"base_url": "http://x/v1"}}}, "c")
    assert one.digest() == other.digest()
    assert one.digest() != parse_config({"gate": {"rouge": {"threshold": 0.6}}}, "c").digest()


def test_a_config_survives_its_own_json() -> None:
    config = parse_config({"limits": {"max_time": "2h"}, "recipes": {"alpaca": {"weight": 2}}}, "c")
    assert Config.model_validate_json(config.to_json()) == config
    assert config.limits.max_time == 7200


def test_every_setting_says_what_it_does() -> None:
    def undescribed(model: type, path: str = "") -> list[str]:
        fields = model.model_fields.items()  # type: ignore[attr-defined]
        return [path + name for name, info in fields if not info.description] + [
            inner
            for name, info in fields
            if isinstance(info.annotation, type) and hasattr(info.annotation, "model_fields")
            for inner in undescribed(info.annotation, f"{path}{name}.")
        ]

    assert undescribed(Config) == []
    assert len(list(leaves(Config()))) > 40


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"temperature": "none"}, "temperature"),
        ({"extra_body": {"model": "m"}}, '"model" is set by seedgen'),
        ({"extra_headers": {"Authorization": "Bearer x"}}, "authorization comes from api_key_env"),
        ({"extra_headers": {"x-api-key": "canary"}}, "write env:NAME"),
        ({"extra_headers": {"x": "a\r\nb: canary"}}, "printable ASCII"),
    ],
)
def test_what_no_request_may_have_is_refused_and_no_secret_repeated(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_config({"teachers": {"main": settings}}, "mine.toml")
    assert (words in str(caught.value), "canary" in str(caught.value)) == (True, False)
