"""The OpenAI wire format as pure functions: a prompt becomes a request body, a response body becomes an `Answer` or a `TeacherError`.

Promises: whatever the bytes, only `Answer`s and `TeacherError`s come out; no message holds the key; what a status or an error code
means is said once, in `RULES`. Sending is left to `connection`, trying again to `ask`, vectors to `embeddings`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import chain, islice
from typing import Any
from urllib.parse import urlsplit

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
LEAST_TOKENS = 16
"""The smallest limit on the tokens of an answer that all servers take."""
LIMITS = ("max_tokens", "max_completion_tokens")
PARAMETERS = (*LIMITS, "temperature", "top_p", "stop", *OPTIONS)
"""What a request of ours may be sent without."""
AZURE = (".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com")
REASONING = re.compile(r"(o\d|gpt-[5-9])(?!\d)(?!.*chat)")
"""OpenAI's models that think first (platform.openai.com/docs/guides/reasoning): they take no sampling parameters."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What makes a request one that a server takes: parameters that are left out, what the limit on tokens is called, and its bounds."""

    omitted: frozenset[str] = frozenset()
    limit: str = "max_tokens"
    least: int = 1
    most: int = 2**31

    def without(self, parameter: str, instead: str) -> Fit:
        """The fit of a server that refused this parameter, and asks for another one in its place, or none."""
        if parameter == self.limit and instead in LIMITS and instead not in self.omitted:
            return replace(self, limit=instead, omitted=self.omitted | {parameter})
        return replace(self, omitted=self.omitted | {parameter})


AS_IT_COMES = Fit()


def fitted(config: TeacherConfig, base_url: str, model: str) -> Fit:
    """What is known of a server before it is asked: from the config, and by its address and the model's name."""
    asked_to = {name for name in ("temperature", "top_p", "max_tokens", "stop") if getattr(config, name) == "omit"}
    host = urlsplit(base_url).hostname or ""
    limit, omitted = "max_tokens", set()
    if (host == "api.openai.com" or host.endswith(AZURE)) and REASONING.match(model):
        limit, omitted = "max_completion_tokens", {"temperature", "top_p", "stop"}
    if host == "api.anthropic.com" and "temperature" not in asked_to:
        omitted = {"top_p"}
    limit = config.max_tokens_name or limit
    return Fit(frozenset(omitted | asked_to | ({limit} if "max_tokens" in asked_to else set())), limit, LEAST_TOKENS)


def request_body(prompt: Prompt, model: str, config: TeacherConfig, fit: Fit = AS_IT_COMES) -> dict[str, Any]:
    """The JSON body for a prompt: chat messages, or a text to continue. What is not asked for is not mentioned, nor what is left out."""
    said = [{"role": message.role, "content": message.content} for message in prompt.messages]
    question = {"messages": said} if config.chat else {"prompt": "\n\n".join(message["content"] for message in said)}
    limit = config.max_tokens if isinstance(config.max_tokens, int) else prompt.max_tokens
    body: dict[str, Any] = {"model": model, **question, fit.limit: min(fit.most, max(fit.least, limit)), "top_p": config.top_p}
    if isinstance(config.temperature, float):
        body["temperature"] = min(HOTTEST, round(config.temperature + prompt.warmth, 6))
    body |= ({"stop": list(prompt.stop)} if prompt.stop else {}) | schema_body(prompt.options, config) | options_body(prompt.options)
    return {name: value for name, value in body.items() if name not in fit.omitted} | config.extra_body


def schema_body(options: Options, config: TeacherConfig) -> dict[str, Any]:
    """The schema of an answer as a chat request asks for it, if it is to: as OpenAI, vLLM and llama.cpp take it."""
    if options.schema is None or config.structured == "off" or not config.chat:
        return {}
    named = {"name": "answer", "strict": True, "schema": options.schema}
    return {"response_format": {"type": "json_schema", "json_schema": named}}


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


CLIENT = (400, 403, 404, 405, 422)
"""Statuses that say no more than that we are at fault; the words beside them may say more."""


TOO_LARGE = 413
"""A request that is too large for a limit by the minute, too, is so for ever, whatever code stands beside it."""
GATEWAY_TIMEOUTS = (504, 524)


@dataclass(frozen=True, slots=True)
class ErrorRule:
    """What to make of a status, of an error code, or of what is said with a status among `spoken`. `words` may use the names in an
    `Endpoint`. `unclear`: it may be for every prompt.
    """

    kind: type[TeacherError]
    words: str
    codes: Collection[str] = ()
    statuses: Collection[int] = ()
    quote: bool = True
    says: str = ""
    spoken: Collection[int] = CLIENT
    unclear: bool = False


