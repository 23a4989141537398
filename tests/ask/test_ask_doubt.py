"""What is made of refusals before anything was answered, and of a teacher that learns what its server takes."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from fakes import MemoryJournal, QueueTeacher
from test_ask_asker import asker, said

from seedgen.ask.asker import DOUBTS, FEW_DOUBTS, IN_A_ROW, TOO_LONG, Asker
from seedgen.ask.halt import Halted
from seedgen.ask.pace import NARROW
from seedgen.ask.protocols import History, Reply
from seedgen.errors import AskAnew, PromptTooLong, TeacherRefused
from seedgen.events import Event, Notice
from seedgen.records import CallKey, Prompt

BAD = TeacherRefused("answered 400: model foo?", status=400, unclear=True)


class Answering(QueueTeacher):
    """Refuses what it is told to, by the word in the prompt, and never runs out of answers."""

    refuses: tuple[str, ...] = ()
    error: Exception = BAD

    async def send(self, request: Mapping[str, Any]) -> Reply:
        self.sent.append(request)
        await asyncio.sleep(0)
        if any(word in request["prompt"] for word in self.refuses):
            raise self.error
        return Reply(b"fine")


def untried(teacher: QueueTeacher, journal: MemoryJournal, concurrency: int = 64) -> Asker:
    asking = asker(teacher, journal, concurrency=concurrency)
    asking.queues["main"].paced.pace.untried = True
    return asking


async def asked(asking: Asker, *words: str, first: int = 0) -> list[str | BaseException]:
    """What becomes of one call a word, made at once, for tickets from the `first` on."""
    calls = (said(asking, word, CallKey(ticket, "propose")) for ticket, word in enumerate(words, first))
    return await asyncio.gather(*calls, return_exceptions=True)


async def test_a_teacher_that_refuses_every_prompt_halts_the_run_after_few_requests_and_refuses_none_for_good() -> None:
    teacher, journal = Answering([]), MemoryJournal()
    teacher.refuses = ("",)
    asking = untried(teacher, journal)
    outcomes = await asked(asking, *map(str, range(100)))
    assert {type(outcome) for outcome in outcomes} == {Halted}
    assert (asking.halt.end, "model foo?" in asking.halt.message, DOUBTS <= len(teacher.sent) <= DOUBTS + NARROW) == ("teacher", True, True)
    assert {detail for what, detail in journal.log if what == "failed"} == {"TeacherDoubted"}


async def test_a_prompt_that_was_refused_first_is_asked_again_once_another_is_answered_and_is_then_refused() -> None:
    teacher, journal = Answering([]), MemoryJournal()
    teacher.refuses = ("odd",)
    outcomes = await asked(untried(teacher, journal), "odd", "a", "b")
    assert (outcomes, len(teacher.sent)) == (["", "fine", "fine"], 4)
    assert [detail for what, detail in journal.log if what == "failed"] == ["TeacherDoubted", "TeacherRefused"]


async def test_a_single_call_that_all_tickets_wait_for_is_refused_and_the_third_such_halts() -> None:
    teacher = Answering([])
    teacher.refuses = ("",)
    asking = untried(teacher, MemoryJournal())
    outcomes = [(await asked(asking, str(n), first=n))[0] for n in range(FEW_DOUBTS)]
    assert ([*map(str, outcomes)], asking.halt.end, len(teacher.sent)) == (["", "", ""], "teacher", FEW_DOUBTS)
    assert isinstance(outcomes[-1], Halted)


@pytest.mark.parametrize(
    ("error", "calls", "end"), [(TeacherRefused("filtered"), 40, None), (PromptTooLong("too long"), TOO_LONG, "teacher")]
)
async def test_a_refusal_that_says_what_is_wrong_with_the_prompt_is_no_doubt(error: Exception, calls: int, end: str | None) -> None:
    teacher = Answering([])
    teacher.refuses, teacher.error = ("",), error
    asking = untried(teacher, MemoryJournal())
    outcomes = [(await asked(asking, str(n), first=n))[0] for n in range(calls)]
    assert (outcomes, asking.halt.end) == ([""] * calls, end)


async def test_a_teacher_from_which_nothing_has_come_is_asked_by_few_at_once() -> None:
    most = 0

    class Slow(QueueTeacher):
        async def send(self, request: object) -> Reply:
            nonlocal most
            most = max(most, asking.halt.in_flight)
            await asyncio.Event().wait()
            return Reply(b"")

    asking = untried(Slow([]), MemoryJournal())
    calls = asyncio.gather(*(said(asking, key=CallKey(t, "propose")) for t in range(30)), return_exceptions=True)
    await asyncio.sleep(0.01)
    calls.cancel()
    assert most == NARROW


class Learning(QueueTeacher):
    """Learns to leave "hot" out."""

    hot = True

    def request(self, prompt: Prompt) -> dict[str, Any]:
        return super().request(prompt) | ({"temperature": 1} if self.hot else {})

    async def send(self, request: Mapping[str, Any]) -> Reply:
        self.sent.append(request)
        if "temperature" in request:
            new, self.hot = self.hot, False
            raise AskAnew("answered 400: no temperature", notice="temperature is left out" if new else "")
        return Reply(b"fine")


async def test_a_call_is_made_anew_at_once_when_the_teacher_has_learned_and_that_is_said_once() -> None:
    heard: list[Event] = []
    asking = untried(Learning([]), MemoryJournal())
    asking.emit = heard.append
    assert await asked(asking, "a", "b", "c") == ["fine"] * 3
    assert [event.message for event in heard if isinstance(event, Notice)] == ['teacher "main": temperature is left out']
    assert asking.journal.history(CallKey(0, "propose")).attempts == 2


async def test_an_answer_to_the_same_question_in_other_words_to_the_server_is_no_drift() -> None:
    journal = MemoryJournal()
    await asked(untried(Learning([]), journal), "a")
    later = Learning([])
    assert (await asked(untried(later, journal), "a"), later.sent) == (["fine"], [])


@pytest.mark.parametrize("refused", ["TeacherDoubted", "TeacherRefused"])
async def test_a_refusal_of_an_earlier_start_stands(refused: str) -> None:
    key = CallKey(0, "propose")
    teacher = Answering([])
    assert await asked(untried(teacher, MemoryJournal({key: History(1, "other", refused=refused)})), "a") == [""]
    assert teacher.sent == []


async def test_a_teacher_that_begins_to_refuse_everything_halts_the_run_and_few_prompts_are_refused_for_good() -> None:
    teacher, journal = Answering([]), MemoryJournal()
    asking = untried(teacher, journal)
    assert await asked(asking, *map(str, range(40))) == ["fine"] * 40
    teacher.refuses = ("",)
    outcomes = await asked(asking, *map(str, range(100)), first=40)
    assert [*map(type, outcomes)].count(str) == IN_A_ROW
    assert (asking.halt.end, f"has refused its last {IN_A_ROW + DOUBTS} calls" in asking.halt.message) == ("teacher", True)


async def test_refusals_with_answers_between_them_are_those_of_their_prompts() -> None:
    teacher = Answering([])
    teacher.refuses = ("odd",)
    asking = untried(teacher, MemoryJournal())
    outcomes = [(await asked(asking, word, first=n))[0] for n, word in enumerate(["fine", *["odd"] * IN_A_ROW] * 20)]
    assert (outcomes, asking.halt.end) == (["fine", *[""] * IN_A_ROW] * 20, None)
