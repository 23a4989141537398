"""Sentence embeddings by a model behind an OpenAI-compatible server: see the protocol `encoder.Encoder`.

Asked over a `Connection`, as teachers are. What may pass (429, 5xx, a broken connection) is tried again as `retry.steadfast` says; what
does not, or lasts, is a `TeacherFatal`, as nothing can be judged without.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from seedgen.ask.retry import steadfast
from seedgen.errors import TeacherError, TeacherFatal, TeacherRefused, UsageError
from seedgen.gate.semantic import SemanticConfig
from seedgen.records import Vector
from seedgen.teachers.connection import Connection, checked_key, checked_url
from seedgen.teachers.endpoint import Endpoint, quoted
from seedgen.teachers.wire import read_json

BATCH = 32
"""Texts in a request."""
TIMEOUT = 60.0
"""Seconds that one attempt may take in all."""
ATTEMPTS = 6
MAX_CHARS = 2000
"""What of a text is sent. Models in this process cut, too; a server would refuse the whole batch for one text that is too long."""
LARGEST = 1e100
"""Of a number in an embedding; beyond it the length of a vector could not be told."""
INSTEAD = "leave gate.semantic.base_url empty for a model on this machine"


class ServedModel:
    """An embeddings endpoint, asked one request at a time. `sleep` waits between attempts."""

    def __init__(
        self, config: SemanticConfig, environ: Mapping[str, str], *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        settings = ("gate.semantic.model", "gate.semantic.base_url")
        url = checked_url(config.base_url, settings[1])
        if config.model == "bundled":
            raise UsageError(f"gate.semantic.base_url is set, but no model: name one that {url} has in gate.semantic.model")
        key = checked_key(config.api_key_env, environ, url, INSTEAD)
        self.endpoint = Endpoint(url, config.model, config.api_key_env, key, *settings, "batch of texts")
        self.connection, self.sleep, self.turn = Connection(self.endpoint, TIMEOUT), sleep, asyncio.Lock()

    async def encode(self, texts: Sequence[str]) -> list[Vector]:
        """See `Encoder`. Raises `TeacherFatal` when the server does not, or will not, answer as it should."""
        cut = [text[:MAX_CHARS] for text in texts]
        async with self.turn:
            return [vector for start in range(0, len(cut), BATCH) for vector in await self.batch(cut[start : start + BATCH])]

    def begin(self) -> None:
        """Nothing takes long."""

    async def close(self) -> None:
        await self.connection.close()

    async def batch(self, texts: Sequence[str]) -> list[Vector]:
        """The vectors of one request, which is tried again while that may help."""
        try:
            return await steadfast(ATTEMPTS, self.sleep)(self.once, texts)
        except TeacherError as exc:
            raise TeacherFatal(f"gate.semantic: {exc}{self.remark(exc)}", status=exc.status) from exc

    async def once(self, texts: Sequence[str]) -> list[Vector]:
        reply = await self.connection.reply("/embeddings", {"model": self.endpoint.model, "input": texts, "encoding_format": "float"})
        return self.read(reply.body, len(texts))

    def read(self, body: bytes, count: int) -> list[Vector]:
        """The vectors in a body, in the order of the texts. Raises `TeacherError`."""
        rows = embeddings(read_json(body, self.endpoint), count)
        if rows is None:
            sent = quoted(body, self.endpoint)
            raise TeacherRefused(f"{self.endpoint.base_url} did not send {count} embeddings for {count} texts{sent}")
        return list((rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16))

    def remark(self, exc: TeacherError) -> str:
        """What is to be added to the last error."""
        if isinstance(exc, TeacherRefused):
            return f'; is it an embeddings endpoint, and "{self.endpoint.model}" a model that makes them?'
        return "" if isinstance(exc, TeacherFatal) else f"; given up after {ATTEMPTS} attempts"


def embeddings(reply: Any, count: int) -> npt.NDArray[np.float64] | None:
    """The embeddings of an answer, shape (count, d), by their "index"; None if it does not hold just those, finite and not 0."""
    data = reply.get("data") if isinstance(reply, dict) else None
    if not isinstance(data, list) or not all(isinstance(entry, dict) for entry in data):
        return None
    try:
        by_index = {entry.get("index", n): entry.get("embedding") for n, entry in enumerate(data)}
        if len(data) != count or by_index.keys() != set(range(count)):
            return None
        rows = np.array([by_index[n] for n in range(count)], np.float64)
    except (ValueError, TypeError, OverflowError):  # an index that is none, ragged rows, words, an integer of 400 digits
        return None
    sound = (
        rows.ndim == 2
        and rows.shape[1] > 0
        and np.isfinite(rows).all()
        and (np.abs(rows) < LARGEST).all()
        and np.linalg.norm(rows, axis=1).all()
    )
    return rows if sound else None
