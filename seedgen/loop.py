"""The loop: tickets walked concurrently, gated and finalized in order, until the target or a reason to stop.

A ticket is one linear coroutine, `Loop.walk`: draw → propose → gate (in turn) → respond → check → finalize (in turn). It is a pure
function of the pool view it draws from and of the answers it is given; the two turnstiles make views and positions depend on ticket
order alone. Therefore the dataset is a function of (config, seeds, answers), whatever the concurrency, latencies and interruptions.

At most `window` tickets are open: ticket k starts when ticket k - window is final, and draws from the pool as ticket k - window left
it. A ticket's record is written once, at its finalize turn; what is unfinished when a run stops is walked again at the next start, on
saved answers.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol

from seedgen.ask import Asker
from seedgen.config import Config
from seedgen.events import Listener, TicketFinished
from seedgen.failpoints import failpoint
from seedgen.halt import Halt, Halted
from seedgen.recipes.recipe import Recipe
from seedgen.records import Aim, Candidate, Proposal, Response, TicketResult, Vector
from seedgen.sampler import NO_AIM, draw
from seedgen.steer import Steering
from seedgen.taxonomy import Classifier
from seedgen.text import LARGEST, verb_noun
from seedgen.traits import complexity, language
from seedgen.turns import Turns
from seedgen.verbs import found_by

FAULTS = {
    "refused": "the teacher refused",
    "too_long": "the prompt was too long for the teacher in",
    "content_filter": "the teacher's content filter stopped",
    "empty_answer": "the teacher answered with nothing to",
}
"""What the commonest faults of tickets say, before how many had them."""
Encode = Callable[[Sequence[str]], Awaitable[Sequence[Vector]]]


class TicketJournal(Protocol):
    """Where tickets are recorded, in the order they are given."""

    def open_ticket(self, ticket: int, started: str) -> None: ...
    def finish_ticket(self, result: TicketResult) -> Awaitable[None]: ...


class Turnstile:
    """Lets tickets through one at a time, in order, until it is closed behind one that will not come."""

    def __init__(self, first: int) -> None:
        self.next = first
        self.last = float("inf")
        self.waiting: defaultdict[int, list[asyncio.Future[None]]] = defaultdict(list)

    @asynccontextmanager
    async def turn(self, ticket: int) -> AsyncIterator[None]:
        """The ticket's turn; leaving it lets the next one in. Raises `Halted` if an earlier ticket will not come."""
        await self.reached(ticket)
        yield
        self.next = ticket + 1
        for waiter in self.waiting.pop(self.next, ()):
            if not waiter.done():
                waiter.set_result(None)

    async def reached(self, ticket: int) -> None:
        """Wait until every ticket before this one has passed. Raises `Halted` if one will not come."""
        if self.next >= ticket:
            return
        if ticket > self.last:
            raise Halted
        waiter = asyncio.get_running_loop().create_future()
        self.waiting[ticket].append(waiter)
        await waiter

    def close(self, after: int) -> None:
        """The ticket `after` will not pass, so none later will."""
        self.last = min(self.last, after)
        for ticket in [t for t in self.waiting if t > self.last]:
            for waiter in self.waiting.pop(ticket):
                if not waiter.done():
                    waiter.set_exception(Halted())


