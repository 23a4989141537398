import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seedgen.ask.pace import Allowance, Quota
from seedgen.config.model import TeacherConfig
from seedgen.errors import (
    PromptTooLong,
    SettingRefused,
    TeacherBusy,
    TeacherError,
    TeacherFatal,
    TeacherLoading,
    TeacherRefused,
    TeacherTransient,
    UsageError,
)
from seedgen.records import Answer, Message, Options, Prompt, Usage
from seedgen.teachers.endpoint import QUOTED, Endpoint, key_blotter
from seedgen.teachers.refusals import error_for
from seedgen.teachers.request import Fit, fitted, request_body
from seedgen.teachers.waits import allowance, retry_after
from seedgen.teachers.wire import read_body, read_models

KEY = "sk-canary-1234567890"
HERE = Endpoint("https://api.example/v1", "some-model", "SOME_KEY", KEY)
PROMPT = Prompt("propose", "digest", "Say hi.", ("\n\n",), 512)


def body(message: Any = None, /, **more: Any) -> bytes:
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hi."} if message is None else message}
    return json.dumps({"model": "m", "choices": [choice]} | more).encode()


def test_a_chat_request_holds_the_prompt_as_a_message() -> None:
    assert request_body(PROMPT, "m", TeacherConfig(kind="openai", temperature=0.5, top_p=0.9)) == {
        "model": "m",
        "messages": [{"role": "user", "content": "Say hi."}],
        "max_tokens": 512,
        "temperature": 0.5,
        "top_p": 0.9,
        "stop": ["\n\n"],
    }


def test_a_completion_request_holds_the_prompt_as_text() -> None:
    request = request_body(PROMPT, "m", TeacherConfig(kind="openai", api="completion"))
    assert (request["prompt"], "messages" in request) == ("Say hi.", False)


def test_stop_is_left_out_when_empty() -> None:
    assert "stop" not in request_body(Prompt("t", "d", "Say hi."), "m", TeacherConfig())


@pytest.mark.parametrize(("configured", "sent"), [(None, 512), (100, 100), (9999, 9999), ("omit", 512)])
def test_the_limit_on_tokens_is_the_one_in_the_config_or_else_the_templates(configured: int | None, sent: int) -> None:
    assert request_body(PROMPT, "m", TeacherConfig(max_tokens=configured))["max_tokens"] == sent


def test_a_whole_answer_is_read() -> None:
    usage = {
        "prompt_tokens": 10,
        "completion_tokens": 20,
        "prompt_tokens_details": {"cached_tokens": 4},
        "completion_tokens_details": {"reasoning_tokens": 5},
    }
    assert read_body(body(usage=usage), HERE) == Answer("Hi.", "stop", "m", Usage(10, 20, 4, 5), reader="2")


@pytest.mark.parametrize(
    ("said", "usage"),
    [
        ({"total_tokens": 30, "completion_tokens_details": {"reasoning_tokens": 9}}, Usage(10, 20, None, 9)),
        ({"total_tokens": 39, "completion_tokens_details": {"reasoning_tokens": 9}}, Usage(10, 29, None, 9)),
        ({"total_tokens": 500}, Usage(10, 490)),
        ({"total_tokens": -1}, Usage(10, 20)),
        ({"prompt_cache_hit_tokens": 6}, Usage(10, 20, 6)),
        ({"cached_tokens": 6}, Usage(10, 20, 6)),
    ],
    ids=["OpenAI", "xAI", "Gemini", "nonsense", "DeepSeek", "Moonshot"],
)
def test_tokens_are_counted_as_they_are_billed(said: dict[str, Any], usage: Usage) -> None:
    assert read_body(body(usage={"prompt_tokens": 10, "completion_tokens": 20, **said}), HERE).usage == usage


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"content": "  Hi.\r\n"}, "Hi."),
        ({"content": None}, ""),
        ({"content": None, "reasoning_content": "thinking"}, ""),
        ({"content": [{"type": "text", "text": "a"}, {"type": "reasoning", "text": "no"}, {"type": "image"}, "b", None]}, "ab"),
        ({"content": 7}, ""),
        ({"content": "a\x00b\ud800c"}, "ab\ufffdc"),
        ({}, ""),
    ],
)
def test_content_is_understood_in_every_shape(message: dict[str, Any], text: str) -> None:
    assert read_body(body(message), HERE).text == text


