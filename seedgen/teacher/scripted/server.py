"""The scripted teacher behind a real HTTP/1.1 server, on loopback unless told otherwise: what the client side is tested against.

    POST /v1/chat/completions, /v1/completions    an answer, or a fault at the rates set
    GET  /v1/models                               the one model
    GET  /counts                                  {"requests", "completions", "counts": {SHA-256 of the prompt's text: answers}}

An answer is counted when it is ready to be sent, as a provider bills it, whether or not the client is still there. h11 does the
protocol; bytes go out by hand, so that a connection can be broken anywhere. `stream` is not served.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import h11

from seedgen.errors import UsageError
from seedgen.teacher.scripted.faults import FaultRates, Latency
from seedgen.teacher.scripted.reply import MODEL, prompt_digest, prompt_text, reply

MAX_BODY = 8 * 2**20
CHUNK = 2**16
LINGER = struct.pack("ii", 1, 0)  # closing with this set sends RST and not FIN
ANSWERING = ("/v1/chat/completions", "/v1/completions")
SHOWING = ("/v1/models", "/counts")
HTML = b"<!doctype html><title>502 Bad Gateway</title><h1>Bad Gateway</h1>"


class Broken(Exception):
    """No response is to come; the connection is reset, at once or or (`hang`) when the client has given up."""

    def __init__(self, hang: bool) -> None:
        super().__init__("hang" if hang else "reset")
        self.hang = hang


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


class ScriptedServer:
    """`async with ScriptedServer() as server:` listens while in the block; `server.url` ends in /v1.

    `counts` holds answers served by the SHA-256 (hex) of the prompt's text, `requests` all that were asked for, failed ones too.
    Port 0 takes a free one.
    """

    def __init__(self, port: int = 0, latency: Latency | float = 0.0, faults: FaultRates | None = None, host: str = "127.0.0.1") -> None:
        self.host, self.port = host, port
        self.latency = latency if callable(latency) else fixed(latency)
        self.faults = faults or FaultRates()
        self.counts: Counter[str] = Counter()
        self.attempts: Counter[str] = Counter()
        self.requests = 0
        self.connections: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}/v1"

    async def __aenter__(self) -> ScriptedServer:
        self.listener = await asyncio.start_server(self.connected, self.host, self.port, backlog=1024)
        self.port = self.listener.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.listener.close()
        for task in self.connections:
            task.cancel()
        await asyncio.gather(*self.connections, return_exceptions=True)
        await self.listener.wait_closed()

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self.converse(reader, writer))
        self.connections.add(task)
        task.add_done_callback(self.connections.discard)

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection, request after request, until either side has had enough."""
        http = h11.Connection(h11.SERVER)
        try:
            while await self.exchange(http, reader, writer):
                http.start_next_cycle()
        except Broken as exc:
            if exc.hang:
                await reader.read()
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
            writer.transport.abort()
        except ConnectionError:
            writer.transport.abort()
        finally:
            writer.close()

    async def exchange(self, http: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its response. True if the connection may be used again."""
        try:
            received = await receive(http, reader, writer)
            if received is None:
                return False
            response = await self.respond(*received)
        except h11.RemoteProtocolError as exc:
            response = refusal(exc.error_status_hint, str(exc))
        if http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            writer.write(encode(http, response))
            await writer.drain()
        return http.our_state is h11.DONE and http.their_state is h11.DONE

    async def respond(self, request: h11.Request, body: bytes) -> Response:
        """The response to a request, whatever it is. Raises `Broken`."""
        method, path = request.method.decode(), request.target.decode().partition("?")[0]
        if path not in ANSWERING + SHOWING:
            return refusal(404, f"nothing at {path}")
        allowed = "POST" if path in ANSWERING else "GET"
        if method != allowed:
            return Response(405, refusal(405, f"{path} takes {allowed} only").body, {"allow": allowed})
        if len(body) > MAX_BODY:
            return refusal(413, f"the request is over {MAX_BODY} bytes")
        return await self.answer(path, body) if path in ANSWERING else self.show(path)

    async def answer(self, path: str, body: bytes) -> Response:
        try:
            asked = json.loads(body)
            if not isinstance(asked, dict) or ("messages" in asked) != (path == ANSWERING[0]):
                raise UsageError(f'{path} takes an object with "{"messages" if path == ANSWERING[0] else "prompt"}"')
            if asked.get("stream"):
                raise UsageError("streaming is not served; leave out stream")
            return await self.perform(asked)
        except (UsageError, ValueError, RecursionError) as exc:
            return refusal(400, str(exc))

    async def perform(self, asked: Mapping[str, Any]) -> Response:
        """The answer, or the fault that is due, after the time it takes."""
        digest = prompt_digest(prompt_text(asked))
        fault = self.faults.http_fault(digest, self.attempts[digest])
        self.attempts[digest] += 1
        self.requests += 1
        if (seconds := self.latency(self.requests)) > 0:
            await asyncio.sleep(seconds)
        if fault is not None:
            return fail(fault)
        response = Response(200, reply(asked, self.faults))
        self.counts[digest] += 1
        return response

    def show(self, path: str) -> Response:
        models = {"object": "list", "data": [{"id": MODEL, "object": "model", "created": 0, "owned_by": "seedgen"}]}
        counts = {"requests": self.requests, "completions": self.counts.total(), "counts": self.counts}
        return Response(200, json.dumps(models if path == "/v1/models" else counts).encode())


async def receive(http: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[h11.Request, bytes] | None:
    """The next request with its body, or None if the client has left. Of a body over the cap, only as much as shows it is kept."""
    request, body = None, bytearray()
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            if http.they_are_waiting_for_100_continue:
                writer.write(http.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
            http.receive_data(await reader.read(CHUNK))
        elif isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            body += event.data[: MAX_BODY + 1 - len(body)]
        elif isinstance(event, h11.EndOfMessage) and request is not None:
            return request, bytes(body)
        else:
            return None


def fail(fault: str) -> Response:
    """The response that shows a fault. Raises `Broken` where none is to come."""
    if fault in FAULTS:
        return FAULTS[fault]
    raise Broken(hang=fault == "hang")


def refusal(status: int, message: str) -> Response:
    return Response(status, json.dumps({"error": {"message": message, "type": "invalid_request_error", "code": None}}).encode())


FAULTS = {
    "status_500": Response(500, b'{"error": {"message": "the server had an error", "type": "server_error", "code": null}}'),
    "status_429": Response(
        429, b'{"error": {"message": "slow down", "type": "requests", "code": "rate_limit_exceeded"}}', {"retry-after": "0"}
    ),
    "empty_choices": Response(200, b'{"id": "cmpl-0", "object": "chat.completion", "created": 0, "model": "scripted", "choices": []}'),
    "html": Response(200, HTML, content_type="text/html"),
}


def encode(http: h11.Connection, response: Response) -> bytes:
    """The bytes of a response. A request whose body was not read to its end closes the connection."""
    headers = [("content-type", response.content_type), ("content-length", str(len(response.body))), *response.headers.items()]
    if http.their_state is not h11.DONE:
        headers.append(("connection", "close"))
    events = (h11.Response(status_code=response.status, headers=headers), h11.Data(data=response.body), h11.EndOfMessage())
    return b"".join(http.send(event) or b"" for event in events)


def fixed(seconds: float) -> Latency:
    return lambda _: seconds


async def serve(port: int, latency: Latency | float, faults: FaultRates, ready: Callable[[str], None] | None = None) -> None:
    """Serves until cancelled; `ready` is given the server's url once it listens."""
    async with ScriptedServer(port, latency, faults) as server:
        if ready is not None:
            ready(server.url)
        await asyncio.Event().wait()
