"""A teacher that knows nothing but sums, and shouts about those that are even. For the recipe alpaca, and for nothing."""

import json
from collections.abc import Mapping
from random import Random
from typing import Any

from seedgen.ask.protocols import Reply
from seedgen.config.model import TeacherConfig
from seedgen.records import Answer, Prompt, Usage
from seedgen.teachers import TeacherKind
from seedgen.teachers.wire import Endpoint, read_body, request_body


class Sums:
    """One `send` is one attempt; seedgen tries again where it raises `TeacherBusy` or `TeacherTransient`, see `seedgen.errors`."""

    def __init__(self, name: str, config: TeacherConfig) -> None:
        self.name, self.model, self.chat, self.config = name, "sums", config.chat, config

    async def open(self) -> None:
        """Called once, before anything is asked."""

    def request(self, prompt: Prompt) -> dict[str, Any]:
        """What is sent, as JSON. It is kept with the run."""
        return request_body(prompt, self.model, self.config)

    async def send(self, request: Mapping[str, Any]) -> Reply:
        """The body that came back is kept as it is, and is read again whenever the run is checked: it has to be OpenAI's JSON."""
        rng = Random(json.dumps(request))
        text = "\n###\n".join(task(n, rng.randrange(100), rng.randrange(100)) for n in range(1, 5))
        body = {"model": self.model, "choices": [{"message": {"content": text}, "finish_reason": "stop"}]}
        return Reply(json.dumps(body | {"usage": {"prompt_tokens": 300, "completion_tokens": 80}}).encode())

    def read(self, body: bytes) -> Answer:
        return read_body(body, Endpoint("the sums in this process", self.model))

    def cost(self, usage: Usage) -> float | None:
        """US dollars, None if unknown."""
        return 0.0

    async def close(self) -> None:
        """Called once, at the end."""


def task(number: int, one: int, other: int) -> str:
    said = f"That is {one + other}, I think."
    said = said if (one + other) % 2 else said.upper()
    return f"{number}. Instruction: What is {one} plus {other}?\n{number}. Input: <noinput>\n{number}. Output: {said}"


PLUGIN = TeacherKind("sums", free=True, make=lambda name, config, environ: Sums(name, config))
