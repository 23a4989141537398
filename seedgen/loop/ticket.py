"""The one walk of a ticket: propose → gate → respond → check → place.

It is the same for a ticket that is asked (`loop.loop`), for one whose saved answers are judged again under other settings
(`runs.regate`) and for one that is audited (`audit.derive`). What they do at each stage is handed in; a new stage, such as a judge
between check and place, goes in here and is there for all of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from typing import Protocol

from seedgen.ask.halt import Halted
from seedgen.ask.protocols import Ask
from seedgen.recipes.recipe import Recipe
from seedgen.records import Candidate, Draw, Gated, Item, Proposal, Response


class Stages(Protocol):
    """What becomes of one ticket at each stage. `fault` says why it has no proposals, "" if it has."""

    async def candidates(self, proposals: Sequence[Proposal], fault: str) -> Sequence[Candidate]:
        """The proposals with what the gate needs to know of them."""
        ...

    async def gate(self, candidates: Sequence[Candidate]) -> Sequence[Gated]:
        """Which of them join the pool; in the ticket's turn."""
        ...

    def check(self, gated: Sequence[Gated], responses: Sequence[Response]) -> Sequence[Item]:
        """The items that the responses make of those that were admitted, with the verdicts on them."""
        ...

    async def place(self, items: Sequence[Item]) -> None:
        """The ticket is final: its items get their places and go into the record; in its turn."""
        ...


async def walk(draw: Draw, recipe: Recipe, ask: Ask, stages: Stages) -> None:
    """Take one ticket through its stages. Raises `Halted`, and what `ask` and the stages raise."""
    proposals, fault = await recipe.propose(draw, ask)
    gated = await stages.gate(await stages.candidates(proposals, fault))
    responses = await together(recipe.respond(g.candidate, ask) for g in gated if g.admitted)
    await stages.place(stages.check(gated, responses))


async def together(work: Iterable[Awaitable[Response]]) -> list[Response]:
    """Await all to their end, even when one fails, so that no call in flight is abandoned; then raise the gravest failure."""
    results = await asyncio.gather(*work, return_exceptions=True)
    failures = [r for r in results if isinstance(r, BaseException)]
    if failures:
        raise min(failures, key=lambda f: isinstance(f, Halted))
    return [r for r in results if not isinstance(r, BaseException)]