def test_a_completion_answer_is_read() -> None:
    legacy = b'{"model": "m", "choices": [{"text": " Hi.", "finish_reason": "length"}]}'
    assert read_body(legacy, HERE) == Answer("Hi.", "length", "m", notes=("no_usage",), reader="2")


@pytest.mark.parametrize("raw", [b"[" * 100_000, b'{"a":' * 100_000])
def test_what_is_nested_too_deeply_is_refused_and_not_paid_for_again(raw: bytes) -> None:
    with pytest.raises(TeacherRefused, match="nested too deeply"):
        read_body(raw, HERE)


@pytest.mark.parametrize(("content", "notes"), [("fine", ()), ("a\ud800", ("surrogates",)), ("a\0b\udfff", ("surrogates", "nul"))])
def test_what_had_to_be_left_out_of_an_answer_is_noted(content: str, notes: tuple[str, ...]) -> None:
    found = read_body(body({"content": content}, usage={"prompt_tokens": 1, "completion_tokens": 1}), HERE)
    assert found.notes == notes


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, Allowance()),
        (
            {"x-ratelimit-limit-requests": "60", "x-ratelimit-remaining-requests": "59", "x-ratelimit-reset-requests": "1s"},
            Allowance(requests=Quota(60, 59, 1)),
        ),
        (
            {"x-ratelimit-limit-tokens": "150000", "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "6m0s"},
            Allowance(tokens=Quota(150_000, 0, 360)),
        ),
        (
            {"x-ratelimit-limit-tokens": "10", "x-ratelimit-remaining-tokens": "5", "x-ratelimit-reset-tokens": "120ms"},
            Allowance(tokens=Quota(10, 5, 0.12)),
        ),
        (
            {"x-ratelimit-limit-tokens": "10", "x-ratelimit-remaining-tokens": "5", "x-ratelimit-reset-tokens": "soon"},
            Allowance(tokens=Quota(10, 5, 60)),
        ),
        ({"x-ratelimit-limit-requests": "many", "x-ratelimit-remaining-requests": "-1"}, Allowance()),
    ],
)
def test_what_a_server_says_is_left_is_read(headers: dict[str, str], expected: Allowance) -> None:
    assert allowance(headers) == expected


@pytest.mark.parametrize(
    "headers",
    [
        {"anthropic-ratelimit-tokens-remaining": "0", "anthropic-ratelimit-tokens-reset": "2026-11-18T11:06:47Z"},
        {"ratelimit-remaining": "0", "ratelimit-reset": "7"},
        {"ratelimit": '"minute";r=3;t=50, "second";r=0;t=7'},
        {"ratelimit": "limit=10, remaining=0, reset=7"},
        {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "7000000µs"},
    ],
)
def test_what_is_used_up_is_known_by_whatever_header_says_so(headers: dict[str, str]) -> None:
    assert retry_after({"date": "Wed, 18 Nov 2026 11:06:40 GMT", **headers}) == pytest.approx(7.0)


@pytest.mark.parametrize(
    ("remark", "seconds"),
    [
        ("Limit 15000, Used 11972, Requested 4351. Please try again in 5.289s. Visit", 5.289),
        ("Please try again in 1m30s.", 90.0),
        ("No deployments available for selected model, Try again in 60 seconds. Passed model=m", 60.0),
        ("pricing tier. Please retry after 26 seconds.", 26.0),
        ("Please wait 40000 seconds before retrying.", 40000.0),
        ("Please try again in 20ms.", 0.02),
        ("you may retry 5 times", None),
    ],
)
def test_a_wait_is_read_from_the_words_too(remark: str, seconds: float | None) -> None:
    assert error_for(429, {}, json.dumps({"error": {"message": remark}}).encode(), HERE).retry_after == seconds


def test_what_came_in_place_of_an_answer_is_quoted() -> None:
    with pytest.raises(TeacherTransient, match="login fail"):
        read_body(json.dumps({"base_resp": {"status_code": 1004, "status_msg": "login fail"}}).encode(), HERE)


