"""What asking knows its neighbours by: the teacher that is asked, the journal that keeps what came, the `ask` that a recipe is given.

Values and protocols only; `asker` keeps the promises.
"""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from seedgen.ask.pace import UNTOLD, Allowance
from seedgen.ask.prompt import PLAIN
from seedgen.errors import TeacherError
from seedgen.records import Answer, CallKey, Message, Options, Prompt, Role, Step, Usage


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, unread, and what the server says is left for us."""

    body: bytes
    allowance: Allowance = UNTOLD


class Teacher(Protocol):
    """A model that is asked. One `send` is one attempt; retrying is not its business. Errors are `TeacherError`s."""

    name: str
    model: str
    chat: bool

    async def open(self) -> None: ...
    def request(self, prompt: Prompt) -> dict[str, Any]: ...
    def send(self, request: Mapping[str, Any]) -> Coroutine[Any, Any, Reply]: ...
    def read(self, body: bytes) -> Answer: ...
    def cost(self, usage: Usage) -> float | None: ...
    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request about to be sent. `request` is canonical JSON, `request_digest` see `digest_of`."""

    key: CallKey
    role: Role
    number: int
    teacher: str
    model: str
    template: str
    request: bytes
    request_digest: str


@dataclass(frozen=True, slots=True)
class SavedBody:
    """A raw answer from an earlier start. `read`: its usage and cost are in the record; `reader` names the rules it was read by."""

    attempt: Attempt
    body: bytes
    read: bool
    reader: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """What earlier starts left of one key: attempts made, bodies received, and the class of a final refusal if there was one.

    `failures` are the attempts at which the call failed, in so many `starts`; a teacher that was busy, not there, or refused us is none.
    `outlived`: a call to the same teacher that was sent after such a failure was answered, so it was not the teacher that was at fault.
    `reread`: answers of this run were read by other rules than today's, and none to this question by today's, so that it may have changed.
    """

    attempts: int = 0
    request_digest: str = ""
    bodies: tuple[SavedBody, ...] = ()
    refused: str = ""
    outlived: bool = False
    failures: int = 0
    starts: int = 0
    reread: bool = False


class Journal(Protocol):
    """Where calls are recorded. What is awaited is in the database on return; `received` also survives a power cut."""

    def history(self, key: CallKey) -> History: ...
    async def sending(self, attempt: Attempt, waited: float) -> None: ...
    async def received(self, attempt: Attempt, body: bytes, seconds: float) -> None: ...
    def read(self, attempt: Attempt, answer: Answer, cost: float | None, error: str) -> None: ...
    def reread(self, attempt: Attempt, reader: str) -> None: ...
    def superseded(self, key: CallKey) -> None: ...
    async def failed(self, attempt: Attempt, error: TeacherError, seconds: float) -> None: ...
    async def dropped(self, attempt: Attempt, seconds: float) -> None: ...
    async def gave_up(self, attempt: Attempt, message: str) -> None: ...


class Ask(Protocol):
    """Asks one question of this ticket: a step of its recipe, for the candidate `ordinal` (of a step that proposes, a number of its own).

    `template` is named as in the recipe's config; `values` are its parameters; `turns` go before what it renders to.
    """

    async def __call__(
        self, step: Step, ordinal: int, template: str, *, turns: Sequence[Message] = (), options: Options = PLAIN, **values: Any
    ) -> Answer: ...
