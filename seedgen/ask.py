"""Asking: the one way a ticket gets an answer, whether it has been paid for already or must be bought now.

`ask(key, template, values)` returns the saved answer if the journal has one for `key`; otherwise it spends: limits, slot, teacher, and
the raw bytes are durable before they are parsed. The promises kept here:

- a saved answer is never requested again; one that was given to another prompt is `ConfigDrift`;
- once halted, no new call is launched, and those in flight are awaited and saved (free ones are dropped);
- `limits` are checked before each attempt, so they are overshot by the calls in flight at most;
- retrying is said once (`patience`, `exhausted`): transient failures back off up to the teacher's `attempts`; a busy teacher is waited
  for as long as it asks. A call that keeps failing while the teacher is there and has answered others meanwhile is recorded and
  answered with "" (as a refusal is); otherwise the run halts, and the call is made again at the next start.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from seedgen.config import LimitsConfig
from seedgen.errors import ConfigDrift, TeacherBusy, TeacherError, TeacherFatal, TeacherRefused, TeacherTransient, TeacherUnreachable
from seedgen.events import CallEnded, End, Listener, Stopping
from seedgen.limits import Spend, reached
from seedgen.prompt import Template
from seedgen.recipes.recipe import Ask
from seedgen.records import Answer, CallKey, Prompt, Step, Usage
from seedgen.sampler import pick
from seedgen.slots import Slots

T = TypeVar("T")
BUSY_ATTEMPTS = 50
LONGEST_WAIT = 60.0
backoff = wait_random_exponential(multiplier=0.5, max=LONGEST_WAIT)


class Teacher(Protocol):
    """A model that is asked. One `send` is one attempt; retrying is not its business. Errors are `TeacherError`s."""

    name: str
    model: str
    chat: bool

    async def open(self) -> None: ...
    def request(self, prompt: Prompt) -> dict[str, Any]: ...
    def send(self, request: Mapping[str, Any]) -> Coroutine[Any, Any, bytes]: ...
    def read(self, body: bytes) -> Answer: ...
    def cost(self, usage: Usage) -> float | None: ...
    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Voice:
    """A teacher in the cast of a run: how often it is picked, for what, and how often one call is tried."""

    teacher: Teacher
    weight: float
    roles: tuple[str, ...]
    attempts: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request about to be sent. `request` is canonical JSON, `request_digest` its SHA-256 (hex)."""

    key: CallKey
    number: int
    teacher: str
    model: str
    template: str
    request: bytes
    request_digest: str


@dataclass(frozen=True, slots=True)
class SavedBody:
    """A raw answer from an earlier start. `read` is True if its usage and cost are in the record."""

    attempt: Attempt
    body: bytes
    read: bool


@dataclass(frozen=True, slots=True)
class History:
    """What earlier starts left of one key: attempts made, bodies received, and a final refusal if there was one."""

    attempts: int = 0
    request_digest: str = ""
    bodies: tuple[SavedBody, ...] = ()
    refused: str = ""


class Journal(Protocol):
    """Where calls are recorded. What is awaited is in the database on return; `received` also survives a power cut."""

    def history(self, key: CallKey) -> History: ...
    async def sending(self, attempt: Attempt) -> None: ...
    async def received(self, attempt: Attempt, body: bytes, seconds: float) -> None: ...
    def read(self, attempt: Attempt, usage: Usage, cost: float | None, model: str, error: str) -> None: ...
    async def failed(self, attempt: Attempt, error: str, message: str, status: int | None, seconds: float) -> None: ...
    async def gave_up(self, attempt: Attempt, message: str) -> None: ...


class Halted(Exception):
    """No new call may be launched: the ticket stays unfinished, and the next start walks it again."""


