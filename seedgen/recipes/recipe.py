"""A recipe: how a ticket asks for new tasks, and how an admitted one gets its answer.

A recipe holds no state and does no I/O. It asks through the `Ask` it is given, which renders the named template, sends it (or finds the
saved answer) and returns what the teacher said; everything else is parsing. Which recipe a ticket uses, and which pool entries it is
dealt, is the sampler's affair; what a proposal is worth is the gate's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from seedgen.ask.protocols import Ask
from seedgen.config.section import RecipeSection
from seedgen.records import Answer, Candidate, Draw, Entry, Options, Proposal, Response, Role, Step


class Recipe(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def steps(self) -> Mapping[Step, Role]:
        """The role of each question that it asks; none if it asks no teacher."""
        ...

    @property
    def seeds(self) -> int:
        """How many seed tasks a draw shows."""
        ...

    @property
    def machine(self) -> int:
        """How many admitted pool entries a draw shows, once there are any."""
        ...

    @property
    def shows_instances(self) -> bool:
        """Whether examples are shown with input and output, so that only entries with instances can be drawn."""
        ...

    @property
    def templates(self) -> tuple[str, ...]:
        """Every template it may use, as named in its config."""
        ...

    async def propose(self, draw: Draw, ask: Ask) -> tuple[tuple[Proposal, ...], str]:
        """The proposals of a ticket, and why there are none: "refused", "too_long", "content_filter", "empty_answer"; "" if there is an
        answer. "exhausted" says that there is nothing more to ask for: from the next window on, no ticket is given to this recipe.
        """
        ...

    async def respond(self, candidate: Candidate, ask: Ask) -> Response:
        """The instances of an admitted candidate, or a fault."""
        ...


@dataclass(frozen=True, slots=True)
class RecipeKind:
    """A recipe as it is plugged in (`seedgen.registry`, door `seedgen.recipes`): `config` is its section under `recipes.<name>`.

    `steps` gives each question that it may ask a role: teachers are looked for by role. Draws go through the recipes in `order`, so it
    never changes once there are runs. `samples` gives values for its templates, from entries that a draw may show, so that they are tried
    out before there is a run.
    """

    name: str
    order: int
    config: type[RecipeSection]
    description: str
    steps: Mapping[Step, Role]
    make: Callable[[Any], Recipe]
    samples: Callable[[Sequence[Entry]], Mapping[str, Any]] | None = None


def tasks_schema(*parts: str) -> Options:
    """Options by which a list of tasks with these parts may be asked for as JSON."""
    task = {
        "type": "object",
        "properties": {part: {"type": "string"} for part in parts},
        "required": list(parts),
        "additionalProperties": False,
    }
    tasks = {"type": "array", "items": task}
    return Options(schema={"type": "object", "properties": {"tasks": tasks}, "required": ["tasks"], "additionalProperties": False})


def answer_fault(answer: Answer) -> str:
    """Why there is nothing in an answer to parse; "" if there is."""
    if answer.finish in ("content_filter", "refused", "too_long", "not_asked"):
        return answer.finish
    if answer.text.strip():
        return ""
    if answer.cut and (answer.reasoning or answer.usage.reasoning_tokens) and answer.reader != "1":
        return "cut_while_reasoning"
    return "only_reasoning" if answer.reasoning else "empty_answer"


async def ask_with(examples: Sequence[Entry], ask: Callable[[int, Sequence[Entry]], Awaitable[Answer]]) -> tuple[Answer, int]:
    """The answer to a prompt that shows these examples; if that is too long for the teacher, once more (ordinal 1) with the first half of
    them. Also returns how many were shown.
    """
    answer = await ask(0, examples)
    if answer.finish != "too_long" or len(examples) < 2:
        return answer, len(examples)
    fewer = examples[: len(examples) // 2]
    return await ask(1, fewer), len(fewer)
