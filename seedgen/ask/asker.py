"""Asking: the one way a ticket gets an answer, whether it has been paid for already or must be bought now.

`ask(step, ordinal, template, …)` returns the saved answer if the journal has one for that question of the ticket; otherwise it spends:
limits, slot, teacher, and the raw bytes are durable before they are parsed. The promises kept here:

- a saved answer is never requested again; one that was given to another prompt is `ConfigDrift`, unless the answer that this prompt was
  made of is now read by other rules;
- once halted, no new call is launched, and those in flight are awaited and saved (free ones are dropped);
- `limits` are checked before each attempt, so they are overshot by the calls in flight at most;
- every attempt is in the record, however it ended.

When a call is tried again is said in `retry`, how fast a teacher is asked in `pace`. A call that is given up is recorded and answered with
"", as a refusal is; if a teacher refuses everything, is not there or keeps us waiting for too long, the run halts, and the call is made
again at the next start.

A 400 that does not say it is about the prompt may be about the key, the model or a setting. So before a teacher has answered anything in
this start, and where it has refused `IN_A_ROW` calls like that and answered none since, such a call waits until another is answered, and is
then made again; if as many as `DOUBTS` are refused first, the run halts.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tenacity import AsyncRetrying, retry_if_exception_type

from seedgen.ask.aside import aside
from seedgen.ask.halt import Halt, Halted
from seedgen.ask.limits import Spend, reached
from seedgen.ask.pace import UNTOLD, Allowance, Pace
from seedgen.ask.prompt import PLAIN, Template
from seedgen.ask.protocols import Ask, Attempt, History, Journal, Reply, SavedBody, Teacher
from seedgen.ask.retry import Trial
from seedgen.ask.slots import Slot, Slots
from seedgen.config.model import Player, Settings, asked_for
from seedgen.draw.sampler import pick
from seedgen.errors import (
    AskAnew,
    ConfigDrift,
    PromptTooLong,
    TeacherBusy,
    TeacherDoubted,
    TeacherError,
    TeacherFatal,
    TeacherLoading,
    TeacherRefused,
    TeacherTransient,
)
from seedgen.events import CallEnded, Listener, Notice, Waiting
from seedgen.failpoints import failpoint
from seedgen.records import PROPOSE, Answer, CallKey, Message, Options, Prompt, Role, Step, Usage

REMEMBERED = 4096
"""Answers that a new one is compared with, to notice one that is given again."""
CHARS_A_TOKEN = 4
"""Roughly, for the tokens that are reserved for a request before it is sent."""
NOT_ASKED = Answer("", finish="not_asked")
"""What stands for an answer where only saved ones count, and there is none."""
DOUBTS = 8
"""Prompts that a teacher may refuse before it has answered one; then it will answer none."""
FEW_DOUBTS = 3
"""Likewise, where all tickets wait for these."""
IN_A_ROW = 3
"""Refusals without a reason, one after the other, after which a teacher may have begun to refuse everything."""
TOO_LONG = 16
"""Prompts that may be too long for a teacher before it has answered one: each is made shorter once."""
LOOK, LONGEST_LOOK = 0.02, 1.0
"""Seconds after which a call that is in doubt looks first, and at most, whether others were answered."""
FITTED = ("max_tokens", "max_completion_tokens", "temperature", "top_p", "stop", "n", "seed", "response_format")
"""What a request may be sent without, or with another value, and still ask the same."""
SAID = 1.0
"""Seconds of waiting for a teacher that are worth telling."""


@dataclass(frozen=True, slots=True)
class PacedTeacher:
    """A teacher in the roster of a run: how often it is picked and for what, how often and for how many seconds one call is tried, at what
    pace.
    """

    teacher: Teacher
    weight: float
    roles: tuple[str, ...]
    attempts: int
    pace: Pace
    call_timeout: float = 900.0


@dataclass
class TeacherQueue:
    """One teacher of a run at work: who waits to ask it, how many calls are being made (those that will be tried again included), and until
    when, if at all, we have said that it is not asked. `doubted`: how many it refused before it answered any (more); `doubting` are these
    calls now; `refused` are those without a reason before them, in a row.
    """

    paced: PacedTeacher
    slots: Slots
    calls: int = 0
    held_until: float = 0.0
    doubted: int = 0
    doubting: int = 0
    refused: int = 0

    @property
    def doubtful(self) -> bool:
        """Whether a refusal without a reason may be that of every prompt."""
        return self.paced.pace.untried or self.refused >= IN_A_ROW


class Asker:
    """The teachers of a run behind `ask`, with the run's limits, slots, record and running total (`spend`)."""

    def __init__(
        self,
        *,
        roster: Mapping[str, PacedTeacher],
        templates: Mapping[str, Template],
        journal: Journal,
        settings: Settings,
        spend: Spend,
        halt: Halt,
        emit: Listener,
        timer: Callable[[], float],
    ) -> None:
        self.queues = {name: TeacherQueue(paced, Slots(paced.pace, halt, timer)) for name, paced in roster.items()}
        self.templates, self.journal, self.settings = templates, journal, settings
        self.spend, self.halt, self.emit, self.timer = spend, halt, emit, timer
        self.proposed: deque[bytes] = deque(maxlen=REMEMBERED)
        self.last_refusal = ""  # of a proposal, as the faults of tickets are

    def of(self, ticket: int, steps: Mapping[Step, Role]) -> Ask:
        """`ask` for one ticket, whose recipe has these steps."""

        async def ask(
            step: Step, ordinal: int, template: str, *, turns: Sequence[Message] = (), options: Options = PLAIN, **values: Any
        ) -> Answer:
            key, role = CallKey(ticket, step, ordinal), steps[step]
            queue = self.queue_for(key, role)
            prompt = self.templates[template].render(chat=queue.paced.teacher.chat, turns=turns, options=options, **values)
            return await self.ask(key, role, queue, prompt)

        return ask

    def pause(self, paused: bool) -> None:
        """Launch no new call for now, or go on. What a teacher did before a pause is forgiven."""
        for queue in self.queues.values():
            queue.paced.pace.trouble_since = None
            queue.slots.pause(paused)

    def retune(self, roster: Mapping[str, PacedTeacher]) -> None:
        """Other settings of the same teachers from here on."""
        for name, paced in roster.items():
            self.queues[name].paced = paced
            self.queues[name].slots.serve()

    async def ask(self, key: CallKey, role: Role, queue: TeacherQueue, prompt: Prompt) -> Answer:
        """The answer to one question. A refusal by the teacher is an answer with text "" and finish "refused".

        Raises `Halted`, `ConfigDrift`, and what the journal raises.
        """
        teacher, history = queue.paced.teacher, self.journal.history(key)
        attempt = self.attempt(key, role, teacher, prompt, history.attempts)
        if history.bodies and not same_question(attempt, history.bodies[-1].attempt):
            if not history.reread:
                raise ConfigDrift(
                    f"ticket {key.ticket}, {key.step} {key.ordinal}: the saved answer belongs to another prompt, so seedgen itself has "
                    "changed since; go on with the version that made this run, or start a new one"
                )
            self.journal.superseded(key)
            history = History(history.attempts)
        return self.replay(teacher, history) or await self.buy(queue, attempt, history, prompt)

    def queue_for(self, key: CallKey, role: Role) -> TeacherQueue:
        """The teacher that this question falls to."""
        return self.queues[teacher_for(key, role, {name: queue.paced for name, queue in self.queues.items()}, self.settings.config.seed)]

    def attempt(self, key: CallKey, role: Role, teacher: Teacher, prompt: Prompt, earlier: int) -> Attempt:
        request = json.dumps(teacher.request(prompt), sort_keys=True, ensure_ascii=False).encode()
        return Attempt(key, role, earlier, teacher.name, teacher.model, prompt.template, request, digest_of(request))

    def replay(self, teacher: Teacher, history: History) -> Answer | None:
        """The answer of an earlier start, if there was a usable one."""

        def read(saved: SavedBody) -> Answer:
            answer = self.read_saved(teacher, saved.attempt, saved.body, count=not saved.read)
            if saved.read and saved.reader != answer.reader:
                self.journal.reread(saved.attempt, answer.reader)
            return answer

        return replayed(history, read)

    async def buy(self, queue: TeacherQueue, attempt: Attempt, history: History, prompt: Prompt) -> Answer:
        """Spend until there is an answer, a refusal, or no point in going on."""
        paced = queue.paced
        trial = Trial(paced.attempts, paced.call_timeout, paced.pace, history.failures, history.starts, history.outlived, self.alone)
        retrying = AsyncRetrying(
            retry=retry_if_exception_type((TeacherTransient, TeacherBusy, AskAnew)),
            stop=trial.over,
            wait=trial.pause,
            sleep=self.halt.sleep,
            reraise=True,
        )
        queue.calls += 1
        try:
            async for turn in retrying:
                with turn:
                    attempt = replace(attempt, number=attempt.number + 1)
                    return await self.spend_or_doubt(queue, attempt, trial, prompt)
        except TeacherRefused as exc:
            self.last_refusal = str(exc) if attempt.role == PROPOSE else self.last_refusal
            return refusal(type(exc).__name__)
        except TeacherFatal as exc:
            self.halt("teacher", str(exc))
        except (TeacherTransient, TeacherBusy) as exc:
            if trial.at_fault(exc):
                await self.journal.gave_up(attempt, str(exc))
                return refusal(type(exc).__name__)
            self.halt("teacher", f'teacher "{paced.teacher.name}" does not answer: {exc}')
        finally:
            queue.calls -= 1
        raise Halted

    def alone(self) -> bool:
        """Whether one call is being made and no other, by any teacher: all other tickets wait for that one's."""
        return sum(queue.calls for queue in self.queues.values()) == 1

    async def spend_or_doubt(self, queue: TeacherQueue, attempt: Attempt, trial: Trial, prompt: Prompt) -> Answer:
        """One attempt. What was refused before anything was answered waits for that: see the module."""
        try:
            return await self.spend_once(queue, attempt, trial, prompt)
        except TeacherDoubted as exc:
            if await self.cleared(queue, exc):
                raise AskAnew(str(exc)) from exc
            await self.journal.gave_up(attempt, str(exc))
            raise TeacherRefused(str(exc), status=exc.status) from exc

    async def cleared(self, queue: TeacherQueue, doubt: TeacherDoubted) -> bool:
        """True once the teacher has answered another call. False if all tickets wait for calls that are in doubt, and these are few. Raises
        `Halted`.
        """
        queue.doubted, queue.doubting, pause, stuck = queue.doubted + 1, queue.doubting + 1, LOOK, 0.0
        try:
            while queue.doubtful:
                nobody_else = stuck >= LONGEST_LOOK
                if queue.doubted >= (FEW_DOUBTS if nobody_else else DOUBTS):
                    calls = f"{'its last' if queue.refused else 'all of its first'} {queue.doubted + queue.refused} calls"
                    self.halt("teacher", f'teacher "{queue.paced.teacher.name}" has refused {calls}: {doubt}')
                if nobody_else:
                    self.halt.check()
                    return False
                await self.halt.sleep(pause)
                stuck = stuck + pause if all(each.calls == each.doubting for each in self.queues.values()) else 0.0
                pause = min(2 * pause, LONGEST_LOOK)
            return True
        finally:
            queue.doubting -= 1

    async def spend_once(self, queue: TeacherQueue, attempt: Attempt, trial: Trial, prompt: Prompt) -> Answer:
        """One attempt: launch, save, read. Every way it can end is in the record, and the teacher's pace follows it."""
        async with queue.slots.of(attempt.key.ticket, self.tokens(queue, attempt)) as slot:
            self.launch_check()
            trial.sent()
            attempt = self.attempt(
                attempt.key, attempt.role, queue.paced.teacher, prompt, attempt.number
            )  # of what was learned meanwhile, too
            start = self.timer()
            try:
                reply, seconds = await self.exchange(queue, attempt, slot)
                answer = await self.read_new(queue.paced.teacher, attempt, reply.body, seconds)
                failpoint("ask.read")
            except TeacherError as exc:
                trial.failed(exc, start, self.timer())
                self.slow_down(queue, slot, exc)
                raise
            self.speed_up(queue, slot, answer.usage, reply.allowance)
            return answer

    async def exchange(self, queue: TeacherQueue, attempt: Attempt, slot: Slot) -> tuple[Reply, float]:
        """What came back, saved, and the seconds it took. Raises `TeacherError`, or `Halted` for a free call; both are in the record."""
        self.spend = self.spend.sent()
        self.halt.in_flight += 1
        try:
            failpoint("ask.launching")
            await self.journal.sending(attempt, slot.waited)
            start = self.timer()
            try:
                failpoint("ask.sending")
                reply = await self.send(queue.paced.teacher, attempt)
            except TeacherError as caught:
                exc = TeacherDoubted(str(caught), status=caught.status) if caught.unclear and queue.doubtful else caught
                await self.record_failure(attempt, exc, self.timer() - start)
                raise exc from caught.__cause__
            except Halted:
                await self.journal.dropped(attempt, self.timer() - start)
                raise
            seconds = self.timer() - start
            failpoint("ask.received")
            await self.journal.received(attempt, reply.body, seconds)
            failpoint("ask.saved")
            return reply, seconds
        finally:
            self.halt.in_flight -= 1

    def tokens(self, queue: TeacherQueue, attempt: Attempt) -> float:
        """Tokens to reserve for a call: its prompt, and what answers of this teacher have come to."""
        return len(attempt.request) / CHARS_A_TOKEN + queue.paced.pace.guess

    async def send(self, teacher: Teacher, attempt: Attempt) -> Reply:
        """The raw answer. A call that costs nothing is not waited for beyond the halt: it can be made again."""
        sending = teacher.send(json.loads(attempt.request))
        free = teacher.cost(Usage(1, 1)) == 0
        return await (self.halt.unless(sending) if free else sending)

    def launch_check(self) -> None:
        self.halt.check()
        if limit := reached(self.settings.config.limits, self.spend):
            self.halt("budget", limit)
            raise Halted

    def speed_up(self, queue: TeacherQueue, slot: Slot, usage: Usage, allowance: Allowance) -> None:
        """The teacher has answered."""
        used = None if usage.prompt_tokens is None or usage.completion_tokens is None else usage.prompt_tokens + usage.completion_tokens
        queue.paced.pace.answered(
            slot.tokens, used, usage.completion_tokens, allowance, full=slot.full, now=self.timer(), sent_at=slot.since
        )
        queue.doubted = queue.refused = 0
        if queue.held_until:
            queue.held_until = 0.0
            self.emit(Waiting(queue.paced.teacher.name, 0.0, ""))

    def slow_down(self, queue: TeacherQueue, slot: Slot, exc: TeacherError) -> None:
        """The teacher has failed, asked for patience, or refused, which is an answer, too. Halts the run if that has lasted too long."""
        pace, now = queue.paced.pace, self.timer()
        if isinstance(exc, TeacherBusy):
            pace.busy(slot.since, exc.retry_after, now, slot.tokens, loading=isinstance(exc, TeacherLoading))
        elif isinstance(exc, TeacherTransient):
            pace.failed(slot.since, now, exc.retry_after, slot.tokens, cut_off=exc.unseen, late=exc.late)
        elif isinstance(exc, PromptTooLong) and pace.untried:
            queue.doubted += 1
            if queue.doubted >= TOO_LONG:
                self.halt("teacher", f'teacher "{queue.paced.teacher.name}" can take none of its first {queue.doubted} prompts: {exc}')
            return
        elif isinstance(exc, TeacherRefused):
            in_a_row = queue.refused + 1 if exc.unclear else 0
            self.speed_up(queue, slot, Usage(), UNTOLD)
            queue.refused = in_a_row
            return
        wait, name = pace.held_until - now, queue.paced.teacher.name
        told = pace.answers or exc.retry_after is not None or isinstance(exc, TeacherBusy)  # else it may not be there at all: see retry
        most = self.settings.config.limits.max_wait
        if told and pace.silent_until_next(now) > most:
            self.halt("outage", f'teacher "{name}" keeps us waiting for longer than limits.max_wait ({most:g} s): {exc}')
        elif wait >= SAID and pace.held_until > queue.held_until:
            queue.held_until = pace.held_until
            self.emit(Waiting(name, wait, str(exc)))

    async def record_failure(self, attempt: Attempt, exc: TeacherError, seconds: float) -> None:
        await self.journal.failed(attempt, exc, seconds)
        if exc.unseen:
            self.spend = self.spend.lost()
        self.emit(CallEnded(str(attempt.key), attempt.teacher, seconds, Usage(), None, f"{type(exc).__name__}: {exc}"))
        if isinstance(exc, AskAnew) and exc.notice:
            self.emit(Notice(f'teacher "{attempt.teacher}": {exc.notice}'))

    def read_saved(self, teacher: Teacher, attempt: Attempt, body: bytes, *, count: bool) -> Answer:
        """Parse a saved body; add its usage and cost to the record unless they are there (`count`)."""
        try:
            answer = teacher.read(body)
        except TeacherError as exc:
            if count:
                self.count(attempt, Answer(""), None, 0.0, type(exc).__name__)
            raise
        if count:
            self.count_read(teacher, attempt, answer, 0.0)
        return answer

    async def read_new(self, teacher: Teacher, attempt: Attempt, body: bytes, seconds: float) -> Answer:
        """Parse what has come; add its usage and cost to the record."""
        try:
            answer = await aside(len(body), teacher.read, body)
        except TeacherError as exc:
            self.count(attempt, Answer(""), None, seconds, type(exc).__name__)
            raise
        self.count_read(teacher, attempt, answer, seconds)
        return answer

    def count_read(self, teacher: Teacher, attempt: Attempt, answer: Answer, seconds: float) -> None:
        noted = replace(answer, notes=(*answer.notes, *self.oddities(attempt, answer)))
        self.count(attempt, noted, teacher.cost(answer.usage), seconds, "")

    def oddities(self, attempt: Attempt, answer: Answer) -> list[str]:
        """What only those who know the other calls can note of an answer."""
        model, digest = answer.model, hashlib.sha256(answer.text.encode()).digest()[:8]
        found = [] if model.startswith(attempt.model) or attempt.model.startswith(model) else ["other_model"]
        if attempt.role == PROPOSE and answer.text:
            found += ["repeated"] if digest in self.proposed else []
            self.proposed.append(digest)
        return found

    def count(self, attempt: Attempt, answer: Answer, cost: float | None, seconds: float, error: str) -> None:
        self.spend = self.spend.received(answer.usage, cost)
        self.journal.read(attempt, answer, cost, error)
        self.emit(CallEnded(str(attempt.key), attempt.teacher, seconds, answer.usage, cost, error))


