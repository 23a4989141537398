"""What other rules made of the same answers: a regated run set against the one it was made from, item by item."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, text

from seedgen.audit.refusals import Comparison, compare
from seedgen.config.model import stored_config
from seedgen.config.section import leaves
from seedgen.records import Verdict, item_ref
from seedgen.store.ports import Life, Near, RunReader, RunRecord, Standing
from seedgen.store.sqlite.damage import reading
from seedgen.store.sqlite.state import load_fingerprint, load_record, load_spend
from seedgen.store.sqlite.tables import LAST_MARK, RUN, STANDING

NOT_ASKED = "not_asked"
"""The reason of an item that the new gate lets in, but whose answer was never asked for."""

LAST = "SELECT max(ticket) FROM ticket WHERE run_id = :run"
OUTCOMES = f"""
    SELECT c.ticket, c.ordinal, coalesce(i.instance, 0) AS instance,
           {STANDING}, v.filter, v.reason
    FROM candidate c
    JOIN run r ON r.run_id = c.run_id
    LEFT JOIN item i ON i.run_id = c.run_id AND i.ticket = c.ticket AND i.ordinal = c.ordinal {LAST_MARK}
    LEFT JOIN verdict v ON v.run_id = c.run_id AND v.ticket = c.ticket AND v.ordinal = c.ordinal
          AND v.instance = coalesce(i.instance, -1) AND NOT v.passed
    WHERE c.run_id = :run AND c.ticket <= :last
    ORDER BY c.ticket, c.ordinal, coalesce(i.instance, 0)"""  # noqa: S608 - our own text

Where = Standing | Literal[""]
"""Where an item stands; "" in a run that does not have it, because it keeps fewer instances of an instruction."""


class Outcome(NamedTuple):
    """Where an item stands in one run; if it was refused, by which filter and why."""

    standing: Where = ""
    filter: str | None = None
    reason: str | None = None

    @property
    def refusals(self) -> list[tuple[str, str]]:
        """The one there is, or none."""
        return [(self.filter, self.reason)] if self.filter and self.reason else []


Key = tuple[int, int, int]
"""Ticket, ordinal, instance."""
Outcomes = Iterator[tuple[Key, Outcome]]


class Fate(NamedTuple):
    """What became of one item in both runs."""

    key: Key
    before: Outcome
    after: Outcome


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting that differs."""

    key: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Figures:
    """One of the two runs. `refused` counts candidates that the gate refused and items that a check did."""

    run: str
    fingerprint: str
    target: int
    accepted: int
    surplus: int
    refused: int


@dataclass(frozen=True, slots=True)
class Move:
    """So many items stood there before and stand here after."""

    before: Where
    after: Where
    count: int


@dataclass(frozen=True, slots=True)
class Reason:
    """How many one filter refused for one reason, before and after."""

    filter: str
    reason: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Example:
    """An item that changed sides. `refusal` is the verdict of the run that refused it, `comparison` sets it beside its neighbour there."""

    ref: str
    instruction: str
    before: Where
    after: Where
    refusal: Verdict | None
    comparison: Comparison | None


@dataclass(frozen=True, slots=True)
class Changes:
    """`before` is the base as far as its tickets were judged again, `after` the new run; `message` says how that one ended.

    `not_asked` counts instructions that the new gate lets in, but that nobody ever answered. `requests` are the new run's own. The
    examples of what is accepted now are of those that had been refused; the newly accepted of the figures also come from surplus.
    """

    before: Figures
    after: Figures
    message: str
    settings: tuple[Setting, ...]
    tickets: int
    requests: int
    moves: tuple[Move, ...]
    refusals: tuple[Reason, ...]
    not_asked: int
    accepted_now: tuple[Example, ...]
    refused_now: tuple[Example, ...]

    @property
    def newly_accepted(self) -> int:
        return sum(move.count for move in self.moves if move.after == "accepted" != move.before)

    @property
    def rescued(self) -> int:
        """Those of the newly accepted that had been refused."""
        return sum(move.count for move in self.moves if (move.before, move.after) == ("refused", "accepted"))

    @property
    def newly_refused(self) -> int:
        return sum(move.count for move in self.moves if move.after == "refused" and move.before in ("accepted", "surplus"))

    @property
    def unchanged(self) -> int:
        return sum(move.count for move in self.moves if move.after == move.before)


