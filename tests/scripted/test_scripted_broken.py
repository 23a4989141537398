"""Every fault of the scripted server shows what its name says, and is billed as a provider would bill it."""

import asyncio
import json
import math
from dataclasses import replace
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from waiting import soon

from seedgen.scripted.broken import BRACES, DEEP, FAULTS, FLOOD, MARKERS, ORDERS
from seedgen.scripted.faults import NO_FAULTS
from seedgen.scripted.reply import reply
from seedgen.scripted.server import ScriptedServer

CHAT = {"model": "m", "messages": [{"role": "user", "content": "Task 1: Sing.\nTask 2: Dance.\nTask 3:"}], "stop": "\nTask 7:"}
KEY = "sk-canary-7777777777"
HONEST = json.loads(reply(CHAT, NO_FAULTS))
TEXT = HONEST["choices"][0]["message"]["content"]
REFUSED = {
    "status_429": 429, "busy": 429, "busy_seconds": 429, "busy_ms": 429, "busy_date": 429, "busy_hours": 429, "no_quota": 429,
    "status_402": 402, "status_500": 500, "status_502": 502, "status_503": 503, "status_504": 504, "status_529": 529, "status_401": 401,
    "status_403": 403, "status_404": 404, "no_model": 404, "too_long": 400, "status_413": 413, "status_400": 400, "prompt_filtered": 400,
    "echo_400": 400, "echo_401": 401, "echo_429": 429, "echo_500": 500, "redirect": 307, "echo_redirect": 307,
}  # fmt: skip
NO_ANSWER = (
    "masked_busy", "masked_error", "masked_quota", "masked_filter", "masked_too_long", "empty_choices", "null_choices", "html",
    "html_as_json", "no_body", "echo_html",
)  # fmt: skip
NOTHING_SENT = ("reset", "hang", "away")
SENT_IN_PART = ("short", "torn", "unended", "drip", "flood")
UNREADABLE = ("bomb", "bad_gzip", "not_utf8")


def failing(fault: str) -> ScriptedServer:
    return ScriptedServer(faults=replace(NO_FAULTS, http={fault: 1}))


