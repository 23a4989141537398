"""The HTTP client that the openai SDK is given: aiohttp behind the two things that the SDK asks of it, to build a request and to send it.

Promises: a response is read before the SDK has it, by `read`, which may refuse it; no redirect followed, no cookie kept, nothing of the
environment; as many connections as there are requests at once. Through a SOCKS proxy, which aiohttp does not know, httpx2 sends.
"""

from __future__ import annotations

import asyncio
import io
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import httpx2

Proxy = httpx2.Proxy
KEEP_ALIVE = 4.0
"""Seconds that an idle connection is kept: servers often close theirs after 5."""
LONGEST_LINE = 100_000
"""Characters of a header."""
LARGE = 500_000
"""Bytes of a request from which on it is sent piece by piece."""


@dataclass(frozen=True, slots=True)
class Response:
    """What has come of a response as soon as its head has: its body comes in pieces, as it was packed."""

    status: int
    headers: httpx2.Headers
    body: AsyncIterator[bytes]


class HttpClient(httpx2.AsyncClient):
    """Answers are what `read` makes of them. It may raise: then the connection is closed, unless all of the response has come."""

    def __init__(self, certificates: ssl.SSLContext, proxy: Proxy | None, read: Callable[[Response], Awaitable[bytes]]) -> None:
        """Raises `ImportError` if the proxy is for SOCKS, and that is not installed."""
        self.socks = proxy is not None and proxy.url.scheme.startswith("socks")
        unlimited = httpx2.Limits(max_connections=None)  # a wait for a free connection would count as the provider's time
        super().__init__(verify=certificates, proxy=proxy if self.socks else None, trust_env=False, timeout=None, limits=unlimited)
        self.certificates, self.proxy, self.read = certificates, proxy, read
        self.session: aiohttp.ClientSession | None = None

    def build_request(self, method: str, url: httpx2.URL | str, **given: Any) -> httpx2.Request:
        """The request; httpx2's own is merged with settings that this client has not, which costs as much as sending it."""
        plain = {name: given[name] for name in ("headers", "content", "json", "params") if given.get(name)}
        return httpx2.Request(method, url, **plain)

    async def send(self, request: httpx2.Request, **_: Any) -> httpx2.Response:
        for _turn in range(2):  # then the event loop has looked which idle connections the server has closed
            await asyncio.sleep(0)
        async with self.through_socks(request) if self.socks else self.by_aiohttp(request) as response:
            body = await self.read(response)
        return httpx2.Response(response.status, content=body, request=request, extensions={"headers": response.headers})

    @asynccontextmanager
    async def by_aiohttp(self, request: httpx2.Request) -> AsyncIterator[Response]:
        self.session = self.session or opened(self.certificates)
        content, headers = request.content, request.headers.multi_items()
        given = {"headers": headers, "data": content if len(content) < LARGE else io.BytesIO(content), **proxied(request, self.proxy)}
        sending = self.session.request(request.method, str(request.url), allow_redirects=False, **given)
        async with sending as response:
            yield Response(response.status, httpx2.Headers(response.raw_headers), response.content.iter_any())

    @asynccontextmanager
    async def through_socks(self, request: httpx2.Request) -> AsyncIterator[Response]:
        response = await super().send(request, stream=True)
        try:
            yield Response(response.status_code, response.headers, response.aiter_raw())
        finally:
            await response.aclose()

    async def aclose(self) -> None:
        if self.session:
            await self.session.close()
        await super().aclose()


def opened(certificates: ssl.SSLContext) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=certificates, limit=0, keepalive_timeout=KEEP_ALIVE, resolver=aiohttp.ThreadedResolver()),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(),  # none: the deadline is for the whole attempt, see `connection.deadline`
        auto_decompress=False,
        max_line_size=LONGEST_LINE,
        max_field_size=LONGEST_LINE,
    )


def proxied(request: httpx2.Request, proxy: Proxy | None) -> dict[str, Any]:
    """What aiohttp is told of a proxy: who we are goes with the request, or with the one for a tunnel."""
    if proxy is None:
        return {}
    told = {"Proxy-Authorization": aiohttp.encode_basic_auth(*proxy.auth)} if proxy.auth else {}
    if request.url.scheme == "https":
        return {"proxy": str(proxy.url), "proxy_headers": told}
    return {"proxy": str(proxy.url), "headers": [*request.headers.multi_items(), *told.items()]}
