import asyncio
import gzip
import json
import logging
import socket
import ssl
import traceback
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import httpx2
import openai
import pytest
from pydantic import ValidationError
from waiting import soon

from seedgen.config.model import TeacherConfig
from seedgen.errors import AskAnew, TeacherBusy, TeacherError, TeacherFatal, TeacherRefused, TeacherTransient, UsageError
from seedgen.records import Answer, Options, Prompt
from seedgen.teachers.connection import causes, foreign, meanings, translated
from seedgen.teachers.endpoint import MAX_BODY
from seedgen.teachers.openai import OPENAI_MODEL, OpenAITeacher

KEY = "sk-canary-1234567890"
PROMPT = Prompt("t", "d", "Say hi.", ("\n",), 64)
HI = json.dumps({"model": "m", "choices": [{"message": {"content": "Hi."}, "finish_reason": "stop"}]}).encode()


def response(body: bytes, status: int = 200, *headers: str) -> bytes:
    """An HTTP response; a header given as "content-length: …" replaces the true one."""
    lines = [f"HTTP/1.1 {status} X", "content-type: application/json", *headers]
    if not any(h.startswith("content-length") for h in headers):
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass
class Server:
    """What a loopback server was asked (head and body of each request), and where it listens."""

    url: str = ""
    heads: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)


@asynccontextmanager
async def serving(script: Sequence[bytes | float], *, wait_for: bytes = b"\r\n\r\n") -> AsyncIterator[Server]:
    """A server that reads each request, plays the script (bytes are sent, a number waits so many seconds), and hangs up."""
    seen = Server()
    handlers: list[asyncio.Task[Any]] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if task := asyncio.current_task():
            handlers.append(task)
        try:
            head = (await reader.readuntil(wait_for)).decode("latin-1").lower()
            length = int(head.partition("content-length: ")[2].partition("\r")[0] or 0)
            seen.heads.append(head)
            seen.bodies.append(await reader.readexactly(length))
            for step in script:
                if isinstance(step, bytes):
                    writer.write(step)
                    await writer.drain()
                else:
                    await asyncio.sleep(step)
        except (OSError, EOFError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    seen.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    async with server:
        yield seen
        for handler in handlers:
            handler.cancel()


def teacher_at(url: str, **settings: object) -> OpenAITeacher:
    ours = {"kind": "openai", "model": "m", "base_url": url, "api_key_env": "KEY", "timeout": 60.0}
    config = TeacherConfig.model_validate(ours | settings)
    return OpenAITeacher("main", config, {"KEY": KEY})


async def ask(teacher: OpenAITeacher) -> bytes:
    try:
        return (await teacher.send(teacher.request(PROMPT))).body
    finally:
        await teacher.close()


async def failure(*script: bytes | float, **settings: object) -> TeacherError:
    """The error with which one attempt ends at a server that plays this script."""
    async with serving(script) as server:
        with pytest.raises(TeacherError) as caught:
            await ask(teacher_at(server.url, **settings))
        await soon(lambda: server.heads)
        assert len(server.heads) == 1
    assert "canary" not in "".join(traceback.format_exception(caught.value))
    return caught.value


async def test_the_body_comes_back_byte_for_byte() -> None:
    body = b'  {"choices": [], "\xff odd": NaN}\n'
    async with serving([response(body)]) as server:
        assert await ask(teacher_at(server.url)) == body


async def test_the_request_is_sent_as_built_and_with_the_key() -> None:
    async with serving([response(HI)]) as server:
        teacher = teacher_at(server.url)
        await ask(teacher)
    assert json.loads(server.bodies[0]) == teacher.request(PROMPT)
    assert server.heads[0].startswith("post /v1/chat/completions ")
    assert f"authorization: bearer {KEY}" in server.heads[0]


async def test_a_completion_is_asked_for_where_completions_are() -> None:
    async with serving([response(b'{"choices": [{"text": "Hi."}]}')]) as server:
        teacher = teacher_at(server.url, api="completion")
        assert teacher.read(await ask(teacher)).text == "Hi."
    assert server.heads[0].startswith("post /v1/completions ")


async def test_a_compressed_body_is_decompressed() -> None:
    async with serving([response(gzip.compress(HI), 200, "content-encoding: gzip")]) as server:
        assert await ask(teacher_at(server.url)) == HI


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, TeacherRefused),
        (401, TeacherFatal),
        (408, TeacherTransient),
        (429, TeacherBusy),
        (500, TeacherTransient),
        (529, TeacherTransient),
    ],
)
async def test_an_error_status_becomes_our_error_after_one_request(status: int, kind: type[TeacherError]) -> None:
    error = await failure(response(json.dumps({"error": {"message": f"about {KEY}"}}).encode(), status))
    assert (type(error), error.status) == (kind, status)