def test_a_429_that_does_not_say_how_long_is_waited_for_until_what_is_used_up_is_there_again() -> None:
    headers = {"x-ratelimit-limit-tokens": "10", "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "7s"}
    assert retry_after(headers) == 7.0


def test_a_refusal_without_text_counts_as_filtered() -> None:
    assert read_body(body({"content": None, "refusal": "I cannot"}), HERE).finish == "content_filter"


@pytest.mark.parametrize(
    ("word", "finish"),
    [
        ("stop", "stop"),
        (None, "stop"),
        ("length", "length"),
        ("MAX_TOKENS", "length"),
        ("SAFETY", "content_filter"),
        ("tool_calls", "tool_calls"),
    ],
)
def test_the_finish_is_one_of_our_words_or_the_servers(word: str | None, finish: str) -> None:
    assert read_body(body(choices=[{"message": {"content": "x"}, "finish_reason": word}]), HERE).finish == finish


@pytest.mark.parametrize("number", ["NaN", "1e999", "-1", "-Infinity", "true", '"12"', "1.5", "null", "[]", "99999999999999999999"])
def test_nonsense_token_counts_are_unknown(number: str) -> None:
    raw = b'{"choices": [{"text": "x"}], "usage": {"prompt_tokens": %s, "completion_tokens": 3.0}}' % number.encode()
    assert read_body(raw, HERE).usage == Usage(None, 3)


@pytest.mark.parametrize("usage", [None, [], "many", {"prompt_tokens_details": 3}])
def test_strange_usage_is_unknown(usage: Any) -> None:
    assert read_body(body(usage=usage), HERE).usage == Usage()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<html><body>502 Bad Gateway</body></html>",
        b'{"choices": [{"message": {"content": "cut',
        b"\xff\xfe{}",
        b'{"n": ' + b"9" * 5000 + b"}",
        b"[]",
        b"null",
        b"{}",
        b'{"choices": null}',
        b'{"choices": []}',
        b'{"choices": {}}',
        b'{"choices": ["x"]}',
        b'{"choices": [{"message": "x"}]}',
        b'{"error": {"message": "boom", "code": 502}}',
        b'{"error": "boom"}',
        b'{"choices": [{"error": {"code": 502, "message": "upstream"}, "finish_reason": "error"}]}',
    ],
    ids=lambda raw: repr(raw[:30]),
)
def test_a_body_without_an_answer_is_transient(raw: bytes) -> None:
    with pytest.raises(TeacherTransient):
        read_body(raw, HERE)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"code": "insufficient_quota", "message": "pay"}, TeacherFatal),
        ({"code": 429, "message": "slow down"}, TeacherBusy),
        ({"code": "429"}, TeacherBusy),
        ({"type": "rate_limit_error"}, TeacherBusy),
        ({"code": 401}, TeacherFatal),
        ({"code": "context_length_exceeded"}, PromptTooLong),
        ({"code": ["odd"], "type": {}, "message": 3}, TeacherTransient),
        ([1, 2], TeacherTransient),
    ],
)
def test_an_error_sent_with_200_counts_by_its_code(error: Any, kind: type[TeacherError]) -> None:
    with pytest.raises(kind):
        read_body(json.dumps({"error": error}).encode(), HERE)


