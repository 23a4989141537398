"""The scripted server speaks HTTP/1.1 properly, fails on purpose at the rates set, and counts what it served."""

import asyncio
import json
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import httpx
import pytest
from waiting import soon

from seedgen.scripted.faults import NO_FAULTS, FaultRates
from seedgen.scripted.reply import prompt_digest, reply
from seedgen.scripted.server import MAX_BODY, ScriptedServer, serve

CHAT = {"model": "m", "messages": [{"role": "user", "content": "Hello"}]}
TEXT = {"model": "m", "prompt": "Task 1: Sing.\nTask 2:", "stop": "\nTask 4:"}


def client(server: ScriptedServer) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=server.url.removesuffix("/v1"), timeout=60, trust_env=False)


def faulty(**rates: float) -> FaultRates:
    return replace(NO_FAULTS, http=rates)


@pytest.mark.parametrize(("path", "asked"), [("/v1/chat/completions", CHAT), ("/v1/completions", TEXT)])
async def test_an_answer_over_http_is_the_reply(path, asked):
    async with ScriptedServer() as server, client(server) as http:
        response = await http.post(path, json=asked)
    assert (response.status_code, response.content) == (200, reply(asked))
    assert response.headers["content-type"] == "application/json"


async def test_counts_are_by_the_digest_of_the_prompt():
    async with ScriptedServer() as server, client(server) as http:
        for asked in (CHAT, CHAT, CHAT | {"temperature": 0.1}):
            await http.post("/v1/chat/completions", json=asked)
        shown = (await http.get("/counts")).json()
        assert server.counts == {prompt_digest("Hello"): 3}
        assert (shown["requests"], shown["completions"], shown["counts"]) == (3, 3, {prompt_digest("Hello"): 3})


async def test_a_connection_serves_many_requests():
    async with ScriptedServer() as server, client(server) as http:
        for _ in range(5):
            await http.post("/v1/chat/completions", json=CHAT)
        assert (server.requests, len(server.connections)) == (5, 1)


async def test_many_connections_are_served_at_once():
    answer = asyncio.Event()
    async with ScriptedServer(latency=1, sleep=lambda _: answer.wait()) as server, client(server) as http:
        asked = [asyncio.create_task(http.post("/v1/chat/completions", json=CHAT)) for _ in range(20)]
        await soon(lambda: server.at_work == 20)
        answer.set()
        await asyncio.gather(*asked)
        assert server.counts.total() == 20


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        ("GET", "/v1/models", b"", 200),
        ("GET", "/", b"", 404),
        ("POST", "/v1/embeddings", b"{}", 404),
        ("GET", "/v1/completions", b"", 405),
        ("POST", "/counts", b"", 405),
        ("POST", "/v1/completions", b"{", 400),
        ("POST", "/v1/completions", b"\xff\xfe\xff", 400),
        ("POST", "/v1/completions", b"[1]", 400),
        ("POST", "/v1/completions", b"[" * 100_000, 400),
        ("POST", "/v1/completions", json.dumps(CHAT).encode(), 400),
        ("POST", "/v1/chat/completions", json.dumps(TEXT).encode(), 400),
        ("POST", "/v1/chat/completions", json.dumps(CHAT | {"stream": True}).encode(), 400),
        ("POST", "/v1/completions", b" " * (MAX_BODY + 1), 413),
    ],
)
async def test_every_request_gets_its_status_and_json_and_the_connection_lives_on(method, path, content, status):
    async with ScriptedServer() as server, client(server) as http:
        response = await http.request(method, path, content=content)
        assert response.status_code == status
        assert ("error" in response.json()) == (status != 200)
        assert (await http.post("/v1/chat/completions", json=CHAT)).status_code == 200
        assert len(server.connections) == 1


