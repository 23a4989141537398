"""How a response goes out over a connection: whole, in part, too slowly, without end, or not at all.

h11 frames it; bytes go out by hand, so that a connection can be broken anywhere.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Iterable, Mapping

import h11

from seedgen.scripted.broken import FLOOD, How, Response

CHUNK = 2**16
LINGER = struct.pack("ii", 1, 0)  # closing with this set sends RST and not FIN
DRIP = 1.0  # seconds between two bytes

Deliver = Callable[[h11.Connection, Response, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def encode(http: h11.Connection, response: Response) -> bytes:
    """The bytes of a response."""
    return head(http, response, len(response.body)) + framed(http, h11.Data(data=response.body), h11.EndOfMessage())


def head(http: h11.Connection, response: Response, length: int | None) -> bytes:
    """The bytes up to the body; chunked if the length is None. A request whose body was not read to its end closes the connection."""
    size = ("transfer-encoding", "chunked") if length is None else ("content-length", str(length))
    headers = [("content-type", response.content_type), size, *response.headers.items()]
    if http.their_state is not h11.DONE:
        headers.append(("connection", "close"))
    return framed(http, h11.Response(status_code=response.status, headers=headers))


def framed(http: h11.Connection, *events: h11.Response | h11.Data | h11.EndOfMessage) -> bytes:
    return b"".join(http.send(event) or b"" for event in events)


async def whole(http: h11.Connection, response: Response, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await sent(writer, [encode(http, response)])


async def short(http: h11.Connection, response: Response, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await sent(writer, [head(http, response, len(response.body)), response.body[: len(response.body) // 2]])


async def torn(http: h11.Connection, response: Response, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await short(http, response, reader, writer)
    await asyncio.sleep(0.01)  # a reset at once would take back what is on its way
    reset(writer)


async def unended(http: h11.Connection, response: Response, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    half = h11.Data(data=response.body[: len(response.body) // 2])
    await sent(writer, [head(http, response, None), framed(http, half)])


async def drip(http: h11.Connection, response: Response, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await sent(writer, [head(http, response, len(response.body))])
    for place in range(len(response.body)):
        await sent(writer, [response.body[place : place + 1]])
        await asyncio.sleep(DRIP)


async def flood(http: h11.Connection, response: Response, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await sent(writer, [head(http, response, FLOOD)])
    await sent(writer, (b" " * CHUNK for _ in range(FLOOD // CHUNK)))


async def hang(_: h11.Connection, __: Response, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Nothing until the client has given up."""
    await reader.read()
    reset(writer)


async def cut_off(_: h11.Connection, __: Response, ___: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    reset(writer)


async def sent(writer: asyncio.StreamWriter, pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        writer.write(piece)
        await writer.drain()


def reset(writer: asyncio.StreamWriter) -> None:
    """Break the connection, as a crash would."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
    writer.transport.abort()


DELIVERIES: Mapping[How, Deliver] = {
    "whole": whole,
    "reset": cut_off,
    "away": cut_off,
    "hang": hang,
    "short": short,
    "torn": torn,
    "unended": unended,
    "drip": drip,
    "flood": flood,
}
