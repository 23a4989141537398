"""What a server says of its limits, and how long to wait: in headers or in words, however it spells times."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from seedgen.ask.pace import Allowance, Quota


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from retry-after-ms or Retry-After (seconds, an HTTP date, or a moment), else until what is used up is there again
    (x-ratelimit-*, anthropic-ratelimit-*, ratelimit-*, RateLimit); None if nothing says so.
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
    spent = [name for name, said in headers.items() if "remaining" in name.lower() and said.strip() == "0"]
    resets = [headers.get(name.lower().replace("remaining", "reset"), "") for name in spent]
    resets += STANDARD.findall(headers.get("ratelimit", ""))
    waits = [_reset(text, headers, math.nan) for text in resets]
    return max(filter(math.isfinite, waits), default=0.0) or None


STANDARD = re.compile(r"\br(?:emaining)?=0\b[^\"]{0,40}?\b(?:t|reset)=(\d{1,9})")
"""One limit that is used up, in RateLimit (draft-ietf-httpapi-ratelimit-headers)."""
TOLD = re.compile(
    r"\b(?:(?:again|retry|retrying|resets?) (?:in|after|at least)|wait(?: for)?):? (?:about )?"
    r"((?:\d{1,9}(?:\.\d{1,9})?(?:ms|[smhd]))+|\d{1,9}(?:\.\d{1,9})?) ?(milli|sec|min|hour)?",
    re.IGNORECASE,
)
WORDS = {"": 1.0, "milli": 0.001, "sec": 1.0, "min": 60.0, "hour": 3600.0}


def told_to_wait(remark: str) -> float | None:
    """Seconds that a message asks for: "Please try again in 7m12s", "retry after 26 seconds"."""
    told = TOLD.search(remark)
    return span(told[1].lower(), 0.0) * WORDS[(told[2] or "").lower()] if told else None


PART = re.compile(r"(\d{1,19}+(?:\.\d++)?+)(ms|µs|us|ns|s|m|h|d|)")
SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 0.001, "": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


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


def _reset(text: str, headers: Mapping[str, str], otherwise: float = 60.0) -> float:
    """Seconds until a moment that is given as a span, as a date, or as the time since 1970; `otherwise` where it is none."""
    try:
        then = datetime.fromisoformat(text) if "-" in text else None
    except ValueError:
        then = None
    if then:
        return _until(then.replace(tzinfo=then.tzinfo or UTC).timestamp(), headers)
    seconds = span(text, otherwise)
    return _until(seconds, headers) if seconds >= EPOCH else seconds


def _until(moment: float, headers: Mapping[str, str]) -> float:
    """Seconds until a moment since 1970, by the server's clock where it has one; 0 if it is past."""
    while moment >= 100 * EPOCH:
        moment /= 1000
    return max(0.0, moment - _now(headers).timestamp())


def _now(headers: Mapping[str, str]) -> datetime:
    return _date(headers.get("date", "")) or datetime.now(UTC)


def span(text: str, otherwise: float) -> float:
    """Seconds in "6m0s", "120ms", "1.5" …; `otherwise` where it is none."""
    whole = re.fullmatch(f"({PART.pattern})++", text)
    return sum(float(number) * SECONDS[unit] for number, unit in PART.findall(text)) if whole else otherwise


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
