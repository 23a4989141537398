"""The OpenAI wire format as pure functions: a prompt becomes a request body, a response body becomes an `Answer` or a `TeacherError`.

Promises: whatever the bytes, only `Answer`s and `TeacherError`s come out; no message holds the key; what a status or an error code
means is said once, in `RULES`. Sending is left to `connection`, trying again to `ask`, vectors to `embeddings`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from seedgen.ask.pace import Allowance, Quota
from seedgen.config.model import TeacherConfig
from seedgen.errors import PromptTooLong, TeacherBusy, TeacherError, TeacherFatal, TeacherRefused, TeacherTransient, UsageError
from seedgen.language.text import clean
from seedgen.records import READER as READER
from seedgen.records import Answer, Options, Prompt, Usage
from seedgen.teachers.message import has_message, message_of, read_choice
from seedgen.teachers.streamed import assembled, in_utf8, is_stream

MAX_BODY = 16 * 2**20  # bytes; the longest honest answer is well under one megabyte
MAX_COUNT = 10**9  # tokens; more in one answer is nonsense
QUOTED = 200  # characters of a foreign message that are repeated in ours


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a teacher is asked, and how messages call it: the settings to look at, and `what` it is sent. The key is here only to be
    blotted out of what servers say.
    """

    base_url: str
    model: str = ""
    key_env: str = ""
    key: str = field(default="", repr=False)
    model_setting: str = "--model"
    url_setting: str = "--base-url"
    what: str = "prompt"


NOWHERE = Endpoint("the record")
"""Where saved answers are read from."""


# ---- asking ----------------------------------------------------------------------------------------------------------------------


OPTIONS = ("n", "seed", "response_format")
HOTTEST = 2.0
"""The highest temperature that servers take."""


def request_body(prompt: Prompt, model: str, config: TeacherConfig) -> dict[str, Any]:
    """The JSON body for a prompt: chat messages, or a text to continue. What is not asked for is not mentioned."""
    said = [{"role": message.role, "content": message.content} for message in prompt.messages]
    question = {"messages": said} if config.chat else {"prompt": "\n\n".join(message["content"] for message in said)}
    limit = min(prompt.max_tokens, config.max_tokens or prompt.max_tokens)
    temperature = min(HOTTEST, round(config.temperature + prompt.warmth, 6))
    body: dict[str, Any] = {"model": model, **question, "max_tokens": limit, "temperature": temperature, "top_p": config.top_p}
    return body | ({"stop": list(prompt.stop)} if prompt.stop else {}) | options_body(prompt.options)


def options_body(options: Options) -> dict[str, Any]:
    """The options that were asked for, as a request has them: some of `OPTIONS`."""
    values = (options.n if options.n > 1 else None, options.seed, options.response_format)
    return {name: value for name, value in zip(OPTIONS, values, strict=True) if value is not None}


# ---- keeping the key -------------------------------------------------------------------------------------------------------------

DROPPED = re.compile(rb"\\u00(?i:0[0-8bcef]|1[0-9a-f]|7f)|\\[bf]|\x7f|(\\.)")
"""What reading drops: control characters, as JSON spells them (see `text.clean`); and the beginnings of other escapes, which stay (1)."""


def key_blotter(key: str) -> Callable[[bytes], bytes]:
    """What takes the key out of a body, also where it is spelt in JSON's escapes or has characters in it that reading would drop."""
    if len(key) < 8:  # shorter ones are no secrets ("none", "EMPTY"), and would blot out words
        return lambda body: body
    spelt = re.compile(b"".join(rb"(?:%b|\\u(?i:%04x))" % (b"\\\\?" * (c in '"\\/') + re.escape(c.encode()), ord(c)) for c in key))

    def blot(body: bytes) -> bytes:
        body = spelt.sub(b"[key]", body)
        read = DROPPED.sub(rb"\1", body)
        hidden = len(read) < len(body) and spelt.search(read)
        return spelt.sub(b"[key]", read) if hidden else body

    return blot


# ---- reading an answer -----------------------------------------------------------------------------------------------------------

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
        raise TeacherTransient(f"{endpoint.base_url} sent {form} without an answer in it")
    _raise_error_within(first, endpoint)
    if not has_message(first):
        raise TeacherTransient(f"{endpoint.base_url} sent an answer without a message")
    said, usage = read_choice(first), _usage(reply.get("usage"))
    if said.failed:
        raise TeacherTransient(f'{endpoint.base_url} broke off its answer before it began ("{_printable(said.finish)}")')
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
    if re.search("[\ud800-\udfff]", said):
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
        code = str(error.get("code")) if isinstance(error, dict) else ""
        raise _error(int(code) if re.fullmatch(r"[45][0-9]{2}", code) else 200, {}, error, endpoint)


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


# ---- reading an error ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ErrorRule:
    """What to make of a status or of an error code. `words` may use the names in an `Endpoint`."""

    kind: type[TeacherError]
    words: str
    codes: Collection[str] = ()
    statuses: Collection[int] = ()
    quote: bool = True


