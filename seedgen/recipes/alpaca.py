"""Alpaca (Stanford, 2023): one call gives whole tasks, each with instruction, input and output.

Cheaper by the call than Self-Instruct, and its items are paid for before the gate has read them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from seedgen.ask.aside import aside
from seedgen.ask.protocols import Ask
from seedgen.config.section import RecipeSection, template
from seedgen.recipes.readers import parsers
from seedgen.recipes.recipe import RecipeKind, answer_fault, ask_with, tasks_schema
from seedgen.records import Aim, Answer, Candidate, Draw, Entry, Instance, Proposal, Response


class AlpacaConfig(RecipeSection):
    seeds: int = Field(3, description="seed tasks shown in a prompt", ge=0)
    machine: int = Field(0, description="admitted tasks of this recipe shown in a prompt, once there are any", ge=0)
    count: int = Field(10, description="new tasks asked for in one call", ge=1)
    propose: str = template("alpaca", "asks for whole tasks")


STEPS = {"propose": "propose"}


LISTED = tasks_schema("instruction", "input", "output")


@dataclass(frozen=True)
class Alpaca:
    config: AlpacaConfig
    name = "alpaca"
    steps = STEPS
    shows_instances = True

    @property
    def seeds(self) -> int:
        return self.config.seeds

    @property
    def machine(self) -> int:
        return self.config.machine

    @property
    def templates(self) -> tuple[str, ...]:
        return (self.config.propose,)

    async def propose(self, draw: Draw, ask: Ask) -> tuple[tuple[Proposal, ...], str]:
        def propose(ordinal: int, parents: Sequence[Entry]) -> Awaitable[Answer]:
            examples = [example(entry) for entry in parents]
            count, template = self.config.count, self.config.propose
            return ask("propose", ordinal, template, options=LISTED, examples=examples, count=count, aim=draw.aim)

        answer, shown = await ask_with(draw.parents, propose)
        if fault := answer_fault(answer):
            return (), fault
        made = await aside(len(answer.text), parsers(answer).blocks, answer.text, shown + 1, cut=answer.cut, count=self.config.count)
        return tuple(made), ""

    async def respond(self, candidate: Candidate, ask: Ask) -> Response:  # noqa: ARG002 (a recipe's shape)
        """The instance that came with the proposal; nothing is asked."""
        proposal = candidate.proposal
        if not proposal.output:
            return Response(fault="no_output")
        return Response((Instance(proposal.input or "", proposal.output),))


def example(entry: Entry) -> dict[str, str]:
    """A pool entry as the template shows it: its instruction and first instance."""
    shown = entry.instances[0]
    return {"instruction": entry.instruction, "input": shown.input, "output": shown.output}


def samples(entries: Sequence[Entry]) -> Mapping[str, Any]:
    return {"examples": [example(entry) for entry in entries], "count": 1, "aim": Aim()}


PLUGIN = RecipeKind("alpaca", 20, AlpacaConfig, "one call gives instruction, input and output", STEPS, Alpaca, samples)
