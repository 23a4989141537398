"""The in-process scripted teacher asks, answers and reads as any teacher does, for nothing."""

import time

import pytest

from seedgen.config.model import TeacherConfig
from seedgen.records import Prompt
from seedgen.scripted import ScriptedTeacher
from seedgen.scripted.faults import NO_FAULTS

PROMPT = Prompt("t", "0" * 64, "Task 1: Sing.\nTask 2: Dance.\nTask 3:", ("\nTask 6:",), 200)


@pytest.mark.parametrize("api", ["chat", "completion"])
async def test_a_prompt_is_asked_answered_and_read(api):
    teacher = ScriptedTeacher("main", TeacherConfig(kind="scripted", api=api), NO_FAULTS)
    await teacher.open()
    answer = teacher.read((await teacher.send(teacher.request(PROMPT))).body)
    await teacher.close()
    assert (teacher.chat, answer.model, answer.finish) == (api == "chat", "scripted", "stop")
    assert [n for n in range(1, 9) if f"Task {n}:" in answer.text] == [4, 5]
    assert answer.usage.completion_tokens
    assert teacher.cost(answer.usage) == 0.0


async def test_an_answer_takes_the_configured_latency():
    teacher = ScriptedTeacher("main", TeacherConfig(kind="scripted", latency=0.1, model="other"))
    started = time.monotonic()
    assert teacher.read((await teacher.send(teacher.request(PROMPT))).body).model == "other"
    assert time.monotonic() - started >= 0.1
