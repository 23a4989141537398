"""What a run will take to its target, from what it has taken so far: requests, tokens, cost and time, each with a range.

The measure is what one more accepted item takes: all that the finished tickets used, divided by the items that passed. Its range is a
bootstrap: the tickets (or, of fewer than `FEW`, their candidates, each with its share of the ticket) are drawn again with replacement, and
the middle nine tenths of what a thousand such drawings give is the range. Time is that of the calls at the concurrency configured, or what
the rates a minute allow if that is longer; for a run that has others beside it, or a slow gate, it takes more.

What this cannot know: early tickets are easier than late ones. The fuller the pool, the more is refused as a near duplicate, so a large
target takes more than the range says; `acceptance` in the first and in the second half of the tickets shows how far that has come already.
And when the target is reached up to a window of tickets is under way, whose calls come on top: little for a large target, much for a small
one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seedgen.config.model import Config, LimitsConfig, stored_config
from seedgen.store.ports import RunReader, Summary
from seedgen.store.sqlite.damage import reading
from seedgen.store.sqlite.usage import COLUMNS, Prices, TeacherUse, load_cost, load_teacher_uses, load_uses

DRAWINGS = 1000
LOW, HIGH = 0.05, 0.95
FEW = 10
"""Finished tickets from which they are drawn whole; what is in one ticket is alike."""
MOST = 400
"""Units that are drawn from; more are taken together, neighbours first."""
QUANTITIES = ("requests", "prompt_tokens", "completion_tokens", "cost")
TOKENS = ("prompt_tokens", "completion_tokens")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Range:
    """The likeliest value, and the middle nine tenths. `high` is None where there is no upper bound to be given."""

    likely: float
    low: float
    high: float | None


@dataclass(frozen=True, slots=True)
class Amount:
    """One quantity: used so far, still to come until the target, and in all for a run from its beginning."""

    so_far: float
    left: Range
    total: Range


@dataclass(frozen=True, slots=True)
class LimitAhead:
    """A limit that ends the run before its target, with about so many items; `sure` is False if only the range reaches so far."""

    name: str
    value: float
    accepted: int
    sure: bool


@dataclass(frozen=True, slots=True)
class Estimate:
    """`acceptance` is the share of the candidates that passed: of all, and of the first and second half of the tickets.

    The amounts are None where nothing can be said: `cost` where a price is unknown, tokens where an answer does not tell them, all where
    nothing was accepted. `seconds` are those
    still to come. `refusals` counts the most frequent reasons as "filter: reason".
    """

    run: str
    target: int
    accepted: int
    tickets: int
    candidates: int
    window: int
    drawn: str
    acceptance: tuple[float, float, float] | None
    requests: Amount | None
    prompt_tokens: Amount | None
    completion_tokens: Amount | None
    cost: Amount | None
    seconds: Range | None
    limit: LimitAhead | None
    refusals: Mapping[str, int]

    @property
    def made(self) -> bool:
        return self.requests is not None

    @property
    def cost_per_accepted(self) -> float | None:
        return self.cost.total.likely / self.target if self.cost else None


def estimate(reader: RunReader, config: Config | None = None) -> Estimate:
    """From a run as it is, for this config's target, prices, pace and limits (default: its own). Asks no teacher. Raises `StoreBroken`."""
    summary = reader.summary()
    own = stored_config(summary.record.config, f"run {summary.record.name}")
    config = config or own
    prices, so_far = other_prices(config, own), spent(summary)
    with reader.snapshot() as connection, reading():
        uses, teachers = load_uses(connection, prices), load_teacher_uses(connection)
        so_far |= {"cost": load_cost(connection, prices)} if prices else {}
    made = figures(uses, config.target, so_far)
    pace = seconds_per_request(teachers, config, summary.record.window)
    seconds = scaled(made["requests"].left, pace) if made and pace is not None else None
    reasons = sorted(summary.refusals.items(), key=lambda pair: -pair[1])[:3]
    return Estimate(
        run=summary.record.name,
        target=config.target,
        accepted=min(summary.accepted + summary.surplus, config.target),
        tickets=summary.tickets,
        candidates=summary.candidates,
        window=summary.record.window,
        drawn="tickets" if summary.tickets >= FEW else "candidates",
        acceptance=acceptance(uses),
        **{name: made.get(name) for name in QUANTITIES},
        seconds=seconds,
        limit=limit_ahead(config.limits, made, seconds, summary.accepted, config.target),
        refusals={f"{name}: {reason}": count for (name, reason), count in reasons},
    )


def other_prices(config: Config, own: Config) -> Prices:
    """The prices that this config gives, where they are others than the run's own: what was used is counted by them."""
    given = {name: (t.input_price, t.output_price, t.cached_price) for name, t in config.teachers.items()}
    before = {name: (t.input_price, t.output_price, t.cached_price) for name, t in own.teachers.items()}
    return {
        name: (fresh, made, fresh if cached is None else cached)
        for name, (fresh, made, cached) in given.items()
        if fresh is not None and made is not None and before.get(name) != (fresh, made, cached)
    }


def spent(summary: Summary) -> dict[str, float]:
    spend = summary.spend
    return {
        "requests": spend.requests, "prompt_tokens": spend.prompt_tokens, "completion_tokens": spend.completion_tokens, "cost": spend.cost,
    }  # fmt: skip


