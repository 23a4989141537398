"""The loop: tickets walked concurrently, gated and finalized in order, until the target or a reason to stop.

A ticket is one linear coroutine (`ticket.walk`): draw → propose → gate (in turn) → respond → check → finalize (in turn). It is a pure
function of the pool view it draws from and of the answers it is given; the two turnstiles make views and positions depend on ticket
order alone. Therefore the dataset is a function of (config, seeds, answers), whatever the concurrency, latencies and interruptions.

At most `window` tickets are open: ticket k starts when ticket k - window is final, and draws from the pool as ticket k - window left
it. Near the target fewer are: no more than it likely takes, so that little is bought beyond it; when a ticket starts changes nothing in
what it makes. A ticket's record is written once, at its finalize turn; what is unfinished when a run stops is walked again at the next
start, on saved answers.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol

from seedgen.ask.asker import Asker
from seedgen.ask.halt import Halt, Halted
from seedgen.config.model import Settings
from seedgen.draw.sampler import NO_AIM, Exhausted, draw
from seedgen.draw.steer import Steering
from seedgen.draw.taxonomy import Classifier
from seedgen.events import Listener, TicketFinished
from seedgen.failpoints import failpoint
from seedgen.gate.semantic import SemanticConfig
from seedgen.language.text import LARGEST, verb_noun
from seedgen.language.traits import complexity, language
from seedgen.language.verbs import found_by
from seedgen.loop.diagnosis import Barren
from seedgen.loop.harvest import Harvest, asked_for
from seedgen.loop.oldest import OldestFirst
from seedgen.loop.ticket import walk
from seedgen.loop.turns import Turns
from seedgen.recipes.recipe import Recipe
from seedgen.records import EXHAUSTED, Aim, Candidate, Draw, Gated, GateTurn, Item, Proposal, Response, TicketResult, Vector

DESCRIBED_AT_ONCE = 3
"""Tickets whose candidates are described and encoded: enough to keep the encoder busy, and few, so that neither the oldest nor the event
loop is kept by hundreds that waited for the same thing.
"""
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
        self.check(ticket)
        waiter = asyncio.get_running_loop().create_future()
        self.waiting[ticket].append(waiter)
        await waiter

    def check(self, ticket: int) -> None:
        """Raises `Halted` if an earlier ticket will not come."""
        if ticket > self.last:
            raise Halted

    def close(self, after: int) -> None:
        """The ticket `after` will not pass, so none later will."""
        self.last = min(self.last, after)
        for ticket in [t for t in self.waiting if t > self.last]:
            for waiter in self.waiting.pop(ticket):
                if not waiter.done():
                    waiter.set_exception(Halted())


class Loop:
    """One start of a run, from ticket `first` on. Give it the parts, then `await loop.run()`.

    Until `filling` has ended, the gate does not know yet what the pool holds: tickets draw and ask, and wait for it.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        window: int,
        first: int,
        recipes: Mapping[str, Recipe],
        turns: Turns,
        steering: Steering,
        classifier: Classifier,
        filling: asyncio.Future[None],
        encode: Encode | None,
        asker: Asker,
        journal: TicketJournal,
        halt: Halt,
        emit: Listener,
        now: Callable[[], str],
    ) -> None:
        self.settings, self.window, self.recipes, self.pool, self.turns = settings, window, recipes, turns.pool, turns
        self.steering, self.classifier, self.encode, self.asker, self.journal = steering, classifier, encode, asker, journal
        self.filling = filling
        self.halt, self.emit, self.now = halt, emit, now
        self.first = first
        self.describing = OldestFirst(DESCRIBED_AT_ONCE)
        self.barren = Barren()
        self.harvest = Harvest(turns.passed / first if turns.passed else asked_for(settings.config) / 2)
        self.gating, self.finalizing = Turnstile(self.first), Turnstile(self.first)

    @property
    def accepted(self) -> int:
        return min(self.turns.available, self.settings.config.target)

    @property
    def at_once(self) -> int:
        """How many tickets may be open just now."""
        return min(self.window, self.harvest.tickets_for(self.settings.config.target - self.turns.available))

    async def run(self) -> None:
        """Walk tickets until the halt. What a ticket raises (drift, a broken store) comes in an `ExceptionGroup`."""
        self.halt_at_target()
        async with asyncio.TaskGroup() as tickets:
            for ticket in itertools.count(self.first):
                try:
                    while ticket - self.finalizing.next >= self.at_once:
                        await self.finalizing.reached(self.finalizing.next + 1)
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
            aim, config = self.steering.aim(view, ticket), self.settings.config
            dealt = draw(view, ticket, seed=config.seed, recipes=self.recipes, weights=config.recipes.weights(), aim=aim)
            recipe = self.recipes[dealt.recipe]
            await walk(dealt, recipe, self.asker.of(ticket, recipe.steps), Live(self, dealt, view.size, started))
        except Exhausted:
            self.halt("exhausted", "the recipes have nothing more to ask for; add another recipe, or more for these to work on")
            self.close(ticket)
        except Halted:
            self.close(ticket)

    async def gate_filled(self) -> None:
        """Wait until the gate has been told of all that the pool held at the start. Raises `Halted`."""
        await asyncio.wait([self.filling])  # which a ticket that is cancelled does not end
        self.filling.result()

    def close(self, ticket: int) -> None:
        """This ticket will not have its turns, so none later will."""
        self.gating.close(after=ticket)
        self.finalizing.close(after=ticket)

    def finished(self, result: TicketResult) -> None:
        self.harvest.add(sum(item.position is not None for item in result.items))
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
        if self.barren.tickets >= self.settings.config.limits.stall_tickets:
            self.halt("stall", f"no accepted item in {self.barren.tickets} tickets; {self.barren.diagnosis(self.asker.last_refusal)}")

    def halt_at_target(self) -> None:
        if self.turns.available >= self.settings.config.target:
            self.halt("target", f"{self.settings.config.target} accepted")


