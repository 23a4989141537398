"""Answers in OpenAI's wire format, as pure functions: the body of a response becomes an `Answer` or a `TeacherError`.

Promises: whatever the bytes, only these come out; no message holds the key. What is sent is `request`'s affair, what an error means
`refusals`'; sending is left to `connection`, trying again to `ask`, vectors to `embeddings`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from seedgen.errors import TeacherError, TeacherRefused, TeacherTransient, UsageError
from seedgen.language.text import clean
from seedgen.records import READER as READER
from seedgen.records import Answer, Usage
from seedgen.teachers.endpoint import NOWHERE as NOWHERE
from seedgen.teachers.endpoint import QUOTED, printable, quoted
from seedgen.teachers.endpoint import Endpoint as Endpoint
from seedgen.teachers.message import has_message, message_of, read_choice
from seedgen.teachers.refusals import error_of
from seedgen.teachers.request import request_body as request_body
from seedgen.teachers.streamed import assembled, in_utf8, is_stream

MAX_COUNT = 10**9  # tokens; more in one answer is nonsense


FINISH = {
    "": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_length": "length",
    "safety": "content_filter",
    "recitation": "content_filter",
    "refusal": "content_filter",
}
"""Words some servers use for "stop", "length" and "content_filter"; any other word is kept."""


def read_body(body: bytes, endpoint: Endpoint, reader: str = READER) -> Answer:
    """The answer in the body of a 2xx, read by these rules. Raises a `TeacherError` when there is none in it, or an {"error": …} in its
    place; `UsageError` for rules that this version does not know.
    """
    rules = READERS.get(reader)
    if rules is None:
        raise UsageError(f'an answer was read by rules "{reader}", which this seedgen does not know; use the version that made the run')
    return replace(rules(body, endpoint), reader=reader)


def read_saved(body: bytes, reader: str = "") -> Answer | None:
    """What a saved body says by the rules it was read by (today's if it has not been); None if there is no answer in it."""
    try:
        return read_body(body, NOWHERE, reader or READER)
    except TeacherError:
        return None


def _read_1(body: bytes, endpoint: Endpoint) -> Answer:
    reply = _object(body, endpoint)
    choices = reply.get("choices")
    choice, *others = choices if isinstance(choices, list) and choices else [None]
    if not isinstance(choice, dict):
        raise TeacherTransient(f"{endpoint.base_url} sent JSON without an answer in it")
    _raise_error_within(choice, endpoint)
    message = choice.get("message", choice)
    if not isinstance(message, dict):
        raise TeacherTransient(f"{endpoint.base_url} sent an answer without a message")
    said = _said(message)
    text, usage = clean(said), _usage(reply.get("usage"))
    refused = not text and bool(message.get("refusal"))
    word = _word(choice.get("finish_reason")).lower()
    return Answer(
        text,
        "content_filter" if refused else FINISH.get(word, word),
        _word(reply.get("model")),
        usage,
        tuple(_oddities(said, usage)),
        tuple(clean(_said(_mapping(_mapping(other).get("message", other)))) for other in others),
    )


def _read_2(body: bytes, endpoint: Endpoint) -> Answer:
    """Also what was streamed; without reasoning and control tokens, with words for how it ended that mean something (see `message`)."""
    body = in_utf8(body)
    reply = assembled(body.decode("utf-8", "replace")) if is_stream(body) else _object(body, endpoint)
    _raise_error_within(reply, endpoint)
    choices = reply.get("choices")
    first, *others = choices if isinstance(choices, list) and choices else [None]
    if not isinstance(first, dict):
        form = "a stream" if is_stream(body) else "JSON"
        raise TeacherTransient(f"{endpoint.base_url} sent {form} without an answer in it{quoted(body, endpoint)}")
    _raise_error_within(first, endpoint)
    if not has_message(first):
        raise TeacherTransient(f"{endpoint.base_url} sent an answer without a message")
    said, usage = read_choice(first), _usage(reply.get("usage"))
    if said.failed:
        raise TeacherTransient(f'{endpoint.base_url} broke off its answer before it began ("{printable(said.finish)}")')
    refused = not said.text and bool(message_of(first).get("refusal"))
    return Answer(
        said.text,
        "content_filter" if refused else said.finish,
        _word(reply.get("model")),
        usage,
        tuple(_oddities(said.raw, usage)),
        tuple(read_choice(_mapping(other)).text for other in others),
        reasoning=said.reasoning,
    )


READERS: Mapping[str, Callable[[bytes, Endpoint], Answer]] = {"1": _read_1, "2": _read_2}


def _said(message: Mapping[str, Any]) -> str:
    return _joined(message.get("content")) or _joined(message.get("text"))


def _oddities(said: str, usage: Usage) -> Iterator[str]:
    """What is to be noted of an answer: see `records.Answer`."""
    if not said.isascii() and re.search("[\ud800-\udfff]", said):
        yield "surrogates"
    if "\0" in said:
        yield "nul"
    if usage.prompt_tokens is None or usage.completion_tokens is None:
        yield "no_usage"


def read_models(body: bytes, endpoint: Endpoint) -> list[str]:
    """The model names in the body of a GET /models, in the server's order: a list, or an object that holds one."""
    reply = read_json(body, endpoint)
    entries = reply if isinstance(reply, list) else next((held for key in ("data", "models") if (held := _mapping(reply).get(key))), None)
    named = [_word(_name(entry)) for entry in entries] if isinstance(entries, list) else []
    return list(dict.fromkeys(name for name in named if name))


def _name(entry: Any) -> Any:
    found = _mapping(entry)
    return found.get("id") or found.get("name") or found.get("model")


def _object(body: bytes, endpoint: Endpoint) -> dict[str, Any]:
    reply = read_json(body, endpoint)
    if not isinstance(reply, dict):
        raise TeacherTransient(f"{endpoint.base_url} sent JSON without an answer in it")
    return reply


def read_json(body: bytes, endpoint: Endpoint) -> Any:
    """What the body of a 2xx says. Raises a `TeacherError` when it is no JSON, or an {"error": …}."""
    try:
        reply = json.loads(body.decode("utf-8-sig"))
    except RecursionError as exc:
        raise TeacherRefused(f"{endpoint.base_url} sent JSON that is nested too deeply") from exc
    except ValueError as exc:  # no UTF-8, no JSON, an integer of 5,000 digits
        raise TeacherTransient(f"{endpoint.base_url} sent no JSON{quoted(body, endpoint)}") from exc
    if isinstance(reply, dict):
        _raise_error_within(reply, endpoint)
    return reply


def _raise_error_within(part: Mapping[str, Any], endpoint: Endpoint) -> None:
    """Raises what an "error" beside or in place of an answer stands for; its number, where it has one, counts as the status."""
    if error := part.get("error"):
        told = [str(each.get(name)) for each in (_mapping(error), part) for name in ("code", "status")]
        code = next((each for each in told if re.fullmatch(r"[45][0-9]{2}", each)), "200")
        raise error_of(int(code), {}, error, endpoint)


def _joined(content: Any) -> str:
    """The text of a message's content: a string, or a list of parts of which some are text. None and the like are ""."""
    return "".join(map(_part, content)) if isinstance(content, list) else _part(content)


def _part(part: Any) -> str:
    if isinstance(part, dict):
        part = part.get("text") if part.get("type", "text") in ("text", "output_text") else ""
    return part if isinstance(part, str) else ""


def _word(value: Any) -> str:
    return clean(value)[:QUOTED] if isinstance(value, str) else ""


def _usage(usage: Any) -> Usage:
    """Tokens as they are billed: cached ones are part of the prompt's, reasoning ones of the completion's.

    xAI and Gemini count reasoning beside the completion, and only the total tells; DeepSeek and Moonshot have cached tokens elsewhere.
    """
    said = _mapping(usage)
    details = _mapping(said.get("prompt_tokens_details"))
    cached = map(_count, (details.get("cached_tokens"), said.get("prompt_cache_hit_tokens"), said.get("cached_tokens")))
    reasoning = _mapping(said.get("completion_tokens_details")).get("reasoning_tokens")
    prompt, completion, total = (_count(said.get(f"{part}_tokens")) for part in ("prompt", "completion", "total"))
    if prompt is not None and completion is not None and total is not None:
        completion = max(completion, total - prompt)
    return Usage(prompt, completion, next((n for n in cached if n is not None), None), _count(reasoning))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _count(value: Any) -> int | None:
    number = type(value) is int or (type(value) is float and math.isfinite(value) and value == int(value))
    return int(value) if number and 0 <= value <= MAX_COUNT else None
