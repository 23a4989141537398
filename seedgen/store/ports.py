"""What a store of runs gives and takes, whatever database it keeps them in: values, and the two protocols by which others know it.

`RunStore` is written by the one process that works on a run, `RunReader` may read it at any time. `store.open` opens both. Beside `sqlite/`
another folder can keep runs elsewhere; nothing here knows of any.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from seedgen.ask.limits import Spend
from seedgen.ask.prompt import Template
from seedgen.ask.protocols import History, Journal
from seedgen.config.model import Config
from seedgen.errors import UsageError
from seedgen.records import (
    Aim,
    CallKey,
    Candidate,
    Compare,
    EvaluationItem,
    GateTurn,
    Mark,
    SeedTask,
    TicketResult,
    Vector,
    Verdict,
)
from seedgen.store.figures import Balance, Costs, Refused, Scored
from seedgen.store.folder import RunFolder
from seedgen.store.lock import FREE, LockState

if TYPE_CHECKING:
    from seedgen.store.views import Items

OF_STARTS = ("starts", "started_at", "started_with", "ended_at", "end", "end_message")
"""What a run's record says of its last start."""

Rows = Sequence[Mapping[str, Any]]
Standing = Literal["accepted", "surplus", "refused", "rejected"]


@dataclass(frozen=True, slots=True)
class RunRecord:
    """The run itself. `config` is its JSON text; `end` one word of `events.End`, "" while it goes on (or crashed).

    How it was started and ended is told of its last start; before the first one all that is "" and 0.

    `regated_from` is the run whose answers it judged again, "" if it drew and asked itself; `regated_fingerprint` the one that run had.
    """

    name: str
    version: str
    created_at: str
    config: str
    config_digest: str
    seeds_digest: str
    window: int
    target: int
    taxonomy: str = "{}"
    evaluation_digest: str = ""
    regated_from: str = ""
    regated_fingerprint: str = ""
    starts: int = 0
    started_at: str = ""
    started_with: int = 0
    """Accepted items at the last start."""
    ended_at: str = ""
    end: str = ""
    end_message: str = ""

    @property
    def thresholds(self) -> Mapping[str, float]:
        """The threshold of every filter that has one."""
        sections = json.loads(self.config)["gate"].items()
        return {name: section["threshold"] for name, section in sections if isinstance(section, dict) and "threshold" in section}


@dataclass(frozen=True, slots=True)
class Kept:
    """What a run keeps of what made it. `templates` are name to source."""

    record: RunRecord
    seeds: tuple[SeedTask, ...]
    templates: Mapping[str, str]
    evaluation: tuple[EvaluationItem, ...]


@dataclass(frozen=True, slots=True)
class State:
    """All that a start needs of earlier ones.

    The gate turn of each finished ticket; `passed` counts the items that passed, `rejected` those of them that people rejected; `vectors`
    is by pool index; `open` holds the started but unfinished tickets.
    """

    admitted: Sequence[Candidate]
    gate_turns: Sequence[GateTurn]
    vectors: Mapping[int, Vector]
    passed: int
    rejected: int
    spend: Spend
    histories: Mapping[CallKey, History]
    open: frozenset[int]
    heard: frozenset[str] = frozenset()
    """The teachers that have answered a call."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A run at a glance.

    `state`: running, finished, stopped, crashed (it says it is going on, but no process holds it), or unknown (whether one does cannot be
    seen; `lock` says why).
    """

    record: RunRecord
    state: Literal["running", "finished", "stopped", "crashed", "unknown"]
    accepted: int
    surplus: int
    tickets: int
    open_tickets: int
    candidates: int
    admitted: int
    refusals: Mapping[tuple[str, str], int]
    spend: Spend
    unseen: int
    failed_calls: int
    accepted_lately: int
    """Items accepted since the run was last started."""
    lock: LockState = FREE
    rejected: int = 0
    """Items that passed and were rejected by people."""

    @property
    def cost_per_item(self) -> float | None:
        """US dollars per accepted item; None if unknown or nothing was accepted."""
        return self.spend.cost / self.accepted if self.accepted and not self.spend.unpriced else None


@dataclass(frozen=True, slots=True)
class Near:
    """A pool entry that a candidate was close to."""

    ref: str
    instruction: str


