"""The scripted teacher: a deterministic stand-in on which tests, benchmarks and demos run, in this process or behind a real server.

words, facts      what sentences are made of: tables; cases, those for kinds that are asked for
frame             one sentence pattern, read both ways
prose, exact      the frames for whoever asks for nothing in particular, and how their tasks are answered
talks, passages, verdicts, puzzles, declined    more frames, for a kind and tier that are asked for
grammar           tasks from a Random; the task of an instruction
broken            what a broken endpoint sends in place of an answer, by name
faults            what goes wrong, how often; how long it takes
reply             a request to the bytes of its answer
delivery          how bytes go out, whole or not
server            the same over HTTP, with counts of what was served
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from seedgen.ask.protocols import Reply
from seedgen.config.model import TeacherConfig
from seedgen.records import Answer, Prompt, Usage
from seedgen.scripted.faults import FaultRates, parse_faults, parse_latency
from seedgen.scripted.reply import MODEL, reply
from seedgen.teachers import TeacherKind
from seedgen.teachers.endpoint import Endpoint
from seedgen.teachers.request import request_body
from seedgen.teachers.wire import read_body


class ScriptedTeacher:
    """A teacher in this process: free, as fast as it is told, and the same for the same prompts."""

    def __init__(self, name: str, config: TeacherConfig, faults: FaultRates | None = None) -> None:
        self.name, self.model, self.chat = name, config.model or MODEL, config.chat
        self.config = config
        self.faults = faults or FaultRates()

    async def open(self) -> None:
        """Nothing to open."""

    def request(self, prompt: Prompt) -> dict[str, Any]:
        return request_body(prompt, self.model, self.config)

    async def send(self, request: Mapping[str, Any]) -> Reply:
        await asyncio.sleep(self.config.latency)
        return Reply(reply(request, self.faults))

    def read(self, body: bytes) -> Answer:
        return read_body(body, Endpoint("the scripted teacher", self.model))

    def cost(self, usage: Usage) -> float | None:  # noqa: ARG002 -- every answer is free
        return 0.0

    async def close(self) -> None:
        """Nothing to close."""


@asynccontextmanager
async def served(port: int, *, latency: str = "0", faults: str = "") -> AsyncIterator[str]:
    """Raises `UsageError` if latency or faults cannot be read."""
    from seedgen.scripted.server import ScriptedServer

    async with ScriptedServer(port, parse_latency(latency), parse_faults(faults)) as server:
        yield server.url


PLUGIN = TeacherKind("scripted", free=True, make=lambda name, config, _: ScriptedTeacher(name, config), serve=served)
