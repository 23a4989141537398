from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seedgen.gate.semantic import SemanticConfig
from seedgen.records import Vector
from seedgen.teachers.encoder import LocalModel, bundled_model
from seedgen.teachers.remembered import FILES, Remembered, bundled_texts, cache_folder, remembered, seed_vectors

SOME = {text: np.array([n, 1], np.float16) for n, text in enumerate(["one", "two", "three"])}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "weights").write_bytes(b"1")
    return folder


def kept(model: Path, cache: Path | None, vectors: dict[str, Vector] = SOME) -> Remembered:
    """What has kept these vectors."""
    known = Remembered(model, cache)
    known.find(list(vectors))
    known.keep(vectors)
    return known


def found(known: Remembered, texts: Sequence[str] = tuple(SOME)) -> dict[str, list[float]]:
    return {text: vector.tolist() for text, vector in known.find(texts).items()}


async def test_the_bundled_seeds_come_with_vectors_that_the_bundled_model_makes() -> None:
    texts = list(bundled_texts())
    known = Remembered(bundled_model(), None).find(texts)
    assert set(known) == set(texts), "make them again: python -m seedgen.teachers.remembered"
    some = sorted(known)[::60]
    made = await LocalModel().encode(some)
    assert [float(known[t].astype(np.float64) @ v.astype(np.float64)) for t, v in zip(some, made, strict=True)] == pytest.approx(
        [1.0] * len(some), abs=2e-3
    )


def test_what_was_kept_is_found_in_other_lists_too_but_not_for_another_model(model: Path, tmp_path: Path) -> None:
    kept(model, tmp_path / "cache")
    assert found(Remembered(model, tmp_path / "cache"), ["two", "four"]) == {"two": [1, 1]}
    (model / "weights").write_bytes(b"2")
    assert found(Remembered(model, tmp_path / "cache")) == {}


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-30], lambda data: data.replace(b"\x00\x3c", b"\x01\x3c"), lambda _: b"", lambda _: b"PK"]
)
def test_what_is_damaged_is_passed_over_and_made_anew(damage: Any, model: Path, tmp_path: Path) -> None:
    kept(model, tmp_path)
    [path] = tmp_path.glob("*.npz")
    path.write_bytes(damage(path.read_bytes()))
    assert found(Remembered(model, tmp_path)) == {}
    assert found(kept(model, tmp_path)) == {text: vector.tolist() for text, vector in SOME.items()}


def test_a_pickle_is_not_read(model: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "evil.npz", keys=np.array([{}], object), vectors=np.zeros((1, 2), np.float16))
    assert found(Remembered(model, tmp_path)) == {}


def test_where_nothing_can_be_written_nothing_is_kept(model: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert [found(kept(model, cache)) for cache in (None, tmp_path / "file" / "vectors")] == [{}, {}]


def test_only_the_latest_lists_are_kept(model: Path, tmp_path: Path) -> None:
    for n in range(FILES + 3):
        kept(model, tmp_path, {f"text {n}": SOME["one"]})
    assert len(list(tmp_path.iterdir())) == FILES + 1  # and the model


async def test_only_what_is_not_known_is_encoded_and_then_it_is(model: Path, tmp_path: Path) -> None:
    kept(model, tmp_path)
    asked: list[str] = []

    async def encode(texts: Sequence[str]) -> list[Vector]:
        asked.extend(texts)
        return [np.array([9, 9], np.float16) for _ in texts]

    for _ in range(2):
        vectors = await seed_vectors(["four", "two"], encode, Remembered(model, tmp_path), lambda _: None)
        assert [v.tolist() for v in vectors] == [[9, 9], [1, 1]]
    assert asked == ["four"]


def test_nothing_is_remembered_of_a_server_a_hub_or_vectors_that_depend_on_their_batch() -> None:
    others = [{"base_url": "http://here", "model": "m"}, {"model": "a/b"}, {"encoding": "ticket"}]
    assert [remembered(SemanticConfig(**settings), {}) for settings in others] == [None, None, None]
    assert remembered(SemanticConfig(), {}) is not None


def test_the_cache_is_where_the_user_wants_it(tmp_path: Path) -> None:
    assert cache_folder({"XDG_CACHE_HOME": str(tmp_path)}) == tmp_path / "seedgen" / "vectors"
    assert cache_folder({"XDG_CACHE_HOME": "not/whole"}) != Path("not/whole/seedgen/vectors")