KEYS = st.sampled_from(["choices", "message", "content", "text", "usage", "error", "code", "x"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
parts = st.fixed_dictionaries({}, optional=dict.fromkeys(("message", "content", "refusal", "text", "finish_reason", "error"), json_values))
choices = st.lists(parts | st.builds(lambda message: {"message": message}, parts)) | json_values
replies = st.fixed_dictionaries({"choices": choices}, optional=dict.fromkeys(("error", "usage", "model"), json_values))


@given(st.binary() | (replies | json_values).map(lambda value: json.dumps(value).encode()))
@example(b'{"choices":[{"text":"\\ud800\\u0000"}]}')
def test_any_bytes_give_an_answer_or_a_teacher_error(raw: bytes) -> None:
    try:
        answer = read_body(raw, HERE)
    except TeacherError as exc:
        assert len(str(exc)) < 500  # noqa: PT017 - either way out is right
    else:
        answer.text.encode()
        answer.model.encode()
        answer.finish.encode()


CODED: list[tuple[int, dict[str, Any], type[TeacherError]]] = [
    (429, {"code": "insufficient_quota"}, TeacherFatal),
    (429, {"type": "insufficient_quota"}, TeacherFatal),
    (429, {"code": "rate_limit_exceeded"}, TeacherBusy),
    (404, {"code": "model_not_found"}, TeacherFatal),
    (403, {"code": "model_not_found"}, TeacherFatal),
    (400, {"code": "context_length_exceeded"}, PromptTooLong),
    (400, {"code": 400, "type": "exceed_context_size_error"}, PromptTooLong),
    (413, {}, PromptTooLong),
    (400, {"code": "content_filter"}, TeacherRefused),
    (400, {"code": "unsupported_parameter"}, SettingRefused),
    (400, {"code": "invalid_api_key"}, TeacherFatal),
]
PLAIN: list[tuple[int, dict[str, Any], type[TeacherError]]] = [
    *[(s, {}, TeacherFatal) for s in (301, 302, 307, 308, 401, 402, 403, 404, 405, 410, 501)],
    *[(s, {}, TeacherTransient) for s in (408, 409, 500, 502, 503, 504, 529, 599)],
    *[(s, {}, TeacherRefused) for s in (400, 422, 451)],
    (429, {}, TeacherBusy),
    (101, {}, TeacherTransient),
]


@pytest.mark.parametrize(("status", "error", "kind"), CODED + PLAIN)
def test_a_status_or_its_code_says_what_to_do_next(status: int, error: dict[str, Any], kind: type[TeacherError]) -> None:
    found = error_for(status, {}, json.dumps({"error": error}).encode(), HERE)
    assert (type(found), found.status) == (kind, status)


@pytest.mark.parametrize(
    ("status", "words"), [(401, "SOME_KEY"), (403, "some-model"), (404, "some-model"), (402, "SOME_KEY"), (302, "redirect")]
)
def test_a_fatal_message_names_what_to_change(status: int, words: str) -> None:
    message = str(error_for(status, {}, b"", HERE))
    assert message.startswith(f"https://api.example/v1 answered {status}: ")
    assert words in message


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 429, 500])
@pytest.mark.parametrize("said", [f"your key {KEY} is bad", "x" * (QUOTED - 5) + KEY, f"{KEY}" * 30])
def test_the_key_is_never_in_a_message(status: int, said: str) -> None:
    for raw in (json.dumps({"error": {"message": said}}), json.dumps({"detail": said}), said):
        assert "canary" not in repr(error_for(status, {}, raw.encode(), HERE))
    assert "canary" not in repr(HERE)


def test_a_foreign_message_is_quoted_in_one_short_printable_line() -> None:
    quoted = str(error_for(500, {}, b"\x1b[31m<html>\r\n oh \xff" + b"no " * 500, HERE)).partition("it failed")[2]
    assert quoted.startswith(' ("[31m<html> oh \ufffdno no')
    assert (quoted.isprintable(), len(quoted) < QUOTED + 10) == (True, True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "2"}, 2.0),
        ({"date": "Sat, 21 Nov 2026 10:00:00 GMT", "retry-after": "Sat, 21 Nov 2026 10:01:30 GMT"}, 90.0),
        ({"date": "Sat, 21 Nov 2026 10:00:00 GMT", "retry-after": "Sat, 21 Nov 2026 09:00:00 GMT"}, 0.0),
        ({"retry-after": "Sat, 21 Nov 2015 10:00:00 -0000"}, 0.0),
        ({"retry-after": "86400"}, 86400.0),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "later"}, None),
        ({}, None),
    ],
)
def test_a_busy_teacher_says_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    found = error_for(429, headers, b"", HERE)
    assert isinstance(found, TeacherBusy)
    assert found.retry_after == seconds


