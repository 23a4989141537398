"""The values that flow through a run, as frozen dataclasses. No behaviour beyond naming; no I/O.

Reading order is the flow: a `SeedTask` enters the pool as an `Entry`; a ticket makes a `Draw` from a view of the pool, a `Prompt` is
rendered and asked under a `CallKey`, the `Answer` is parsed into `Proposal`s, each becomes a `Candidate`, the gate gives it
`Verdict`s, and what is admitted is answered with `Instance`s that become `Item`s.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from seedgen.errors import UsageError

Vector = npt.NDArray[np.float16]
"""A unit-length sentence embedding, shape (d,). Half precision: a rounding that also absorbs the last-bit noise of batched encoders."""

Step = str
"""A step of a ticket, as its recipe names it. Nobody but the recipe knows what it stands for."""
Role = str
"""What a step's teacher is asked for: "propose", "respond", "classify" … A recipe gives each of its steps one."""
PROPOSE: Role = "propose"
"""The role of the calls that a ticket makes as a whole, before it has candidates; any other call is made for one candidate."""
RESPOND: Role = "respond"
EXHAUSTED = "exhausted"
"""The fault of a ticket whose recipe had nothing more to ask for."""
Compare = Literal["instruction", "task"]


@dataclass(frozen=True, slots=True)
class Instance:
    """One worked example of an instruction. `input` is "" when the instruction needs none.

    What two texts cannot hold (a conversation, a pair of answers) is the `payload`, canonical JSON, and `kind` says what it is; both are ""
    for a plain one.
    """

    input: str
    output: str
    kind: str = ""
    payload: str = ""

    def __post_init__(self) -> None:
        if bool(self.kind) != bool(self.payload):
            raise ValueError("an instance has both a kind and a payload, or neither")

    def as_json(self) -> dict[str, str]:
        """As it is kept: what only some kinds have is left out where it is empty."""
        texts = {"input": self.input, "output": self.output}
        return {**texts, "kind": self.kind, "payload": self.payload} if self.kind else texts


@dataclass(frozen=True, slots=True)
class SeedTask:
    """A task written by a person. `source` is where it was read from, as "file:line"."""

    id: str
    instruction: str
    instances: tuple[Instance, ...]
    is_classification: bool | None = None
    category: str | None = None
    tier: str | None = None
    license: str | None = None
    source: str = ""

    @property
    def proposal(self) -> Proposal:
        """The task as a teacher would have proposed it: with its first instance."""
        return Proposal(self.instruction, *((self.instances[0].input, self.instances[0].output) if self.instances else ()))

    def as_json(self) -> dict[str, Any]:
        """Its fields by name."""
        return {each.name: getattr(self, each.name) for each in fields(self)} | {"instances": [each.as_json() for each in self.instances]}


