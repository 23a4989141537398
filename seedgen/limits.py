"""What a run may spend, and whether it has. Pure: time, like everything else, is handed in."""

from __future__ import annotations

from dataclasses import dataclass, replace

from seedgen.config import LimitsConfig
from seedgen.records import Usage


@dataclass(frozen=True, slots=True)
class Spend:
    """What a run has used so far. `cost` (US dollars) sums the known costs; `unpriced` counts answers whose cost is unknown."""

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0
    unpriced: int = 0

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens

    def sent(self) -> Spend:
        return replace(self, requests=self.requests + 1)

    def received(self, usage: Usage, cost: float | None) -> Spend:
        return replace(
            self,
            prompt_tokens=self.prompt_tokens + (usage.prompt_tokens or 0),
            completion_tokens=self.completion_tokens + (usage.completion_tokens or 0),
            cost=self.cost + (cost or 0.0),
            unpriced=self.unpriced + (cost is None),
        )


def reached(limits: LimitsConfig, spend: Spend) -> str | None:
    """The limit that forbids one more request, in words; None while there is room."""
    checks = (
        ("max_requests", limits.max_requests, spend.requests, "{} requests"),
        ("max_tokens", limits.max_tokens, spend.tokens, "{} tokens"),
        ("max_cost", limits.max_cost, spend.cost, "${:.4f}"),
    )
    for name, limit, used, form in checks:
        if limit is not None and used >= limit:
            return f"{form.format(used)} used, limits.{name} is {limit:g}"
    return None
