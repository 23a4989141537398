"""A run made from another's saved answers under other rules: same draws, same candidates, other verdicts. No teacher is opened.

Every finished ticket of the base goes through its two turns again (`seedgen.loop.turns`), in order, against a pool that grows by what is
admitted now. What was never asked (the base refused the instruction, so nobody answered it) is not asked now either: such an item is
refused as `not_asked`. What passes beyond the target is surplus, as in any run. People's marks on items go with them.

The base is only read. The new run is written as a draft in its folder and becomes the run when it is whole: it is there entirely or not
at all, and what a killed process leaves behind is thrown away by the next attempt.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Any

from seedgen import __version__
from seedgen.ask.asker import NOT_ASKED, replayed
from seedgen.ask.prompt import read_template
from seedgen.ask.protocols import Ask
from seedgen.check.echo import examples
from seedgen.config.model import Config, GateConfig, stored_config
from seedgen.draw.taxonomy import stored_taxonomy
from seedgen.errors import RunConflict, UsageError
from seedgen.events import Listener, Notice, TicketFinished
from seedgen.failpoints import failpoint
from seedgen.gate.decontamination import DecontaminationConfig
from seedgen.gate.semantic import SemanticConfig
from seedgen.inputs.evaluation import evaluation as how_much
from seedgen.inputs.evaluation import evaluation_digest, read_evaluation
from seedgen.language.traits import language
from seedgen.loop.ticket import walk
from seedgen.loop.turns import Turns, entry_of, founded
from seedgen.recipes import build_recipes
from seedgen.recipes.recipe import Recipe
from seedgen.records import (
    EXHAUSTED,
    Answer,
    CallKey,
    Candidate,
    Draw,
    Entry,
    EvaluationItem,
    Gated,
    GateTurn,
    Item,
    Mark,
    Proposal,
    Response,
    SeedTask,
    Step,
    TicketResult,
    Vector,
    item_ref,
)
from seedgen.store.folder import RunFolder
from seedgen.store.open import draft_store, read_run
from seedgen.store.ports import OF_STARTS, RunReader, RunRecord, RunStore, SavedRun, SavedTicket
from seedgen.teachers.encoder import Encoder, make_encoder
from seedgen.teachers.endpoint import NOWHERE
from seedgen.teachers.remembered import Remembered, remembered, seed_vectors
from seedgen.teachers.wire import READER, read_body

REGATABLE = ("gate.", "output.")
"""What may differ from the base, and the target: what only says which answers are good."""
FILES = "gate.decontamination.files"
COMMITTED_AT_ONCE = 64
"""Tickets that are written together."""


async def make_regated(
    base: RunReader, folder: RunFolder, settings: Mapping[str, Any], *, environ: Mapping[str, str], emit: Listener, now: Callable[[], str]
) -> None:
    """Make the run in `folder`, which this process holds; if it is there and the same, leave it. `settings` are dotted keys to values.

    Raises `UsageError`, `RunConflict` if another run is there, `StoreBroken`, `TeacherError` if the embeddings cannot be had.
    """
    with base.saved() as saved:
        config = regated_config(saved, base.folder.name, settings)
        evaluation = read_evaluation(config.gate.of(DecontaminationConfig).files) if FILES in settings else saved.evaluation()
        record = regated_record(saved, config, evaluation, name=folder.name, base=base.folder.name, now=now())
        if folder.exists():
            expect_same(folder, record)
            return
        with draft_store(folder, now) as store:
            failpoint("regate.drafting")
            if compared := how_much(evaluation):
                emit(Notice(str(compared)))
            await Regating(saved, store, config, evaluation, emit, now).go(record, environ)


def regated_config(saved: SavedRun, base: str, settings: Mapping[str, Any]) -> Config:
    """The base's config with these settings. Raises `UsageError` if they cannot differ, or there is nothing to judge."""
    if fixed := [key for key in settings if key != "target" and not key.startswith(REGATABLE)]:
        raise UsageError(f"{fixed[0]}: saved answers can be judged under other gate.…, output.… and target, but were made with this one")
    if not saved.finished():
        raise UsageError(f"run {base} has no finished ticket yet, so there is nothing to judge")
    return stored_config(saved.record().config, f"run {base}", settings)


def regated_record(saved: SavedRun, config: Config, evaluation: Sequence[EvaluationItem], *, name: str, base: str, now: str) -> RunRecord:
    """The record of the new run."""
    record = saved.record()
    return RunRecord(
        name=name,
        version=__version__,
        created_at=now,
        config=config.to_json(),
        config_digest=config.digest(),
        seeds_digest=record.seeds_digest,
        window=record.window,
        target=config.target,
        taxonomy=record.taxonomy,
        evaluation_digest=evaluation_digest(evaluation),
        regated_from=base,
        regated_fingerprint=saved.fingerprint(),
    )


