"""Parts handed to what is under test in place of the real ones: a teacher with a queue, a journal in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from seedgen.ask.protocols import Attempt, History, Reply, SavedBody
from seedgen.errors import TeacherError, TeacherRefused, TeacherTransient
from seedgen.records import Answer, CallKey, Prompt, Usage


@dataclass
class QueueTeacher:
    """Gives the queued replies in order: bytes are returned, exceptions raised. `read` is UTF-8; b"garbage" holds no answer."""

    replies: list[bytes | Exception]
    name: str = "main"
    model: str = "fake"
    chat: bool = False
    price: float = 0.001
    sent: list[Mapping[str, Any]] = field(default_factory=list)

    async def open(self) -> None: ...
    async def close(self) -> None: ...

    def request(self, prompt: Prompt) -> dict[str, Any]:
        return {"prompt": prompt.text}

    async def send(self, request: Mapping[str, Any]) -> Reply:
        self.sent.append(request)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return Reply(reply)

    def read(self, body: bytes) -> Answer:
        if body == b"garbage":
            raise TeacherTransient("no answer in there")
        return Answer(body.decode(), usage=Usage(10, 5))

    def cost(self, usage: Usage) -> float | None:
        return self.price


@dataclass
class MemoryJournal:
    """Remembers what was recorded, as (what, detail) in order; `histories` are what an earlier start left."""

    histories: dict[CallKey, History] = field(default_factory=dict)
    log: list[tuple[str, Any]] = field(default_factory=list)

    def history(self, key: CallKey) -> History:
        return self.histories.get(key, History())

    async def sending(self, attempt: Attempt, waited: float) -> None:
        self.log.append(("sending", attempt.number))

    async def received(self, attempt: Attempt, body: bytes, seconds: float) -> None:
        self.log.append(("received", body))
        old = self.history(attempt.key)
        saved = SavedBody(attempt, body, read=False)
        self.histories[attempt.key] = replace(
            old, attempts=attempt.number, request_digest=attempt.request_digest, bodies=(*old.bodies, saved)
        )

    def read(self, attempt: Attempt, answer: Answer, cost: float | None, error: str) -> None:
        self.log.append(("read", error or answer.usage))

    def reread(self, attempt: Attempt, reader: str) -> None:
        self.log.append(("reread", reader))

    def superseded(self, key: CallKey) -> None:
        self.log.append(("superseded", key))

    async def dropped(self, attempt: Attempt, seconds: float) -> None:
        self.log.append(("dropped", attempt.number))

    async def failed(self, attempt: Attempt, error: TeacherError, seconds: float) -> None:
        self.log.append(("failed", type(error).__name__))
        refused = type(error).__name__ if isinstance(error, TeacherRefused) else ""
        old, failed = self.history(attempt.key), type(error) is TeacherTransient
        self.histories[attempt.key] = replace(
            old, attempts=attempt.number, request_digest=attempt.request_digest, refused=refused, failures=old.failures + failed
        )

    async def gave_up(self, attempt: Attempt, message: str) -> None:
        self.log.append(("gave_up", message))
