"""Times tables: whole tasks, and nobody is asked for them. There are so many and no more, and then the recipe says so."""

from dataclasses import dataclass
from itertools import product
from types import MappingProxyType

from pydantic import Field

from seedgen.ask.protocols import Ask
from seedgen.config.section import RecipeSection
from seedgen.recipes import RecipeKind
from seedgen.records import EXHAUSTED, Candidate, Draw, Instance, Proposal, Response


class TablesConfig(RecipeSection):
    largest: int = Field(9, description="largest number that is multiplied", ge=1)
    count: int = Field(4, description="tasks a ticket", ge=1)


@dataclass(frozen=True)
class Tables:
    config: TablesConfig
    name = "tables"
    steps = MappingProxyType({})  # no question, so no teacher
    templates = ()  # nor a prompt
    seeds = machine = 0  # no examples are drawn
    shows_instances = False

    async def propose(self, draw: Draw, ask: Ask) -> tuple[tuple[Proposal, ...], str]:
        sums = list(product(range(1, self.config.largest + 1), repeat=2))[draw.ticket * self.config.count :][: self.config.count]
        # Compared by its numbers: word for word these tasks are all alike.
        made = (Proposal(f"What is {one} times {other}?", "", f"It is {one * other}.", key=f"{one} {other}") for one, other in sums)
        return tuple(made), "" if sums else EXHAUSTED

    async def respond(self, candidate: Candidate, ask: Ask) -> Response:
        proposal = candidate.proposal
        return Response((Instance(proposal.input or "", proposal.output or ""),))


PLUGIN = RecipeKind("tables", 100, TablesConfig, "times tables, without a teacher", Tables.steps, Tables)