def expect_same(folder: RunFolder, record: RunRecord) -> None:
    """Raise `RunConflict` if the run that is there is not the one this record would make."""
    there = read_run(folder).summary().record
    made = {name: getattr(record, name) for name in ("version", "created_at", *OF_STARTS)}
    if replace(there, **made) != record:
        raise RunConflict(f'run "{folder.name}" is there already and is another one; give the new run another --name')


@dataclass
class Regating:
    """The base's tickets, one after the other, into the new run's store."""

    base: SavedRun
    store: RunStore
    config: Config
    evaluation: Sequence[EvaluationItem]
    emit: Listener
    now: Callable[[], str]

    async def go(self, record: RunRecord, environ: Mapping[str, str]) -> None:
        async with AsyncExitStack() as stack:
            await self.carry_out(record, self.vectors(environ, stack))

    async def carry_out(self, record: RunRecord, vectors: Vectors) -> None:
        seeds, templates = self.base.seeds(), self.base.templates()
        self.store.create(record, seeds, [read_template(*template) for template in templates.items()], self.evaluation)
        self.store.start(self.config)
        taxonomy = stored_taxonomy(record.taxonomy, f"run {record.name}")
        of_seeds = await vectors.of_seeds(seeds, self.base.vectors())
        self.store.save_vectors(of_seeds)
        pool, gate = founded(seeds, self.config.gate, of_seeds, self.evaluation, taxonomy.shares())
        turns = Turns(pool, gate, self.config.output, shown=examples(templates.values()))
        known: dict[int | str, Entry] = dict(enumerate(pool.entries))
        await self.walk(Replay(turns, build_recipes(self.config.recipes), vectors, known, self.now))
        self.end(turns.available, record.regated_from)

    def vectors(self, environ: Mapping[str, str], stack: AsyncExitStack) -> Vectors:
        old, new = stored_config(self.base.record().config, "base").gate, self.config.gate
        if not new.of(SemanticConfig).enabled:
            return Vectors(new, None, reused=False, emit=self.emit)
        encoder = make_encoder(new.of(SemanticConfig), environ)
        stack.push_async_callback(encoder.close)
        known = remembered(new.of(SemanticConfig), environ)
        return Vectors(new, encoder, reused=same_vectors(old, new), emit=self.emit, known=known)

    async def walk(self, replay: Replay) -> None:
        """Judge all tickets, and write them some at a time."""
        waiting: list[Awaitable[None]] = []
        for saved in self.base.tickets():
            result = await replay.ticket(saved)
            marks = kept_marks(saved, result)
            replay.turns.rejected += sum(mark.rejected for mark in last_of_each(marks))
            waiting.append(self.store.adopt_ticket(result, saved.calls, saved.answers, marks))
            self.emit(TicketFinished(result, min(replay.turns.available, self.config.target)))
            await asyncio.sleep(0)  # others may share this loop
            if len(waiting) == COMMITTED_AT_ONCE:
                await asyncio.gather(*waiting)
                waiting = []
        await asyncio.gather(*waiting)

    def end(self, available: int, base: str) -> None:
        target = self.config.target
        if available >= target:
            self.store.end("target", f"{target} accepted")
        else:
            self.store.end("answers", f"the saved answers of {base} gave {available} of {target}")


def kept_marks(saved: SavedTicket, result: TicketResult) -> list[Mark]:
    """What people made of those of the ticket's items that pass in the new run too, and are the same there."""
    passed = {item_ref(item.ticket, item.ordinal, item.instance) for item in result.items if item.position is not None}
    return [mark for mark in saved.marks if mark.ref in passed]


def last_of_each(marks: Iterable[Mark]) -> Iterable[Mark]:
    """The mark that counts, of each item."""
    return {mark.ref: mark for mark in marks}.values()


@dataclass
class Replay:
    """The new run's turns. `known` is all that a draw may have shown, in the pool now or not: seeds by pool index, candidates by ref."""

    turns: Turns
    recipes: Mapping[str, Recipe]
    vectors: Vectors
    known: dict[int | str, Entry]
    now: Callable[[], str]

    async def ticket(self, saved: SavedTicket) -> TicketResult:
        """One ticket: its candidates to the gate, the saved answers to what is admitted, its items to their places."""
        draw = Draw(saved.number, saved.recipe, tuple(self.known[parent] for parent in saved.parents), saved.aim)
        stages = Again(self, saved, draw, self.now())
        await walk(draw, self.recipes[saved.recipe], answering(saved), stages)
        return stages.result


