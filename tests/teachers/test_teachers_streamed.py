"""Answers that come as chunks, or in other characters, are read as those that do not."""

import json
from typing import Any

import pytest

from seedgen.errors import TeacherBusy, TeacherTransient
from seedgen.records import Usage
from seedgen.teachers.endpoint import NOWHERE
from seedgen.teachers.wire import read_body


def chunk(delta: Any, finish: str | None = None, index: int = 0, **more: Any) -> str:
    choice = {"index": index, "delta": delta, "finish_reason": finish}
    return "data: " + json.dumps({"object": "chat.completion.chunk", "model": "m", "choices": [choice], **more}) + "\n\n"


WHOLE = [
    ": keep-alive\n\n",
    chunk({"role": "assistant", "content": ""}),
    chunk({"reasoning_content": "I "}),
    chunk({"reasoning_content": "think."}),
    chunk({"content": "Yes"}),
    chunk({"content": ", "}),
    chunk({"content": "it is."}, "stop"),
    'data: {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4}}\n\n',
    "data: [DONE]\n\n",
]


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_the_chunks_of_a_stream_are_joined_in_their_order(ends: str) -> None:
    answer = read_body("".join(WHOLE).replace("\n", ends).encode(), NOWHERE)
    assert (answer.text, answer.reasoning, answer.finish, answer.model, answer.usage) == (
        "Yes, it is.",
        "I think.",
        "stop",
        "m",
        Usage(3, 4),
    )


def test_a_completions_chunks_are_joined_too() -> None:
    body = 'data: {"choices": [{"text": "Yes"}]}\n\ndata: {"choices": [{"text": ", so.", "finish_reason": "length"}]}\n\ndata: [DONE]\n'
    answer = read_body(body.encode(), NOWHERE)
    assert (answer.text, answer.finish) == ("Yes, so.", "length")


@pytest.mark.parametrize("kept", range(4, 6))
def test_a_stream_that_broke_off_is_not_whole(kept: int) -> None:
    assert read_body("".join(WHOLE[: kept + 1]).encode()[:-9], NOWHERE).cut


def test_a_stream_that_ends_well_without_a_word_for_it_is_whole() -> None:
    assert not read_body("".join([*WHOLE[:6], WHOLE[-1]]).encode(), NOWHERE).cut


def test_several_answers_in_one_stream_are_told_apart() -> None:
    body = chunk({"content": "a"}, index=1) + chunk({"content": "b"}) + chunk({"content": "c"}, "stop", index=1) + chunk({}, "stop")
    answer = read_body(body.encode(), NOWHERE)
    assert (answer.text, answer.others) == ("b", ("ac",))


def test_a_delta_in_place_of_a_message_is_read() -> None:
    body = {"model": "m", "choices": [{"index": 0, "delta": {"content": "Task 9: Say it."}, "finish_reason": "stop"}]}
    assert read_body(json.dumps(body).encode(), NOWHERE).text == "Task 9: Say it."


@pytest.mark.parametrize(
    ("body", "kind", "says"),
    [
        (b"data: [DONE]\n\n", TeacherTransient, "sent a stream without an answer in it"),
        (b"data: {torn", TeacherTransient, "sent a stream without an answer in it"),
        (b'data: {"error": {"code": 429, "message": "slow down"}}\n\n', TeacherBusy, "slow down"),
        (chunk({"content": "a"}).encode() + b'data: {"error": {"message": "boom"}}\n', TeacherTransient, "boom"),
    ],
)
def test_a_stream_without_an_answer_is_told_as_that(body: bytes, kind: type[Exception], says: str) -> None:
    with pytest.raises(kind, match=says):
        read_body(body, NOWHERE)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_any_encoding_of_unicode_is_read(encoding: str) -> None:
    body = '{"choices": [{"message": {"content": "Größe – 大きさ"}, "finish_reason": "stop"}]}'
    assert read_body(body.encode(encoding), NOWHERE).text == "Größe – 大きさ"


@pytest.mark.parametrize(
    "word", ["stop", None, "", "eos", "end_turn", "STOP", "stop_sequence", "FinishReason.STOP", "eosFound", "COMPLETE"]
)
def test_an_answer_is_whole_after_these_words(word: str | None) -> None:
    assert not said(word).cut


@pytest.mark.parametrize(
    "word", ["error", "insufficient_system_resource", "abort", "cancelled", "load", "tool_calls", "never heard of", "MAX_TOKENS"]
)
def test_after_any_other_word_it_is_not(word: str) -> None:
    assert said(word).cut


@pytest.mark.parametrize("word", ["error", "insufficient_system_resource", "abort", "cancelled", "load"])
def test_where_nothing_came_before_a_failure_the_call_failed(word: str) -> None:
    with pytest.raises(TeacherTransient, match=word):
        said(word, "")


def said(word: str | None, text: str = "Paint it and hang") -> Any:
    return read_body(json.dumps({"choices": [{"message": {"content": text}, "finish_reason": word}]}).encode(), NOWHERE)