@dataclass(frozen=True, slots=True)
class EvaluationItem:
    """One text of an evaluation file, which no task may overlap with. `source` is where it was read from, as "file:line"."""

    source: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One instruction in the pool. `ref` is "seed:<id>" or "<ticket>.<ordinal>".

    `index` is its place there; None for a parent in a regated run that was in the pool it was drawn from, but is not in this one.
    """

    index: int | None
    ref: str
    instruction: str
    instances: tuple[Instance, ...] = ()
    is_classification: bool | None = None
    category: str | None = None
    tier: str | None = None
    verb: str | None = None


@dataclass(frozen=True, slots=True)
class Aim:
    """What a ticket is steered to; "" and () where to nothing.

    `description` says what the category is and `output` what its answers look like, for the prompt; `avoid` are verbs there are enough of.
    `level` says how many answers to a collapse are in force: from 1 on only seeds are shown, from 2 on `warmth` is added to the
    temperature, from 3 on only the categories furthest behind are aimed at.
    """

    category: str = ""
    description: str = ""
    output: str = ""
    tier: str = ""
    avoid: tuple[str, ...] = ()
    level: int = 0

    @property
    def seeds_only(self) -> bool:
        return self.level >= 1

    @property
    def warmth(self) -> float:
        return 0.2 if self.level >= 2 else 0.0


@dataclass(frozen=True, slots=True)
class Draw:
    """What a ticket was dealt: its recipe, the pool entries shown to the teacher, in the order shown, and its aim."""

    ticket: int
    recipe: str
    parents: tuple[Entry, ...]
    aim: Aim = Aim()


@dataclass(frozen=True, slots=True)
class GateTurn:
    """What is remembered of a ticket once its gate turn is over: what later tickets are steered by.

    `novelty` is 1 - the mean similarity of its candidates to their nearest neighbours, None if none was measured; `exhausted` the recipe
    that has nothing more to ask for, "" as long as it has.
    """

    pool_size: int
    category: str = ""
    candidates: int = 0
    novelty: float | None = None
    exhausted: str = ""


@dataclass(frozen=True, slots=True, order=True)
class CallKey:
    """Names one question of a run. `ordinal` is the candidate's within the ticket; for propose 0, or 1 where fewer examples are shown."""

    ticket: int
    step: Step
    ordinal: int = 0

    def __str__(self) -> str:
        return f"{self.ticket}.{self.step}.{self.ordinal}"


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat. `role` is "system", "user" or "assistant"."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Options:
    """How a prompt is to be answered: `n` answers to one request, from this `seed`, as a JSON object of this `response_format`.

    `schema` is a JSON schema that an answer may keep to: it is asked for as that where the teacher's settings say so (`structured`).
    """

    n: int = 1
    seed: int | None = None
    response_format: Mapping[str, Any] | None = None
    schema: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """A rendered template, after the turns before it. `template_digest` is the SHA-256 (hex) of the template's source; `warmth` is added to
    the temperature.
    """

    template: str
    template_digest: str
    text: str
    stop: tuple[str, ...] = ()
    max_tokens: int = 1024
    warmth: float = 0.0
    turns: tuple[Message, ...] = ()
    options: Options = Options()

    @property
    def messages(self) -> tuple[Message, ...]:
        return (*self.turns, Message("user", self.text))


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the teacher counted them; None where it did not say or said nonsense."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None


READER = "2"
"""The rules by which answers are read today. Whoever changes what comes out of the same bytes, or which tasks are found in the same text,
gives them another name and keeps the old ones (`wire.READERS`): a run's finished tickets stay as they were read.
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a teacher said; `text` may be "", and `reasoning` is what it thought before that.

    `others` are the texts of further answers, where several were asked for at once. `reader` names the rules by which the bytes were read.
    `finish` is "stop", "length", "content_filter", "refused" (no answer at all), "too_long" (none, for the prompt was), "not_asked" (a
    regated run asks nothing) or the teacher's own word. `notes` are words for what is odd about it: "surrogates" or "nul" were in the text,
    "no_usage" was counted.
    """

    text: str
    finish: str = "stop"
    model: str = ""
    usage: Usage = Usage()
    notes: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    reader: str = ""
    reasoning: str = ""

    @property
    def cut(self) -> bool:
        """True when the text does not end where the teacher meant it to: at the token limit, or for a reason that nobody knows."""
        return self.finish == "length" if self.reader == "1" else self.finish != "stop"


@dataclass(frozen=True, slots=True)
class Proposal:
    """One task read out of an answer. `fault` says what the parser found missing or broken; such a proposal is refused, not lost.

    `input` and `output` are None when the recipe asks for them later. `key` is the text that stands for it where tasks are compared, if its
    recipe knows better than `gate.compare`.
    """

    instruction: str
    input: str | None = None
    output: str | None = None
    fault: str | None = None
    key: str | None = None

    def compared(self, by: Compare) -> str:
        """The text that stands for it where tasks are compared. With "task" an input it came with belongs to it, so that the same
        instruction may come again with another input.
        """
        if self.key is not None:
            return self.key
        return f"{self.instruction}\n{self.input}" if by == "task" and self.input else self.instruction