RULES = (
    ErrorRule(
        TeacherFatal,
        "the account has no quota left; add credit, or put another key in {key_env}",
        codes=(
            "insufficient_quota",
            "billing_hard_limit_reached",
            "billing_not_active",
            "exceeded_current_quota_error",
            "arrearage",
            "1113",
        ),
        statuses=(402,),
        says=r"(insufficient|not enough|no) (balance|credits?|quota|funds)|credit balance is too low|exceeded your (current )?quota|"
        r"余额不足|欠费",
    ),
    ErrorRule(  # not quoted: servers repeat the key they refuse
        TeacherFatal,
        "the key in {key_env} is not accepted; put a valid one there",
        codes=("invalid_api_key", "authentication_error", "api_key_invalid"),
        statuses=(401,),
        quote=False,
    ),
    ErrorRule(
        TeacherFatal,
        "the key in {key_env} is not accepted; put a valid one there",
        says=r"api[ _-]?key\b[^.]{0,40}\b(invalid|incorrect|expired|missing|required|not (valid|found|provided))|invalid authentication|"
        r"(invalid|incorrect|wrong|missing|expired|no) (api|auth\w{0,12}|access)[ _-]?(key|token|credentials?)|authentication fail|"
        r"not authenticated|unauthorized|token[^.]{0,20} invalid",
    ),
    ErrorRule(
        TeacherFatal,
        'no model "{model}"; name another with {model_setting}',
        codes=("model_not_found", "invalid_model", "model_not_exist"),
        says=r"(invalid|unknown|no such|unsupported) model\b|not a (valid|supported|known) model|model not (exist|found)|"
        r"model\b.{0,100}\b(does ?n.t exist|does not exist|not found|(is|are) not (found|available|supported|known|valid)\b(?! with| in)|"
        r"is unknown|(been|is) (decommissioned|deprecated|retired|removed))|no models? (is |are )?loaded",
    ),
    ErrorRule(
        TeacherFatal,
        "it wants https; write https://… in {url_setting}",
        says=r"plain HTTP request was sent to HTTPS|HTTP request to an HTTPS",
    ),
    ErrorRule(
        TeacherFatal,
        'no model "{model}", or a wrong address; check {model_setting} and {url_setting} (most end in /v1)',
        statuses=(404, 405),
    ),
    ErrorRule(
        PromptTooLong,
        "the {what} is too long for the model",
        codes=("context_length_exceeded", "exceed_context_size_error", "string_above_max_length"),
        statuses=(413,),
        says=r"(maximum|available|model.?s) context|context[ _](length|window|size)|(prompt|input|message)s?\b.{0,40} (is |are )?too long|"
        r"reduce the length|too many (input )?tokens|input token count|inputs?\W{0,3} tokens|"
        r"must be at least 1, got -",
        spoken=(*CLIENT, 500),
    ),
    ErrorRule(TeacherFatal, 'the key in {key_env} may not use the model "{model}"', statuses=(403,)),
    ErrorRule(
        SettingRefused,
        'it refuses a setting that we send with every {what}; leave it out (set it to "omit"), or use another model',
        codes=("unsupported_parameter", "unsupported_value", "unknown_parameter"),
    ),
    ErrorRule(TeacherFatal, "refused to follow its redirect; give the address it leads to as {url_setting}", statuses=range(300, 400)),
    ErrorRule(
        TeacherBusy,
        "it asks for patience",
        codes=("rate_limit_exceeded", "rate_limit_error", "too_many_requests"),
        statuses=(429,),
        says=r"throttl|too many requests|rate limit (exceeded|reached)",
    ),
    ErrorRule(
        TeacherRefused,
        "the {what} was stopped by a content filter",
        codes=("content_filter", "content_policy_violation", "data_inspection_failed"),
        says=r"flagged (for|as|by)|requires moderation|content (management )?polic|inappropriate content|safety (system|filter|polic)",
    ),
    ErrorRule(
        TeacherLoading,
        "it is still loading its model",
        says=r"loading (the |its )?model|model\b.{0,200}\b(is|being|still|currently) load|still loading|warming up|starting up",
        spoken=(500, 502, 503),
    ),
    ErrorRule(TeacherTransient, "it failed", statuses=(408, 409, 425, *range(500, 600))),
    ErrorRule(TeacherRefused, "it refuses the {what}", statuses=range(400, 500), unclear=True),
)
"""The first rule that names the error's code, that knows its words, or that names its status holds; in this order."""
UNKNOWN = ErrorRule(TeacherTransient, "it sent no answer")
SETTING = next(rule for rule in RULES if rule.kind is SettingRefused)
REFUSES_SETTING = re.compile(
    r"unsupported|not supported|not support|unknown|unrecogni[sz]ed|unexpected|not permitted|not allowed|extraneous|extra (input|field)|"
    r"unavailable|cannot both|can.t both|both .{0,40}specified|not a valid (field|parameter|argument)|deprecated",
    re.IGNORECASE,
)


