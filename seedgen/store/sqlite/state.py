"""What a run's database holds, as the values a start needs: the run's record, its seeds and templates, the pool, where it stands, what
it has spent, and the history of every question of its unfinished tickets.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection, RowMapping, Table, case, func, or_, select, text, true
from sqlmodel import Session, col

from seedgen.ask.limits import Spend
from seedgen.ask.protocols import Attempt, History, SavedBody
from seedgen.errors import StoreBroken, TeacherTransient
from seedgen.records import EXHAUSTED, READER, CallKey, Candidate, EvaluationItem, GateTurn, Instance, Proposal, SeedTask, Vector
from seedgen.store.ports import Kept, RunRecord, State
from seedgen.store.sqlite.damage import expect_sound, parsed, reading
from seedgen.store.sqlite.packing import Packing
from seedgen.store.sqlite.tables import (
    RUN,
    AnswerRow,
    CallRow,
    EvaluationRow,
    ItemRow,
    Row,
    RunRow,
    SeedRow,
    StartRow,
    TemplateRow,
    TicketRow,
    VectorRow,
)

TRAITS = ("verb", "noun", "category", "tier", "language")
"""The columns of a candidate that say what kind of task it is."""
ADMITTED = f"""
    SELECT ticket, ordinal, instruction, input, output, compared, {", ".join(TRAITS)} FROM candidate
    WHERE run_id = :run AND pool_index IS NOT NULL ORDER BY pool_index"""  # noqa: S608 - our own words

REJECTED = """
    SELECT i.position FROM mark m
    JOIN item i ON i.run_id = m.run_id AND i.ticket = m.ticket AND i.ordinal = m.ordinal AND i.instance = m.instance
    WHERE m.run_id = :run AND m.rejected AND NOT EXISTS (
        SELECT 1 FROM mark o WHERE o.run_id = m.run_id AND o.ticket = m.ticket AND o.ordinal = m.ordinal AND o.instance = m.instance
        AND o.version > m.version)"""
"""From the marks, of which there are few, and not from the items."""


def table(row: type[Row]) -> Table:
    """The SQLAlchemy table of a row class."""
    return row.metadata.tables[str(row.__tablename__)]


def load_record(connection: Connection) -> RunRecord:
    """The run's record. Raises `Damaged` if it holds what no run can go on with."""
    expect_sound(connection, "run", "start")
    with Session(connection) as session:
        run = session.scalar(select(RunRow).where(col(RunRow.run_id) == RUN))
        last = session.scalar(select(StartRow).where(col(StartRow.run_id) == RUN).order_by(col(StartRow.number).desc()).limit(1))
    if run is None:
        raise StoreBroken("this run was never truly started, and holds nothing; start it again as before, with seedgen run --name …")
    return RunRecord(**run.model_dump(exclude={"run_id", "reach"}), **(of_last(last) if last else {}))


def of_last(start: StartRow) -> dict[str, Any]:
    """What a run's record says of its last start (`OF_STARTS`)."""
    ended = start.model_dump(include={"started_at", "ended_at", "end", "end_message"})
    return {"starts": start.number, "started_with": start.accepted, **ended}


def load_kept(connection: Connection) -> Kept | None:
    """None if the database is new."""
    if connection.execute(select(table(RunRow).c.run_id).where(table(RunRow).c.run_id == RUN)).first() is None:
        return None
    return Kept(load_record(connection), load_seeds(connection), load_templates(connection), load_evaluation(connection))


@reading()
def load_seeds(connection: Connection) -> tuple[SeedTask, ...]:
    with Session(connection) as session:
        rows = session.scalars(select(SeedRow).where(col(SeedRow.run_id) == RUN).order_by(col(SeedRow.pool_index))).all()
    return tuple(
        SeedTask(
            row.id, row.instruction, tuple(Instance(**i) for i in parsed("instances", row.instances)),
            row.is_classification, row.category, row.tier, row.license, row.source,
        )
        for row in rows
    )  # fmt: skip


def load_evaluation(connection: Connection) -> tuple[EvaluationItem, ...]:
    c = table(EvaluationRow).c
    query = select(c.source, c.text).where(c.run_id == RUN).order_by(c.number)
    return tuple(EvaluationItem(*row) for row in connection.execute(query))


def load_templates(connection: Connection) -> dict[str, str]:
    """Template name to source."""
    c = table(TemplateRow).c
    return dict(map(tuple, connection.execute(select(c.name, c.source).where(c.run_id == RUN))))