@dataclass(frozen=True, slots=True)
class Response:
    """What a teacher made of an instruction: its instances, best first; or none and a `fault` ("cut", "no_output" …)."""

    instances: tuple[Instance, ...] = ()
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A proposal with its traits and what else the gate needs to judge it. `vector` is None when the semantic filter is off.

    `found` says of each trait how it was found. None is an honest "unknown"; `language` is an ISO 639-1 code.
    """

    ticket: int
    ordinal: int
    proposal: Proposal
    verb: str | None = None
    noun: str | None = None
    category: str | None = None
    tier: str | None = None
    language: str | None = None
    found: Mapping[str, str] = field(default_factory=dict)
    vector: Vector | None = field(default=None, compare=False)

    @property
    def ref(self) -> str:
        return f"{self.ticket}.{self.ordinal}"

    @property
    def instruction(self) -> str:
        return self.proposal.instruction


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one filter found. A refusal always has a `reason` (snake_case); `score` and `nearest` (a pool index) where there is one.

    `evidence` says in words what was seen: the banned word, the cap and the count, the pattern that leaked.
    """

    filter: str
    passed: bool
    reason: str = ""
    score: float | None = None
    nearest: int | None = None
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One (instruction, input, output), and whether its output checks passed.

    `ordinal` is the candidate's, `instance` counts the instances of one instruction. `position` is its place among the items that
    passed, in ticket order; None if it did not pass. An item is accepted when `position < target`, else it is surplus. `output_shape`
    is what the output looks like (see `traits.OUTPUT_SHAPES`).
    """

    ticket: int
    ordinal: int
    instance: int
    instruction: str
    input: str
    output: str
    position: int | None
    verdicts: tuple[Verdict, ...] = ()
    output_shape: str = ""
    shape_evidence: str = ""
    kind: str = ""
    payload: str = ""

    @property
    def ref(self) -> str:
        return item_ref(self.ticket, self.ordinal, self.instance)


def item_ref(ticket: int, ordinal: int, instance: int = 0) -> str:
    """The name people use for an item: "17.3", or "17.3.1" for a second instance of the same instruction."""
    return f"{ticket}.{ordinal}" + (f".{instance}" if instance else "")


def parse_ref(ref: str) -> tuple[int, int, int]:
    """Ticket, ordinal and instance of an item's name. Raises `UsageError`."""
    parts = ref.split(".")
    if len(parts) not in (2, 3) or not all(re.fullmatch(r"[0-9]{1,15}", part) for part in parts):
        raise UsageError(f'"{ref}" names no item; items are named <ticket>.<ordinal>, for example 17.3 (see: seedgen items RUN)')
    ticket, ordinal, instance = map(int, (*parts, "0")[:3])
    return ticket, ordinal, instance


@dataclass(frozen=True, slots=True)
class Gated:
    """A candidate with the gate's verdicts, in the order given. `index` is its pool index if it was admitted."""

    candidate: Candidate
    verdicts: tuple[Verdict, ...]
    index: int | None

    @property
    def admitted(self) -> bool:
        return self.index is not None


@dataclass(frozen=True, slots=True)
class Mark:
    """What a person makes of an item that passed: its version `version`, beside the one that was made, which stays.

    It is left out of the dataset if `rejected`; texts that are None are those it was made with. `marked_by` is who said so and `note` why,
    in their words; `marked_at` is UTC.
    """

    ticket: int
    ordinal: int
    instance: int
    rejected: bool = False
    instruction: str | None = None
    input: str | None = None
    output: str | None = None
    note: str = ""
    marked_by: str = ""
    marked_at: str = ""
    version: int = 1

    @property
    def ref(self) -> str:
        return item_ref(self.ticket, self.ordinal, self.instance)

    def after(self, earlier: Mark | None) -> Mark:
        """It as the version that follows an earlier one: what it says nothing of stays as that had it."""
        if earlier is None:
            return replace(self, version=1)
        texts = {name: getattr(earlier, name) for name in MARKED if getattr(self, name) is None}
        return replace(self, version=earlier.version + 1, **texts)


MARKED = ("instruction", "input", "output")
"""The texts of an item that people may change."""


@dataclass(frozen=True, slots=True)
class TicketResult:
    """All that a finished ticket adds to the record; written in one transaction at its finalize turn.

    `view_size` is the length of the pool it drew from; `gate_turn` says how long its gate turn left it.
    `fault` says why the ticket came to nothing ("content_filter", "empty_answer" …), "" when it did not.
    """

    draw: Draw
    view_size: int
    gate_turn: GateTurn
    gated: tuple[Gated, ...]
    items: tuple[Item, ...]
    fault: str = ""
    times: Mapping[str, str] = field(default_factory=dict)
