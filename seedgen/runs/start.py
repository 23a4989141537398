"""One start of a run: build the parts from config and database, run the loop to its halt, close everything.

This is the only place that knows all the parts. Starting and going on are the same thing: read what the database holds (nothing, the
first time), rebuild the pool and the gate from it, and let the loop walk the unfinished tickets.
"""

from __future__ import annotations

import asyncio
import re
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from seedgen import __version__
from seedgen.ask.asker import Asker, PacedTeacher
from seedgen.ask.halt import Halt, Halted
from seedgen.check.echo import examples
from seedgen.config.model import Config, Settings, stored_config
from seedgen.draw.steer import Steering
from seedgen.draw.taxonomy import Classifier, stored_taxonomy
from seedgen.errors import SeedgenError, TeacherError, UsageError
from seedgen.events import Ending, Listener, Notice, Paused, RunStarted
from seedgen.failpoints import failpoint
from seedgen.gate.balance import BalanceConfig
from seedgen.gate.custom import load_function
from seedgen.gate.gate import Gate, build_gate
from seedgen.gate.semantic import SemanticConfig
from seedgen.inputs.evaluation import evaluation, evaluation_digest
from seedgen.loop.loop import Encode, Loop, describe
from seedgen.loop.turns import Turns
from seedgen.recipes import build_recipes
from seedgen.records import Candidate, Mark, Proposal, Vector
from seedgen.runs.announced import announced
from seedgen.runs.drift import Made, continued, seeds_digest, with_models
from seedgen.runs.rebuild import fill, rebuilt_pool, uncollected
from seedgen.store.folder import RunFolder
from seedgen.store.open import open_store
from seedgen.store.ports import Kept, RunRecord, RunStore, State
from seedgen.teachers.encoder import make_encoder
from seedgen.teachers.prices import prices_version
from seedgen.teachers.remembered import remembered, seed_vectors
from seedgen.teachers.roster import expect_prices, open_roster, retuned

T = TypeVar("T")
SIGNALS = (signal.SIGINT, signal.SIGTERM)
CHANGEABLE = re.compile(r"target|concurrency|limits\..*|teachers\..*\.(requests_per_minute|tokens_per_minute|attempts|call_timeout)")
"""The live settings that take effect at once."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a start while it is at work."""

    store: RunStore
    roster: Mapping[str, PacedTeacher]
    loop: Loop


