import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from fakes import MemoryJournal, QueueTeacher
from waiting import soon

from seedgen.ask.asker import Asker, PacedTeacher
from seedgen.ask.halt import Halt, Halted
from seedgen.ask.limits import Spend
from seedgen.ask.pace import Pace
from seedgen.ask.prompt import read_template
from seedgen.ask.protocols import Attempt, History, Reply
from seedgen.config.model import Config, LimitsConfig, Settings
from seedgen.errors import (
    ConfigDrift,
    PromptTooLong,
    StoreBroken,
    TeacherBusy,
    TeacherFatal,
    TeacherRefused,
    TeacherTransient,
    TeacherUnreachable,
)
from seedgen.records import Answer, CallKey, Usage

KEY = CallKey(3, "propose")
TEMPLATE = read_template("t", '{#\npurpose = "x"\nparameters = ["word"]\nstop = []\nshape = "x"\nmax_tokens = 9\n#}\nSay {{ word }}.')
FAIL = TeacherTransient("status 500", status=500)


class Impatient(Halt):
    """Sleeps hardly at all between attempts."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(min(seconds, 0.01))


def asker(
    teacher: QueueTeacher,
    journal: MemoryJournal,
    limits: LimitsConfig | None = None,
    concurrency: int = 4,
    responder: QueueTeacher | None = None,
) -> Asker:
    """With a `responder`, the teacher is only asked to propose."""
    roster = {"main": PacedTeacher(teacher, 1.0, ("propose",) if responder else ("propose", "respond"), 3, Pace(concurrency, concurrency))}
    if responder:
        roster["other"] = PacedTeacher(responder, 1.0, ("respond",), 3, Pace(concurrency, concurrency))
    return Asker(
        roster=roster,
        templates={"t": TEMPLATE},
        journal=journal,
        settings=Settings(Config(limits=limits or LimitsConfig())),
        spend=Spend(),
        halt=Impatient(lambda event: None),
        emit=lambda event: None,
        timer=time.monotonic,
    )


async def said(asker: Asker, word: str = "yes", key: CallKey = KEY) -> str:
    ask = asker.of(key.ticket, {"propose": "propose", "respond": "respond", "classify": "classify"})
    return (await ask(key.step, key.ordinal, "t", word=word)).text


async def test_an_answer_is_saved_before_it_is_read() -> None:
    journal = MemoryJournal()
    assert await said(asker(QueueTeacher([b"fine"]), journal)) == "fine"
    assert journal.log == [("sending", 1), ("received", b"fine"), ("read", Usage(10, 5))]


async def test_a_saved_answer_is_not_requested_again() -> None:
    journal, teacher = MemoryJournal(), QueueTeacher([b"fine"])
    await said(asker(teacher, journal))
    assert await said(asker(teacher, journal)) == "fine"
    assert len(teacher.sent) == 1


async def test_what_a_crash_left_unread_is_counted_once_when_replayed() -> None:
    journal = MemoryJournal()
    await said(asker(QueueTeacher([b"fine"]), journal))
    later = asker(QueueTeacher([]), journal)
    await said(later)
    assert later.spend == Spend(0, 10, 5, 0.001, longest=15, dearest=0.001)


async def test_a_saved_answer_to_another_prompt_is_drift() -> None:
    journal = MemoryJournal()
    await said(asker(QueueTeacher([b"fine"]), journal), "yes")
    with pytest.raises(ConfigDrift, match="ticket 3, propose 0"):
        await said(asker(QueueTeacher([]), journal), "no")


async def test_a_question_that_todays_rules_of_reading_make_another_is_asked_anew() -> None:
    journal, teacher = MemoryJournal(), QueueTeacher([b"fine", b"better"])
    await said(asker(teacher, journal), "yes")
    journal.histories = {key: replace(history, reread=True) for key, history in journal.histories.items()}
    assert await said(asker(teacher, journal), "no") == "better"
    assert [entry for entry in journal.log if entry[0] in ("superseded", "sending")] == [
        ("sending", 1), ("superseded", KEY), ("sending", 2),
    ]  # fmt: skip


async def test_a_body_that_holds_no_answer_is_kept_and_asked_again() -> None:
    journal = MemoryJournal()
    assert await said(asker(QueueTeacher([b"garbage", b"fine"]), journal)) == "fine"
    assert [entry for entry in journal.log if entry[0] != "sending"] == [
        ("received", b"garbage"), ("read", "TeacherTransient"), ("received", b"fine"), ("read", Usage(10, 5)),
    ]  # fmt: skip


async def test_transient_failures_are_tried_again() -> None:
    assert await said(asker(QueueTeacher([FAIL, FAIL, b"fine"]), MemoryJournal())) == "fine"


async def test_a_busy_teacher_is_waited_for_beyond_the_attempts_of_a_failing_one() -> None:
    busy: list[bytes | Exception] = [TeacherBusy("slow down", retry_after=0.0)] * 8
    assert await said(asker(QueueTeacher([*busy, FAIL, *busy, b"fine"]), MemoryJournal())) == "fine"


async def test_what_was_reserved_for_calls_that_failed_is_given_back() -> None:
    asking = asker(QueueTeacher([FAIL, FAIL, b"fine"]), MemoryJournal())
    tokens = asking.queues["main"].paced.pace.tokens
    tokens.retune(6000, asking.timer())
    assert await said(asking) == "fine"
    assert tokens.level >= tokens.capacity - 15


async def test_a_refusal_is_an_empty_answer_and_is_not_paid_for_again() -> None:
    journal, teacher = MemoryJournal(), QueueTeacher([TeacherRefused("content filter", status=400)])
    assert await said(asker(teacher, journal)) == ""
    assert await said(asker(teacher, journal)) == ""
    assert len(teacher.sent) == 1


@pytest.mark.parametrize(
    ("replies", "end", "message"),
    [
        ([TeacherFatal("wrong key", status=401)], "teacher", "wrong key"),
        ([FAIL, FAIL, FAIL], "teacher", 'teacher "main" does not answer: status 500'),
    ],
)
async def test_a_teacher_that_answers_nobody_halts_the_run(replies: list[bytes | Exception], end: str, message: str) -> None:
    asking = asker(QueueTeacher([*replies]), MemoryJournal())
    with pytest.raises(Halted):
        await said(asking)
    assert (asking.halt.end, asking.halt.message) == (end, message)


async def test_a_call_that_fails_while_others_succeed_is_given_up_and_recorded() -> None:
    journal = MemoryJournal()
    asking = asker(QueueTeacher([FAIL, b"fine", FAIL, FAIL]), journal, concurrency=1)
    doomed, fine = await asyncio.gather(said(asking), said(asking, key=CallKey(4, "propose")))
    assert (doomed, fine, journal.log[-1]) == ("", "fine", ("gave_up", "status 500"))


@pytest.mark.parametrize("limits", [{"max_requests": 2}, {"max_tokens": 30}, {"max_cost": 0.002}])
async def test_a_limit_halts_before_the_call_that_would_pass_it(limits: dict[str, float]) -> None:
    teacher = QueueTeacher([b"fine"] * 9)
    asking = asker(teacher, MemoryJournal(), LimitsConfig.model_validate(limits))
    outcomes = [await asyncio.gather(said(asking, key=CallKey(t, "propose")), return_exceptions=True) for t in range(4)]
    assert ([type(o).__name__ for [o] in outcomes], len(teacher.sent), asking.halt.end) == (["str", "str", "Halted", "Halted"], 2, "budget")


async def test_calls_in_flight_at_the_halt_are_saved() -> None:
    journal = MemoryJournal()
    asking = asker(QueueTeacher([b"fine"]), journal)
    call = asyncio.ensure_future(said(asking))
    await asyncio.sleep(0)
    asking.halt("interrupted", "stop")
    assert await call == "fine"
    with pytest.raises(Halted):
        await said(asking, key=CallKey(9, "propose"))


async def test_a_free_call_in_flight_at_the_halt_is_dropped_and_recorded() -> None:
    asked = asyncio.Event()

    class Endless(QueueTeacher):
        async def send(self, request: object) -> Reply:
            asked.set()
            await asyncio.Event().wait()
            return Reply(b"")

    journal = MemoryJournal()
    asking = asker(Endless([], price=0.0), journal)
    call = asyncio.ensure_future(said(asking))
    await asked.wait()
    asking.halt("target", "done")
    with pytest.raises(Halted):
        await call
    assert journal.log == [("sending", 1), ("dropped", 1)]


async def test_a_halt_ends_the_wait_of_a_call_that_backs_off() -> None:
    journal = MemoryJournal()
    asking = asker(QueueTeacher([TeacherBusy("later", retry_after=3600.0)]), journal)
    call = asyncio.ensure_future(said(asking))
    await soon(lambda: ("failed", "TeacherBusy") in journal.log)
    asking.halt("interrupted", "stop")
    with pytest.raises(Halted):
        await call


async def test_an_answer_that_cannot_be_saved_stops_everything() -> None:
    class FullDisk(MemoryJournal):
        async def received(self, *_: object) -> None:
            raise StoreBroken("disk full")

    with pytest.raises(StoreBroken):
        await said(asker(QueueTeacher([b"fine"]), FullDisk()))


@pytest.mark.parametrize("concurrency", [1, 3])
async def test_no_more_calls_are_in_flight_than_there_are_slots(concurrency: int) -> None:
    most = 0

    class Slow(QueueTeacher):
        async def send(self, request: object) -> Reply:
            nonlocal most
            most = max(most, asking.halt.in_flight)
            await asyncio.sleep(0.001)
            return Reply(b"fine")

    asking = asker(Slow([]), MemoryJournal(), concurrency=concurrency)
    await asyncio.gather(*(said(asking, key=CallKey(t, "propose")) for t in range(10)))
    assert most == concurrency


async def test_when_the_server_is_gone_a_call_is_not_given_up_but_kept_for_the_next_start() -> None:
    gone = TeacherUnreachable("nothing answers")
    asking = asker(QueueTeacher([FAIL, b"fine", *[gone] * 9]), MemoryJournal(), LimitsConfig(max_wait=0.3), concurrency=1)
    doomed, fine = await asyncio.gather(said(asking), said(asking, key=CallKey(4, "propose")), return_exceptions=True)
    assert (type(doomed), fine, asking.halt.end) == (Halted, "fine", "outage")


async def test_an_answer_to_a_call_that_was_sent_before_the_outage_began_does_not_say_that_it_is_over() -> None:
    began = asyncio.Event()

    class Dying(QueueTeacher):
        async def send(self, request: Mapping[str, Any]) -> Reply:
            if "early" in request["prompt"]:
                await began.wait()
                return Reply(b"fine")
            began.set()
            raise FAIL

    asking = asker(Dying([]), MemoryJournal(), LimitsConfig(max_wait=0.5))
    calls = (said(asking, word, CallKey(ticket, "propose")) for ticket, word in enumerate(["early", "late", "late"]))
    first, *others = await asyncio.gather(*calls, return_exceptions=True)
    assert (first, [type(other) for other in others], asking.halt.end) == ("fine", [Halted, Halted], "outage")


async def test_a_server_that_was_started_again_and_then_fails_once_is_not_given_up() -> None:
    gone = TeacherUnreachable("nothing answers")
    asking = asker(QueueTeacher([gone, b"fine", gone, FAIL, b"fine"]), MemoryJournal(), concurrency=1)
    assert await asyncio.gather(said(asking), said(asking, key=CallKey(4, "propose"))) == ["fine", "fine"]


async def test_an_outage_is_waited_for_until_the_teacher_is_back() -> None:
    asking = asker(QueueTeacher([b"fine", *[FAIL] * 5, b"fine"]), MemoryJournal(), concurrency=1)
    assert [await said(asking, key=CallKey(ticket, "propose")) for ticket in (3, 4)] == ["fine", "fine"]


@pytest.mark.parametrize(("asked", "most", "end"), [(7200.0, 3600.0, "outage"), (0.01, 3600.0, None)])
async def test_a_wait_that_is_longer_than_allowed_ends_the_run_at_once(asked: float, most: float, end: str | None) -> None:
    asking = asker(QueueTeacher([TeacherBusy("later", retry_after=asked), b"fine"]), MemoryJournal(), LimitsConfig(max_wait=most))
    await asyncio.gather(said(asking), return_exceptions=True)
    assert asking.halt.end == end


async def test_a_busy_teacher_is_left_alone_by_all_calls() -> None:
    times: list[float] = []

    class Busy(QueueTeacher):
        async def send(self, request: object) -> Reply:
            times.append(time.monotonic())
            await asyncio.sleep(0.01)
            if len(times) == 1:
                raise TeacherBusy("later", retry_after=0.2)
            return Reply(b"fine")

    asking = asker(Busy([]), MemoryJournal(), concurrency=1)
    await asyncio.gather(*(said(asking, key=CallKey(t, "propose")) for t in range(3)))
    assert times[1] - times[0] >= 0.2


async def test_no_call_slips_out_between_a_429_and_its_record() -> None:
    times: list[float] = []

    class Busy(QueueTeacher):
        async def send(self, request: object) -> Reply:
            times.append(time.monotonic())
            await asyncio.sleep(0.02)
            if len(times) <= 4:
                raise TeacherBusy("later", retry_after=0.3)
            return Reply(b"fine")

    asking = asker(Busy([]), MemoryJournal(), concurrency=4)
    await asyncio.gather(*(said(asking, key=CallKey(t, "propose")) for t in range(10)))
    assert min(t - times[0] for t in times[4:]) >= 0.3


async def test_a_failure_that_says_to_come_again_in_a_day_is_not_slept_through() -> None:
    tomorrow = TeacherTransient("overloaded", status=503, retry_after=86_400.0)
    asking = asker(QueueTeacher([tomorrow]), MemoryJournal(), LimitsConfig(max_wait=60))
    await asyncio.gather(said(asking), return_exceptions=True)
    assert asking.halt.end == "outage"


async def test_one_poisonous_prompt_that_all_others_wait_for_is_given_up() -> None:
    """The others are answered while it hangs for the first time, and nobody is asked any more when it fails."""

    class Poisoned(QueueTeacher):
        async def send(self, request: Mapping[str, Any]) -> Reply:
            if "poison" not in request["prompt"]:
                return Reply(b"fine")
            await soon(lambda: [what for what, _ in journal.log].count("read") == 2)
            raise FAIL

    journal = MemoryJournal()
    asking = asker(Poisoned([]), journal)
    others = (said(asking, key=CallKey(t, "propose")) for t in (4, 5))
    assert await asyncio.gather(said(asking, "poison"), *others) == ["", "fine", "fine"]


async def test_a_call_made_alone_and_in_vain_start_after_start_does_not_end_the_run_for_good() -> None:
    journal, ends = MemoryJournal(), []
    for starts in (1, 2, 3):
        asking = asker(QueueTeacher([FAIL] * 3), journal)
        await asyncio.gather(said(asking), return_exceptions=True)
        ends.append(asking.halt.end)
        journal.histories[KEY] = replace(journal.history(KEY), starts=starts)
    assert (ends, journal.log[-1]) == (["teacher", "teacher", None], ("gave_up", "status 500"))


async def test_earlier_attempts_that_were_no_failures_do_not_count_and_keep_their_numbers() -> None:
    journal = MemoryJournal({KEY: History(attempts=50)})
    asking = asker(QueueTeacher([FAIL] * 3), journal)
    with pytest.raises(Halted):
        await said(asking)
    assert (asking.halt.end, [detail for what, detail in journal.log if what == "sending"]) == ("teacher", [51, 52, 53])


async def test_attempts_at_a_busy_teacher_are_no_failures_in_the_next_start() -> None:
    journal, ends = MemoryJournal(), []
    busy: list[bytes | Exception] = [TeacherBusy("slow down", retry_after=0.0)] * 9
    for _ in range(2):
        asking = asker(QueueTeacher([*busy, FAIL, FAIL, FAIL]), journal)
        await asyncio.gather(said(asking), return_exceptions=True)
        ends.append(asking.halt.end)
    assert ends == ["teacher", "teacher"]


async def test_a_call_is_not_alone_while_another_teacher_is_asked() -> None:
    """Those that the other teacher answers may go on to ask this one, and tell whether it is down."""
    ended = asyncio.Event()

    class Slow(QueueTeacher):
        async def send(self, request: object) -> Reply:
            await ended.wait()
            return Reply(b"fine")

    journal = MemoryJournal({KEY: History(attempts=6, failures=6, starts=2)})
    asking = asker(QueueTeacher([FAIL] * 3), journal, responder=Slow([], name="other"))
    other = asyncio.ensure_future(said(asking, key=CallKey(4, "respond")))
    await asyncio.sleep(0)
    with pytest.raises(Halted):
        await said(asking)
    ended.set()
    assert (await other, asking.halt.message) == ("fine", 'teacher "main" does not answer: status 500')


async def test_what_a_teacher_said_to_an_item_is_not_quoted_for_one_that_refuses_proposals() -> None:
    refused = TeacherRefused("not this one", status=400)
    asking = asker(QueueTeacher([TeacherRefused("no temperature here", status=400)]), MemoryJournal(), responder=QueueTeacher([refused]))
    for step in ("propose", "respond"):
        await said(asking, key=CallKey(4, step))
    assert asking.last_refusal == "no temperature here"


async def test_while_paused_nothing_is_asked_and_a_halt_still_ends_it() -> None:
    asking = asker(QueueTeacher([b"fine"]), MemoryJournal())
    asking.pause(True)
    call = asyncio.ensure_future(said(asking))
    await asyncio.sleep(0.01)
    assert not call.done()
    asking.pause(False)
    assert await call == "fine"
    asking.pause(True)
    waiting = asyncio.ensure_future(said(asking, key=CallKey(4, "propose")))
    await asyncio.sleep(0)
    asking.halt("stopped", "enough")
    with pytest.raises(Halted):
        await waiting


async def test_a_prompt_that_is_too_long_says_so_and_says_it_again_when_replayed() -> None:
    journal = MemoryJournal()
    asking = asker(QueueTeacher([PromptTooLong("too long", status=413)]), journal)
    ask = asking.of(KEY.ticket, {KEY.step: "propose"})
    assert [(await ask(KEY.step, KEY.ordinal, "t", word="yes")).finish for _ in range(2)] == ["too_long", "too_long"]


async def test_what_is_odd_about_an_answer_is_noted() -> None:
    class Other(QueueTeacher):
        def read(self, body: bytes) -> Answer:
            return Answer("the same again", model="another", notes=("nul",))

    noted: list[tuple[str, ...]] = []

    class Noting(MemoryJournal):
        def read(self, attempt: Attempt, answer: Answer, cost: float | None, error: str) -> None:
            noted.append(answer.notes)

    asking = asker(Other([b"a", b"b"]), Noting())
    await said(asking)
    await said(asking, key=CallKey(4, "propose"))
    assert noted == [("nul", "other_model"), ("nul", "other_model", "repeated")]
