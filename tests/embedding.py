"""A server that answers with the replies it was given, in a thread of its own, for tests of what asks for embeddings."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Asked:
    """What a server was asked, in order, and where it listens."""

    base_url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)


def letters(texts: Sequence[str], *, width: int = 27) -> Reply:
    """Embeddings that count letters, listed backwards, as a server may."""
    rows = [[1.0, *(text.lower().count(chr(97 + n)) for n in range(width - 1))] for text in texts]
    entries = [{"object": "embedding", "index": n, "embedding": row} for n, row in enumerate(rows)]
    return Reply(200, json.dumps({"data": entries[::-1], "model": "letters"}).encode())


@contextmanager
def embedding(*replies: Reply, then: Callable[[Sequence[str]], Reply] = letters) -> Iterator[Asked]:
    """A running server: these replies first, then whatever `then` makes of the texts."""
    asked, queue = Asked(), list(replies)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            asked.keys.append(self.headers["Authorization"])
            reply = queue.pop(0) if queue else then(asked.bodies[-1]["input"])
            self.send_response(reply.status)
            for name, value in {**reply.headers, "Content-Length": str(len(reply.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    asked.base_url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