@dataclass(frozen=True, slots=True)
class ItemView:
    """One item as lists show it. A refused one has the verdict that refused it, and its nearest neighbour if that has one."""

    ref: str
    standing: Standing
    instruction: str
    input: str = ""
    output: str = ""
    category: str | None = None
    verb: str | None = None
    noun: str | None = None
    position: int | None = None
    refusal: Verdict | None = None
    near: Near | None = None
    tier: str | None = None
    language: str | None = None
    output_shape: str = ""
    kind: str = ""
    payload: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt, as the record has it. `request` is {} and `body` b"" if no answer was received. `reader` names the rules by which the
    body was read (see `seedgen.answer_of`), "" if it has not been.
    """

    step: str
    role: str
    ordinal: int
    attempt: int
    teacher: str
    model: str
    template: str
    template_digest: str
    request_digest: str
    state: str
    sent_at: str
    seconds: float | None
    prompt_tokens: int | None
    completion_tokens: int | None
    cost: float | None
    error: str
    message: str
    request: Mapping[str, Any]
    body: bytes
    reader: str = ""


@dataclass(frozen=True, slots=True)
class Life:
    """The whole provenance of one candidate and of the items made from it."""

    run: RunRecord
    ref: str
    instruction: str
    fault: str | None
    verb: str | None
    noun: str | None
    category: str | None
    tier: str | None
    language: str | None
    found: Mapping[str, str]
    pool_index: int | None
    ticket: int
    recipe: str
    aim: Mapping[str, Any]
    view_size: int
    times: Mapping[str, str]
    parents: tuple[Near, ...]
    verdicts: tuple[tuple[Verdict, Near | None], ...]
    items: tuple[ItemView, ...]
    item_verdicts: Mapping[str, tuple[Verdict, ...]]
    calls: tuple[Call, ...]
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Ground:
    """One filter's verdict in an item's favour. `nearest` is the ref of the pool entry it was closest to, "" if none was looked for."""

    filter: str
    score: float | None
    nearest: str


@dataclass(frozen=True, slots=True)
class Source:
    """One answer behind an item. Tokens and `cost` (US dollars) are None where unknown."""

    step: str
    teacher: str
    model: str
    template: str
    template_digest: str
    request_digest: str
    prompt_tokens: int | None
    completion_tokens: int | None
    cost: float | None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an accepted item comes from. What its ticket was asked for as a whole is a source of all its candidates.

    `parents` are refs of pool entries in the order shown, `licenses` those of the seeds among them; `found` says of each trait how it
    was found.
    """

    item: ItemView
    run: RunRecord
    ticket: int
    recipe: str
    parents: tuple[str, ...]
    licenses: tuple[str, ...]
    grounds: tuple[Ground, ...]
    sources: tuple[Source, ...]
    created_at: str
    found: Mapping[str, str]
    version: int = 0
    """0 as it was made; else the number of the mark that people put on it last."""
    marked_by: str = ""
    marked_at: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class SavedTicket:
    """One ticket, without the verdicts on it. `parents` are as shown: seeds by pool index, candidates by ref.

    `candidates` have the vectors that were kept, which are those of admitted ones. `calls` and `answers` are rows as they stand.
    """

    number: int
    recipe: str
    parents: tuple[int | str, ...]
    aim: Aim
    view_size: int
    fault: str
    candidates: tuple[Candidate, ...]
    histories: Mapping[CallKey, History]
    calls: Sequence[Mapping[str, Any]]
    answers: Sequence[Mapping[str, Any]]
    marks: tuple[Mark, ...] = ()


class RunStore(Journal, Protocol):
    """One run, to be written by this process alone (see `folder.RunFolder.held`). Every write leaves the run resumable.

    A call is kept before it is sent, its raw answer before it is parsed, and a ticket's candidates, verdicts and items all at once when it
    is final. Raises `StoreBroken` wherever it cannot be read or written.
    """

    started: bool
    """Whether `start` was called."""

    def create(
        self, record: RunRecord, seeds: Sequence[SeedTask], templates: Iterable[Template], evaluation: Sequence[EvaluationItem] = ()
    ) -> None: ...
    def kept(self) -> Kept | None: ...
    def available(self) -> int: ...
    def start(self, config: Config, prices: str = "") -> int: ...
    def change(self, config: Config) -> None: ...
    def mark(self, mark: Mark) -> tuple[Mark, int]: ...
    def mark_all(self, marks: Sequence[Mark]) -> tuple[list[Mark], int, UsageError | None]: ...
    def state(self) -> State: ...
    def save_vectors(self, vectors: Mapping[int, Vector]) -> None: ...
    def open_ticket(self, ticket: int, started: str) -> None: ...
    def finish_ticket(self, result: TicketResult) -> Awaitable[None]: ...
    def adopt_ticket(self, result: TicketResult, calls: Rows, answers: Rows, marks: Sequence[Mark] = ()) -> Awaitable[None]: ...
    def end(self, end: str, message: str) -> None: ...
    def close(self) -> None: ...


class SavedRun(Protocol):
    """A run as it stands, for whoever judges its answers again."""

    def record(self) -> RunRecord: ...
    def finished(self) -> int: ...
    def seeds(self) -> tuple[SeedTask, ...]: ...
    def templates(self) -> Mapping[str, str]: ...
    def evaluation(self) -> tuple[EvaluationItem, ...]: ...
    def vectors(self) -> Mapping[int, Vector]: ...
    def fingerprint(self) -> str: ...
    def tickets(self) -> Iterator[SavedTicket]: ...


class RunReader(Protocol):
    """Read-only access to one run. Every method reads the run as it stands at that moment. Raises `StoreBroken`."""

    folder: RunFolder

    def summary(self) -> Summary: ...
    def record(self) -> RunRecord: ...
    def items(
        self,
        *,
        standing: Standing | None = None,
        refused_by: str | None = None,
        reason: str | None = None,
        search: str | None = None,
        limit: int | None = None,
    ) -> Items: ...
    def count(
        self, *, standing: Standing | None = None, refused_by: str | None = None, reason: str | None = None, search: str | None = None
    ) -> int: ...
    def accepted(self) -> Iterator[ItemView]: ...
    def accepted_at(self, places: Iterable[int]) -> Items: ...
    def entry(self, index: int) -> Near: ...
    def life(self, ref: str) -> Life: ...
    def pool(self) -> list[str]: ...
    def compare(self) -> Compare: ...
    def seeds(self) -> tuple[SeedTask, ...]: ...
    def templates(self) -> dict[str, str]: ...
    def fingerprint(self) -> str: ...
    def origins(self) -> Generator[Origin]: ...
    def costs(self, seeds: int = 5) -> Costs: ...
    def balance(self) -> Balance: ...
    def refusals(self) -> tuple[Refused, ...]: ...
    def scores(self) -> dict[str, list[Scored]]: ...
    def expect(self, name: str | None, reason: str | None = None) -> None: ...
    def saved(self) -> AbstractContextManager[SavedRun]: ...

    def snapshot(self, *, checked: bool = True) -> AbstractContextManager[Any]:
        """A connection of SQLAlchemy that shows the run as it stands now: for `seedgen.audit`, which reads the tables by other means.

        Unless it is `checked`, it also gives values that no seedgen wrote.
        """
