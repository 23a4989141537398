import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from seedgen.errors import TeacherError, TeacherFatal, TeacherTransient
from seedgen.scripted.faults import FaultRates
from seedgen.scripted.server import ScriptedServer
from seedgen.teachers.connection import Connection, proxy_for
from seedgen.teachers.endpoint import Endpoint

ASK = {"messages": [{"role": "user", "content": "Tell me."}]}
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
AUTH = "proxy-authorization: basic " + base64.b64encode("me:pä:ss".encode()).decode().lower()


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    connection = Connection(Endpoint(url), timeout=20.0)
    try:
        yield connection
    finally:
        await connection.close()


async def ask(connection: Connection, times: int = 1) -> None:
    await asyncio.gather(*(connection.reply("/chat/completions", ASK) for _ in range(times)))


@asynccontextmanager
async def listening(answer: Callable[[str], bytes], *, whole: bool = True) -> AsyncIterator[tuple[str, list[str]]]:
    """Where somebody listens who answers a head so, once he has read the `whole` request; and the heads he was sent."""
    heads: list[str] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(EOFError, OSError, asyncio.LimitOverrunError, asyncio.CancelledError):
            while True:
                heads.append((await reader.readuntil(b"\r\n\r\n")).decode().lower())
                length = int(heads[-1].partition("content-length: ")[2].partition("\r")[0] or 0)
                await reader.readexactly(length if whole else 0)
                writer.write(answer(heads[-1]))
        writer.close()

    tasks: list[asyncio.Task[None]] = []

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.append(asyncio.create_task(handle(reader, writer)))

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", heads
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks)


def with_header(header: bytes) -> Callable[[str], bytes]:
    return lambda _: OK.replace(b"\r\n", b"\r\n" + header + b"\r\n", 1)


async def test_there_are_as_many_connections_as_requests_at_once() -> None:
    async with ScriptedServer(latency=0.5) as server, connected(server.url) as connection:
        for at_once in (1, 130, 2):
            await ask(connection, at_once)
        assert len(server.connections) == 130


async def test_after_a_fault_another_connection_is_opened() -> None:
    async with ScriptedServer(faults=FaultRates(http={"reset": 1.0})) as server, connected(server.url) as connection:
        with pytest.raises(TeacherTransient):
            await ask(connection)
        server.faults = FaultRates()
        await ask(connection)


async def test_a_connection_that_the_server_closed_is_opened_again() -> None:
    async with ScriptedServer() as server, connected(server.url) as connection:
        await ask(connection)
        await server.__aexit__(None, None, None)
        async with ScriptedServer(port=server.port):
            await ask(connection)


async def test_a_server_gets_no_cookie_back() -> None:
    async with (
        listening(with_header(b"set-cookie: a=b; path=/")) as (place, heads),
        connected(f"http://localhost{place[9:]}/v1") as connection,
    ):
        for _ in range(2):
            await ask(connection)
    assert (len(heads), "cookie" in heads[1]) == (2, False)


async def test_a_header_may_be_long() -> None:
    async with listening(with_header(b"x-policy: " + b"p" * 50_000)) as (place, _), connected(f"http://{place}/v1") as connection:
        await ask(connection)


def by_proxy(place: str, monkeypatch: pytest.MonkeyPatch, scheme: str = "http") -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("ALL_PROXY", f"{scheme}://me:p%C3%A4%3Ass@{place}")


async def test_a_proxy_is_sent_what_is_for_far_away_and_told_who_we_are(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(lambda _: OK) as (place, heads):
        by_proxy(place, monkeypatch)
        async with connected("http://far.invalid/v1") as connection:
            for _ in range(2):
                await ask(connection)
    assert [(head.split("\r")[0], AUTH in head) for head in heads] == [("post http://far.invalid/v1/chat/completions http/1.1", True)] * 2


async def refused(url: str) -> TeacherError:
    async with connected(url) as connection:
        with pytest.raises(TeacherError) as caught:
            await ask(connection)
    return caught.value


@pytest.mark.parametrize("scheme", ["https", "http"])
async def test_a_proxy_that_refuses_us_is_named(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(lambda _: b"HTTP/1.1 407 No\r\ncontent-length: 0\r\n\r\n") as (place, heads):
        by_proxy(place, monkeypatch)
        error = await refused(f"{scheme}://far.invalid/v1")
    assert (type(error), "proxy" in str(error), AUTH in heads[0]) == (TeacherFatal, True, True), str(error)
    assert heads[0].startswith("connect far.invalid:443 " if scheme == "https" else "post http://far.invalid/")


@pytest.mark.parametrize(
    ("exempt", "used"), [("", True), ("far.invalid:8000", False), ("far.invalid:80", True), ("invalid", False), ("*", False)]
)
def test_no_proxy_may_name_hosts_and_ports(exempt: str, used: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    by_proxy("127.0.0.1:9", monkeypatch)
    monkeypatch.setenv("NO_PROXY", exempt)
    assert bool(proxy_for("http://far.invalid:8000/v1")) is used


async def test_an_answer_that_comes_before_the_request_is_read_is_heard() -> None:
    refusal = b"HTTP/1.1 413 Too large\r\ncontent-length: 0\r\n\r\n"
    async with listening(lambda _: refusal, whole=False) as (place, _), connected(f"http://{place}/v1") as connection:
        with pytest.raises(TeacherError) as caught:
            await connection.reply("/chat/completions", {"prompt": "x" * 10_000_000})
    assert caught.value.status == 413