async def exchange(server: ScriptedServer, sent: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(sent)
    received = await reader.read()
    writer.close()
    await writer.wait_closed()
    return received


@pytest.mark.parametrize(
    "sent", [b"nonsense\r\n\r\n", b"POST /v1/completions HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nhost: x\r\nbad header\r\n\r\n"]
)
async def test_what_is_not_http_gets_400_and_the_connection_closed(sent):
    async with ScriptedServer() as server:
        received = await exchange(server, sent)
    assert received.startswith(b"HTTP/1.1 400 ")
    assert b"connection: close" in received.lower()


async def test_a_request_of_http_1_0_is_answered_and_closed():
    body = json.dumps(TEXT).encode()
    async with ScriptedServer() as server:
        received = await exchange(server, b"POST /v1/completions HTTP/1.0\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
    assert received.endswith(reply(TEXT))


async def test_a_client_that_expects_100_continue_gets_it():
    async with ScriptedServer() as server:
        reader, writer = await asyncio.open_connection(server.host, server.port)
        body = json.dumps(TEXT).encode()
        writer.write(b"POST /v1/completions HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: %d\r\n\r\n" % len(body))
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
        writer.write(body)
        assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize(
    ("fault", "status", "content"),
    [
        ("status_500", 500, b"server_error"),
        ("status_429", 429, b"rate_limit_exceeded"),
        ("empty_choices", 200, b'"choices": []'),
        ("html", 200, b"<h1>"),
    ],
)
async def test_a_fault_with_a_response_is_not_counted_as_an_answer(fault, status, content):
    async with ScriptedServer(faults=faulty(**{fault: 1})) as server, client(server) as http:
        response = await http.post("/v1/chat/completions", json=CHAT)
        assert response.status_code == status
        assert content in response.content
        assert (server.requests, server.counts.total()) == (1, 0)


async def test_a_busy_server_says_when_to_come_back():
    async with ScriptedServer(faults=faulty(status_429=1)) as server, client(server) as http:
        assert (await http.post("/v1/chat/completions", json=CHAT)).headers["retry-after"] == "0"


async def test_a_reset_breaks_the_connection():
    async with ScriptedServer(faults=faulty(reset=1)) as server, client(server) as http:
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            await http.post("/v1/chat/completions", json=CHAT)


async def test_a_hang_sends_nothing_and_ends_with_the_client():
    async with ScriptedServer(faults=faulty(hang=1)) as server:
        async with client(server) as http:
            with pytest.raises(httpx.ReadTimeout):
                await http.post("/v1/chat/completions", json=CHAT, timeout=httpx.Timeout(60, read=0.1))
        await soon(lambda: server.connections == set())


async def test_the_same_prompt_succeeds_after_some_attempts():
    async with ScriptedServer(faults=faulty(status_500=0.5, status_429=0.3)) as server, client(server) as http:
        statuses = [(await http.post("/v1/chat/completions", json=CHAT)).status_code for _ in range(40)]
    assert set(statuses) == {200, 429, 500}


async def test_leaving_the_block_ends_what_is_under_way():
    async with ScriptedServer(latency=60) as server, client(server) as http:
        waiting = asyncio.create_task(http.post("/v1/chat/completions", json=CHAT))
        await soon(lambda: server.at_work)
    with pytest.raises(httpx.HTTPError):
        await waiting


async def test_a_client_that_leaves_early_is_still_counted():
    left = asyncio.Event()
    async with ScriptedServer(latency=1, sleep=lambda _: left.wait()) as server:
        _, writer = await asyncio.open_connection(server.host, server.port)
        body = json.dumps(TEXT).encode()
        writer.write(b"POST /v1/completions HTTP/1.0\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        await soon(lambda: server.at_work)
        writer.close()
        await writer.wait_closed()
        left.set()
        await soon(lambda: not server.connections)
        assert (server.counts.total(), server.whole.counts.total()) == (1, 0)


async def test_serve_tells_its_url_and_runs_until_cancelled():
    told: asyncio.Queue[str] = asyncio.Queue()
    task = asyncio.create_task(serve(0, 0.0, FaultRates(), told.put_nowait))
    url = await told.get()
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.get(f"{url}/models")).json()["data"][0]["id"] == "scripted"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_connection_that_is_dropped_as_it_is_made_is_closed() -> None:
    async with ScriptedServer() as server:
        closed = asyncio.Event()
        server.connected(asyncio.StreamReader(), cast(asyncio.StreamWriter, SimpleNamespace(close=closed.set)))
        server.shut()
        await closed.wait()
