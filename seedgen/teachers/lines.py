"""Connections to a teacher, each used by one request at a time; the one given back last is taken next, and one that failed last of all: a
server that serves one connection at a time lets all others wait.

httpx's own pool looks at each of its connections, and asks the system about each idle one, whenever a request comes or goes: with 200 at
once that costs more than all the rest of a request. Here a request costs the same however many there are. Whether the server has closed
an idle connection httpx finds out when it is used again, and opens another.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator

import httpx2


class Lines(httpx2.AsyncBaseTransport):
    """A transport with as many connections as there are requests at once; none waits for another."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.context = context
        self.lines: list[httpx2.AsyncHTTPTransport] = []
        self.idle: list[httpx2.AsyncHTTPTransport] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        line = self.idle.pop() if self.idle else self.opened()
        try:
            response = await line.handle_async_request(request)
        except BaseException:  # also of one that is cancelled: it can be used again, but after those whose connection is known to be good
            self.idle.insert(0, line)
            raise
        assert isinstance(response.stream, httpx2.AsyncByteStream)  # noqa: S101 (for mypy: it is of an asynchronous transport)
        response.stream = Body(response.stream, line, self.idle)
        return response

    def opened(self) -> httpx2.AsyncHTTPTransport:
        self.context = self.context or httpx2.create_ssl_context()
        line = httpx2.AsyncHTTPTransport(verify=self.context, limits=httpx2.Limits(max_connections=1))
        self.lines.append(line)
        return line

    async def aclose(self) -> None:
        for line in self.lines:
            await line.aclose()


class Body(httpx2.AsyncByteStream):
    """A response's body. Its connection is free once it is closed."""

    def __init__(self, stream: httpx2.AsyncByteStream, line: httpx2.AsyncHTTPTransport, idle: list[httpx2.AsyncHTTPTransport]) -> None:
        self.stream, self.line, self.idle = stream, line, idle

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self.stream)

    async def aclose(self) -> None:
        try:
            await self.stream.aclose()
        finally:
            self.idle.append(self.line)