def teacher_for(key: CallKey, role: Role, teachers: Mapping[str, Player], seed: int) -> str:
    """The teacher that a question falls to, by weight among those asked for its role: a function of the run's random seed and the key."""
    weights = {name: each.weight for name, each in asked_for(role, teachers).items()}
    return pick(weights, seed=seed, key=f"{key}:teacher")


def same_question(one: Attempt, other: Attempt) -> bool:
    """Whether two requests ask the same: what parameters a server takes may have been learned only in between."""
    if one.request_digest == other.request_digest:
        return True
    asked, saved = (json.loads(attempt.request) for attempt in (one, other))
    return {k: v for k, v in asked.items() if k not in FITTED} == {k: v for k, v in saved.items() if k not in FITTED}


def digest_of(request: bytes) -> str:
    """The first half of its SHA-256, in hex."""
    return hashlib.sha256(request).hexdigest()[:32]


def refusal(error: str) -> Answer:
    """What stands for an answer that will never come, by the class of the error."""
    return Answer("", finish="too_long" if error == PromptTooLong.__name__ else "refused")


def replayed(history: History, read: Callable[[SavedBody], Answer]) -> Answer | None:
    """The first answer to one question that can be read, or a refusal; None if there is neither. `read` raises `TeacherError`."""
    if history.refused:
        return refusal(history.refused)
    for saved in history.bodies:
        try:
            return read(saved)
        except TeacherRefused as exc:
            return refusal(type(exc).__name__)
        except TeacherError:
            continue
    return None