RULES = (
    ErrorRule(
        TeacherFatal,
        "the account has no quota left; add credit, or put another key in {key_env}",
        codes=("insufficient_quota", "billing_hard_limit_reached", "billing_not_active"),
        statuses=(402,),
    ),
    ErrorRule(  # not quoted: servers repeat the key they refuse
        TeacherFatal,
        "the key in {key_env} is not accepted; put a valid one there",
        codes=("invalid_api_key", "authentication_error"),
        statuses=(401,),
        quote=False,
    ),
    ErrorRule(TeacherFatal, 'no model "{model}"; name another with {model_setting}', codes=("model_not_found",)),
    ErrorRule(
        TeacherFatal, 'no model "{model}", or a wrong address; check {model_setting} and {url_setting} (most end in /v1)', statuses=(404,)
    ),
    ErrorRule(TeacherFatal, 'the key in {key_env} may not use the model "{model}"', statuses=(403,)),
    ErrorRule(
        TeacherFatal,
        "it refuses a setting that we send with every {what}; use another model",
        codes=("unsupported_parameter", "unsupported_value", "unknown_parameter"),
    ),
    ErrorRule(TeacherFatal, "refused to follow its redirect; give the address it leads to as {url_setting}", statuses=range(300, 400)),
    ErrorRule(TeacherBusy, "it asks for patience", codes=("rate_limit_exceeded", "rate_limit_error", "too_many_requests"), statuses=(429,)),
    ErrorRule(
        PromptTooLong,
        "the {what} is too long for the model",
        codes=("context_length_exceeded", "exceed_context_size_error", "string_above_max_length"),
        statuses=(413,),
    ),
    ErrorRule(TeacherRefused, "the {what} was stopped by a content filter", codes=("content_filter", "content_policy_violation")),
    ErrorRule(TeacherTransient, "it failed", statuses=(408, 409, 425, *range(500, 600))),
    ErrorRule(TeacherRefused, "it refuses the {what}", statuses=range(400, 500)),
)
"""The first rule that names the error's code or its status holds; codes are looked for first."""
UNKNOWN = ErrorRule(TeacherTransient, "it sent no answer")


def error_for(status: int, headers: Mapping[str, str], body: bytes, endpoint: Endpoint) -> TeacherError:
    """The error that a response other than 2xx stands for. `headers` have lower-case names, or do not care about case."""
    try:
        parsed = json.loads(body[:MAX_BODY].decode("utf-8-sig"))
    except (ValueError, RecursionError):
        parsed = None
    said = _mapping(parsed)
    return _error(
        status, headers, headers.get("location") or said.get("error") or said or _printable(key_blotter(endpoint.key)(body)), endpoint
    )


def _error(status: int, headers: Mapping[str, str], said: Any, endpoint: Endpoint) -> TeacherError:
    """`said` is the error object, or whatever text came in its place."""
    details = _mapping(said)
    codes = {value.lower() for key in ("code", "type") if isinstance(value := details.get(key), str)}
    rule = next((r for r in RULES if codes & set(r.codes)), None) or next((r for r in RULES if status in r.statuses), UNKNOWN)
    words = rule.words.format_map({**asdict(endpoint), "key": "", "key_env": endpoint.key_env or "the environment"})
    remark = said if isinstance(said, str) else details.get("message") or details.get("detail")
    quote = quoted(remark, endpoint) if rule.quote and isinstance(remark, str) else ""
    message = f"{endpoint.base_url} answered {status}: {words}{quote}"
    return rule.kind(message, status=status, retry_after=retry_after(headers))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from retry-after-ms or Retry-After (seconds or an HTTP date), else until what is used up is there again
    (x-ratelimit-*); None if nothing says so.
    """
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) * scale
        except ValueError:
            continue
        if math.isfinite(seconds) and seconds >= 0:
            return seconds
    then = _date(headers.get("retry-after", ""))
    if then:
        return max(0.0, (then - (_date(headers.get("date", "")) or datetime.now(UTC))).total_seconds())
    left = allowance(headers)
    used_up = [quota.reset for quota in (left.requests, left.tokens) if quota and quota.remaining < 1]
    return max(used_up, default=None)


PART = re.compile(r"(\d{1,12}+(?:\.\d++)?+)(ms|s|m|h|d|)")
SECONDS = {"ms": 0.001, "": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def allowance(headers: Mapping[str, str]) -> Allowance:
    """What a server says is left, in OpenAI's x-ratelimit-* headers."""
    return Allowance(_quota(headers, "requests"), _quota(headers, "tokens"))


def _quota(headers: Mapping[str, str], kind: str) -> Quota | None:
    limit, remaining, reset = (headers.get(f"x-ratelimit-{what}-{kind}", "") for what in ("limit", "remaining", "reset"))
    if not (re.fullmatch(r"\d{1,15}", limit) and re.fullmatch(r"\d{1,15}", remaining)):
        return None
    return Quota(float(limit), float(remaining), _span(reset))


def _span(text: str) -> float:
    """Seconds in "6m0s", "120ms", "1.5" …; a minute where it is none."""
    whole = re.fullmatch(f"({PART.pattern})++", text)
    return sum(float(number) * SECONDS[unit] for number, unit in PART.findall(text)) if whole else 60.0


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _printable(text: str | bytes) -> str:
    """One line of printable characters."""
    if isinstance(text, bytes):
        text = text[: QUOTED * 20].decode("utf-8", "replace")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def quoted(said: str | bytes, endpoint: Endpoint) -> str:
    """What a server said as a quotation to append to a message: on one line, without the key, and cut."""
    text = _printable(key_blotter(endpoint.key)(said) if isinstance(said, bytes) else said)
    if len(endpoint.key) >= 8:  # shorter ones are no secrets ("none", "EMPTY"), and would blot out words
        text = text.replace(endpoint.key, "[key]")
    return f' ("{text[:QUOTED]}{"…" if len(text) > QUOTED else ""}")' if text else ""