def load_state(connection: Connection) -> State:
    """Raises `Damaged` if a ticket is not as a run leaves it."""
    expect_sound(connection, "ticket")
    ticket, gate_turns = table(TicketRow).c, load_gate_turns(connection)
    first = len(gate_turns)
    still_open = select(ticket.ticket).where(ticket.run_id == RUN, ticket.ticket >= first)
    readers, heard = readers_and_heard(connection)
    return State(
        admitted=load_admitted(connection),
        gate_turns=gate_turns,
        vectors=load_vectors(connection),
        passed=count_passed(connection),
        rejected=count_rejected(connection),
        spend=load_spend(connection, unread=False),
        histories=load_histories(connection, first, reread=not readers <= {"", READER}),
        open=frozenset(connection.execute(still_open).scalars()),
        heard=frozenset(heard),
    )


def readers_and_heard(connection: Connection) -> tuple[set[str], set[str]]:
    """By which rules answers of the run were read, and the teachers that have answered: in one pass over all calls."""
    c = table(CallRow).c
    found = connection.execute(select(c.reader, c.teacher, c.state == "answered").distinct().where(c.run_id == RUN)).all()
    return {reader for reader, _, _ in found}, {teacher for _, teacher, answered in found if answered}


@reading()
def load_gate_turns(connection: Connection) -> list[GateTurn]:
    """The gate turns of the finished tickets, in order."""
    c = table(TicketRow).c
    columns = (c.pool_size, c.aim, c.candidates, c.novelty, c.recipe, c.fault)
    query = select(*columns).where(c.run_id == RUN, c.finalized_at != "").order_by(c.ticket)
    return [
        GateTurn(size, parsed("aim", aim).get("category", ""), candidates, novelty, recipe if fault == EXHAUSTED else "")
        for size, aim, candidates, novelty, recipe, fault in connection.execute(query)
    ]


def count_passed(connection: Connection) -> int:
    c = table(ItemRow).c
    return connection.execute(select(func.count()).where(c.run_id == RUN, c.position.is_not(None))).scalar_one()


def count_available(connection: Connection) -> int:
    """How many items passed and were rejected by nobody."""
    return count_passed(connection) - count_rejected(connection)


def count_rejected(connection: Connection) -> int:
    """How many of the items that passed were rejected by people."""
    return int(connection.execute(text(f"SELECT count(*) FROM ({REJECTED})"), {"run": RUN}).scalar_one())  # noqa: S608 - our own text


def count_tickets(connection: Connection) -> int:
    """How many tickets are final."""
    c = table(TicketRow).c
    return connection.execute(select(func.count()).where(c.run_id == RUN, c.finalized_at != "")).scalar_one()


@reading()
def load_admitted(connection: Connection) -> list[Candidate]:
    """Every admitted candidate in order of admission, without its vector and how its traits were found: a million in some five seconds."""
    rows = connection.execute(text(ADMITTED), {"run": RUN})
    return [
        Candidate(ticket, ordinal, Proposal(one, given, made, key=key), verb, noun, category, tier, language)
        for ticket, ordinal, one, given, made, key, verb, noun, category, tier, language in rows
    ]


@reading()
def load_vectors(connection: Connection) -> dict[int, Vector]:
    c = table(VectorRow).c
    rows = connection.execute(select(c.pool_index, c.vector).where(c.run_id == RUN))
    return {index: np.frombuffer(data, "<f2") for index, data in rows}


def load_spend(connection: Connection, *, unread: bool = True) -> Spend:
    """What the run's own calls used; a regated run has none, those in its record are another's.

    Answers that no start has read yet count among those of unknown use, unless `unread` is false: whoever is about to read them counts
    them then.
    """
    c, run = table(CallRow).c, table(RunRow).c
    if connection.execute(select(run.regated_from).where(run.run_id == RUN)).scalar():
        return Spend()
    sums = (c.prompt_tokens, c.completion_tokens, c.cost, c.cached_tokens, c.reasoning_tokens)
    lost, unknown = or_(c.state == "unseen", c.notes.contains("unseen")), (c.cost, c.prompt_tokens + c.completion_tokens)
    figures = (
        func.count(), *(func.coalesce(func.sum(column), 0) for column in sums), func.count(case((lost, 1))),
        func.max(c.prompt_tokens + c.completion_tokens).label("prompt_tokens"), func.max(c.cost).label("cost"),
        *(func.count(case((value.is_(None), 1))) for value in unknown),
    )  # fmt: skip
    found = connection.execute(select(*figures).where(c.run_id == RUN)).one()
    requests, prompt, completion, cost, cached, reasoning, unseen, longest, dearest, *nulls = found
    received = select(func.count()).select_from(table(CallRow).join(table(AnswerRow))).where(c.run_id == RUN)
    unpriced, unmetered = (
        connection.execute(received.where(value.is_(None), true() if unread else c.state != "received")).scalar_one() if count else 0
        for value, count in zip(unknown, nulls, strict=True)
    )
    return Spend(requests, prompt, completion, cost, unpriced, cached, reasoning, unmetered, unseen, longest, dearest)


