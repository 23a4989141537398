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
from dataclasses import dataclass, replace
from typing import Protocol

from seedgen.ask import Asker, Halt, Halted
from seedgen.check import check
from seedgen.config import Config
from seedgen.events import Listener, TicketFinished
from seedgen.gate.gate import Gate
from seedgen.pool import Pool, PoolView
from seedgen.recipes.recipe import Recipe
from seedgen.records import Candidate, Entry, Instance, Item, Judged, Proposal, Response, TicketResult, Vector, Verdict
from seedgen.sampler import draw
from seedgen.taxonomy import Taxonomy
from seedgen.text import verb_noun

Encode = Callable[[Sequence[str]], Awaitable[Sequence[Vector]]]


class TicketJournal(Protocol):
    """Where tickets are recorded, in the order they are given."""

    def open_ticket(self, ticket: int, started: str) -> None: ...
    def finish_ticket(self, result: TicketResult) -> Awaitable[None]: ...


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands: tickets finished, items that passed, and the pool size after each of the last finished tickets."""

    tickets: int
    passed: int
    sizes: Mapping[int, int]


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
    """One start of a run. Give it the parts, then `await loop.run()`."""

    def __init__(
        self,
        *,
        config: Config,
        window: int,
        progress: Progress,
        recipes: Mapping[str, Recipe],
        pool: Pool,
        gate: Gate,
        taxonomy: Taxonomy,
        encode: Encode | None,
        asker: Asker,
        journal: TicketJournal,
        halt: Halt,
        emit: Listener,
        now: Callable[[], str],
    ) -> None:
        self.config, self.window, self.recipes, self.pool, self.gate = config, window, recipes, pool, gate
        self.taxonomy, self.encode, self.asker, self.journal = taxonomy, encode, asker, journal
        self.halt, self.emit, self.now = halt, emit, now
        self.first, self.passed, self.sizes = progress.tickets, progress.passed, dict(progress.sizes)
        self.barren: list[TicketResult] = []
        self.gating, self.finalizing = Turnstile(self.first), Turnstile(self.first)

    @property
    def accepted(self) -> int:
        return min(self.passed, self.config.target)

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

    async def walk(self, ticket: int) -> None:
        """One ticket, from draw to finalize."""
        started = self.now()
        try:
            self.journal.open_ticket(ticket, started)
            view = self.view(ticket)
            dealt = draw(view, ticket, seed=self.config.seed, recipes=self.recipes, weights=self.config.recipes.weights())
            recipe, ask = self.recipes[dealt.recipe], self.asker.of(ticket)
            proposals, fault = await recipe.propose(dealt, ask)
            candidates = await self.describe(ticket, proposals)
            async with self.gating.turn(ticket):
                judged = tuple(map(self.judge, candidates))
                pool_size = self.sizes[ticket] = len(self.pool)
            gated = self.now()
            responses = await together(recipe.respond(j.candidate, ask) for j in judged if j.admitted)
            async with self.finalizing.turn(ticket):
                items = self.finalize(judged, responses)
                times = {"started": started, "gated": gated, "finalized": self.now()}
                result = TicketResult(dealt, view.size, pool_size, judged, items, fault, times)
                committed = self.journal.finish_ticket(result)
                self.finished(result)
            await committed
        except Halted:
            self.gating.close(after=ticket)
            self.finalizing.close(after=ticket)

    def view(self, ticket: int) -> PoolView:
        """The pool as ticket - window left it; before there is such a ticket, the seeds."""
        return self.pool.view(self.sizes.pop(ticket - self.window, self.pool.seeds))

    async def describe(self, ticket: int, proposals: Sequence[Proposal]) -> list[Candidate]:
        """Candidates with what the gate needs. One encoder batch a ticket, so that vectors do not depend on who else was waiting."""
        candidates = [describe(Candidate(ticket, n, p), self.taxonomy) for n, p in enumerate(proposals)]
        sound = [c for c in candidates if c.proposal.fault is None]
        if self.encode is None or not sound:
            return candidates
        vectors = dict(zip((c.ordinal for c in sound), await self.encode([c.instruction for c in sound]), strict=True))
        return [replace(c, vector=vectors.get(c.ordinal)) for c in candidates]

    def judge(self, candidate: Candidate) -> Judged:
        """The gate's word on one candidate; if it passes, it joins the pool at once, before the next is judged."""
        verdicts = self.gate.judge(candidate)
        if not all(v.passed for v in verdicts):
            return Judged(candidate, verdicts, None)
        index = self.gate.admit(candidate)
        self.pool.append(entry_of(candidate, index))
        return Judged(candidate, verdicts, index)

    def finalize(self, judged: Sequence[Judged], responses: Sequence[Response]) -> tuple[Item, ...]:
        """The ticket's items, checked, with the next positions for those that pass."""
        items: list[Item] = []
        for admitted, response in zip((j for j in judged if j.admitted), responses, strict=True):
            instances = response.instances[: self.config.output.instances]
            for n, instance in enumerate(instances or (Instance("", ""),)):
                verdicts = check(admitted.candidate.instruction, instance, self.config.output) if instances else (failure(response),)
                passed = all(v.passed for v in verdicts)
                candidate = admitted.candidate
                items.append(
                    Item(
                        candidate.ticket, candidate.ordinal, n, candidate.instruction, instance.input, instance.output,
                        self.passed if passed else None, verdicts,
                    )
                )  # fmt: skip
                self.passed += passed
        return tuple(items)

    def finished(self, result: TicketResult) -> None:
        self.emit(TicketFinished(result, self.accepted))
        self.halt_at_target()
        if any(item.position is not None for item in result.items):
            self.barren = []
            return
        self.barren.append(result)
        if len(self.barren) >= self.config.limits.stall_tickets:
            self.halt("stall", f"no accepted item in {len(self.barren)} tickets; {diagnosis(self.barren, self.asker.last_refusal)}")

    def halt_at_target(self) -> None:
        if self.passed >= self.config.target:
            self.halt("target", f"{self.config.target} accepted")