class Halt:
    """Whether, and why, no new call is launched. The first reason given stands."""

    def __init__(self, emit: Listener) -> None:
        self.emit = emit
        self.end: End | None = None
        self.message = ""
        self.in_flight = 0
        self._event = asyncio.Event()

    def __call__(self, end: End, message: str) -> None:
        if self.end is None:
            self.end, self.message = end, message
            self._event.set()
            self.emit(Stopping(end, message, self.in_flight))

    def check(self) -> None:
        if self.end is not None:
            raise Halted

    async def sleep(self, seconds: float) -> None:
        """Sleep, but no longer than until the halt. Raises `Halted`."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
        raise Halted

    async def unless(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`, unless the halt comes first. Raises `Halted`."""
        working, halted = asyncio.ensure_future(work), asyncio.ensure_future(self._event.wait())
        try:
            await asyncio.wait((working, halted), return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                raise Halted
            return working.result()
        finally:
            working.cancel()
            halted.cancel()


class Asker:
    """The teachers of a run behind `ask`, with the run's limits, slots, record and running total (`spend`)."""

    def __init__(
        self,
        *,
        cast: Mapping[str, Voice],
        templates: Mapping[str, Template],
        journal: Journal,
        limits: LimitsConfig,
        concurrency: int,
        seed: int,
        spend: Spend,
        halt: Halt,
        emit: Listener,
        timer: Callable[[], float],
    ) -> None:
        self.cast, self.templates, self.journal, self.limits = cast, templates, journal, limits
        self.seed, self.spend, self.halt, self.emit, self.timer = seed, spend, halt, emit, timer
        self.slots = Slots(concurrency)
        self.answered: Counter[str] = Counter()
        self.last_refusal = ""

    def of(self, ticket: int) -> Ask:
        """`ask` for the recipes of one ticket."""

        async def ask(step: Step, ordinal: int, template: str, **values: Any) -> Answer:
            return await self.ask(CallKey(ticket, step, ordinal), template, values)

        return ask

    async def ask(self, key: CallKey, template: str, values: Mapping[str, Any]) -> Answer:
        """The answer to one question. A refusal by the teacher is an answer with text "" and finish "refused".

        Raises `Halted`, `ConfigDrift`, and what the journal raises.
        """
        voice = self.voice(key)
        prompt = self.templates[template].render(chat=voice.teacher.chat, **values)
        history = self.journal.history(key)
        attempt = self.attempt(key, voice.teacher, prompt, history.attempts)
        if history.request_digest and history.request_digest != attempt.request_digest:
            raise ConfigDrift(
                f"ticket {key.ticket}, {key.step} {key.ordinal}: the saved answer belongs to another prompt, so seedgen itself has changed "
                "since; go on with the version that made this run, or start a new one"
            )
        return self.replay(voice, history) or await self.buy(voice, attempt)

    def voice(self, key: CallKey) -> Voice:
        role = "propose" if key.step == "propose" else "respond"
        weights = {name: v.weight for name, v in sorted(self.cast.items()) if role in v.roles and v.weight > 0}
        return self.cast[pick(weights, seed=self.seed, key=f"{key}:teacher")]

    def attempt(self, key: CallKey, teacher: Teacher, prompt: Prompt, earlier: int) -> Attempt:
        request = json.dumps(teacher.request(prompt), sort_keys=True, ensure_ascii=False).encode()
        digest = hashlib.sha256(request).hexdigest()
        return Attempt(key, earlier, teacher.name, teacher.model, prompt.template, request, digest)

    def replay(self, voice: Voice, history: History) -> Answer | None:
        """The answer of an earlier start, if there was a usable one."""
        return replayed(history, lambda saved: self.read(voice.teacher, saved.attempt, saved.body, count=not saved.read))

    async def buy(self, voice: Voice, attempt: Attempt) -> Answer:
        """Spend until there is an answer, a refusal, or no point in going on."""
        name = voice.teacher.name
        answered_before: int | None = None
        retrying = AsyncRetrying(
            retry=retry_if_exception_type((TeacherTransient, TeacherBusy)),
            stop=exhausted(voice.attempts),
            wait=patience,
            sleep=self.halt.sleep,
            reraise=True,
        )
        try:
            async for turn in retrying:
                with turn:
                    attempt = replace(attempt, number=attempt.number + 1)
                    try:
                        return await self.spend_once(voice.teacher, attempt)
                    finally:
                        answered_before = self.answered[name] if answered_before is None else answered_before
        except TeacherRefused as exc:
            self.last_refusal = str(exc)
            return Answer("", finish="refused")
        except TeacherFatal as exc:
            self.halt("teacher", str(exc))
        except (TeacherTransient, TeacherBusy) as exc:
            answers_others = answered_before is not None and self.answered[name] > answered_before
            if answers_others and not isinstance(exc, TeacherUnreachable):
                await self.journal.gave_up(attempt, str(exc))
                return Answer("", finish="refused")
            self.halt("teacher", f'teacher "{name}" does not answer: {exc}')
        raise Halted

    async def spend_once(self, teacher: Teacher, attempt: Attempt) -> Answer:
        """One attempt: launch, save, read. Every way it can end is in the record."""
        async with self.slots.of(attempt.key.ticket):
            self.launch_check()
            self.spend = self.spend.sent()
            self.halt.in_flight += 1
            start = self.timer()
            try:
                await self.journal.sending(attempt)
                start = self.timer()
                body = await self.send(teacher, attempt)
                await self.journal.received(attempt, body, self.timer() - start)
            except TeacherError as exc:
                await self.record_failure(attempt, exc, self.timer() - start)
                raise
            except Halted:
                await self.journal.failed(attempt, "Abandoned", "a free call, in flight at the halt", None, self.timer() - start)
                raise
            finally:
                self.halt.in_flight -= 1
        answer = self.read(teacher, attempt, body, seconds=self.timer() - start)
        self.answered[teacher.name] += 1
        return answer

    async def send(self, teacher: Teacher, attempt: Attempt) -> bytes:
        """The raw answer. A call that costs nothing is not waited for beyond the halt: it can be made again."""
        sending = teacher.send(json.loads(attempt.request))
        free = teacher.cost(Usage(1, 1)) == 0
        return await (self.halt.unless(sending) if free else sending)

    def launch_check(self) -> None:
        self.halt.check()
        if limit := reached(self.limits, self.spend):
            self.halt("budget", limit)
            raise Halted

    async def record_failure(self, attempt: Attempt, exc: TeacherError, seconds: float) -> None:
        await self.journal.failed(attempt, type(exc).__name__, str(exc), exc.status, seconds)
        self.emit(CallEnded(str(attempt.key), attempt.teacher, seconds, Usage(), None, f"{type(exc).__name__}: {exc}"))

    def read(self, teacher: Teacher, attempt: Attempt, body: bytes, *, seconds: float = 0.0, count: bool = True) -> Answer:
        """Parse a saved body; add its usage and cost to the record unless they are there (`count`)."""
        try:
            answer = teacher.read(body)
        except TeacherError as exc:
            if count:
                self.count(attempt, Usage(), None, "", seconds, type(exc).__name__)
            raise
        if count:
            self.count(attempt, answer.usage, teacher.cost(answer.usage), answer.model, seconds, "")
        return answer

    def count(self, attempt: Attempt, usage: Usage, cost: float | None, model: str, seconds: float, error: str) -> None:
        self.spend = self.spend.received(usage, cost)
        self.journal.read(attempt, usage, cost, model, error)
        self.emit(CallEnded(str(attempt.key), attempt.teacher, seconds, usage, cost, error))


def replayed(history: History, read: Callable[[SavedBody], Answer]) -> Answer | None:
    """The first answer to one question that can be read, or a refusal; None if there is neither. `read` raises `TeacherError`."""
    if history.refused:
        return Answer("", finish="refused")
    for saved in history.bodies:
        try:
            return read(saved)
        except TeacherRefused:
            return Answer("", finish="refused")
        except TeacherError:
            continue
    return None


def patience(state: RetryCallState) -> float:
    """Seconds to wait before the next attempt: what a busy teacher asks for, else random exponential backoff."""
    failure = state.outcome.exception() if state.outcome else None
    if isinstance(failure, TeacherBusy) and failure.retry_after is not None:
        return failure.retry_after
    return backoff(state)


def exhausted(attempts: int) -> Callable[[RetryCallState], bool]:
    """Stop after `attempts` failures. A teacher that is only busy has not failed, and is given more."""
    count = {True: 0, False: 0}

    def stop(state: RetryCallState) -> bool:
        busy = state.outcome is not None and isinstance(state.outcome.exception(), TeacherBusy)
        count[busy] += 1
        return count[busy] >= (BUSY_ATTEMPTS if busy else attempts)

    return stop