@dataclass
class Sums:
    """What the fates add up to."""

    moves: Counter[tuple[Where, Where]] = field(default_factory=Counter)
    refusals_before: Counter[tuple[str, str]] = field(default_factory=Counter)
    refusals_after: Counter[tuple[str, str]] = field(default_factory=Counter)
    accepted_now: list[Fate] = field(default_factory=list)
    refused_now: list[Fate] = field(default_factory=list)

    def add(self, fate: Fate) -> None:
        before, after = fate.before, fate.after
        self.moves[before.standing, after.standing] += 1
        self.refusals_before.update(before.refusals)
        self.refusals_after.update(after.refusals)
        if (before.standing, after.standing) == ("refused", "accepted"):
            self.accepted_now.append(fate)
        elif after.standing == "refused" and before.standing in ("accepted", "surplus"):
            self.refused_now.append(fate)

    def reasons(self) -> Iterator[Reason]:
        for why in sorted({*self.refusals_before, *self.refusals_after}):
            yield Reason(*why, self.refusals_before[why], self.refusals_after[why])


def compare_runs(base: RunReader, new: RunReader, examples: int = 3) -> Changes:
    """The changes from one run to the one regated from it, with at most so many examples of each kind. Raises `StoreBroken`."""
    with new.snapshot() as young, base.snapshot() as old, reading():
        before, after = load_record(old), load_record(young)
        last, sums = int(young.execute(text(LAST), {"run": RUN}).scalar_one()), Sums()
        for fate in fates(outcomes(old, last), outcomes(young, last)):
            sums.add(fate)
        return Changes(
            before=figures(before, after.regated_fingerprint, [(move[0], n) for move, n in sums.moves.items()]),
            after=figures(after, load_fingerprint(young), [(move[1], n) for move, n in sums.moves.items()]),
            message=after.end_message,
            settings=tuple(differing(before, after)),
            tickets=last + 1,
            requests=load_spend(young).requests,
            moves=tuple(Move(*move, count) for move, count in sums.moves.most_common()),
            refusals=tuple(sums.reasons()),
            not_asked=sums.refusals_after["output", NOT_ASKED],
            accepted_now=tuple(example(base, fate) for fate in spread(sums.accepted_now, examples)),
            refused_now=tuple(example(new, fate) for fate in spread(sums.refused_now, examples)),
        )


def outcomes(connection: Connection, last: int) -> Outcomes:
    """Every candidate and item up to this ticket, in order."""
    for ticket, ordinal, instance, *outcome in connection.execute(text(OUTCOMES), {"run": RUN, "last": last}):
        yield (ticket, ordinal, instance), Outcome(*outcome)


def fates(old: Outcomes, young: Outcomes) -> Iterator[Fate]:
    """Both in step. An item that only one of them has is absent from the other."""
    for key, group in groupby(merge(beside(0, old), beside(1, young)), key=itemgetter(0)):
        found = {side: outcome for _, side, outcome in group}
        yield Fate(key, found.get(0, Outcome()), found.get(1, Outcome()))


def beside(side: int, outcomes: Outcomes) -> Iterator[tuple[Key, int, Outcome]]:
    for key, outcome in outcomes:
        yield key, side, outcome


def figures(record: RunRecord, digest: str, standings: Iterable[tuple[Where, int]]) -> Figures:
    counts: Counter[Where] = Counter()
    for standing, count in standings:
        counts[standing] += count
    return Figures(record.name, digest, record.target, counts["accepted"], counts["surplus"], counts["refused"])


def differing(old: RunRecord, new: RunRecord) -> Iterator[Setting]:
    """The settings of the two that are not the same."""
    before, after = (settings_of(record) for record in (old, new))
    for key in after:
        if before.get(key) != after[key]:
            yield Setting(key, before.get(key), after[key])


def settings_of(record: RunRecord) -> dict[str, Any]:
    return {key: value for key, value, _ in leaves(stored_config(record.config, f"run {record.name}"))}


def spread(changed: Sequence[Fate], count: int) -> list[Fate]:
    """At most so many, at even distances."""
    count = min(count, len(changed))
    return [changed[n * len(changed) // count] for n in range(count)]


def example(reader: RunReader, fate: Fate) -> Example:
    """The item, with why this run refused it."""
    ref = item_ref(*fate.key)
    life = reader.life(ref)
    refusal, near = refused_by(life, ref)
    comparison = compare(life.instruction, refusal, near, life.run.thresholds)
    return Example(ref, life.instruction, fate.before.standing, fate.after.standing, refusal, comparison)


def refused_by(life: Life, ref: str) -> tuple[Verdict | None, Near | None]:
    """The verdict of the gate, or else of the checks on the item, that refused it; and its neighbour."""
    checks = ((verdict, None) for verdict in life.item_verdicts.get(ref, ()))
    return next((found for found in (*life.verdicts, *checks) if not found[0].passed), (None, None))