def figures(uses: Floats, target: int, spent: Mapping[str, float]) -> dict[str, Amount]:
    """The amounts by name, those that can be told. `uses` has a row a candidate (see `store.sqlite.usage`)."""
    used = dict(zip(COLUMNS, map(float, uses.sum(axis=0)), strict=True))
    if not used["passed"]:
        return {}
    drawn = dict(zip(COLUMNS, drawings(units(uses)).T, strict=True))
    told = [name for name in QUANTITIES if not (used["unpriced"] if name == "cost" else used["unmetered"] and name in TOKENS)]
    return {name: amount(used[name], used["passed"], drawn[name], drawn["passed"], target, spent[name]) for name in told}


def amount(used: float, passed: float, drawn: Floats, drawn_passed: Floats, target: int, so_far: float) -> Amount:
    """What one quantity comes to: `used` for `passed` items, and likewise in each drawing. What a run has behind it is certain."""
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = np.where(drawn_passed > 0, drawn / drawn_passed, np.inf)
    ahead = target - passed
    likely, drawn_totals = max(so_far, used / passed * target), np.maximum(so_far, used + rates * ahead if ahead > 0 else rates * target)
    left = between(max(0.0, likely - so_far), np.maximum(0.0, drawn_totals - so_far)) if ahead > 0 else Range(0.0, 0.0, 0.0)
    return Amount(so_far, left, between(likely, drawn_totals))


def units(uses: Floats) -> Floats:
    """What is drawn from: whole tickets, or their candidates while there are few; at most `MOST`, each some neighbours together."""
    _, starts = np.unique(uses[:, 0], return_index=True)
    rows = np.add.reduceat(uses, starts, axis=0) if len(starts) >= FEW else uses
    blocks = np.linspace(0, len(rows), min(len(rows), MOST), endpoint=False).astype(int)
    return np.add.reduceat(rows, blocks, axis=0)


def drawings(rows: Floats) -> Floats:
    """The sums of so many rows drawn with replacement, `DRAWINGS` times; always the same for the same rows."""
    count = len(rows)
    often = np.random.default_rng(0).multinomial(count, np.full(count, 1 / count), size=DRAWINGS)
    return np.asarray(often @ rows, dtype=np.float64)


def between(likely: float, values: Floats) -> Range:
    low, high = (float(np.quantile(values, q, method="nearest")) for q in (LOW, HIGH))
    return Range(likely, min(low, likely), max(high, likely) if np.isfinite(high) else None)


def scaled(found: Range, by: float) -> Range:
    return Range(found.likely * by, found.low * by, None if found.high is None else found.high * by)


def acceptance(uses: Floats) -> tuple[float, float, float] | None:
    """Shares of candidates that passed: of all, of the first and of the second half of the tickets. None without candidates."""
    candidates, passed = (uses[:, COLUMNS.index(name)] for name in ("candidates", "passed"))
    if not candidates.sum():
        return None
    tickets = np.unique(uses[:, 0])
    early = uses[:, 0] < tickets[len(tickets) // 2]
    halves = (np.ones_like(early), early, ~early)
    whole, first, second = (float((passed[h] > 0).sum() / max(1.0, candidates[h].sum())) for h in halves)
    return whole, first if early.any() else whole, second


def seconds_per_request(teachers: Sequence[TeacherUse], config: Config, window: int) -> float | None:
    """Seconds that one more request adds, at the pace of the slowest teacher; None if no call told its time."""
    requests = sum(each.requests for each in teachers)
    paces = []
    for each in teachers:
        settings = config.teachers.get(each.name)
        if settings is None or each.seconds is None:
            continue
        share, (at_once, _) = each.requests / requests, config.concurrency_of(each.name, window)
        waits = [each.seconds / at_once]
        if settings.requests_per_minute:
            waits.append(60 / settings.requests_per_minute)
        if settings.tokens_per_minute:
            waits.append(60 * each.tokens / each.requests / settings.tokens_per_minute)
        paces.append(share * max(waits))
    return max(paces, default=None)


def limit_ahead(limits: LimitsConfig, made: Mapping[str, Amount], seconds: Range | None, accepted: int, target: int) -> LimitAhead | None:
    """The limit that would end the run first, if one does before the target."""
    if not made or accepted >= target:
        return None
    tokens = [made[name] for name in TOKENS if name in made]
    asked: list[tuple[str, float | None, float, list[Range]]] = [
        ("max_requests", limits.max_requests, made["requests"].so_far, [made["requests"].left]),
        ("max_tokens", limits.max_tokens, sum(t.so_far for t in tokens), [t.left for t in tokens]),
        ("max_time", limits.max_time, 0.0, [seconds] if seconds else []),
    ]
    if "cost" in made:
        asked.append(("max_cost", limits.max_cost, made["cost"].so_far, [made["cost"].left]))
    found = [one for name, limit, used, left in asked if limit is not None and (one := ahead(name, limit, used, left, accepted, target))]
    return min(found, key=lambda one: (not one.sure, one.accepted), default=None)


def ahead(name: str, limit: float, used: float, left: Sequence[Range], accepted: int, target: int) -> LimitAhead | None:
    """This limit, if what is left would pass it."""
    room, likely = max(0.0, limit - used), sum(each.likely for each in left)
    high = None if any(each.high is None for each in left) else sum(each.high or 0.0 for each in left)
    if likely <= room and high is not None and high <= room:
        return None
    most = likely if likely > room else high
    share = room / most if most else 0.0
    return LimitAhead(f"limits.{name}", limit, accepted + int((target - accepted) * share), likely > room)
