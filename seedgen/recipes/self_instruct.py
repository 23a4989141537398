"""Self-Instruct (arXiv 2212.10560): instructions first, then for each admitted one an instance.

A classification is answered label first and input after, so that labels do not all come out alike; any other task input first. An answer
that is neither yes nor no counts as no.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from seedgen.ask.aside import aside
from seedgen.ask.protocols import Ask
from seedgen.config.section import LARGEST_WEIGHT, RecipeSection, template
from seedgen.recipes.readers import parsers
from seedgen.recipes.recipe import RecipeKind, answer_fault, ask_with, tasks_schema
from seedgen.records import Aim, Answer, Candidate, Draw, Entry, Proposal, Response


class SelfInstructConfig(RecipeSection):
    weight: float = Field(1.0, description="share of the tickets that use this recipe", ge=0, le=LARGEST_WEIGHT)
    seeds: int = Field(6, description="seed tasks shown in a prompt", ge=0)
    machine: int = Field(2, description="admitted instructions shown in a prompt, once there are any", ge=0)
    count: int = Field(8, description="new instructions asked for in one call", ge=1)
    propose: str = template("self-instruct-propose", "asks for instructions")
    classify: str = template("self-instruct-classify", "asks whether a task is a classification")
    input_first: str = template("self-instruct-input-first", "asks for input, then output")
    output_first: str = template("self-instruct-output-first", "asks for label, then input (classification)")


STEPS = {"propose": "propose", "classify": "classify", "respond": "respond"}


LISTED = tasks_schema("instruction")


@dataclass(frozen=True)
class SelfInstruct:
    config: SelfInstructConfig
    name = "self-instruct"
    steps = STEPS
    shows_instances = False

    @property
    def seeds(self) -> int:
        return self.config.seeds

    @property
    def machine(self) -> int:
        return self.config.machine

    @property
    def templates(self) -> tuple[str, ...]:
        return (self.config.propose, self.config.classify, self.config.input_first, self.config.output_first)

    async def propose(self, draw: Draw, ask: Ask) -> tuple[tuple[Proposal, ...], str]:
        def propose(ordinal: int, parents: Sequence[Entry]) -> Awaitable[Answer]:
            examples = [entry.instruction for entry in parents]
            count, template = self.config.count, self.config.propose
            return ask("propose", ordinal, template, options=LISTED, examples=examples, count=count, aim=draw.aim)

        answer, shown = await ask_with(draw.parents, propose)
        if fault := answer_fault(answer):
            return (), fault
        made = await aside(len(answer.text), parsers(answer).list, answer.text, shown + 1, cut=answer.cut, count=self.config.count)
        return tuple(made), ""

    async def respond(self, candidate: Candidate, ask: Ask) -> Response:
        sorted_as = await ask("classify", candidate.ordinal, self.config.classify, instruction=candidate.instruction)
        if fault := answer_fault(sorted_as):
            return Response(fault=fault)
        labelled = parsers(sorted_as).yes_no(sorted_as.text)
        template = self.config.output_first if labelled else self.config.input_first
        answer = await ask("respond", candidate.ordinal, template, instruction=candidate.instruction)
        if fault := answer_fault(answer):
            return Response(fault=fault)
        read = parsers(answer)
        return await aside(len(answer.text), read.label_input if labelled else read.input_output, answer.text, cut=answer.cut)


def samples(entries: Sequence[Entry]) -> Mapping[str, Any]:
    return {"examples": [entry.instruction for entry in entries], "count": 1, "instruction": "Name a river.", "aim": Aim()}


PLUGIN = RecipeKind("self-instruct", 10, SelfInstructConfig, "instructions first, answers later", STEPS, SelfInstruct, samples)
