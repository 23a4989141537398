import asyncio

import httpx2
import pytest

from seedgen.scripted.faults import FaultRates
from seedgen.scripted.server import ScriptedServer
from seedgen.teachers.lines import Lines


async def ask(client: httpx2.AsyncClient, url: str) -> int:
    return (await client.post(f"{url}/chat/completions", json={"messages": [{"role": "user", "content": "Tell me."}]})).status_code


async def test_there_are_as_many_connections_as_requests_at_once() -> None:
    async with ScriptedServer(latency=0.05) as server, httpx2.AsyncClient(transport=(lines := Lines())) as client:
        for at_once in (1, 3, 2):
            await asyncio.gather(*(ask(client, server.url) for _ in range(at_once)))
        assert (len(lines.lines), len(lines.idle), len(server.connections)) == (3, 3, 3)


async def test_a_connection_is_free_again_after_a_fault() -> None:
    async with ScriptedServer(faults=FaultRates(http={"reset": 1.0})) as server, httpx2.AsyncClient(transport=(lines := Lines())) as client:
        for _ in range(2):
            with pytest.raises(httpx2.TransportError):
                await ask(client, server.url)
        assert len(lines.idle) == len(lines.lines) == 1


async def test_a_connection_that_the_server_closed_is_opened_again() -> None:
    async with httpx2.AsyncClient(transport=Lines()) as client:
        async with ScriptedServer() as server:
            await ask(client, server.url)
        async with ScriptedServer(port=server.port) as server:
            assert await ask(client, server.url) == 200


async def test_a_body_that_is_not_read_gives_its_connection_back() -> None:
    async with ScriptedServer() as server, httpx2.AsyncClient(transport=(lines := Lines())) as client:
        async with client.stream("GET", f"{server.url}/models"):
            assert not lines.idle
        assert await ask(client, server.url) == 200
        assert len(lines.lines) == 1


async def test_a_connection_that_failed_is_taken_after_those_that_did_not() -> None:
    async with ScriptedServer(latency=0.05) as server, httpx2.AsyncClient(transport=(lines := Lines())) as client:
        await asyncio.gather(*(ask(client, server.url) for _ in range(2)))
        failing = lines.idle[-1]
        with pytest.raises(httpx2.TransportError):
            await ask(client, "http://127.0.0.1:9/v1")
        assert lines.idle[0] is failing
