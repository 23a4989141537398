import asyncio
import gzip
import json
import threading
import time
import traceback
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from embedding import Asked, Reply, embedding, letters

from seedgen.errors import SeedgenError, TeacherFatal
from seedgen.gate.semantic import SemanticConfig
from seedgen.records import Vector
from seedgen.teachers.embeddings import ATTEMPTS, BATCH, MAX_CHARS, ServedModel
from seedgen.teachers.encoder import make_encoder
from seedgen.teachers.endpoint import MAX_BODY

KEY = "sk-canary-0123456789"


async def encoded(asked: Asked, texts: Sequence[str], naps: list[float] | None = None, key: str = KEY) -> list[Vector]:
    """The texts' vectors by this server; pauses are noted instead of made."""

    async def nap(seconds: float) -> None:
        if naps is not None:
            naps.append(seconds)

    config = SemanticConfig(model="letters", base_url=asked.base_url, api_key_env="MY_KEY")
    served = ServedModel(config, {"MY_KEY": key}, sleep=nap)
    try:
        return await served.encode(texts)
    finally:
        await served.close()


async def test_a_servers_embeddings_come_in_the_order_asked_and_are_of_unit_length() -> None:
    with embedding() as asked:
        vectors = await encoded(asked, ["aab", "zzzz"])
    assert [(v.shape, v.dtype) for v in vectors] == [((27,), np.float16)] * 2
    assert vectors[0][:3].tolist() == pytest.approx([6**-0.5, 2 * 6**-0.5, 6**-0.5], abs=1e-3)
    assert vectors[1][26] == pytest.approx(4 / 17**0.5, abs=1e-3)


async def test_a_server_is_asked_in_batches_with_model_and_key() -> None:
    texts = [f"text {n}" for n in range(BATCH + 1)]
    with embedding() as asked:
        assert len(await encoded(asked, texts)) == BATCH + 1
    assert [body["input"] for body in asked.bodies] == [texts[:BATCH], texts[BATCH:]]
    assert {body["model"] for body in asked.bodies} == {"letters"}
    assert asked.keys == [f"Bearer {KEY}"] * 2


async def test_without_a_key_none_is_sent_and_long_texts_are_cut() -> None:
    with embedding() as asked:
        await encoded(asked, ["x" * MAX_CHARS * 2], key="")
    assert (asked.keys, asked.bodies[0]["input"]) == ([None], ["x" * MAX_CHARS])


async def test_what_may_pass_is_tried_again_as_late_as_the_server_asks() -> None:
    naps: list[float] = []
    busy, broken = Reply(429, b"{}", {"Retry-After": "3"}), Reply(503, b"down")
    with embedding(busy, broken, Reply(200, b"<html>"), Reply(429, b"", {"Retry-After": "1e9"})) as asked:
        assert len(await encoded(asked, ["a"], naps)) == 1
    assert (len(asked.bodies), len(naps), naps[0], naps[3]) == (5, 4, 3.0, 60.0)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(401, f"bad key {KEY}".encode()), "answered 401: the key in MY_KEY is not accepted"),
        (Reply(403, f"bad key {KEY}".encode()), 'the key in MY_KEY may not use the model "letters"'),
        (Reply(404, b'{"error": "none"}'), 'no model "letters", or a wrong address; check gate.semantic.model and gate.semantic.base_url'),
        (Reply(400, f'{{"error": "no {KEY}"}}'.encode()), r'refuses the batch of texts.*no \[key\]"'),
        (Reply(413, b""), "too long"),
        (Reply(418, b""), "answered 418: it refuses the batch of texts"),
        (Reply(429, b'{"error": {"code": "insufficient_quota"}}'), "no quota left"),
        (Reply(307, b"", {"Location": "http://127.0.0.1:9/v1/embeddings"}), "redirect; give the address .* as gate.semantic.base_url"),
        (Reply(200, b'{"error": {"code": "model_not_found"}}'), 'no model "letters"; name another with gate.semantic.model'),
        (Reply(200, b"[" * 100_000), "nested too deeply; is it an embeddings endpoint"),
        (Reply(200, b" " * (MAX_BODY + 1)), "sent more than 16 MB; is it an embeddings endpoint"),
        (Reply(200, gzip.compress(b" " * (MAX_BODY + 1)), {"Content-Encoding": "gzip"}), "sent more than 16 MB"),
    ],
)
async def test_what_will_not_pass_is_said_at_once_and_without_the_key(reply: Reply, words: str) -> None:
    with embedding(reply) as asked, pytest.raises(TeacherFatal, match=words) as caught:
        await encoded(asked, ["a"])
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
async def test_an_answer_that_holds_no_embeddings_is_no_teacher_of_them(body: bytes) -> None:
    with embedding(Reply(200, body)) as asked, pytest.raises(TeacherFatal, match="did not send 2 embeddings"):
        await encoded(asked, ["a", "b"])