def load_fingerprint(connection: Connection) -> str:
    """SHA-256 (hex) over the accepted items' content in order: one JSON array [instruction, input, output] a line, with kind and payload
    after these where an item has them.
    """
    digest = hashlib.sha256()
    query = text("SELECT instruction, input, output, kind, payload FROM accepted_items WHERE run_id = :run ORDER BY position")
    for *texts, kind, payload in connection.execute(query, {"run": RUN}):
        digest.update(json.dumps(texts + ([kind, payload] if kind or payload else []), ensure_ascii=False).encode() + b"\n")
    return digest.hexdigest()


@reading()
def load_histories(connection: Connection, first: int, last: int | None = None, *, reread: bool = False) -> dict[CallKey, History]:
    """The calls of tickets from `first` on, up to `last` if that is given, by question; of superseded ones only how many there were."""
    call, answer = table(CallRow), table(AnswerRow)
    query = select(call, answer.c.request, answer.c.body).select_from(call.outerjoin(answer))
    wanted = call.c.ticket >= first if last is None else call.c.ticket.between(first, last)
    rows = connection.execute(query.where(call.c.run_id == RUN, wanted).order_by(call.c.attempt)).mappings().all()
    failures, packing = load_failures(connection, [r for r in rows if call_failed(r)]), Packing.of(connection)
    found: dict[CallKey, History] = defaultdict(History)
    for r in rows:
        key = key_of(r)
        earlier = found[key]
        if "superseded" in r["notes"]:
            found[key] = History(r["attempt"])
            continue
        bodies = earlier.bodies
        if r["body"] is not None:
            request = packing.unpack(r["request"])
            attempt = Attempt(key, r["role"], r["attempt"], r["teacher"], r["model"], r["template"], request, r["request_digest"])
            bodies = (*bodies, SavedBody(attempt, packing.unpack(r["body"]), r["state"] == "answered" or bool(r["error"]), r["reader"]))
        refused = (r["error"] or "TeacherRefused") if r["state"] == "refused" else earlier.refused
        another = reread and not any(saved.reader == READER for saved in bodies)
        found[key] = History(r["attempt"], r["request_digest"], bodies, refused, **failures.get(key, {}), reread=another)
    return dict(found)


def load_failures(connection: Connection, calls: Sequence[RowMapping]) -> dict[CallKey, dict[str, Any]]:
    """What these failed calls say of their questions, as `History` has it."""
    if not calls:
        return {}  # what follows is a pass over all calls, and few fail
    c, start = table(CallRow).c, table(StartRow).c
    answers = select(c.teacher, func.max(c.sent_at)).where(c.run_id == RUN, c.state == "answered").group_by(c.teacher)
    last_answered = dict(map(tuple, connection.execute(answers)))
    begun = list(connection.execute(select(start.started_at).where(start.run_id == RUN).order_by(start.number)).scalars())
    of_key: dict[CallKey, list[RowMapping]] = defaultdict(list)
    for call in calls:
        of_key[key_of(call)].append(call)
    return {
        key: {
            "outlived": any(failed_at(call) < last_answered.get(call["teacher"], "") for call in failed),
            "failures": len(failed),
            "starts": len({bisect_right(begun, call["sent_at"]) for call in failed}),
        }
        for key, failed in of_key.items()
    }


def key_of(call: RowMapping) -> CallKey:
    return CallKey(call["ticket"], call["step"], call["ordinal"])


def call_failed(call: RowMapping) -> bool:
    """Whether an attempt ended in a failure of the call, and not because the teacher was busy, not there, or refused us."""
    return bool(call["state"] == "failed" and call["error"] == TeacherTransient.__name__)


def failed_at(call: RowMapping) -> str:
    """When a call had failed, as the record has times."""
    ended = datetime.fromisoformat(call["sent_at"]) + timedelta(seconds=call["seconds"] or 0.0)
    return ended.isoformat(timespec="milliseconds").replace("+00:00", "Z")
