"""A teacher behind an OpenAI-compatible endpoint, asked through the openai SDK.

Promises: one request per `send` and the body of a 2xx as it came (unpacked), read by `wire` and not by the SDK; a deadline for the whole
attempt, not only between bytes; no redirect followed; bodies bounded; every foreign exception translated, and the key in none of them.
Trying again, pacing and counting are left to `ask`.
"""

from __future__ import annotations

import asyncio
import ssl
import zlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from seedgen.ask.protocols import Reply
from seedgen.config.model import TeacherConfig
from seedgen.errors import TeacherError, TeacherFatal, TeacherRefused, TeacherTransient, TeacherUnreachable, UsageError
from seedgen.records import Answer, Prompt, Usage
from seedgen.teachers import TeacherKind
from seedgen.teachers.prices import price
from seedgen.teachers.wire import MAX_BODY, Endpoint, allowance, error_for, key_blotter, read_body, read_models, request_body

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI

OPENAI = "https://api.openai.com/v1"
OPENAI_MODEL = "gpt-4.1-mini"  # the cheap one that takes temperature, top_p and stop: gpt-5 and later do not
LOOPBACK = ("127.0.0.1", "::1", "localhost")
NO_KEY = "none"  # the SDK insists on a key; most servers of one's own do not


class OpenAITeacher:
    """See the protocol `seedgen.ask.asker.Teacher`. The key is read from `environ`, under the name the config gives."""

    def __init__(self, name: str, config: TeacherConfig, environ: Mapping[str, str], *, base_url: str | None = None) -> None:
        self.name = name
        self.model = config.model
        self.chat = config.chat
        self.config = config
        self.base_url = checked_url(base_url or config.base_url or OPENAI)
        self._key = checked_key(config.api_key_env, environ, required=is_openai(self.base_url))
        self._blot = key_blotter(self._key)
        self._client: AsyncOpenAI | None = None

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(self.base_url, self.model, self.config.api_key_env, self._key)

    async def open(self) -> None:
        """Asks the server for its only model if the config names none. Raises `UsageError` if it has several."""
        self.model = self.model or (OPENAI_MODEL if is_openai(self.base_url) else await self._only_model())

    async def models(self) -> list[str]:
        """What the server says that it offers. Raises `TeacherError`."""
        return read_models((await self._reply(self._connection().models.with_streaming_response.list())).body, self.endpoint)

    async def _only_model(self) -> str:
        models = await self.models()
        if len(models) == 1:
            return models[0]
        offered = f"offers {', '.join(models[:10])}{' …' if len(models) > 10 else ''}" if models else "lists no model"
        raise UsageError(f"{self.base_url} {offered}; say which to use with --model")

    def request(self, prompt: Prompt) -> dict[str, Any]:
        return request_body(prompt, self.model, self.config)

    async def send(self, request: Mapping[str, Any]) -> Reply:
        """The request goes as the SDK's `extra_body`, which it takes as it is: what it is given by name it looks through, bit by bit."""
        client = self._connection()
        if self.chat:
            chat = client.chat.completions.with_streaming_response
            return await self._reply(chat.create(model=self.model, messages=(), extra_body=request))
        return await self._reply(client.completions.with_streaming_response.create(model=self.model, prompt="", extra_body=request))

    def read(self, body: bytes) -> Answer:
        return read_body(body, self.endpoint)

    def cost(self, usage: Usage) -> float | None:
        return price(self.model, self.base_url, usage, self.config)

    async def close(self) -> None:
        if self._client:
            await self._client.close()
            self._client = None

    def _connection(self) -> AsyncOpenAI:
        """The SDK's client, made at first use: bare of its own retries, timeouts, redirects and limits."""
        if self._client is None:
            from httpx2 import Limits
            from openai import AsyncOpenAI, DefaultAsyncHttpx2Client

            from seedgen.teachers.lines import Lines

            http = DefaultAsyncHttpx2Client(
                timeout=None,  # the deadline is for the whole attempt: see _reply
                headers={"accept-encoding": "gzip"},  # which we unpack ourselves: see unpacked
                follow_redirects=False,
                trust_env=urlsplit(self.base_url).hostname not in LOOPBACK,  # no proxy leads there
                transport=None if proxied(self.base_url) else Lines(),
                limits=Limits(max_connections=None),  # a wait for a free connection would count as the provider's time
                event_hooks={"response": [self._check]},
            )
            self._client = AsyncOpenAI(api_key=self._key or NO_KEY, base_url=self.base_url, max_retries=0, timeout=None, http_client=http)
        return self._client

    async def _check(self, response: httpx2.Response) -> None:
        """Raises for all but a 2xx before the SDK reads the body, which it would do without bound."""
        if not response.is_success:
            raise error_for(response.status_code, response.headers, await whole_body(response, self.base_url), self.endpoint)

    async def _reply(self, exchange: AbstractAsyncContextManager[Any]) -> Reply:
        """The whole body of a response, within the deadline; our key, should a server echo it, is blotted out."""
        try:
            async with asyncio.timeout(self.config.timeout), exchange as response:
                body = self._blot(await whole_body(response.http_response, self.base_url))
                return Reply(body, allowance(response.http_response.headers))
        except foreign() as exc:
            raise translated(exc, self.base_url, self.config.timeout) from exc