@dataclass
class Live:
    """The stages of a ticket that is asked (`ticket.Stages`): in its turns, and into the journal."""

    loop: Loop
    draw: Draw
    view_size: int
    started: str
    fault: str = field(init=False)
    gated: tuple[Gated, ...] = field(init=False)
    gate_turn: GateTurn = field(init=False)
    gated_at: str = field(init=False)

    async def candidates(self, proposals: Sequence[Proposal], fault: str) -> Sequence[Candidate]:
        """With vectors for those that can still get as far, or, if vectors depend on their batch, for all of the ticket at once; so they
        do not depend on who else was waiting. The model serves the oldest ticket first, as teachers do. Raises `Halted`.
        """
        self.fault = fault
        await self.loop.gate_filled()
        async with self.loop.describing.of(self.draw.ticket):
            self.loop.finalizing.check(self.draw.ticket)
            made = await self.described(proposals)
            return await self.encoded(made, self.loop.encode) if self.loop.encode and made else made

    async def described(self, proposals: Sequence[Proposal]) -> Sequence[Candidate]:
        made: list[Candidate] = []
        for n, proposal in enumerate(proposals):
            made.append(describe(Candidate(self.draw.ticket, n, proposal), self.loop.classifier, self.draw.aim))
            if n % 4 == 3:
                await asyncio.sleep(0)  # so that the event loop is not kept by all of them, of which a teacher may have sent hundreds
        return made

    async def encoded(self, made: Sequence[Candidate], encode: Encode) -> Sequence[Candidate]:
        gate = self.loop.settings.config.gate
        due = [c for c in made if c.proposal.fault is None]
        if gate.of(SemanticConfig).apart:
            due = [c for c in due if not self.loop.turns.gate.is_lost(c)]
        vectors = dict(zip((c.ordinal for c in due), await encode([c.proposal.compared(gate.compare) for c in due]), strict=True))
        return [replace(c, vector=vectors.get(c.ordinal)) for c in made]

    async def gate(self, candidates: Sequence[Candidate]) -> Sequence[Gated]:
        exhausted = self.draw.recipe if self.fault == EXHAUSTED else ""
        async with self.loop.gating.turn(self.draw.ticket):
            self.gated, self.gate_turn = self.loop.turns.gate_all(candidates, self.draw.aim.category, exhausted)
            failpoint("turn.gated")
        self.gated_at = self.loop.now()
        return self.gated

    def check(self, gated: Sequence[Gated], responses: Sequence[Response]) -> Sequence[Item]:
        return self.loop.turns.checked(gated, responses)

    async def place(self, items: Sequence[Item]) -> None:
        async with self.loop.finalizing.turn(self.draw.ticket):
            placed = self.loop.turns.placed(items)
            failpoint("turn.finalized")
            times = {"started": self.started, "gated": self.gated_at, "finalized": self.loop.now()}
            result = TicketResult(self.draw, self.view_size, self.gate_turn, self.gated, placed, self.fault, times)
            committed = self.loop.journal.finish_ticket(result)
            self.loop.finished(result)
        await committed


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