async def test_retry_after_is_handed_on() -> None:
    error = await failure(response(b"", 429, "Retry-After: 17"))
    assert isinstance(error, TeacherBusy)
    assert error.retry_after == 17.0


async def test_a_redirect_is_not_followed() -> None:
    async with serving([response(HI)]) as other:
        error = await failure(response(b"", 307, f"location: {other.url}/chat/completions"))
    assert (type(error), f"{other.url}/chat/completions" in str(error), other.heads) == (TeacherFatal, True, [])


@pytest.mark.parametrize(
    "script",
    [
        [b""],
        [response(HI, 200, "content-length: 9999")],
        [response(HI[:20], 500, "content-length: 9999")],
        [b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n"],
        [b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nnonsense\r\n"],
        [b"SSH-2.0-OpenSSH_9.6\r\n"],
        [response(b"no gzip", 500, "content-encoding: gzip")],
    ],
    ids=[
        "hangs up",
        "short body",
        "short error body",
        "short chunks",
        "bad chunks",
        "another protocol",
        "bad gzip in an error",
    ],
)
async def test_a_broken_exchange_is_transient(script: list[bytes]) -> None:
    assert type(await failure(*script)) is TeacherTransient


async def test_a_body_that_cannot_be_unpacked_is_kept_as_it_came() -> None:
    async with serving([response(b"no gzip", 200, "content-encoding: gzip")]) as server:
        assert await ask(teacher_at(server.url)) == b"no gzip"


async def test_a_body_packed_in_two_parts_is_unpacked_whole() -> None:
    async with serving([response(gzip.compress(HI[:9]) + gzip.compress(HI[9:]), 200, "content-encoding: gzip")]) as server:
        assert await ask(teacher_at(server.url)) == HI


@pytest.mark.parametrize("packing", ["br", "zstd"])
async def test_a_packing_that_we_do_not_know_is_named(packing: str) -> None:
    error = await failure(response(HI, 200, f"content-encoding: {packing}"))
    assert (type(error), f'"{packing}"' in str(error)) == (TeacherFatal, True)


@pytest.mark.parametrize(
    ("encoding", "type_"),
    [
        ("utf-16", "application/json"),
        ("iso-8859-1", "application/json; charset=iso-8859-1"),
        ("windows-1252", 'text/plain; charset="windows-1252"'),
        ("utf-8", "application/json; charset=ISO-8859-1"),
    ],
)
async def test_a_body_in_another_charset_is_kept_in_utf_8(encoding: str, type_: str) -> None:
    body = '{"choices": [{"message": {"content": "Größe"}}]}'
    async with serving([response(body.encode(encoding), 200, f"content-type: {type_}")]) as server:
        assert await ask(teacher_at(server.url)) == body.encode()


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_a_huge_body_is_given_up(status: int, encoding: str) -> None:
    body = b" " * (MAX_BODY + 1)
    error = await failure(response(gzip.compress(body) if encoding == "gzip" else body, status, f"content-encoding: {encoding}"))
    assert "more than 16 MB" in str(error)


DRIP = [0.05, b" "] * 100


@pytest.mark.parametrize(
    "script",
    [[30.0], [response(b"", 200, "content-length: 9999"), *DRIP], [response(b"", 500, "content-length: 9999"), *DRIP]],
    ids=["hang", "slow drip", "slow drip of an error"],
)
async def test_the_deadline_is_for_the_whole_attempt(script: list[bytes | float]) -> None:
    error = await failure(*script, timeout=1.0)
    assert (type(error), "within 1 s" in str(error)) == (TeacherTransient, True)


async def test_a_cancelled_attempt_stays_cancelled() -> None:
    async with serving([30.0]) as server:
        teacher = teacher_at(server.url)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await ask(teacher)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.mark.parametrize("attempt", [ask, OpenAITeacher.open])
async def test_nobody_listening_is_said_plainly(attempt: Callable[[OpenAITeacher], Awaitable[object]]) -> None:
    url = f"http://127.0.0.1:{free_port()}/v1"
    teacher = teacher_at(url, model="m" if attempt is ask else "")
    with pytest.raises(TeacherTransient, match=f"nothing answers at {url}: is the server running"):
        await attempt(teacher)
    await teacher.close()


async def test_no_proxy_stands_before_a_server_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    async with serving([response(HI)]) as server:
        assert await ask(teacher_at(server.url)) == HI


async def test_https_asked_of_an_http_server_is_fatal_with_a_hint() -> None:
    async with serving([response(b"", 400)], wait_for=b"\x16") as server:
        with pytest.raises(TeacherFatal, match="is it http and not https"):
            await ask(teacher_at(server.url.replace("http:", "https:")))


async def test_the_servers_only_model_is_taken() -> None:
    async with serving([response(b'{"data": [{"id": "llama"}]}')]) as server:
        teacher = teacher_at(server.url, model="")
        await teacher.open()
        await teacher.close()
    assert teacher.model == "llama"
    assert server.heads[0].startswith("get /v1/models ")


@pytest.mark.parametrize(
    ("body", "words"), [(b'{"data": [{"id": "a"}, {"id": "b"}]}', "offers a, b; say which to use with --model"), (b"{}", "lists no model")]
)
async def test_a_model_must_be_named_unless_there_is_just_one(body: bytes, words: str) -> None:
    async with serving([response(body)]) as server:
        teacher = teacher_at(server.url, model="")
        with pytest.raises(UsageError, match=words):
            await teacher.open()
        await teacher.close()


async def test_a_named_model_is_not_looked_up() -> None:
    teacher = teacher_at(f"http://127.0.0.1:{free_port()}/v1")
    await teacher.open()
    assert teacher.model == "m"


async def test_openai_has_a_default_model_with_a_known_price() -> None:
    teacher = OpenAITeacher("main", TeacherConfig(kind="openai"), {"OPENAI_API_KEY": KEY})
    await teacher.open()
    assert teacher.model == OPENAI_MODEL
    assert teacher.cost(Answer("").usage) is None
    assert (teacher.cost(teacher.read(HI[:-1] + b', "usage": {"prompt_tokens": 9, "completion_tokens": 9}}').usage) or 0) > 0


def test_openai_needs_a_key() -> None:
    with pytest.raises(TeacherFatal, match="MY_KEY"):
        OpenAITeacher("main", TeacherConfig(kind="openai", api_key_env="MY_KEY"), {"OPENAI_API_KEY": KEY})


async def test_other_servers_need_none_and_get_no_foreign_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    async with serving([response(HI)]) as server:
        await ask(OpenAITeacher("main", TeacherConfig(kind="openai", model="m"), {}, base_url=server.url))
    assert "authorization" not in server.heads[0]


@pytest.mark.parametrize("key", ["sk-canary\nx-evil: 1", "sk-\u2028canary", "sk-canary-é", "sk-canary\x00"])
def test_a_key_that_no_header_can_hold_is_refused_unprinted(key: str) -> None:
    with pytest.raises(TeacherFatal, match="OPENAI_API_KEY") as caught:
        OpenAITeacher("main", TeacherConfig(kind="openai"), {"OPENAI_API_KEY": key})
    assert "canary" not in str(caught.value)


async def test_white_space_around_a_key_is_dropped() -> None:
    async with serving([response(HI)]) as server:
        await ask(OpenAITeacher("main", TeacherConfig(kind="openai", model="m"), {"OPENAI_API_KEY": f" {KEY}\n"}, base_url=server.url))
    assert f"authorization: bearer {KEY}\r" in server.heads[0]


BAD_URLS = ("localhost:8000", "ftp://host/v1", "http://", "http://host:99999", "http://host:x", "http://[::1", "http://h\n")


@pytest.mark.parametrize("url", [*BAD_URLS, "http://user:pw@host/v1", "http://user:pw@host:x/v1", "http://host/v1?key=pw"])
def test_a_base_url_that_cannot_be_asked_is_a_usage_error(url: str) -> None:
    with pytest.raises((UsageError, ValidationError)) as caught:
        teacher_at(url)
    assert "pw" not in str(caught.value)


async def test_nothing_is_logged_about_the_key(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        await failure(response(b"", 500))
    assert "canary" not in caplog.text


def is_exception(value: object) -> bool:
    """Asked of its type: openai's lazy types would be loaded, seconds of them, if they were asked themselves."""
    return issubclass(type(value), type) and issubclass(value, Exception)


def exceptions_of(*modules: object) -> set[type[Exception]]:
    """The modules' own exceptions; not the builtin ones they import, nor what concerns webhooks, which we do not have."""
    named = [value for module in modules for value in vars(module).values()]
    classes = {value for value in named if is_exception(value) and value.__module__ != "builtins"}
    return classes - {openai.InvalidWebhookSignatureError}


@pytest.mark.parametrize("error", sorted(exceptions_of(openai, openai._exceptions, httpx2, ssl), key=str), ids=lambda error: error.__name__)
def test_every_foreign_exception_is_translated(error: type[Exception]) -> None:
    assert issubclass(error, foreign())


def chained(*errors: BaseException) -> BaseException:
    for outer, inner in pairwise(errors):
        outer.__cause__ = inner
    return errors[0]


REQUEST = httpx2.Request("GET", "http://host")
UNREACHED = openai.APIConnectionError(request=REQUEST)


@pytest.mark.parametrize(
    ("exc", "kind"),
    [
        (
            lambda: chained(UNREACHED, httpx2.ConnectError(""), ssl.SSLCertVerificationError()),
            TeacherFatal,
        ),
        (lambda: chained(UNREACHED, httpx2.ConnectError(""), ssl.SSLEOFError()), TeacherTransient),
        (lambda: chained(UNREACHED, httpx2.ConnectError(""), ssl.SSLError()), TeacherFatal),
        (lambda: chained(UNREACHED, httpx2.ReadError(""), ssl.SSLError()), TeacherTransient),
        (lambda: chained(UNREACHED, httpx2.ProxyError("")), TeacherFatal),
        (lambda: chained(openai.APITimeoutError(REQUEST), httpx2.ConnectTimeout("")), TeacherTransient),
        (lambda: httpx2.ReadError(""), TeacherTransient),
        (lambda: httpx2.InvalidURL(""), TeacherFatal),
        (lambda: ConnectionResetError(), TeacherTransient),
    ],
)
def test_a_foreign_exception_is_known_by_its_causes(exc: Callable[[], BaseException], kind: type[TeacherError]) -> None:
    assert type(translated(exc(), "http://host", 1.0)) is kind


def test_the_table_of_meanings_ends_with_one_for_all() -> None:
    assert meanings()[-1][0] == (Exception,)
    assert list(causes(None)) == []


REFUSES = {"error": {"message": "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", "param": "max_tokens"}}


async def test_a_parameter_that_the_server_refuses_is_sent_under_its_other_name_from_then_on() -> None:
    async with serving([response(json.dumps(REFUSES).encode(), 400)]) as server:
        teacher = teacher_at(server.url)
        old = teacher.request(PROMPT)
        notices = [(await _anew(teacher, old)).notice for _ in range(2)]
        assert ("max_completion_tokens is sent instead" in notices[0], notices[1]) == (True, "")
        new = teacher.request(PROMPT)
        with pytest.raises(TeacherFatal, match="refuses a setting"):
            await teacher.send({name: value for name, value in new.items() if name != "max_completion_tokens"})
        await teacher.close()
    assert new == {**{name: value for name, value in old.items() if name != "max_tokens"}, "max_completion_tokens": 64}


async def _anew(teacher: OpenAITeacher, request: dict[str, Any]) -> AskAnew:
    with pytest.raises(AskAnew) as caught:
        await teacher.send(request)
    return caught.value


LISTED = replace(PROMPT, options=Options(schema={"type": "object"}))
NAMED = {"error": {"message": "This response_format type is unavailable now", "type": "invalid_request_error"}}
UNNAMED = {"error": {"message": "Bad Request"}}


@pytest.mark.parametrize("refusal", [NAMED, UNNAMED])
async def test_a_server_that_takes_no_schema_is_asked_without_from_then_on(refusal: dict[str, Any]) -> None:
    async with serving([response(json.dumps(refusal).encode(), 400)]) as server:
        teacher = teacher_at(server.url, structured="auto")
        with_schema = teacher.request(LISTED)
        assert "response_format; it is left out" in (await _anew(teacher, with_schema)).notice
        without = teacher.request(LISTED)
        await teacher.close()
    assert without == {name: value for name, value in with_schema.items() if name != "response_format"}


async def test_a_server_that_has_taken_a_schema_refuses_the_prompt() -> None:
    async with serving([response(HI)]) as server, serving([response(json.dumps(UNNAMED).encode(), 400)]) as later:
        teacher = teacher_at(server.url, structured="auto")
        await teacher.send(teacher.request(LISTED))
        await teacher.close()
        teacher.connection = teacher_at(later.url).connection
        with pytest.raises(TeacherRefused):
            await teacher.send(teacher.request(LISTED))
        await teacher.close()


async def test_a_schema_that_must_be_sent_is_not_left_out() -> None:
    refusal = {"error": {"message": "Unsupported parameter", "param": "response_format", "code": "unsupported_parameter"}}
    async with serving([response(json.dumps(refusal).encode(), 400)]) as server:
        teacher = teacher_at(server.url, structured="on")
        with pytest.raises(TeacherFatal, match="refuses a setting"):
            await teacher.send(teacher.request(LISTED))
        await teacher.close()


async def test_an_attempt_that_took_too_long_is_told_from_one_that_was_cut_off() -> None:
    assert [(await failure(*script, timeout=0.2)).late for script in ([5.0], [b""])] == [True, False]


async def test_a_parameter_that_is_refused_with_a_200_is_left_out_from_then_on() -> None:
    raw = json.dumps({"error": {"message": "Unsupported parameter: 'top_p'", "param": "top_p", "code": "unsupported_parameter"}})
    handed_on = json.dumps({"error": {"message": "Provider returned error", "code": 400, "metadata": {"raw": raw}}}).encode()
    async with serving([response(handed_on)]) as server:
        teacher = teacher_at(server.url)
        with pytest.raises(AskAnew):
            await ask(teacher)
        assert "top_p" not in teacher.request(PROMPT)


@pytest.mark.parametrize("pack", [zlib.compress, lambda body: zlib.compress(body, wbits=-zlib.MAX_WBITS)])
async def test_a_deflated_body_is_unpacked_with_and_without_its_head(pack: Callable[[bytes], bytes]) -> None:
    async with serving([response(pack(HI), 200, "content-encoding: deflate")]) as server:
        assert await ask(teacher_at(server.url)) == HI


async def test_azure_is_asked_for_a_version_and_with_the_key_where_it_wants_it() -> None:
    async with serving([response(HI)]) as server:
        teacher = teacher_at(f"{server.url}/openai/deployments/mine", model="", api_version="2024-10-21")
        await teacher.open()
        await ask(teacher)
    assert (teacher.model, f"api-key: {KEY}" in server.heads[0], "authorization" in server.heads[0]) == ("mine", True, False)
    assert server.heads[0].startswith("post /v1/openai/deployments/mine/chat/completions?api-version=2024-10-21 ")


async def test_headers_of_ones_own_are_sent_and_what_they_hold_is_in_no_answer() -> None:
    echo = json.dumps({"choices": [{"message": {"content": "canary-secret"}}]}).encode()
    async with serving([response(echo)]) as server:
        config = TeacherConfig(kind="openai", model="m", base_url=server.url, extra_headers={"x-org": "us", "x-token": "env:TOKEN"})
        teacher = OpenAITeacher("main", config, {"TOKEN": "canary-secret"})
        assert teacher.read(await ask(teacher)).text == "[key]"
    assert ("x-org: us\r\n" in server.heads[0], "x-token: canary-secret\r\n" in server.heads[0]) == (True, True)
    with pytest.raises(TeacherFatal, match='"x-token" needs the environment variable TOKEN'):
        OpenAITeacher("main", config, {})


async def test_a_server_that_is_still_loading_is_waited_for_before_it_is_asked_what_it_offers() -> None:
    naps: list[float] = []
    loading = response(b'{"error": {"message": "Loading model", "code": 503}}', 503)
    async with serving([loading]) as server:
        teacher = teacher_at(server.url, model="", call_timeout=10.0)

        async def nap(seconds: float) -> None:
            naps.append(seconds)

        teacher.sleep = nap
        with pytest.raises(TeacherBusy, match="still loading"):
            await teacher.open()
        await teacher.close()
    assert naps == [2.0, 4.0]