@given(st.text())
def test_any_retry_after_is_seconds_or_unknown(text: str) -> None:
    seconds = retry_after({"retry-after": text})
    assert seconds is None or seconds >= 0


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        (b'{"data": [{"id": "a"}, {"id": "b"}]}', ["a", "b"]),
        (b'{"data": [{"id": 3}, "x", {}]}', []),
        (b'{"data": null}', []),
        (b"{}", []),
        (b'[{"id": "a"}, {"id": "a"}]', ["a"]),
        (b'{"models": [{"name": "a", "model": "b"}]}', ["a"]),
    ],
)
def test_model_names_are_read(raw: bytes, names: list[str]) -> None:
    assert read_models(raw, HERE) == names


SPELT = st.tuples(st.sampled_from(["{0}", "\\u{1:04x}", "\\u{1:04X}"]), st.sampled_from(["", "\\u0000", "\\b", "\\u001F", "\x7f"]))


@given(st.lists(SPELT, min_size=len(KEY), max_size=len(KEY)))
def test_the_key_is_blotted_out_however_it_is_spelt(spelling: list[tuple[str, str]]) -> None:
    spelt = "".join(form.format(char, ord(char)) + dropped for char, (form, dropped) in zip(KEY, spelling, strict=True))
    echoed = f'{{"choices": [{{"message": {{"content": "Here: {spelt}"}}}}]}}'.encode()
    assert read_body(echoed, HERE).text == f"Here: {KEY}"
    assert read_body(key_blotter(KEY)(echoed), HERE).text == "Here: [key]"


@pytest.mark.parametrize("said", ["\\u0000\\b and no key", "sk-\\\\u0000canary-1234567890", "\\\\b\\n\x7f"])
def test_a_body_without_the_key_stays_as_it_came(said: str) -> None:
    assert key_blotter(KEY)(said.encode()) == said.encode()


@pytest.mark.parametrize(
    ("key", "said", "left"), [("none", "none", "none"), ("abcd/efgh", "abcd\\/efgh", "[key]"), ("a.b+c(d)e", "axbbc(d)e", "axbbc(d)e")]
)
def test_what_is_no_key_stays(key: str, said: str, left: str) -> None:
    assert key_blotter(key)(said.encode()) == left.encode()


def test_turns_and_options_are_sent_where_there_are_any() -> None:
    prompt = replace(PROMPT, turns=(Message("system", "Be brief."),), options=Options(2, 7, {"type": "json_object"}))
    body = request_body(prompt, "m", TeacherConfig(api="chat"))
    assert body["messages"] == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Say hi."}]
    assert (body["n"], body["seed"], body["response_format"]) == (2, 7, {"type": "json_object"})
    assert request_body(prompt, "m", TeacherConfig(api="completion"))["prompt"] == "Be brief.\n\nSay hi."


