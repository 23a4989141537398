"""What the scripted teacher gets wrong on purpose, how often, and how long it takes.

Four rates shape what an answer says, as real teachers do: near duplicates, broken items, items of any kind and tier though one was asked
for (`stray`), each a share of the items; refusals, a share of the prompts. All others, named in `broken.FAULTS`, are a share of the
requests to the scripted server, decided from (prompt, attempt), so that a retry succeeds in the end; as "first.NAME" only of the first
attempts at each prompt. All decisions are functions of their arguments: two servers with the same rates fail alike.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from random import Random

from seedgen.errors import UsageError
from seedgen.scripted.broken import FAULTS

Latency = Callable[[int], float]
"""From the number of a request to the seconds its answer takes."""

CONTENT_FAULTS = ("duplicates", "malformed", "refused", "stray")
FIRST = "first."
LATENCIES = {"lognormal": "lognormal:MEDIAN:SIGMA", "uniform": "uniform:LOW:HIGH"}


@dataclass(frozen=True, slots=True)
class FaultRates:
    """Each from 0 to 1. `http` are the server's faults by name, `first` those of first attempts only; these together are at most 1."""

    duplicates: float = 0.1
    malformed: float = 0.05
    refused: float = 0.02
    stray: float = 0.05
    http: Mapping[str, float] = field(default_factory=dict)
    first: Mapping[str, float] = field(default_factory=dict)

    def http_fault(self, digest: str, attempt: int) -> str | None:
        """The fault that meets this attempt (0, 1, …) at a prompt, if any."""
        if not (self.http or self.first):
            return None
        roll = Random(f"{digest}:{attempt}").random()
        for name, rate in chain(self.first.items() if attempt == 0 else (), self.http.items()):
            roll -= rate
            if roll < 0:
                return name
        return None


NO_FAULTS = FaultRates(duplicates=0, malformed=0, refused=0, stray=0)


def parse_faults(text: str) -> FaultRates:
    """Rates from "duplicates=0.1,status_500=0.02,first.reset=1"; those not named keep their default. "none" is no faults at all.

    Raises `UsageError`, for an unknown name with the nearest known one.
    """
    if text.strip() == "none":
        return NO_FAULTS
    given = dict(parse_rate(part) for part in text.split(",") if part.strip())
    content = {name: given.pop(name) for name in CONTENT_FAULTS if name in given}
    if (total := sum(given.values())) > 1:
        raise UsageError(f"faults: {', '.join(given)} add up to {total:g}; at most 1")
    first = {name.removeprefix(FIRST): rate for name, rate in given.items() if name.startswith(FIRST)}
    return FaultRates(**content, http={name: rate for name, rate in given.items() if not name.startswith(FIRST)}, first=first)


def parse_rate(part: str) -> tuple[str, float]:
    name, _, value = (piece.strip() for piece in part.partition("="))
    known = [*CONTENT_FAULTS, *FAULTS, *(f"{FIRST}{fault}" for fault in FAULTS)]
    if name not in known:
        near = difflib.get_close_matches(name, known, 1, 0)
        raise UsageError(f'faults: unknown fault "{name}"' + (f'; did you mean "{near[0]}"?' if near else ""))
    rate = number(value)
    if rate is None or rate > 1:
        raise UsageError(f'faults: {name} is "{value}"; give a rate from 0 to 1, for example {name}=0.1')
    return name, rate


def parse_latency(text: str) -> Latency:
    """Latency from "0.2" (seconds), "lognormal:MEDIAN:SIGMA" or "uniform:LOW:HIGH". Raises `UsageError`."""
    kind, *rest = text.strip().split(":")
    fixed, parts = number(kind), [number(part) for part in rest]
    if fixed is not None and not rest:
        return lambda _: fixed
    if kind in LATENCIES and len(parts) == 2 and parts[0] is not None and parts[1] is not None:
        low, high = parts[0], parts[1]
        if kind == "uniform" and low <= high:
            return lambda n: Random(n).uniform(low, high)
        if kind == "lognormal" and low > 0:
            return lambda n: Random(n).lognormvariate(math.log(low), high)
    near = difflib.get_close_matches(kind, LATENCIES, 1, 0.5)
    remedy = LATENCIES[near[0]] if near else f"seconds, as 0.2, or {' or '.join(LATENCIES.values())}"
    raise UsageError(f'latency: "{text}" cannot be used; write {remedy}')


def number(text: str) -> float | None:
    """A finite number of at least 0, else None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None
