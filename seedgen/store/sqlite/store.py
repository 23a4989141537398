"""The store as a running job sees it (`ports.RunStore`): what earlier starts left, and where calls and tickets are recorded.

A call is in the database before it is sent, its raw
answer before it is parsed, and a ticket's candidates, verdicts and items in one transaction when it is final.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Executable, bindparam, func, insert, select, text, update

from seedgen import __version__
from seedgen.ask.prompt import Template
from seedgen.ask.protocols import Attempt, History
from seedgen.config.model import Config
from seedgen.errors import PromptTooLong, TeacherError, TeacherRefused, UsageError
from seedgen.records import Aim, Answer, CallKey, EvaluationItem, Gated, Item, Mark, SeedTask, TicketResult, Vector
from seedgen.store.ports import Kept, Rows, RunRecord, RunStore, State
from seedgen.store.sqlite.commit import GroupCommit, Write
from seedgen.store.sqlite.damage import reading
from seedgen.store.sqlite.database import open_writer, translated
from seedgen.store.sqlite.marks import add_mark, reach, write_marks
from seedgen.store.sqlite.packing import Packing
from seedgen.store.sqlite.state import (
    count_available,
    count_rejected,
    count_tickets,
    load_kept,
    load_state,
    table,
)
from seedgen.store.sqlite.tables import (
    RUN,
    AnswerRow,
    CallRow,
    CandidateRow,
    EvaluationRow,
    ItemRow,
    RunRow,
    SeedRow,
    StartRow,
    TemplateRow,
    TicketRow,
    VectorRow,
    VerdictRow,
)

T = TypeVar("T")
CALL, ANSWER, TICKET = table(CallRow), table(AnswerRow), table(TicketRow)
RUNS, START = table(RunRow), table(StartRow)
REFUSALS = (TeacherRefused.__name__, PromptTooLong.__name__)
ENDLESS = {"ended_at": "", "end": "", "end_message": ""}
OF_RUN = tuple(column.name for column in RUNS.c if column.name not in ("run_id", "reach"))
CANDIDATE, VERDICT, ITEM, VECTOR = table(CandidateRow), table(VerdictRow), table(ItemRow), table(VectorRow)

# Made once: to build a statement takes longer than to carry it out.
INSERT_CALL, INSERT_ANSWER, INSERT_TICKET = insert(CALL), insert(ANSWER), insert(TICKET)
UPDATE_CALL = update(CALL).where(*(CALL.c[name] == bindparam(f"of_{name}") for name in ("run_id", "ticket", "step", "ordinal", "attempt")))
SUPERSEDE = text(
    """UPDATE call SET notes = trim(notes || ' superseded')
    WHERE run_id = :run_id AND ticket = :ticket AND step = :step AND ordinal = :ordinal"""
)
UPDATE_TICKET = update(TICKET).where(*(TICKET.c[name] == bindparam(f"of_{name}") for name in ("run_id", "ticket")))
INSERT_RESULT = {target: insert(target) for target in (CANDIDATE, VECTOR, ITEM, VERDICT)}


class Store(RunStore):
    """One run's database, open for writing by this process alone (see `folder.RunFolder.held`). `now` gives UTC ISO times.

    Raises `StoreBroken` wherever the database cannot be read or written.
    """

    def __init__(self, path: Path, now: Callable[[], str]) -> None:
        self.path, self.now = path, now
        self.engine = open_writer(path)
        self.commits = GroupCommit(self.engine, path)
        self.started = False
        self.histories: dict[CallKey, History] = {}
        self.open: set[int] = set()
        self.packing = Packing({})

    # What earlier starts left

    def create(
        self, record: RunRecord, seeds: Sequence[SeedTask], templates: Iterable[Template], evaluation: Sequence[EvaluationItem] = ()
    ) -> None:
        """Write a new run: its record, seeds, templates and evaluation items, in one transaction."""
        seed_rows = [
            {
                **(row := s.as_json()),
                "source": plain(s.source),
                "run_id": RUN,
                "pool_index": i,
                "instances": json.dumps(row["instances"], ensure_ascii=False),
            }
            for i, s in enumerate(seeds)
        ]
        template_rows = [{"run_id": RUN, "name": t.name, "digest": t.digest, "source": t.source} for t in templates]

        evaluation_rows = [{"run_id": RUN, "number": n, "source": plain(e.source), "text": e.text} for n, e in enumerate(evaluation)]

        def write(connection: Connection) -> None:
            values = {name: getattr(record, name) for name in OF_RUN}
            connection.execute(insert(table(RunRow)), {"run_id": RUN, "reach": record.target, **values})
            for target, rows in ((EvaluationRow, evaluation_rows), (SeedRow, seed_rows), (TemplateRow, template_rows)):
                if rows:
                    connection.execute(insert(table(target)), rows)

        self.commits.submit(write, "create").result()

    def kept(self) -> Kept | None:
        """What the run keeps of what made it; None if the database is new."""
        return self._read(load_kept)

    def available(self) -> int:
        """How many items passed all checks and were rejected by nobody, accepted or surplus."""
        return self._read(count_available)

    def start(self, config: Config, prices: str = "") -> int:
        """Mark the run as going on in this process, with this config. Returns how many calls the last start left in flight, now `unseen`.

        `prices` names the price list that costs are counted by.
        """
        unseen = 0

        def write(connection: Connection) -> None:
            nonlocal unseen
            in_flight = (CALL.c.run_id == RUN, CALL.c.state == "sent")
            unseen = connection.execute(update(CALL).where(*in_flight).values(state="unseen")).rowcount
            _change_run(connection, config)
            starts = select(func.count()).select_from(START).where(START.c.run_id == RUN)
            row = {
                "run_id": RUN, "number": connection.execute(starts).scalar_one() + 1,
                "version": __version__, "prices": prices, "host": socket.gethostname(), "pid": os.getpid(), "started_at": self.now(),
                "tickets": count_tickets(connection), "accepted": min(count_available(connection), config.target),
            }  # fmt: skip
            connection.execute(insert(START), {**ENDLESS, **row})

        self.commits.submit(write, "start").result()
        self.started = True
        return unseen

    def change(self, config: Config) -> None:
        """Keep this config, whose live settings were changed while the run goes on."""
        self.commits.submit(lambda c: _change_run(c, config), "change").result()

    def mark(self, mark: Mark) -> tuple[Mark, int]:
        """Keep what a person makes of an item; returns it as it was kept, and how many items are rejected now.

        Raises `UsageError` if there is no such item, or it did not pass.
        """
        kept, rejected, fault = self.mark_all([mark])
        if fault:
            raise fault
        return kept[0], rejected

    def mark_all(self, marks: Sequence[Mark]) -> tuple[list[Mark], int, UsageError | None]:
        """Keep what a person makes of items, up to the first that cannot be marked, in one transaction; also returns why it cannot."""
        kept, rejected, fault = list[Mark](), 0, None

        def write(connection: Connection) -> None:
            nonlocal rejected, fault
            try:
                for mark in marks:
                    kept.append(add_mark(connection, mark))
            except UsageError as exc:  # which is no failure of the store
                fault = exc
            reach(connection)
            rejected = count_rejected(connection)

        self.commits.submit(write, "mark").result()
        return kept, rejected, fault

    def state(self) -> State:
        """Where the run stands. Keeps the histories and open tickets, to answer `history` and `open_ticket` from."""
        state = self._read(load_state)
        self.histories, self.open = dict(state.histories), set(state.open)
        self.packing = self._read(Packing.of)
        return state

    def end(self, end: str, message: str) -> None:
        """How the last start ended."""
        values = {"end": end, "end_message": message, "ended_at": self.now()}
        last = select(func.max(START.c.number)).where(START.c.run_id == RUN).scalar_subquery()
        ended = update(START).where(START.c.run_id == RUN, START.c.number == last).values(**values)
        self.commits.submit(lambda c: _do(c, ended), "end").result()

    def close(self) -> None:
        """Commit what is waiting and close. Raises `StoreBroken` if something could not be committed."""
        try:
            self.commits.close()
        finally:
            self.engine.dispose()

    def save_vectors(self, vectors: Mapping[int, Vector]) -> None:
        rows = [vector_row(index, vector) for index, vector in vectors.items()]
        if rows:
            self.commits.submit(lambda c: _do(c, insert(VECTOR), rows), "vectors").result()

    # protocols.Journal: calls and answers

    def history(self, key: CallKey) -> History:
        return self.histories.get(key, History())

    async def sending(self, attempt: Attempt, waited: float) -> None:
        row = {
            **_key(attempt), "role": attempt.role, "teacher": attempt.teacher, "model": attempt.model, "template": attempt.template,
            "request_digest": attempt.request_digest, "state": "sent", "sent_at": self.now(), "waited": waited,
        }  # fmt: skip
        await self._write(lambda c: _do(c, INSERT_CALL, row), "sending")

    async def received(self, attempt: Attempt, body: bytes, seconds: float) -> None:
        row = _key(attempt)

        def write(connection: Connection) -> None:
            packed = {"request": self.packing.pack(attempt.request, attempt.template), "body": self.packing.pack(body)}
            connection.execute(INSERT_ANSWER, {**row, **packed})
            _update_call(connection, attempt, state="received", seconds=seconds)

        await self._write(write, "received")

    def read(self, attempt: Attempt, answer: Answer, cost: float | None, error: str) -> None:
        values = {
            **asdict(answer.usage), "cost": cost, "answered_by": answer.model, "notes": " ".join(answer.notes), "error": error,
            "reader": answer.reader,
            "state": ("refused" if error in REFUSALS else "failed") if error else "answered",
        }  # fmt: skip
        self._soon(lambda c: _update_call(c, attempt, **values), "read")

    def reread(self, attempt: Attempt, reader: str) -> None:
        self._soon(lambda c: _update_call(c, attempt, reader=reader), "reread")

    def superseded(self, key: CallKey) -> None:
        self._soon(lambda c: _do(c, SUPERSEDE, {"run_id": RUN, **asdict(key)}), "superseded")

    async def failed(self, attempt: Attempt, error: TeacherError, seconds: float) -> None:
        values = {
            "state": "refused" if type(error).__name__ in REFUSALS else "failed", "error": type(error).__name__, "message": str(error),
            "status": error.status, "seconds": seconds, "notes": "unseen" if error.unseen else "",
        }  # fmt: skip
        await self._write(lambda c: _update_call(c, attempt, **values), "failed")

    async def dropped(self, attempt: Attempt, seconds: float) -> None:
        values = {"state": "dropped", "error": "Abandoned", "message": "a free call, in flight at the halt", "seconds": seconds}
        await self._write(lambda c: _update_call(c, attempt, **values), "dropped")

    async def gave_up(self, attempt: Attempt, message: str) -> None:
        await self._write(lambda c: _update_call(c, attempt, state="refused", message=message), "gave_up")

    # loop.TicketJournal: tickets

    def open_ticket(self, ticket: int, started: str) -> None:
        if ticket not in self.open:
            self._soon(lambda c: _do(c, INSERT_TICKET, {"run_id": RUN, "ticket": ticket, "started_at": started}), "open_ticket")

    def finish_ticket(self, result: TicketResult) -> Awaitable[None]:
        ticket = result.draw.ticket
        self.open.discard(ticket)
        for key in [k for k in self.histories if k.ticket == ticket]:
            del self.histories[key]
        return self._write(lambda c: _write_ticket(c, result), "ticket")

    def adopt_ticket(self, result: TicketResult, calls: Rows, answers: Rows, marks: Sequence[Mark] = ()) -> Awaitable[None]:
        """A final ticket in one transaction, with the rows of the calls and answers that it was made from, and the marks on its items."""
        ticket = {"run_id": RUN, "ticket": result.draw.ticket, "started_at": result.times["started"]}

        def write(connection: Connection) -> None:
            for target, rows in ((TICKET, [ticket]), (CALL, calls), (ANSWER, answers)):
                if rows:
                    connection.execute(insert(target), rows)
            _write_ticket(connection, result)
            write_marks(connection, marks)

        return self._write(write, "adopted")

    # Ways to the database

    def _read(self, query: Callable[[Connection], T]) -> T:
        """On the writer's connection, so only while nothing waits to be written."""
        with translated(self.path), reading(), self.engine.connect() as connection:
            return query(connection)

    def _soon(self, write: Write, name: str) -> None:
        """Write in order, without waiting. A failure reaches whoever waits for a later write."""
        self.commits.submit(write, name)

    def _write(self, write: Write, name: str) -> Awaitable[None]:
        return asyncio.wrap_future(self.commits.submit(write, name))