class Loop:
    """One start of a run, from ticket `first` on. Give it the parts, then `await loop.run()`."""

    def __init__(
        self,
        *,
        config: Config,
        window: int,
        first: int,
        recipes: Mapping[str, Recipe],
        turns: Turns,
        steering: Steering,
        classifier: Classifier,
        encode: Encode | None,
        asker: Asker,
        journal: TicketJournal,
        halt: Halt,
        emit: Listener,
        now: Callable[[], str],
    ) -> None:
        self.config, self.window, self.recipes, self.pool, self.turns = config, window, recipes, turns.pool, turns
        self.steering, self.classifier, self.encode, self.asker, self.journal = steering, classifier, encode, asker, journal
        self.halt, self.emit, self.now = halt, emit, now
        self.first = first
        self.barren = Barren()
        self.gating, self.finalizing = Turnstile(self.first), Turnstile(self.first)

    @property
    def accepted(self) -> int:
        return min(self.turns.passed, self.config.target)

    async def run(self) -> None:
        """Walk tickets until the halt. What a ticket raises (drift, a broken store) comes in an `ExceptionGroup`."""
        self.halt_at_target()
        async with asyncio.TaskGroup() as tickets:
            for ticket in itertools.count(self.first):
                try:
                    await self.finalizing.reached(ticket - self.window + 1)
                    self.halt.check()
                except Halted:
                    break
                tickets.create_task(self.walk(ticket), name=f"ticket {ticket}")
                await asyncio.sleep(0)  # or a thousand would begin before anything else is done

    async def walk(self, ticket: int) -> None:
        """One ticket, from draw to finalize."""
        started = self.now()
        try:
            self.journal.open_ticket(ticket, started)
            view = self.pool.view_after(ticket - self.window)
            aim = self.steering.aim(view, ticket)
            dealt = draw(view, ticket, seed=self.config.seed, recipes=self.recipes, weights=self.config.recipes.weights(), aim=aim)
            recipe, ask = self.recipes[dealt.recipe], self.asker.of(ticket)
            proposals, fault = await recipe.propose(dealt, ask)
            candidates = await self.describe(ticket, proposals, aim)
            async with self.gating.turn(ticket):
                judged, mark = self.turns.judge(candidates, aim.category)
                failpoint("turn.gated")
            gated = self.now()
            responses = await together(recipe.respond(j.candidate, ask) for j in judged if j.admitted)
            async with self.finalizing.turn(ticket):
                items = self.turns.finalize(judged, responses)
                failpoint("turn.finalized")
                times = {"started": started, "gated": gated, "finalized": self.now()}
                result = TicketResult(dealt, view.size, mark, judged, items, fault, times)
                committed = self.journal.finish_ticket(result)
                self.finished(result)
            await committed
        except Halted:
            self.gating.close(after=ticket)
            self.finalizing.close(after=ticket)

    async def describe(self, ticket: int, proposals: Sequence[Proposal], aim: Aim) -> list[Candidate]:
        """Candidates with what the gate needs. One encoder batch a ticket, so that vectors do not depend on who else was waiting."""
        candidates = [describe(Candidate(ticket, n, p), self.classifier, aim) for n, p in enumerate(proposals)]
        sound = [c for c in candidates if c.proposal.fault is None]
        if self.encode is None or not sound:
            return candidates
        texts = [c.proposal.compared(self.config.gate.compare) for c in sound]
        vectors = dict(zip((c.ordinal for c in sound), await self.encode(texts), strict=True))
        return [replace(c, vector=vectors.get(c.ordinal)) for c in candidates]

    def finished(self, result: TicketResult) -> None:
        self.emit(TicketFinished(result, self.accepted))
        self.halt_at_target()
        if collapse := self.steering.exhausted(self.pool.view_after(result.draw.ticket)):
            last = Barren()
            last.add(result)
            self.halt("stall", f"{collapse}; {last.diagnosis(self.asker.last_refusal)}")
        if any(item.position is not None for item in result.items):
            self.barren = Barren()
            return
        self.barren.add(result)
        if self.barren.tickets >= self.config.limits.stall_tickets:
            self.halt("stall", f"no accepted item in {self.barren.tickets} tickets; {self.barren.diagnosis(self.asker.last_refusal)}")

    def halt_at_target(self) -> None:
        if self.turns.passed >= self.config.target:
            self.halt("target", f"{self.config.target} accepted")


def describe(candidate: Candidate, classifier: Classifier, aim: Aim = NO_AIM) -> Candidate:
    """The candidate with its traits, and how each was found."""
    text, given = candidate.instruction[:LARGEST], (candidate.proposal.input or "")[:LARGEST]
    verb, noun = verb_noun(text)
    category, by = classifier.category(text, verb, aim.category)
    tier, why = (aim.tier, "asked for") if aim.tier else complexity(text, given)
    spoken, sign = language(text)
    found = {**found_by(verb, noun), "category": by, "tier": why, "language": sign}
    return replace(
        candidate, verb=verb, noun=noun, category=category, tier=tier, language=spoken, found={k: v for k, v in found.items() if v}
    )


@dataclass
class Barren:
    """What became of tickets that nothing got through: counts, so that a long drought takes no memory."""

    tickets: int = 0
    candidates: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, result: TicketResult) -> None:
        self.tickets += 1
        self.candidates += len(result.judged)
        self.faults[result.fault] += 1
        self.reasons.update(f"{v.filter}: {v.reason}" for j in result.judged for v in j.verdicts if not v.passed)

    def diagnosis(self, last_refusal: str) -> str:
        """Why nothing got through, in words: the commonest reasons among the candidates."""
        fault, count = self.faults.most_common(1)[0]
        if fault in FAULTS and count * 2 > self.tickets:
            return f"{FAULTS[fault]} {count} of them" + (f", the last with: {last_refusal}" if last_refusal else "")
        if not self.candidates:
            return "the teacher's answers held no tasks: is it an instruction-following model, and does the template suit it?"
        if not self.reasons:
            return "instructions were admitted, but none of their answers passed the output checks"
        common = ", ".join(f"{reason} ({count})" for reason, count in self.reasons.most_common(3))
        refused = f"of their {self.candidates} candidates most were refused for {common}"
        return f"{refused}; more varied seeds, another recipe or teacher may help"


async def together(work: Iterable[Awaitable[Response]]) -> list[Response]:
    """Await all to their end, even when one fails, so that no call in flight is abandoned; then raise the gravest failure."""
    results = await asyncio.gather(*work, return_exceptions=True)
    failures = [r for r in results if isinstance(r, BaseException)]
    if failures:
        raise min(failures, key=lambda f: isinstance(f, Halted))
    return [r for r in results if not isinstance(r, BaseException)]