def error_for(status: int, headers: Mapping[str, str], body: bytes, endpoint: Endpoint) -> TeacherError:
    """The error that a response other than 2xx stands for. `headers` have lower-case names, or do not care about case."""
    try:
        parsed = json.loads(body[:MAX_BODY].decode("utf-8-sig"))
    except (ValueError, RecursionError):
        parsed = None
    plain = parsed if isinstance(parsed, (dict, list)) and parsed else _printable(key_blotter(endpoint.key)(body))
    return _error(status, headers, headers.get("location") or plain, endpoint)


def _error(status: int, headers: Mapping[str, str], said: Any, endpoint: Endpoint) -> TeacherError:
    """`said` is the error object, or whatever came in its place."""
    parts = list(islice(_said_within(said), MOST_PARTS))
    codes = {value.lower() for part in parts if isinstance(part, dict) for key in CODES if isinstance(value := part.get(key), str)}
    remark = ": ".join(dict.fromkeys(part for part in parts if isinstance(part, str)))[:LONGEST_REMARK]
    parameters = _parameters(remark, parts)
    rule = _rule(status, codes, remark, parameters)
    words = rule.words.format_map({**asdict(endpoint), "key": "", "key_env": endpoint.key_env or "the environment"})
    message = f"{endpoint.base_url} answered {status}: {words}{quoted(remark, endpoint) if rule.quote else ''}"
    if rule.kind is SettingRefused:
        instead = next((name for name in LIMITS if name in remark and name not in parameters[:1]), "")
        return SettingRefused(message, parameters=parameters, instead=instead, status=status)
    wait, late = _asked_wait(headers, parts), status in GATEWAY_TIMEOUTS
    return rule.kind(message, status=status, retry_after=wait, unclear=rule.unclear, late=late)


def _rule(status: int, codes: Collection[str], remark: str, parameters: Collection[str]) -> ErrorRule:
    by_code = (rule for rule in RULES if status != TOO_LARGE and not {*rule.codes}.isdisjoint(codes))
    by_words = (rule for rule in RULES if rule.says and status in rule.spoken and re.search(rule.says, remark, re.IGNORECASE))
    by_status = (rule for rule in RULES if status in rule.statuses)
    refused = [SETTING] if status in (400, 422) and parameters and REFUSES_SETTING.search(remark) else []
    return next(chain(by_code, refused, by_words, by_status), UNKNOWN)


CODES = ("code", "type", "status", "reason", "error_type")
WITHIN = ("error", "errors", "message", "msg", "detail", "details", "metadata", "raw")
MOST_PARTS = 50
DEEPEST = 6
LONGEST_REMARK = 2000


def _said_within(said: Any, depth: int = 0) -> Iterator[dict[str, Any] | str]:
    """The objects and the remarks of an error, outermost first: they come in lists, within one another, and as JSON within a string."""
    if depth > DEEPEST:
        return
    if isinstance(said, str):
        inner = _parsed(said)
        if isinstance(inner, (dict, list)):
            yield from _said_within(inner, depth + 1)
        elif text := _printable(said):
            yield text
    elif isinstance(said, list):
        for part in said[:5]:
            yield from _said_within(part, depth + 1)
    elif isinstance(said, dict):
        yield said
        for key in WITHIN:
            yield from _said_within(said.get(key), depth + 1)


def _parsed(text: str) -> Any:
    """What JSON in a string says; None if it is no object or list."""
    if text[:LONGEST_REMARK].lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


NAMED = re.compile(
    rf"\b({'|'.join(name for name in PARAMETERS if len(name) > 4)})\b|[\"'`\[](stop|seed|n)[\"'`\]]|"
    r"\b(?:parameter|argument|field|name|supplied|model)s?:? *(stop|seed|n)\b|^(stop|seed|n) (?:is|are)\b"
)


SCHEMA = re.compile(r"response format|json[_ ]schema", re.IGNORECASE)


def _parameters(remark: str, parts: Iterable[dict[str, Any] | str]) -> tuple[str, ...]:
    """Which of our parameters an error speaks of, the likeliest first; of two that cannot be together, "top_p"."""
    named = [str(place[-1]) for part in parts if isinstance(part, dict) and isinstance(place := part.get("loc"), list) and place]
    named += [part["param"] for part in parts if isinstance(part, dict) and isinstance(part.get("param"), str)]
    remark = SCHEMA.sub("response_format", remark)
    found = [name for match in NAMED.finditer(remark) for name in match.groups() if name]
    if {"temperature", "top_p"} <= {*found} and "both" in remark:
        found.insert(0, "top_p")
    return tuple(dict.fromkeys(name for name in (*named, *found) if name in PARAMETERS))


