"""The scripted teacher behind a real HTTP/1.1 server, on loopback unless told otherwise: what the client side is tested against.

    POST /v1/chat/completions, /v1/completions    an answer, or a fault at the rates set
    GET  /v1/models                               the one model
    GET  /counts                                  {"requests", "completions", "counts": {SHA-256 of the prompt's text: answers}, "billed",
                                                  "whole", "trespasses"}

An answer is billed when it is ready to be sent, whether or not the client is still there; `completions` and `counts` are those. `whole` are
the ones that were sent to the end, with the tokens that they themselves state. Both have a cost with ?input_price=P&output_price=P (US
dollars per million tokens). `trespasses` are connections to the place where redirects lead, where nobody should go. `stream` is not served.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl

import h11

from seedgen.errors import UsageError
from seedgen.scripted.broken import FAULTS, Response, Scene
from seedgen.scripted.delivery import CHUNK, DELIVERIES
from seedgen.scripted.faults import FaultRates, Latency, number
from seedgen.scripted.reply import MODEL, prompt_digest, prompt_text, reply

MAX_BODY = 8 * 2**20
ANSWERING = ("/v1/chat/completions", "/v1/completions")
SHOWING = ("/v1/models", "/counts")
AWAY = 0.3  # seconds for which a server that is away does not listen


@dataclass
class Tally:
    """Answers by prompt, and the tokens in them."""

    counts: Counter[str] = field(default_factory=Counter)
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def add(self, prompt: str, body: bytes) -> None:
        self.counts[prompt] += 1
        used = stated(body)
        self.prompt_tokens += used["prompt_tokens"]
        self.completion_tokens += used["completion_tokens"]

    def cost(self, input_price: float, output_price: float) -> float:
        """US dollars, at prices per million tokens."""
        return (self.prompt_tokens * input_price + self.completion_tokens * output_price) / 1e6

    def shown(self, prices: Mapping[str, float]) -> dict[str, Any]:
        tokens = {"prompt_tokens": self.prompt_tokens, "completion_tokens": self.completion_tokens}
        cost = {"cost": self.cost(prices.get("input_price", 0), prices.get("output_price", 0))} if prices else {}
        return {"answers": self.counts.total(), **tokens, **cost, "counts": self.counts}


def stated(body: bytes) -> dict[str, int]:
    """The tokens that an answer says it used, 0 where it says nothing that makes sense."""
    try:
        usage = json.loads(body)["usage"]
    except (ValueError, KeyError, RecursionError):
        usage = {}
    said = {name: usage.get(name) for name in ("prompt_tokens", "completion_tokens")}
    return {name: value if isinstance(value, int) and value >= 0 else 0 for name, value in said.items()}


class ScriptedServer:
    """`async with ScriptedServer() as server:` listens while in the block; `server.url` ends in /v1.

    `billed` and `whole` hold answers by the SHA-256 (hex) of the prompt's text, `requests` counts all that were asked for, failed ones too,
    and `at_work` those that are being answered. Port 0 takes a free one. It takes its time with `sleep`.
    """

    def __init__(
        self,
        port: int = 0,
        latency: Latency | float = 0.0,
        faults: FaultRates | None = None,
        host: str = "127.0.0.1",
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.host, self.port, self.sleep = host, port, sleep
        self.latency = latency if callable(latency) else fixed(latency)
        self.faults = faults or FaultRates()
        self.billed, self.whole = Tally(), Tally()
        self.attempts: Counter[str] = Counter()
        self.requests = self.trespasses = self.at_work = 0
        self.first = b""
        self.connections: set[asyncio.Task[None]] = set()
        self.absence: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}/v1"

    @property
    def counts(self) -> Counter[str]:
        """The answers billed, by prompt."""
        return self.billed.counts

    async def __aenter__(self) -> ScriptedServer:
        await self.listen()
        self.elsewhere = await asyncio.start_server(self.trespassed, self.host, 0)
        return self

    async def listen(self) -> None:
        self.listener = await asyncio.start_server(self.connected, self.host, self.port, backlog=1024)
        self.port = self.listener.sockets[0].getsockname()[1]

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.absence:
            self.absence.cancel()
        self.shut()
        await asyncio.gather(*self.connections, return_exceptions=True)
        await self.listener.wait_closed()
        self.elsewhere.close()
        await self.elsewhere.wait_closed()

    def shut(self) -> None:
        """Listen no more, and drop every connection."""
        self.listener.close()
        for task in self.connections:
            task.cancel()

    def leave(self) -> None:
        """Be away for a while, as a server is that crashes and is started again."""
        if self.absence is None or self.absence.done():
            self.absence = asyncio.create_task(self.be_away())

    async def be_away(self) -> None:
        self.shut()
        await self.sleep(AWAY)
        await self.listen()

    @property
    def stranger(self) -> str:
        """A url on another host name and port, where nobody is to go: who connects is counted, and gets no answer."""
        return f"http://localhost:{self.elsewhere.sockets[0].getsockname()[1]}/v1/chat/completions"

    def trespassed(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.trespasses += 1
        writer.close()

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self.converse(reader, writer))

        def over(_: object) -> None:
            self.connections.discard(task)
            writer.close()  # here, for a task that is cancelled at once never comes to its own end

        self.connections.add(task)
        task.add_done_callback(over)

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection, request after request, until either side has had enough."""
        http = h11.Connection(h11.SERVER)
        try:
            while await self.exchange(http, reader, writer):
                http.start_next_cycle()
        except ConnectionError:
            writer.transport.abort()

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
            await self.deliver(http, response, reader, writer)
        return http.our_state is h11.DONE and http.their_state is h11.DONE

    async def deliver(self, http: h11.Connection, response: Response, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Send a response in the way it is to be sent, and count it."""
        if response.billed and response.how == "whole" and not reader.at_eof():
            self.whole.add(response.prompt, response.body)
        if response.how == "away":
            self.leave()
        await DELIVERIES[response.how](http, response, reader, writer)

    async def respond(self, request: h11.Request, body: bytes) -> Response:
        """The response to a request, whatever it is."""
        method, (path, _, query) = request.method.decode(), request.target.decode().partition("?")
        if path not in ANSWERING + SHOWING:
            return refusal(404, f"nothing at {path}")
        allowed = "POST" if path in ANSWERING else "GET"
        if method != allowed:
            return Response(405, refusal(405, f"{path} takes {allowed} only").body, {"allow": allowed})
        if len(body) > MAX_BODY:
            return refusal(413, f"the request is over {MAX_BODY} bytes")
        key = dict(request.headers).get(b"authorization", b"").decode("latin-1").removeprefix("Bearer ")
        return await self.answer(path, body, key) if path in ANSWERING else self.show(path, query)

    async def answer(self, path: str, body: bytes, key: str) -> Response:
        try:
            asked = json.loads(body)
            if not isinstance(asked, dict) or ("messages" in asked) != (path == ANSWERING[0]):
                raise UsageError(f'{path} takes an object with "{"messages" if path == ANSWERING[0] else "prompt"}"')
            if asked.get("stream"):
                raise UsageError("streaming is not served; leave out stream")
            return await self.perform(asked, key)
        except (UsageError, ValueError, RecursionError) as exc:
            return refusal(400, str(exc))

    async def perform(self, asked: Mapping[str, Any], key: str) -> Response:
        """The answer, or the fault that is due, after the time it takes."""
        digest = prompt_digest(prompt_text(asked))
        fault = self.faults.http_fault(digest, self.attempts[digest])
        self.attempts[digest] += 1
        self.requests += 1
        self.at_work += 1
        if (seconds := self.latency(self.requests)) > 0:
            await self.sleep(seconds)
        self.at_work -= 1
        answer = reply(asked, self.faults)
        self.first = self.first or answer
        scene = Scene(answer, self.first, key, self.stranger)
        response = Response(200, answer, billed=True) if fault is None else FAULTS[fault](scene)
        if response.billed:
            self.billed.add(digest, answer)
        return replace(response, prompt=digest)

    def show(self, path: str, query: str) -> Response:
        models = {"object": "list", "data": [{"id": MODEL, "object": "model", "created": 0, "owned_by": "seedgen"}]}
        prices = {name: price for name, text in parse_qsl(query) if (price := number(text)) is not None}
        counts = {
            "requests": self.requests,
            "completions": self.counts.total(),
            "counts": self.counts,
            "billed": self.billed.shown(prices),
            "whole": self.whole.shown(prices),
            "trespasses": self.trespasses,
        }
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


def refusal(status: int, message: str) -> Response:
    return Response(status, json.dumps({"error": {"message": message, "type": "invalid_request_error", "code": None}}).encode())


def fixed(seconds: float) -> Latency:
    return lambda _: seconds


async def serve(port: int, latency: Latency | float, faults: FaultRates, ready: Callable[[str], None] | None = None) -> None:
    """Serves until cancelled; `ready` is given the server's url once it listens."""
    async with ScriptedServer(port, latency, faults) as server:
        if ready is not None:
            ready(server.url)
        await asyncio.Event().wait()