@pytest.mark.parametrize(
    ("api", "structured", "sent"), [("chat", "on", True), ("chat", "auto", True), ("chat", "off", False), ("completion", "on", False)]
)
def test_a_schema_is_sent_where_the_settings_say_so(api: str, structured: str, sent: bool) -> None:
    prompt = replace(PROMPT, options=Options(schema={"type": "object"}))
    body = request_body(prompt, "m", TeacherConfig.model_validate({"api": api, "structured": structured}))
    schema = {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": {"type": "object"}}}
    assert body.get("response_format") == (schema if sent else None)


def test_all_answers_of_one_request_are_read() -> None:
    choices = [{"message": {"content": text}, "finish_reason": "stop"} for text in ("one", "two")] + [{"text": "three"}, None]
    answer = read_body(json.dumps({"choices": choices}).encode(), HERE)
    assert (answer.text, answer.others) == ("one", ("two", "three", ""))


def test_an_answer_says_by_which_rules_it_was_read_and_is_read_by_no_others() -> None:
    body = json.dumps({"choices": [{"text": "one"}]}).encode()
    assert read_body(body, HERE, reader="1").reader == "1"
    with pytest.raises(UsageError, match='by rules "77", which this seedgen does not know'):
        read_body(body, HERE, reader="77")


@pytest.mark.parametrize("at", range(QUOTED * 20 - len(KEY), QUOTED * 20))
def test_of_a_key_that_is_cut_nothing_is_quoted(at: int) -> None:
    said = (b"\n" * at + KEY.encode() + b" is bad").ljust(QUOTED * 30)
    assert "canary" not in str(error_for(500, {}, said, HERE))
    with pytest.raises(TeacherTransient) as caught:
        read_body(said, HERE)
    assert "sk-" not in str(caught.value)


SPOKEN: list[tuple[int, Any, type[TeacherError], str]] = [
    (400, [{"error": {"code": 400, "message": "API key not valid. Please pass a valid API key."}}], TeacherFatal, "SOME_KEY"),
    (400, {"code": "invalid-argument", "error": "Incorrect API key provided: ab***yz. Get one."}, TeacherFatal, "SOME_KEY"),
    (400, {"error": {"message": "foo is not a valid model ID", "code": 400}}, TeacherFatal, "some-model"),
    (400, {"error": {"message": "Model Not Exist", "type": "invalid_request_error"}}, TeacherFatal, "some-model"),
    (400, {"object": "error", "message": "Invalid model: foo", "type": "invalid_model", "code": "1500"}, TeacherFatal, "some-model"),
    (400, {"error": {"message": "The model `x` has been decommissioned", "code": "model_decommissioned"}}, TeacherFatal, "some-model"),
    (400, {"error": "No models loaded. Please load a model."}, TeacherFatal, "some-model"),
    (400, {"error": {"code": "Arrearage", "message": "Access denied."}}, TeacherFatal, "no quota"),
    (429, {"error": {"code": "1113", "message": "余额不足"}}, TeacherFatal, "no quota"),
    (400, {"message": "ThrottlingException: Too many requests"}, TeacherBusy, "patience"),
    (403, {"error": {"message": 'x requires moderation. Your input was flagged for "violence"'}}, TeacherRefused, "content filter"),
    (400, {"error": {"code": "data_inspection_failed", "message": "Inappropriate."}}, TeacherRefused, "content filter"),
    (413, {"error": {"message": "Request too large", "code": "rate_limit_exceeded"}}, PromptTooLong, "too long"),
    (400, {"error": {"message": "max_tokens must be at least 1, got -3."}}, PromptTooLong, "too long"),
    (400, {"error": {"message": "stop is not supported"}}, SettingRefused, "setting"),
    (400, {"error": {"message": "This model does not support response format `json_schema`."}}, SettingRefused, "setting"),
    (422, {"detail": "The model `x` does not exist."}, TeacherFatal, "some-model"),
    (400, {"type": "error", "error": {"message": "Your credit balance is too low to access the API"}}, TeacherFatal, "no quota"),
    (405, {"detail": "Method Not Allowed"}, TeacherFatal, "wrong address"),
    (400, {"message": "This model's maximum context length is 1150 tokens. However, …", "code": 400}, PromptTooLong, "maximum"),
    (400, {"error": {"message": "prompt is too long: 213000 tokens > 200000 maximum"}}, PromptTooLong, "too long"),
    (422, {"error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096"}, PromptTooLong, "too long"),
    (
        400,
        {"error": {"message": "Provider returned error", "metadata": {"raw": '{"error": {"message": "maximum context length is 9"}}'}}},
        PromptTooLong,
        "Provider returned error: maximum",
    ),
    (400, "<h1>400</h1>The plain HTTP request was sent to HTTPS port", TeacherFatal, "it wants https; write https://… in --base-url"),
    (400, {"error": {"message": "bad request"}}, TeacherRefused, "bad request"),
    (429, {"error": {"message": "You exceeded your current quota, please check your plan"}}, TeacherBusy, "patience"),
    (503, {"error": {"message": "Loading model", "type": "unavailable_error", "code": 503}}, TeacherLoading, "loading"),
    (503, {"error": "Model org/name is currently loading", "estimated_time": 20.5}, TeacherLoading, "loading"),
    (503, {"error": "Service Unavailable"}, TeacherTransient, "failed"),
    (400, {"error": {"message": "Authentication Error, Invalid proxy server token passed."}}, TeacherFatal, "SOME_KEY"),
    (500, {"error": {"message": "AuthenticationError: Invalid API key"}}, TeacherFatal, "SOME_KEY"),
    (400, {"error": {"message": "Budget has been exceeded! Max budget: 10", "type": "budget_exceeded"}}, TeacherFatal, "no quota"),
    (400, {"error": {"message": "You have reached your specified API usage limits."}}, TeacherFatal, "no quota"),
    (412, {"error": "Account x is suspended, possibly for failure to pay"}, TeacherFatal, "no quota"),
    (429, {"error": "Your team has used all available credits or reached its monthly spending limit."}, TeacherFatal, "no quota"),
    (429, {"error": {"message": "Limit 60 a minute reached. Add credits to raise it."}}, TeacherBusy, "patience"),
    (400, {"error": {"code": "1211", "message": "模型不存在"}}, TeacherFatal, "some-model"),
    (400, {"error": {"message": "Unable to access non-serverless model x."}}, TeacherFatal, "some-model"),
    (400, {"error": {"message": '"x" does not support chat'}}, TeacherFatal, 'api to "completion"'),
    (200, {"error": "Unexpected endpoint or method. (POST /chat/completions)"}, TeacherFatal, "wrong address"),
    (501, "Unsupported method ('POST')", TeacherFatal, "wrong address"),
    (400, {"error": "Cannot truncate prompt with n_keep (15028) >= n_ctx (7424)"}, PromptTooLong, "too long"),
    (422, {"error": "Input validation error: `inputs` must have less than 1024 tokens. Given: 1500"}, PromptTooLong, "too long"),
    (400, {"error": {"message": "Range of input length should be [1, 30720]"}}, PromptTooLong, "too long"),
    (400, {"detail": "Context length of 5000 is greater than max_seq_len 4096."}, PromptTooLong, "too long"),
    (500, {"error": {"message": "context shift is disabled"}}, PromptTooLong, "too long"),
]


@pytest.mark.parametrize(("status", "said", "kind", "words"), SPOKEN)
def test_the_words_beside_a_status_say_what_it_is_about(status: int, said: Any, kind: type[TeacherError], words: str) -> None:
    found = error_for(status, {}, json.dumps(said).encode(), HERE)
    assert (type(found), words in str(found)) == (kind, True), str(found)


def test_only_a_refusal_that_does_not_say_why_may_be_every_prompts() -> None:
    plain, filtered = ({"error": {"message": "no"}}, {"error": {"code": "content_filter"}})
    assert [error_for(400, {}, json.dumps(said).encode(), HERE).unclear for said in (plain, filtered)] == [True, False]


@pytest.mark.parametrize(
    ("said", "parameters", "instead"),
    [
        (
            {
                "message": "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead.",
                "param": "max_tokens",
            },
            ("max_tokens", "max_completion_tokens"),
            "max_completion_tokens",
        ),
        ({"message": "`temperature` and `top_p` cannot both be specified for this model."}, ("top_p", "temperature"), ""),
        ({"message": "Argument not supported on this model: stop"}, ("stop",), ""),
        ({"message": 'Invalid JSON payload received. Unknown name "seed": Cannot find field.'}, ("seed",), ""),
        ([{"type": "extra_forbidden", "loc": ["body", "top_p"], "msg": "Extra inputs are not permitted"}], ("top_p",), ""),
    ],
)
def test_a_parameter_that_a_server_does_not_take_is_found(said: Any, parameters: tuple[str, ...], instead: str) -> None:
    found = error_for(400, {}, json.dumps({"error": said}).encode(), HERE)
    assert isinstance(found, SettingRefused)
    assert (found.parameters, found.instead) == (parameters, instead)


@pytest.mark.parametrize(
    "said", [{"error": {"message": "Incorrect API key provided: sk-ab****wxyz."}}, {"message": "API key ab**yz expired"}]
)
def test_not_even_the_ends_of_a_key_are_quoted(said: Any) -> None:
    found = str(error_for(400, {}, json.dumps(said).encode(), HERE))
    assert ("[key]" in found, "yz" in found, "ab*" in found) == (True, False, False)


@pytest.mark.parametrize("reset", ["1795000002", "1795000002000", "1795000002000000", "2s", "2000ms", "2026-11-18T11:06:42Z"])
def test_what_is_used_up_is_waited_for_however_the_moment_is_given(reset: str) -> None:
    headers = {"date": "Wed, 18 Nov 2026 11:06:40 GMT", "x-ratelimit-limit-requests": "60", "x-ratelimit-remaining-requests": "0"}
    assert retry_after({**headers, "x-ratelimit-reset-requests": reset}) == pytest.approx(2.0)
    assert retry_after({"date": headers["date"], "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset}) == pytest.approx(2.0)


def test_a_moment_that_is_past_says_nothing_of_how_long_to_wait() -> None:
    assert retry_after({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1500000000"}) is None


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ({"error": "Model x is currently loading", "estimated_time": 20.5}, 20.5),
        ({"error": {"message": "quota", "details": [{"retryDelay": "34s"}]}}, 34.0),
        ({"error": {"message": "rate", "metadata": {"headers": {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "7"}}}}, 7.0),
    ],
)
def test_a_wait_is_read_from_the_body_too(said: Any, seconds: float) -> None:
    assert error_for(503, {}, json.dumps(said).encode(), HERE).retry_after == seconds


def test_whatever_an_error_holds_is_read_in_no_time() -> None:
    deep = json.dumps({"error": json.dumps({"error": json.dumps({"message": "x" * 9})})})
    assert "xxx" in str(error_for(400, {}, deep.encode(), HERE))
    for text in (
        "model " * 300_000,
        "try again in " + "1m" * 500_000,
        "*" * 1_000_000,
        "[" * 100_000,
        '{"error":' * 9_000,
        "input" * 200_000,
    ):
        for raw in (text, json.dumps({"error": {"message": text}}), json.dumps({"error": [text] * 9})):
            assert isinstance(error_for(400, {}, raw.encode(), HERE), TeacherError)


BARE = {"temperature": "omit", "top_p": "omit", "stop": "omit"}


@pytest.mark.parametrize(
    ("settings", "url", "model", "fit"),
    [
        ({}, "http://localhost:8000/v1", "m", Fit(least=16)),
        ({**BARE, "max_tokens": "omit"}, "http://h/v1", "m", Fit(frozenset({"temperature", "top_p", "stop", "max_tokens"}), least=16)),
        ({"max_tokens_name": "max_completion_tokens"}, "http://h/v1", "m", Fit(limit="max_completion_tokens", least=16)),
        ({}, "https://api.openai.com/v1", "gpt-4.1-mini", Fit(least=16)),
        ({}, "https://api.openai.com/v1", "gpt-5-chat-latest", Fit(least=16)),
        ({}, "https://api.openai.com/v1", "o3", Fit(frozenset({"temperature", "top_p", "stop"}), "max_completion_tokens", 16)),
        (
            {},
            "https://x.openai.azure.com/openai/v1",
            "gpt-5",
            Fit(frozenset({"temperature", "top_p", "stop"}), "max_completion_tokens", 16),
        ),
        ({}, "https://api.anthropic.com/v1", "claude", Fit(frozenset({"top_p"}), least=16)),
        ({"temperature": "omit"}, "https://api.anthropic.com/v1", "claude", Fit(frozenset({"temperature"}), least=16)),
    ],
)
def test_a_server_is_asked_as_the_config_and_its_address_say(settings: dict[str, Any], url: str, model: str, fit: Fit) -> None:
    assert fitted(TeacherConfig.model_validate(settings), url, model) == fit


def test_what_is_left_out_is_not_sent_and_what_is_added_is() -> None:
    config = TeacherConfig.model_validate({**BARE, "api": "chat", "extra_body": {"top_k": 20}})
    sent = request_body(replace(PROMPT, max_tokens=8), "m", config, fitted(config, "http://h/v1", "m"))
    assert sent == {"model": "m", "messages": [{"role": "user", "content": "Say hi."}], "max_tokens": 16, "top_k": 20}


def test_a_parameter_that_was_refused_is_renamed_or_left_out() -> None:
    fit = Fit().without("max_tokens", "max_completion_tokens").without("temperature", "")
    assert (fit.limit, "temperature" in request_body(PROMPT, "m", TeacherConfig(), fit)) == ("max_completion_tokens", False)
    assert "max_completion_tokens" not in request_body(PROMPT, "m", TeacherConfig(), fit.without("max_completion_tokens", "max_tokens"))