ESCAPED = KEY.replace("-", r"\u002d").encode()


@pytest.mark.parametrize(
    "always",
    [
        Reply(200, b"<html>"),
        Reply(200, b"\xff"),
        Reply(200, b"no gzip", {"Content-Encoding": "gzip"}),
        Reply(200, b"your key is " + ESCAPED),
        Reply(503, b"your key is " + ESCAPED),
    ],
)
async def test_what_never_becomes_an_answer_is_given_up_without_the_key(always: Reply) -> None:
    with embedding(then=lambda _: always) as asked, pytest.raises(TeacherFatal, match=rf"; given up after {ATTEMPTS} attempts") as caught:
        await encoded(asked, ["a"])
    assert len(asked.bodies) == ATTEMPTS
    assert "canary" not in "".join(traceback.format_exception(caught.value))


async def test_a_redirect_is_not_followed() -> None:
    with embedding() as other:
        away = Reply(307, b"", {"Location": f"{other.base_url}/embeddings"})
        with embedding(away) as asked, pytest.raises(TeacherFatal, match=f"^gate.semantic: .*{other.base_url}"):
            await encoded(asked, ["a"])
    assert other.bodies == []


async def test_a_server_is_asked_one_thing_at_a_time() -> None:
    alone = threading.Lock()

    def answer(texts: Sequence[str]) -> Reply:
        assert alone.acquire(blocking=False)
        time.sleep(0.02)
        alone.release()
        return letters(texts)

    with embedding(then=answer) as asked:
        served = ServedModel(SemanticConfig(model="letters", base_url=asked.base_url), {})
        made = await asyncio.gather(*(served.encode([text]) for text in "abc"))
        await served.close()
    assert [np.argmax(vector[1:]) for (vector,) in made] == [0, 1, 2]


async def test_a_wait_for_a_server_ends_when_it_is_cancelled() -> None:
    going = threading.Event()
    with embedding(then=lambda texts: letters(texts) if going.wait() else Reply()) as asked:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await encoded(asked, ["a"])
        going.set()


async def test_where_nobody_listens_nothing_is_encoded() -> None:
    with embedding() as gone:
        pass
    with pytest.raises(TeacherFatal, match=r"nothing answers at .*: is the server running\?; given up"):
        await encoded(gone, ["a"])


async def test_the_width_is_the_servers() -> None:
    with embedding(then=lambda texts: letters(texts, width=5)) as asked:
        assert [v.shape for v in await encoded(asked, ["a", "b"])] == [(5,)] * 2


@pytest.mark.parametrize(
    ("config", "key", "words"),
    [
        ({"base_url": "http://localhost/v1"}, "", "no model: name one"),
        ({"base_url": "ftp://host", "model": "m"}, "", "is no address"),
        ({"base_url": "localhost:8000", "model": "m"}, "", "is no address"),
        ({"base_url": "http://host:port", "model": "m"}, "", "is no address"),
        ({"base_url": "http://host/v1", "model": "m"}, "sk-ключ", "holds characters that no key has"),
        ({"base_url": "https://api.openai.com/v1", "model": "m"}, "", "needs a key: set the environment variable OPENAI_API_KEY"),
    ],
)
def test_what_cannot_be_asked_is_said_at_once(config: dict[str, str], key: str, words: str) -> None:
    with pytest.raises(SeedgenError, match=words) as caught:
        make_encoder(SemanticConfig(**config), {"OPENAI_API_KEY": key})
    assert KEY not in str(caught.value)