@dataclass
class Start:
    """One start of a run whose folder is held by this process. Use once: `await start.go()`."""

    folder: RunFolder
    made: Made
    emit: Listener
    environ: Mapping[str, str] = field(repr=False)
    sources: Mapping[str, str] = field(default_factory=dict)
    """Where settings (by dotted key) were written, as far as that is known."""
    store: RunStore | None = None
    """Open, and read already, if this start was made from what it keeps."""
    kept: Kept | None = None
    settings: Settings = field(init=False)
    halt: Halt = field(init=False)
    signal: int = field(init=False, default=0)
    work: Parts | None = field(init=False, default=None)
    deadline: asyncio.TimerHandle | None = field(init=False, default=None)
    began: float = field(init=False, default=0.0)
    encode: Encode | None = field(init=False, default=None)
    begin_encoding: Callable[[], None] | None = field(init=False, default=None)
    unfilled: SeedgenError | None = field(init=False, default=None)
    abandoned: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self.settings = Settings(self.made.config)

    @property
    def config(self) -> Config:
        """The settings in force."""
        return self.settings.config

    def close(self) -> None:
        """Let go of the database, if it is still open. Raises `StoreBroken`."""
        if self.store:
            store, self.store = self.store, None
            store.close()

    async def go(self, handle_signals: bool = False) -> Ending:
        """Walk tickets until the target or a reason to stop. Raises as `seedgen.api.run` does.

        Cancelled, it stops launching, drains and saves before it ends; cancelled once more, it leaves at once.
        """
        self.halt, self.began = Halt(self.emit), asyncio.get_running_loop().time()
        work, cancelled = asyncio.create_task(self.work_through(handle_signals), name="run"), None
        while not work.done():
            try:
                await asyncio.wait([work])
            except asyncio.CancelledError as exc:
                if cancelled:
                    self.leave(work)
                self.halt("interrupted", "cancelled")
                cancelled = exc
        if cancelled and (work.cancelled() or not work.exception()):
            raise cancelled
        return work.result()

    async def work_through(self, handle_signals: bool) -> Ending:
        async with AsyncExitStack() as stack:
            if handle_signals:
                self.listen(stack)
            self.watch_the_clock()
            stack.callback(self.close)
            self.look_up()
            failpoint("start.known")
            if self.store and self.kept and self.store.available() >= self.config.target:
                self.halt("target", f"{self.config.target} accepted already")
                self.store.start(self.config)
            else:
                await self.until_halted(stack)
            if self.store and self.store.started:
                self.store.end(self.halt.end or "failed", self.halt.message)
            ending = self.ending(self.store.available() if self.store else 0)
        self.emit(ending)
        return ending

    # What may be asked of a run that is going on

    @property
    def concurrency(self) -> Mapping[str, int]:
        """By teacher, how many calls may be in flight just now."""
        work = self.work  # which may be gone in a moment: a display asks from a thread of its own
        return {name: paced.pace.at_once for name, paced in work.roster.items()} if work else {}

    def pause(self) -> None:
        """Launch no new call for now; those in flight are awaited and saved. The process stays, and holds the run. Raises `UsageError`."""
        self.at_work().loop.asker.pause(True)
        self.emit(Paused(True))

    def go_on(self) -> None:
        """Go on after a pause."""
        if self.work:
            self.work.loop.asker.pause(False)
            self.emit(Paused(False))

    def stop(self, message: str) -> None:
        """Launch no new call, drain, and end."""
        self.halt("stopped", message)

    def change(self, settings: Mapping[str, Any]) -> None:
        """Take these settings (by dotted key) from here on. Raises `UsageError`; then nothing has changed."""
        if fixed := [key for key in settings if not CHANGEABLE.fullmatch(key)]:
            raise UsageError(f"{fixed[0]} cannot be changed while the run goes on; what can be: target, concurrency, limits and rates")
        work = self.at_work()
        config = stored_config(self.config.to_json(), f"run {self.folder.name}", settings)
        if config.target < self.config.target:
            raise UsageError(f"target: was {self.config.target}, now {config.target}; it can only grow")
        expect_prices(config, work.roster)
        work.store.change(config)
        self.settings.config = config
        self.remark(settings.get("concurrency"), work.loop.window)
        work.loop.asker.retune(retuned(config, work.loop.window, work.roster))
        self.watch_the_clock()

    def mark(self, mark: Mark) -> Mark:
        """Keep what a person makes of an item; one more is made in place of a rejected one. Raises `UsageError`."""
        work = self.at_work()
        kept, work.loop.turns.rejected = work.store.mark(replace(mark, marked_at=utc_now()))
        return kept

    def remark(self, concurrency: int | None, window: int) -> None:
        if concurrency and concurrency > window:
            self.emit(Notice(f"concurrency is {window}, the window of this run"))

    def at_work(self) -> Parts:
        """The parts at work. Raises `UsageError` while they are not there, or about to stop."""
        if self.work is None or self.halt.end:
            raise UsageError(f"run {self.folder.name} is {'ending' if self.halt.end else 'starting'}, and takes no such order now")
        return self.work

    # How it is done

    async def until_halted(self, stack: AsyncExitStack) -> None:
        """Open the teachers, make the run if it is new, and carry it out."""
        for name in self.config.gate.custom:
            load_function(name)  # one that is not there is told of before a teacher is asked
        window = self.kept.record.window if self.kept else self.config.resolved_window
        try:
            roster = await self.halt.unless(open_roster(self.config, window, self.environ, stack))
            for line in announced(self.config, roster, self.environ, self.sources, "the run's record" if self.kept else "the config"):
                self.emit(Notice(line))
            self.encode = self.encoder(stack)  # what is wrong with its settings is told of before anything is written
            self.store = self.store or open_store(self.folder, utc_now)
            await self.carry_out(self.store, self.kept.record if self.kept else self.created(self.store, roster), roster, stack)
        except Halted:
            pass
        except asyncio.CancelledError:
            if not self.halt.end:
                raise
        if self.unfilled:
            raise self.unfilled

    async def carry_out(self, store: RunStore, record: RunRecord, roster: Mapping[str, PacedTeacher], stack: AsyncExitStack) -> None:
        """Build the loop and run it to its halt. Raises `Halted` if that came before."""
        unseen = store.start(self.config, prices_version(self.config))
        try:
            loop = await self.build(store, record, roster, stack)
            self.work = Parts(store, roster, loop)
            names = tuple(f"{name} ({paced.teacher.model})" for name, paced in roster.items())
            self.emit(RunStarted(self.folder.name, self.config.target, loop.accepted, loop.first, names, unseen))
            if compared := evaluation(self.made.evaluation):
                self.emit(Notice(str(compared)))
            failpoint("start.looping")
            await loop.run()
            failpoint("drain.drained")
        except BaseExceptionGroup as group:
            raise gravest(group) from group
        finally:
            self.work = None

    def ending(self, available: int) -> Ending:
        target = self.config.target
        return Ending(self.halt.end or "failed", self.halt.message, min(available, target), target, self.signal)

    def look_up(self) -> None:
        """Read what the run keeps, if it is there; from here on this start has its config, seeds and templates. Raises `ConfigDrift`."""
        if self.store is None and self.folder.exists():
            self.store = open_store(self.folder, utc_now)
            failpoint("start.opened")
            self.kept = self.store.kept()
        if self.kept:
            self.made = continued(self.kept, self.made)
            self.settings.config = self.made.config

    def created(self, store: RunStore, roster: Mapping[str, PacedTeacher]) -> RunRecord:
        """The record of a new run, written with its seeds and templates. From here on it keeps its config, window and models."""
        self.settings.config = with_models(self.config, {name: paced.teacher.model for name, paced in roster.items()})
        made = self.made
        record = RunRecord(
            name=self.folder.name,
            version=__version__,
            created_at=utc_now(),
            config=self.config.to_json(),
            config_digest=self.config.digest(),
            seeds_digest=seeds_digest(made.seeds),
            window=self.config.resolved_window,
            target=self.config.target,
            taxonomy=made.taxonomy.to_json(),
            evaluation_digest=evaluation_digest(made.evaluation),
        )
        store.create(record, made.seeds, made.templates.values(), made.evaluation)
        return record

    async def build(self, store: RunStore, record: RunRecord, roster: Mapping[str, PacedTeacher], stack: AsyncExitStack) -> Loop:
        """The loop, with the pool and the gate as earlier starts left them."""
        config, taxonomy = self.config, stored_taxonomy(record.taxonomy, f"run {record.name}")
        self.remark(config.concurrency, record.window)
        with uncollected(stack):
            state = await self.off_the_loop(store.state)
            failpoint("start.read")
            pool = await self.off_the_loop(rebuilt_pool, self.made.seeds, state)
        gate = build_gate(config.gate, len(self.made.seeds), self.made.evaluation, taxonomy.shares())
        classifier = await self.off_the_loop(Classifier, taxonomy, self.made.seeds)
        filling = asyncio.create_task(self.fill(gate, classifier, store, state), name="gate")
        stack.push_async_callback(self.abandon, filling)
        if self.config.gate.of(SemanticConfig).model != "bundled" and self.encode and 0 not in state.vectors:
            await self.halt.unless(asyncio.wait([filling]))  # a model that may not be there is looked for before a teacher is asked
            filling.result()
        for name in roster.keys() & state.heard:
            roster[name].pace.answers = 1  # it has been there, so if it is not it is waited for
        asker = Asker(
            roster=roster,
            templates=self.made.templates,
            journal=store,
            settings=self.settings,
            spend=state.spend,
            halt=self.halt,
            emit=self.emit,
            timer=time.monotonic,
        )
        return Loop(
            settings=self.settings,
            window=record.window,
            first=len(state.gate_turns),
            recipes=build_recipes(config.recipes),
            turns=Turns(
                pool, gate, config.output, state.passed, state.rejected, examples(each.source for each in self.made.templates.values())
            ),
            steering=Steering(taxonomy, config.steer, config.gate.of(BalanceConfig), record.window, config.seed),
            classifier=classifier,
            filling=filling,
            encode=self.encode,
            asker=asker,
            journal=store,
            halt=self.halt,
            emit=self.emit,
            now=utc_now,
        )

    def encoder(self, stack: AsyncExitStack) -> Encode | None:
        """The encoder off the event loop; None if the gate needs none. A server is not waited for once the run is halted."""
        if not self.config.gate.of(SemanticConfig).enabled:
            return None
        encoder = make_encoder(self.config.gate.of(SemanticConfig), self.environ)
        self.begin_encoding = encoder.begin
        stack.push_async_callback(encoder.close)

        async def ask_for(texts: Sequence[str]) -> Sequence[Vector]:
            self.halt.check()
            try:
                return await self.halt.unless(encoder.encode(texts))
            except TeacherError as exc:
                self.halt("teacher", str(exc))
                raise Halted from exc

        return ask_for if self.config.gate.of(SemanticConfig).base_url else encoder.encode

    async def fill(self, gate: Gate, classifier: Classifier, store: RunStore, state: State) -> None:
        """Tell the gate of all that the pool holds. Tickets draw and ask meanwhile, and come to the gate when this has ended.

        Raises `Halted` if nobody waits for it; if it cannot be done, the run is halted, and `unfilled` says why.
        """
        try:
            vectors = state.vectors
            if self.encode and 0 not in vectors:
                vectors = {**vectors, **await self.seed_vectors(store, self.encode)}
            await asyncio.to_thread(fill, gate, self.made.seeds, state.admitted, vectors, self.heed)
            if self.begin_encoding:
                await asyncio.to_thread(self.begin_encoding)
            await asyncio.to_thread(tried, gate, classifier)
        except SeedgenError as exc:
            self.unfilled = exc
            self.halt("failed", str(exc))
            raise Halted from exc
        failpoint("start.rebuilt")

    def heed(self) -> None:
        """Raises `Halted` if the gate is not waited for: by whoever interrupts. What a budget has bought is still judged."""
        if self.abandoned or self.halt.end == "interrupted":
            raise Halted

    async def abandon(self, filling: asyncio.Task[None]) -> None:
        """The loop has ended, and with it the need to tell the gate anything."""
        self.abandoned = True
        filling.cancel()
        await asyncio.gather(filling, return_exceptions=True)

    async def off_the_loop(self, work: Callable[..., T], *arguments: Any) -> T:
        """What may take long is done in a thread, so that the heartbeat goes on and signals are heard. Raises `Halted` if one was."""
        result = await asyncio.to_thread(work, *arguments)
        self.halt.check()
        return result

    async def seed_vectors(self, store: RunStore, encode: Encode) -> dict[int, Vector]:
        """The seeds' vectors by pool index, made once and kept. Raises `Halted` if the run is halted meanwhile."""

        async def unless_abandoned(texts: Sequence[str]) -> Sequence[Vector]:
            self.heed()
            return await encode(texts)

        def tell(count: int) -> None:
            self.emit(Notice(f"loading the embedding model and encoding {count} seeds, once for this run"))

        texts = [task.proposal.compared(self.config.gate.compare) for task in self.made.seeds]
        known = remembered(self.config.gate.of(SemanticConfig), self.environ)
        made = await seed_vectors(texts, unless_abandoned, known, tell)
        if len(found := {len(vector) for vector in made}) > 1:
            raise UsageError(
                f"gate.semantic.model: its embeddings have {' and '.join(map(str, sorted(found)))} numbers; they must be alike"
            )
        if unread := sum(not vector.any() for vector in made):
            self.emit(
                Notice(f"the embedding model cannot read {unread} of {len(made)} seeds: such texts are compared by their words alone")
            )
        vectors = dict(enumerate(made))
        await asyncio.to_thread(store.save_vectors, vectors)
        return vectors

    def listen(self, stack: AsyncExitStack) -> None:
        """First signal: stop launching and drain. Second: leave now."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def heard(number: signal.Signals) -> None:
            if self.signal and task:
                self.leave(task)
            else:
                self.signal = number
                self.halt("interrupted", f"stopped by {number.name}")

        for number in SIGNALS:
            loop.add_signal_handler(number, heard, number)
            stack.callback(loop.remove_signal_handler, number)

    def leave(self, task: asyncio.Task[Any]) -> None:
        """Await nothing any more."""
        left = f"; {self.halt.in_flight} calls in flight may be billed unseen" if self.halt.in_flight else ""
        self.emit(Notice(f"leaving now{left}"))
        task.cancel()

    def watch_the_clock(self) -> None:
        """Halt when `limits.max_time` is over, counted from the beginning of this start."""
        if self.deadline:
            self.deadline.cancel()
        longest = self.config.limits.max_time
        if longest is not None:
            message = f"{longest:g} s passed, limits.max_time"
            self.deadline = asyncio.get_running_loop().call_at(self.began + longest, self.halt, "budget", message)


def tried(gate: Gate, classifier: Classifier) -> None:
    """Have all that is read at first use (the tagger, the language detector) read now, and not in a ticket's turn."""
    gate.is_lost(describe(Candidate(-1, 0, Proposal("Write a poem about rain.")), classifier))


def gravest(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The one exception to show of those that ended the tickets: one of ours if there is one."""
    leaves = [x.exceptions[0] if isinstance(x, BaseExceptionGroup) else x for x in group.exceptions]
    return next((x for x in leaves if isinstance(x, SeedgenError)), leaves[0])


def utc_now() -> str:
    """The time as UTC ISO 8601 with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
