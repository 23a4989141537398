"""What a run says of whom it asks, before it asks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from fakes import QueueTeacher
from serving import serving

from seedgen import run
from seedgen.ask.asker import PacedTeacher
from seedgen.ask.pace import Pace
from seedgen.config.model import Config, parse_config
from seedgen.events import Event, Notice
from seedgen.runs.announced import announced

NOTHING: Mapping[str, str] = {}


def told(
    teacher: Mapping[str, object], environ: Mapping[str, str] = NOTHING, sources: Mapping[str, str] = NOTHING, price: float = -1
) -> str:
    config = parse_config({"teachers": {"main": teacher}}, "test")
    fake = QueueTeacher([], model=config.teachers["main"].model or "found", price=price if price >= 0 else None)  # type: ignore[arg-type]
    roster = {"main": PacedTeacher(fake, 1.0, ("propose", "respond"), 1, Pace(), 1.0)}
    return "; ".join(announced(config, roster, environ, sources, "the config"))


@pytest.mark.parametrize(
    ("teacher", "environ", "sources", "says"),
    [
        ({"kind": "scripted"}, {}, {"teachers.main.kind": "--teacher"}, "main asks found on this machine, free (teacher by --teacher)"),
        (
            {"kind": "openai"},
            {"OPENAI_API_KEY": "k"},
            {"teachers.main.kind": "job.toml"},
            "main asks found at https://api.openai.com/v1, price unknown, key from OPENAI_API_KEY "
            "(teacher by job.toml, model and address by default)",
        ),
        (
            {"kind": "openai", "base_url": "http://h/v1", "model": "m", "api_key_env": "MINE"},
            {},
            {"teachers.main.base_url": "OPENAI_BASE_URL"},
            "main asks m at http://h/v1, price unknown, no key (MINE is not set) (teacher and model by the config, address by "
            "OPENAI_BASE_URL)",
        ),
    ],
)
def test_whom_at_which_price_on_whose_key_and_by_whose_choice(
    teacher: Mapping[str, object], environ: Mapping[str, str], sources: Mapping[str, str], says: str
) -> None:
    assert told(teacher, environ, sources) == says


def test_the_price_is_of_a_million_tokens() -> None:
    assert "$0.5 and $0.5 a million tokens in and out" in told({"kind": "openai"}, price=0.5)


def test_it_is_said_before_the_first_request(tmp_path: Path) -> None:
    heard: list[tuple[str, int]] = []
    with serving() as server:
        teacher = {"kind": "openai", "base_url": server.url, "model": "scripted"}

        def listener(event: Event) -> None:
            if isinstance(event, Notice) and " asks " in event.message:
                heard.append((event.message.partition(",")[0], sum(server.counts.values())))

        config = parse_config({"target": 1, "teachers": {"main": teacher}, "gate": {"semantic": {"enabled": False}}}, "test")
        run(config, "it", runs=tmp_path, listeners=[listener], environ={})
        assert heard == [(f"main asks scripted at {server.url}", 0)]


def test_embeddings_of_a_server_are_told_of_too() -> None:
    config = Config.model_validate({"gate": {"semantic": {"base_url": "http://e/v1", "model": "e5"}}})
    said = list(announced(config, {}, {"OPENAI_API_KEY": "k"}, {}, "the run's record"))
    assert said == ["embeddings are asked of e5 at http://e/v1, key from OPENAI_API_KEY (address by the run's record)"]
