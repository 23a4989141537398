"""What a response other than 2xx means, or an {"error": …} in place of an answer: a `TeacherError`, by rules that stand in one table."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import chain, islice
from typing import Any

from seedgen.errors import (
    PromptTooLong,
    SettingRefused,
    TeacherBusy,
    TeacherError,
    TeacherFatal,
    TeacherLoading,
    TeacherRefused,
    TeacherTransient,
)
from seedgen.teachers.endpoint import MAX_BODY, Endpoint, key_blotter, printable, quoted
from seedgen.teachers.request import LIMITS, PARAMETERS
from seedgen.teachers.waits import retry_after, span, told_to_wait

CLIENT = (200, 400, 403, 404, 405, 412, 422)
"""Statuses that say no more than that we are at fault, or not even that; the words beside them may say more."""


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
            "budget_exceeded",
            "accountoverdueerror",
        ),
        statuses=(402,),
        says=r"(insufficient|not enough|no|any) (balance|credits?|quota|funds)|balance is (insufficient|too low)|"
        r"exceeded your (current )?quota|budget has been exceeded|reached your .{0,40}usage limit|overdue (balance|payment)|余额不足|欠费",
    ),
    ErrorRule(
        TeacherFatal,
        "the account has no quota left; add credit, or put another key in {key_env}",
        says=r"used all (available |of your |your )?credits|(monthly )?spending (limit|cap)|"
        r"(account|organization)\b.{0,60} (is|been) (suspended|disabled|deactivated)",
        spoken=(*CLIENT, 429),
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
        r"(invalid|incorrect|wrong|missing|expired|no) (api|auth\w{0,12}|access)[ _-]?(key|token|credentials?|header)|"
        r"authentication (fail|error)|invalid authorization|login fail|not authenticated|unauthorized|token[^.]{0,20} invalid",
        spoken=(*CLIENT, 500),
    ),
    ErrorRule(
        TeacherFatal,
        'no model "{model}"; name another with {model_setting}',
        codes=("model_not_found", "invalid_model", "model_not_exist", "model_not_available", "model_not_supported", "1211"),
        says=r"(invalid|unknown|no such|unsupported) model\b|not a (valid|supported|known) model|model not (exist|found)|"
        r"model\b.{0,100}\b(does ?n.t exist|does not exist|not found|(is|are) not (found|available|supported|known|valid)\b(?! with| in)|"
        r"is unknown|(been|is) (decommissioned|deprecated|retired|removed))|no models? (is |are )?loaded|"
        r"unable to access (non-serverless )?model|model not supported|not a chat model|模型不存在",
    ),
    ErrorRule(
        TeacherFatal,
        'the model "{model}" cannot be asked like that; name another with {model_setting}, or set teachers.NAME.api to "completion"',
        says=r"does not support chat\b|chat ?completions? .{0,40}(not supported|does not work)|default chat template",
        spoken=(*CLIENT, 500, 501),
    ),
    ErrorRule(
        TeacherFatal,
        "it wants https; write https://… in {url_setting}",
        says=r"plain HTTP request was sent to HTTPS|HTTP request to an HTTPS",
    ),
    ErrorRule(
        TeacherFatal,
        'no model "{model}", or a wrong address; check {model_setting} and {url_setting} (most end in /v1)',
        statuses=(404, 405, 410, 501),
        says=r"unexpected endpoint|cannot post /|could not route",
    ),
    ErrorRule(
        PromptTooLong,
        "the {what} is too long for the model",
        codes=("context_length_exceeded", "exceed_context_size_error", "string_above_max_length", "1261"),
        statuses=(413,),
        says=r"(maximum|available|model.?s) context|context[ _](length|window|size|limit|shift)|n_ctx|max_seq_len|max_num_tokens|"
        r"(prompt|input|message)s?\b.{0,40} (is |are )?too long|(prompt|input)s? length|maximum model length|model token limit|"
        r"reduce the length|too many (input )?tokens|input token count|inputs?\W{0,3} (tokens|must have less than)|length of the input|"
        r"must be at least 1, got -|超长",
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
        TeacherFatal, "the proxy on the way wants a user and a password; check HTTPS_PROXY, HTTP_PROXY and NO_PROXY", statuses=(407,)
    ),
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
    plain = parsed if isinstance(parsed, (dict, list)) and parsed else printable(key_blotter(endpoint.key)(body))
    return error_of(status, headers, headers.get("location") or plain, endpoint)


def error_of(status: int, headers: Mapping[str, str], said: Any, endpoint: Endpoint) -> TeacherError:
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
    wait = told_to_wait(remark) if wait is None else wait
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
        elif text := printable(said):
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
    """Seconds to wait, as the headers say, or those that a gateway repeats in the body, or its values."""
    asked = retry_after(headers)
    for part in parts if asked is None else ():
        if isinstance(part, dict):
            repeated = {str(key).lower(): str(value) for key, value in headers_in(part).items()}
            told = (part[key] for key in ("estimated_time", "retryDelay", "retry_after") if key in part)
            spans = (span(str(value), float("nan")) for value in told)
            asked = retry_after(repeated) or next(filter(math.isfinite, spans), None)
            if asked is not None:
                return asked
    return asked


def headers_in(part: Mapping[str, Any]) -> Mapping[str, Any]:
    found = part.get("headers")
    return found if isinstance(found, dict) else {}