@dataclass
class Again:
    """The stages of a ticket whose saved answers are judged again (`ticket.Stages`): its candidates are those it had."""

    replay: Replay
    saved: SavedTicket
    draw: Draw
    started: str
    gated: tuple[Gated, ...] = field(init=False)
    gate_turn: GateTurn = field(init=False)
    gated_at: str = field(init=False)
    result: TicketResult = field(init=False)

    async def candidates(self, proposals: Sequence[Proposal], fault: str) -> Sequence[Candidate]:  # noqa: ARG002 - as they were read
        return await self.replay.vectors.of_ticket(tuple(map(with_language, self.saved.candidates)), self.replay.turns.gate.is_lost)

    async def gate(self, candidates: Sequence[Candidate]) -> Sequence[Gated]:
        exhausted = self.draw.recipe if self.saved.fault == EXHAUSTED else ""
        self.gated, self.gate_turn = self.replay.turns.gate_all(candidates, self.saved.aim.category, exhausted)
        self.replay.known |= {g.candidate.ref: entry_of(g.candidate, g.index) for g in self.gated}
        self.gated_at = self.replay.now()
        return self.gated

    def check(self, gated: Sequence[Gated], responses: Sequence[Response]) -> Sequence[Item]:
        return self.replay.turns.checked(gated, responses)

    async def place(self, items: Sequence[Item]) -> None:
        placed = self.replay.turns.placed(items)
        times = {"started": self.started, "gated": self.gated_at, "finalized": self.replay.now()}
        self.result = TicketResult(self.draw, self.saved.view_size, self.gate_turn, self.gated, placed, self.saved.fault, times)


def answering(saved: SavedTicket) -> Ask:
    """`ask` for one ticket, from its saved answers alone, read as they were read."""

    async def ask(step: Step, ordinal: int, template: str, **values: Any) -> Answer:  # noqa: ARG001 - what was asked is known by its key
        history = saved.histories.get(CallKey(saved.number, step, ordinal))
        return (history and replayed(history, lambda kept: read_body(kept.body, NOWHERE, kept.reader or READER))) or NOT_ASKED

    return ask


@dataclass
class Vectors:
    """The embeddings that the gate needs: those the base kept if they are `reused`, else made anew; none without an encoder."""

    gate: GateConfig
    encoder: Encoder | None
    reused: bool
    emit: Listener
    known: Remembered | None = None
    told: bool = False

    async def of_seeds(self, seeds: Sequence[SeedTask], kept: Mapping[int, Vector]) -> dict[int, Vector]:
        """By pool index."""
        if self.encoder is None:
            return {}
        if self.reused and all(index in kept for index in range(len(seeds))):
            return {index: kept[index] for index in range(len(seeds))}
        texts = [task.proposal.compared(self.gate.compare) for task in seeds]
        made = await seed_vectors(texts, self.encoder.encode, self.known, lambda _: self.tell())
        return dict(enumerate(made))

    async def of_ticket(self, candidates: Sequence[Candidate], is_lost: Callable[[Candidate], bool]) -> list[Candidate]:
        """The candidates with theirs: those that can get as far as to need one, if a vector depends on its text alone. Otherwise, if one
        was not kept, all are made again, in one batch as at first, so that they come out the same.
        """
        if self.encoder is None:
            return [replace(c, vector=None) for c in candidates]
        kept = {c.ordinal: c.vector for c in candidates if self.reused and c.vector is not None}
        due = [c for c in candidates if c.proposal.fault is None]
        if self.gate.of(SemanticConfig).apart:
            due = [c for c in due if c.ordinal not in kept and not is_lost(c)]
        elif all(c.ordinal in kept for c in due):
            due = []
        made = await self.encoded(self.encoder, [c.proposal.compared(self.gate.compare) for c in due]) if due else ()
        vectors = kept | dict(zip((c.ordinal for c in due), made, strict=True))
        return [replace(c, vector=vectors.get(c.ordinal)) for c in candidates]

    async def encoded(self, encoder: Encoder, texts: Sequence[str]) -> Sequence[Vector]:
        self.tell()
        return await encoder.encode(texts)

    def tell(self) -> None:
        if not self.told:
            self.emit(Notice("loading the embedding model, for candidates whose embeddings were not kept"))
            self.told = True


def with_language(candidate: Candidate) -> Candidate:
    """The candidate with its language, which runs of the first schema did not look for."""
    if candidate.language or "language" in candidate.found:
        return candidate
    spoken, sign = language(candidate.instruction)
    return replace(candidate, language=spoken, found={**candidate.found, "language": sign}) if spoken else candidate


def same_vectors(old: GateConfig, new: GateConfig) -> bool:
    """Whether both make the same vectors of the same candidates. Where a server listens does not matter."""

    def made_by(gate: GateConfig) -> tuple[object, ...]:
        semantic = gate.of(SemanticConfig)
        return semantic.model, bool(semantic.base_url), semantic.apart, gate.compare

    return old.of(SemanticConfig).enabled and made_by(old) == made_by(new)