def describe(candidate: Candidate, taxonomy: Taxonomy) -> Candidate:
    """The candidate with its verb, noun and category."""
    verb, noun = verb_noun(candidate.instruction)
    category, evidence = taxonomy.category(candidate.instruction)
    return replace(candidate, verb=verb, noun=noun, category=category, category_evidence=evidence)


def entry_of(candidate: Candidate, index: int) -> Entry:
    """An admitted candidate as it stands in the pool. It shows an instance only if it was proposed with one."""
    proposal = candidate.proposal
    instances = () if proposal.output is None else (Instance(proposal.input or "", proposal.output),)
    return Entry(index, candidate.ref, candidate.instruction, instances, category=candidate.category)


def failure(response: Response) -> Verdict:
    """The verdict on an instruction that was given no instance."""
    return Verdict("output", False, response.fault or "no_output")


def diagnosis(results: Sequence[TicketResult], last_refusal: str) -> str:
    """Why nothing got through these tickets, in words: the commonest reasons among their candidates."""
    judged = [j for result in results for j in result.judged]
    refused = sum(result.fault == "refused" for result in results)
    if refused * 2 > len(results):
        return f"the teacher refused {refused} of them, the last with: {last_refusal}"
    if not judged:
        return "the teacher's answers held no tasks: is it an instruction-following model, and does the template suit it?"
    reasons = Counter(f"{v.filter}: {v.reason}" for j in judged for v in j.verdicts if not v.passed)
    if not reasons:
        return "instructions were admitted, but none of their answers passed the output checks"
    common = ", ".join(f"{reason} ({count})" for reason, count in reasons.most_common(3))
    return f"of their {len(judged)} candidates most were refused for {common}; more varied seeds, another recipe or teacher may help"


async def together(work: Iterable[Awaitable[Response]]) -> list[Response]:
    """Await all to their end, even when one fails, so that no call in flight is abandoned; then raise the gravest failure."""
    results = await asyncio.gather(*work, return_exceptions=True)
    failures = [r for r in results if isinstance(r, BaseException)]
    if failures:
        raise min(failures, key=lambda f: isinstance(f, Halted))
    return [r for r in results if not isinstance(r, BaseException)]