def plain(name: str) -> str:
    """The name of a file as text, which it need not be."""
    return name.encode(errors="replace").decode()


def _do(connection: Connection, statement: Executable, rows: Any = None) -> None:
    connection.execute(statement, rows)


def _change_run(connection: Connection, config: Config) -> None:
    values = {"config": config.to_json(), "config_digest": config.digest(), "target": config.target}
    connection.execute(update(RUNS).where(RUNS.c.run_id == RUN).values(**values))
    reach(connection)


def _key(attempt: Attempt) -> dict[str, Any]:
    key = attempt.key
    return {"run_id": RUN, "ticket": key.ticket, "step": key.step, "ordinal": key.ordinal, "attempt": attempt.number}


def _update_call(connection: Connection, attempt: Attempt, **values: Any) -> None:
    connection.execute(UPDATE_CALL, {**{f"of_{name}": value for name, value in _key(attempt).items()}, **values})


def vector_row(index: int, vector: Vector) -> dict[str, Any]:
    return {"run_id": RUN, "pool_index": index, "vector": vector.astype("<f2").tobytes()}


def _write_ticket(connection: Connection, result: TicketResult) -> None:
    """Everything a final ticket adds, in the caller's transaction."""
    where = {"run_id": RUN, "ticket": result.draw.ticket}
    connection.execute(UPDATE_TICKET, {**{f"of_{name}": value for name, value in where.items()}, **ticket_values(result)})
    for target, rows in (
        (CANDIDATE, [candidate_row(where, g) for g in result.gated]),
        (
            VECTOR,
            [vector_row(g.index, g.candidate.vector) for g in result.gated if g.index is not None and g.candidate.vector is not None],
        ),
        (ITEM, [item_row(where, i) for i in result.items]),
        (VERDICT, list(verdict_rows(where, result))),
    ):
        if rows:
            connection.execute(INSERT_RESULT[target], rows)