def _asked_wait(headers: Mapping[str, str], parts: Iterable[dict[str, Any] | str]) -> float | None:
    """Seconds to wait, as the headers say, or those that a gateway repeats in the body, or the body itself."""
    asked = retry_after(headers)
    for part in parts if asked is None else ():
        if isinstance(part, dict):
            repeated = {key.lower(): str(value) for key, value in _mapping(part.get("headers")).items()}
            told = (part[key] for key in ("estimated_time", "retryDelay", "retry_after") if key in part)
            spans = (_span(str(value), float("nan")) for value in told)
            asked = retry_after(repeated) or next((span for span in spans if math.isfinite(span)), None)
            if asked is not None:
                return asked
    return asked


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from retry-after-ms or Retry-After (seconds, an HTTP date, or a moment), else until what is used up is there again
    (x-ratelimit-*); None if nothing says so.
    """
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) * scale
        except ValueError:
            continue
        if math.isfinite(seconds) and seconds >= 0:
            return seconds if seconds < EPOCH else _until(seconds, headers)
    then = _date(headers.get("retry-after", ""))
    if then:
        return max(0.0, (then - _now(headers)).total_seconds())
    left = allowance(headers)
    used_up = [quota.reset for quota in (left.requests, left.tokens) if quota and quota.remaining < 1]
    if headers.get("x-ratelimit-remaining", "").strip() == "0" and "x-ratelimit-reset" in headers:
        used_up.append(_reset(headers["x-ratelimit-reset"], headers))
    return max(used_up, default=0.0) or None


PART = re.compile(r"(\d{1,19}+(?:\.\d++)?+)(ms|s|m|h|d|)")
SECONDS = {"ms": 0.001, "": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def allowance(headers: Mapping[str, str]) -> Allowance:
    """What a server says is left, in OpenAI's x-ratelimit-* headers."""
    return Allowance(_quota(headers, "requests"), _quota(headers, "tokens"))


def _quota(headers: Mapping[str, str], kind: str) -> Quota | None:
    limit, remaining, reset = (headers.get(f"x-ratelimit-{what}-{kind}", "") for what in ("limit", "remaining", "reset"))
    if not (re.fullmatch(r"\d{1,15}", limit) and re.fullmatch(r"\d{1,15}", remaining)):
        return None
    return Quota(float(limit), float(remaining), _reset(reset, headers))


EPOCH = 1.5e9
"""From here on a number is no span of seconds, but a moment since 1970 (of 2017 or later), in seconds, thousandths of them, or finer."""


def _reset(text: str, headers: Mapping[str, str]) -> float:
    """Seconds until a moment that is given as a span, as a date, or as the time since 1970; a minute where it is none."""
    try:
        then = datetime.fromisoformat(text) if "-" in text else None
    except ValueError:
        then = None
    if then:
        return _until(then.replace(tzinfo=then.tzinfo or UTC).timestamp(), headers)
    span = _span(text, 60.0)
    return span if span < EPOCH else _until(span, headers)


def _until(moment: float, headers: Mapping[str, str]) -> float:
    """Seconds until a moment since 1970, by the server's clock where it has one; 0 if it is past."""
    while moment >= 100 * EPOCH:
        moment /= 1000
    return max(0.0, moment - _now(headers).timestamp())


def _now(headers: Mapping[str, str]) -> datetime:
    return _date(headers.get("date", "")) or datetime.now(UTC)


def _span(text: str, otherwise: float) -> float:
    """Seconds in "6m0s", "120ms", "1.5" …; `otherwise` where it is none."""
    whole = re.fullmatch(f"({PART.pattern})++", text)
    return sum(float(number) * SECONDS[unit] for number, unit in PART.findall(text)) if whole else otherwise


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


STARRED = re.compile(r"[^\s*]{0,100}+\*{2,}\S{0,100}")
"""A key of which a server shows the ends."""


def quoted(said: str | bytes, endpoint: Endpoint) -> str:
    """What a server said as a quotation to append to a message: on one line, without the key, and cut."""
    text = STARRED.sub("[key]", _printable(key_blotter(endpoint.key)(said) if isinstance(said, bytes) else said))
    if len(endpoint.key) >= 8:  # shorter ones are no secrets ("none", "EMPTY"), and would blot out words
        text = text.replace(endpoint.key, "[key]")
    return f' ("{text[:QUOTED]}{"…" if len(text) > QUOTED else ""}")' if text else ""
