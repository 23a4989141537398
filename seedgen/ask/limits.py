"""What a run may spend, and whether it has. Pure: time, like everything else, is handed in.

A limit is looked at before each request, so it is passed by the requests in flight at most. An answer that does not say what it used, and
a call that may have been billed though we got nothing, are unknown in what is reported; against a limit each counts as much as the
largest known one. Where none is known to count them by, a limit on tokens or cost holds no more, and ends the run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from seedgen.config.model import LimitsConfig
from seedgen.records import Usage

BLIND = 3
"""So many answers or calls of unknown use are let pass until a known one tells what they may have been."""


@dataclass(frozen=True, slots=True)
class Spend:
    """What a run has used so far. `cost` (US dollars) sums the known costs; `unpriced` counts answers whose cost is unknown.

    `cached_tokens` are among the prompt tokens, `reasoning_tokens` among the completion tokens. `unmetered` counts answers whose tokens
    are unknown; `unseen` calls that may have been billed though no answer came. `longest` and `dearest` are the most tokens and the
    highest cost that one answer was known to have, None if none was.
    """

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0
    unpriced: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    unmetered: int = 0
    unseen: int = 0
    longest: int | None = None
    dearest: float | None = None

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens

    def sent(self) -> Spend:
        return replace(self, requests=self.requests + 1)

    def lost(self) -> Spend:
        """One more call that may have been billed though no answer came."""
        return replace(self, unseen=self.unseen + 1)

    def received(self, usage: Usage, cost: float | None) -> Spend:
        prompt, completion = usage.prompt_tokens or 0, usage.completion_tokens or 0
        metered = usage.prompt_tokens is not None and usage.completion_tokens is not None
        return replace(
            self,
            prompt_tokens=self.prompt_tokens + prompt,
            completion_tokens=self.completion_tokens + completion,
            cost=self.cost + (cost or 0.0),
            unpriced=self.unpriced + (cost is None),
            cached_tokens=self.cached_tokens + (usage.cached_tokens or 0),
            reasoning_tokens=self.reasoning_tokens + (usage.reasoning_tokens or 0),
            unmetered=self.unmetered + (not metered),
            longest=max(self.longest or 0, prompt + completion) if metered else self.longest,
            dearest=self.dearest if cost is None else max(self.dearest or 0.0, cost),
        )


def reached(limits: LimitsConfig, spend: Spend) -> str | None:
    """The limit that forbids one more request, in words; None while there is room."""
    if limits.max_requests is not None and spend.requests >= limits.max_requests:
        return f"{spend.requests} requests used, limits.max_requests is {limits.max_requests}"
    tokens = limits.max_tokens and used_up(
        "max_tokens", limits.max_tokens, spend.tokens, spend.unmetered + spend.unseen, spend.longest, "{} tokens"
    )
    cost = limits.max_cost and used_up("max_cost", limits.max_cost, spend.cost, spend.unpriced + spend.unseen, spend.dearest, "${:.4f}")
    return tokens or cost or None


def used_up(name: str, limit: float, known: float, unknown: int, largest: float | None, form: str) -> str | None:
    """Whether a limit is reached by what is known and, counted as the largest known one each, what is not; in words."""
    if largest is None and unknown > BLIND:
        return f"no answer tells what it used ({unknown} so far), so limits.{name} cannot be kept; limit max_requests instead"
    if known + unknown * (largest or 0) < limit:
        return None
    also = f" and {unknown} more answers of unknown use, counted at {form.format(largest or 0)} each" if unknown else ""
    return f"{form.format(known)} used{also}, limits.{name} is {limit}"