def ticket_values(result: TicketResult) -> dict[str, Any]:
    """What its row says of a final ticket, beside its number and its start."""
    turn = result.gate_turn
    return {
        "recipe": result.draw.recipe, "parents": json.dumps([p.ref if p.index is None else p.index for p in result.draw.parents]),
        "view_size": result.view_size, "pool_size": turn.pool_size, "candidates": turn.candidates, "novelty": turn.novelty,
        "fault": result.fault, "aim": json.dumps(aim_fields(result.draw.aim), ensure_ascii=False),
        "gated_at": result.times["gated"], "finalized_at": result.times["finalized"],
    }  # fmt: skip


def aim_fields(aim: Aim) -> dict[str, Any]:
    """What an aim says, without what is empty."""
    return {name: value for name, value in asdict(aim).items() if value}


def candidate_row(where: Mapping[str, Any], gated: Gated) -> dict[str, Any]:
    c, p = gated.candidate, gated.candidate.proposal
    return {
        **where, "ordinal": c.ordinal, "instruction": p.instruction, "input": p.input, "output": p.output, "fault": p.fault,
        "verb": c.verb, "noun": c.noun, "category": c.category, "tier": c.tier, "language": c.language,
        "found": json.dumps(dict(c.found), ensure_ascii=False), "pool_index": gated.index,
        "compared": p.key,
    }  # fmt: skip


def item_row(where: Mapping[str, Any], item: Item) -> dict[str, Any]:
    return {
        **where, "ordinal": item.ordinal, "instance": item.instance, "input": item.input, "output": item.output, "position": item.position,
        "output_shape": item.output_shape, "shape_evidence": item.shape_evidence,
        "kind": item.kind, "payload": item.payload,
    }  # fmt: skip


def verdict_rows(where: Mapping[str, Any], result: TicketResult) -> Iterator[dict[str, Any]]:
    """The gate's verdicts (instance -1), then those of each item's output checks."""
    for gated in result.gated:
        for place, verdict in enumerate(gated.verdicts):
            yield {**where, "ordinal": gated.candidate.ordinal, "instance": -1, "place": place, **asdict(verdict)}
    for item in result.items:
        for place, verdict in enumerate(item.verdicts):
            yield {**where, "ordinal": item.ordinal, "instance": item.instance, "place": place, **asdict(verdict)}