async def ask(server: ScriptedServer, patience: float = 60, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(timeout=httpx.Timeout(60, read=patience), trust_env=False, headers=headers) as http:
        return await http.post(f"{server.url}/chat/completions", json=CHAT)


async def shown(fault: str) -> dict[str, Any]:
    """The answer, as JSON, with which a fault shows."""
    async with failing(fault) as server:
        found: dict[str, Any] = (await ask(server, authorization=f"Bearer {KEY}")).json()
        return found


@pytest.mark.parametrize("fault", REFUSED)
async def test_a_refusal_has_its_status_and_is_not_billed(fault: str) -> None:
    async with failing(fault) as server:
        response = await ask(server, authorization=f"Bearer {KEY}")
    assert (response.status_code, server.counts.total(), server.whole.counts.total()) == (REFUSED[fault], 0, 0)


@pytest.mark.parametrize("fault", NO_ANSWER)
async def test_a_200_without_an_answer_is_not_billed(fault: str) -> None:
    async with failing(fault) as server:
        response = await ask(server)
    assert (response.status_code, server.counts.total(), server.whole.counts.total()) == (200, 0, 0)


@pytest.mark.parametrize("fault", NOTHING_SENT)
async def test_nothing_sent_is_nothing_billed(fault: str) -> None:
    async with failing(fault) as server:
        with pytest.raises(httpx.TransportError):
            await ask(server, patience=0.2)
        await soon(lambda: server.requests)
        assert (server.requests, server.counts.total()) == (1, 0)


@pytest.mark.parametrize("fault", SENT_IN_PART)
async def test_what_is_sent_in_part_is_billed_but_not_whole(fault: str) -> None:
    async with failing(fault) as server:
        with pytest.raises((httpx.TransportError, TimeoutError)):
            await read_slowly(server)
        await soon(lambda: server.counts)
        assert (server.counts.total(), server.whole.counts.total()) == (1, 0)


async def read_slowly(server: ScriptedServer) -> None:
    """Take what comes, for 0.3 seconds."""
    client = httpx.AsyncClient(trust_env=False)
    async with asyncio.timeout(0.3), client as http, http.stream("POST", f"{server.url}/chat/completions", json=CHAT) as response:
        assert response.status_code == 200
        async for _ in response.aiter_raw():
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("fault", sorted(FAULTS.keys() - {*REFUSED, *NO_ANSWER, *NOTHING_SENT, *SENT_IN_PART}))
async def test_an_answer_sent_whole_is_billed_whatever_it_says(fault: str) -> None:
    async with failing(fault) as server, httpx.AsyncClient(trust_env=False) as http:
        async with http.stream("POST", f"{server.url}/chat/completions", json=CHAT) as response:
            assert response.status_code == 200
            assert [chunk async for chunk in response.aiter_raw()]
        assert (server.counts.total(), server.whole.counts.total()) == (1, 1)
        assert server.billed.prompt_tokens == HONEST["usage"]["prompt_tokens"]


@pytest.mark.parametrize(
    ("fault", "headers"),
    [
        ("status_429", {"retry-after": "0"}),
        ("busy_seconds", {"retry-after": "1"}),
        ("busy_ms", {"retry-after-ms": "250"}),
        ("busy_hours", {"retry-after": "7200"}),
    ],
)
async def test_a_busy_server_says_how_long(fault: str, headers: dict[str, str]) -> None:
    async with failing(fault) as server:
        response = await ask(server)
    assert {name: response.headers[name] for name in headers} == headers


async def test_a_date_to_come_back_at_is_a_second_after_that_of_the_answer() -> None:
    async with failing("busy_date") as server:
        headers = (await ask(server)).headers
    assert (parsedate_to_datetime(headers["retry-after"]) - parsedate_to_datetime(headers["date"])).total_seconds() == 1


@pytest.mark.parametrize(
    ("fault", "text", "finish"),
    [
        ("cut", TEXT[: len(TEXT) * 2 // 3], "length"),
        ("content_filter", "", "content_filter"),
        ("refusal", None, "stop"),
        ("empty", "", "stop"),
        ("null_content", None, "stop"),
        ("reasoning_only", None, "length"),
        ("parts", [{"type": "text", "text": TEXT[:9]}, {"type": "text", "text": TEXT[9:]}], "stop"),
        ("apology", "I'm sorry, I can't help with that.", "stop"),
        ("nul", f"{TEXT[:5]}\0{TEXT[5:]}", "stop"),
        ("surrogates", TEXT.replace("\n", " \ud83d\n", 1), "stop"),
        ("orders", TEXT.replace("\n", f" {ORDERS}\n", 1), "stop"),
        ("braces", TEXT.replace("\n", f" {BRACES}\n", 1), "stop"),
        ("markers", TEXT.replace("\n", f"{MARKERS}\n", 1), "stop"),
        ("deep", TEXT, "stop"),
        ("wrong_type", TEXT, "stop"),
    ],
)
async def test_an_answer_is_changed_as_the_fault_says(fault: str, text: object, finish: str) -> None:
    async with failing(fault) as server:
        body = (await ask(server)).content
    if fault == "deep":
        assert body.count(b"[" * DEEP) == 1
        body = body.replace(b"[" * DEEP + b"]" * DEEP, b"0")
    choice = json.loads(body)["choices"][0]
    assert (choice["message"]["content"], choice["finish_reason"]) == (text, finish)


async def test_counts_of_tokens_may_be_nonsense() -> None:
    assert "usage" not in await shown("no_usage")
    assert (await shown("negative_usage"))["usage"]["prompt_tokens"] == -1
    assert math.isnan((await shown("nan_usage"))["usage"]["completion_tokens"])
    assert (await shown("huge_usage"))["usage"]["prompt_tokens"] == math.inf
    assert (await shown("other_model"))["model"] == "another-model"


async def test_an_answer_comes_again_for_another_prompt() -> None:
    async with failing("repeated") as server, httpx.AsyncClient(trust_env=False) as http:
        asked = [CHAT, CHAT | {"messages": [{"role": "user", "content": "Hello"}]}]
        bodies = {(await http.post(f"{server.url}/chat/completions", json=body)).content for body in asked}
    assert bodies == {reply(CHAT, NO_FAULTS)}


@pytest.mark.parametrize("fault", UNREADABLE)
async def test_a_body_that_cannot_be_read_is_one(fault: str) -> None:
    async with failing(fault) as server:
        with pytest.raises((httpx.DecodingError, UnicodeDecodeError, json.JSONDecodeError)):
            json.loads((await ask(server)).content.decode())


async def test_a_bomb_is_small_on_the_way_and_large_at_home() -> None:
    async with failing("bomb") as server:
        response = await ask(server)
    assert (int(response.headers["content-length"]) < FLOOD // 500, len(response.content)) == (True, FLOOD)


@pytest.mark.parametrize("fault", [name for name in FAULTS if name.startswith("echo_")])
async def test_an_echo_holds_the_key_we_sent(fault: str) -> None:
    async with failing(fault) as server:
        response = await ask(server, authorization=f"Bearer {KEY}")
    said = response.json()["choices"][0]["message"]["content"].replace("\0", "") if "choices" in response.text else response.text
    assert KEY in said + str(response.headers)


async def test_who_follows_a_redirect_is_counted() -> None:
    async with failing("redirect") as server, httpx.AsyncClient(trust_env=False, follow_redirects=True) as http:
        with pytest.raises(httpx.TransportError):
            await http.post(f"{server.url}/chat/completions", json=CHAT)
        assert (server.trespasses, server.counts.total()) == (1, 0)


async def test_a_server_that_is_away_refuses_connections_and_comes_back() -> None:
    back = asyncio.Event()
    async with ScriptedServer(faults=replace(NO_FAULTS, first={"away": 1}), sleep=lambda _: back.wait()) as server:
        for _ in range(2):
            with pytest.raises(httpx.TransportError):
                await ask(server)
        back.set()
        await soon(lambda: server.listener.is_serving())
        assert (await ask(server)).json() == HONEST


async def test_cost_is_shown_at_the_prices_given() -> None:
    async with ScriptedServer(faults=replace(NO_FAULTS, first={"short": 1})) as server, httpx.AsyncClient(trust_env=False) as http:
        with pytest.raises(httpx.TransportError):
            await ask(server)
        await ask(server)
        counts = (await http.get(server.url.replace("/v1", "/counts"), params={"input_price": 1, "output_price": 2})).json()
    once = (HONEST["usage"]["prompt_tokens"] + 2 * HONEST["usage"]["completion_tokens"]) / 1e6
    assert (counts["billed"]["cost"], counts["whole"]["cost"]) == pytest.approx((2 * once, once))
    assert (counts["billed"]["answers"], counts["whole"]["answers"]) == (2, 1)


def test_every_fault_is_described() -> None:
    described = (Path(__file__).parents[2] / "docs" / "faults.md").read_text()
    assert [name for name in FAULTS if f"`{name}`" not in described] == []