async def whole_body(response: httpx2.Response, base_url: str) -> bytes:
    """The body, unpacked. Raises `TeacherRefused` when it is more than any answer needs: to ask again would be paid for again."""
    raw = bytearray()
    async for chunk in response.aiter_raw():
        raw += chunk
        if len(raw) > MAX_BODY:
            break
    body = unpacked(bytes(raw), response.headers.get("content-encoding", ""))
    if len(body) > MAX_BODY:
        raise TeacherRefused(f"{base_url} sent more than {MAX_BODY >> 20} MB", status=response.status_code, unseen=True)
    return body


def unpacked(raw: bytes, encoding: str) -> bytes:
    """The body as it was before compression, or one byte more of it than is allowed; as it came where it cannot be unpacked."""
    if encoding.strip().lower() not in ("gzip", "x-gzip", "deflate"):
        return raw
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(raw, MAX_BODY + 1)
    except zlib.error:
        return raw


def checked_url(url: str) -> str:
    """The address without a final slash. Raises `UsageError` unless it is http or https, with a host, and holds no password."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and url.isascii() and url.isprintable()
    except ValueError:
        good = False
    if not good:
        raise UsageError(f'base_url "{url.rpartition("@")[2]}" is no address; write for example http://localhost:8000/v1')
    if parts.username or parts.password or parts.query:
        raise UsageError(f"the base_url with host {parts.hostname} holds a user or a query; put the key in the environment (api_key_env)")
    return url.rstrip("/")


def proxied(base_url: str) -> bool:
    """Whether the environment names a proxy that may lie on the way."""
    parts = urlsplit(base_url)
    return parts.hostname not in LOOPBACK and not {parts.scheme, "all"}.isdisjoint(getproxies())


def is_openai(base_url: str) -> bool:
    return urlsplit(base_url).hostname == urlsplit(OPENAI).hostname


def checked_key(name: str, environ: Mapping[str, str], *, required: bool) -> str:
    """The key, or "" where none is needed. A key that no header can hold is refused here: h11 would print it."""
    key = environ.get(name, "").strip()
    if not key and required:
        raise TeacherFatal(f"{OPENAI} needs a key: set the environment variable {name}, or use another teacher (--teacher local)")
    if not (key.isascii() and key.isprintable()):
        raise TeacherFatal(f"the environment variable {name} holds characters that no key has; set it again")
    return key


@cache
def foreign() -> tuple[type[Exception], ...]:
    """Everything the SDK, its HTTP library and the system throw at one who asks over a network."""
    import anyio
    import httpx2
    from openai import OpenAIError

    return (OpenAIError, httpx2.HTTPError, httpx2.InvalidURL, httpx2.CookieConflict, httpx2.StreamError, anyio.EndOfStream, OSError)


@cache
def meanings() -> tuple[tuple[tuple[type[Exception], ...], type[TeacherError], str], ...]:
    """What foreign exceptions mean: the first line whose classes all occur among an exception and its causes holds."""
    import httpx2
    from openai import APITimeoutError

    return (
        ((TimeoutError,), TeacherTransient, "{url} gave no complete answer within {timeout:g} s"),
        ((APITimeoutError,), TeacherTransient, "{url} gave no complete answer in time"),
        ((httpx2.TimeoutException,), TeacherTransient, "{url} gave no complete answer in time"),
        ((ssl.SSLCertVerificationError,), TeacherFatal, "the certificate of {url} cannot be verified; name its authority in SSL_CERT_FILE"),
        ((ssl.SSLEOFError,), TeacherTransient, "{url} broke off the connection"),
        ((httpx2.ProxyError,), TeacherFatal, "the proxy on the way to {url} refuses us; check HTTPS_PROXY, HTTP_PROXY and NO_PROXY"),
        ((httpx2.ConnectError, ssl.SSLError), TeacherFatal, "{url} does not speak TLS as we do; is it http and not https?"),
        ((httpx2.ConnectError,), TeacherUnreachable, "nothing answers at {url}: is the server running?"),
        ((httpx2.UnsupportedProtocol,), TeacherFatal, "{url} is no address that can be asked"),
        ((httpx2.InvalidURL,), TeacherFatal, "{url} is no address that can be asked"),
        ((Exception,), TeacherTransient, "{url} broke off the connection"),
    )


def translated(exc: BaseException, url: str, timeout: float) -> TeacherError:
    """Our error for a foreign one, in words of our own: foreign messages may hold headers."""
    chain = list(causes(exc))
    kind, words = next(
        (kind, words) for classes, kind, words in meanings() if all(any(isinstance(link, c) for link in chain) for c in classes)
    )
    return kind(words.format(url=url, timeout=timeout), unseen=kind is TeacherTransient)


def causes(exc: BaseException | None) -> Iterator[BaseException]:
    """The exception, what it was raised from, and so on."""
    while exc:
        yield exc
        exc = exc.__cause__ or exc.__context__


PLUGIN = TeacherKind("openai", address=True, make=OpenAITeacher)
