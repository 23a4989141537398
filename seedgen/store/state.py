"""What a run's database holds, as the values a start needs: the run's record, its seeds and templates, the pool, where it stands, what
it has spent, and the history of every question of its unfinished tickets.
"""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, Table, func, select

from seedgen.ask import Attempt, History, SavedBody
from seedgen.limits import Spend
from seedgen.loop import Progress
from seedgen.records import CallKey, Candidate, Instance, Proposal, SeedTask, Vector
from seedgen.store.tables import AnswerRow, CallRow, CandidateRow, ItemRow, Row, RunRow, SeedRow, TemplateRow, TicketRow, VectorRow

RUN = 1
"""The run id in a database of its own."""


def table(row: type[Row]) -> Table:
    """The SQLAlchemy table of a row class."""
    return row.metadata.tables[str(row.__tablename__)]


@dataclass(frozen=True, slots=True)
class RunRecord:
    """The run itself. `config` is its JSON text; `end` one word of `events.End`, "" while it goes on (or crashed)."""

    name: str
    version: str
    created_at: str
    config: str
    config_digest: str
    seeds_digest: str
    window: int
    target: int
    end: str = ""
    end_message: str = ""
    started_at: str = ""
    ended_at: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """All that a start needs of earlier ones. `vectors` is by pool index; `open` holds the started but unfinished tickets."""

    admitted: Sequence[Candidate]
    vectors: Mapping[int, Vector]
    progress: Progress
    spend: Spend
    histories: Mapping[CallKey, History]
    open: frozenset[int]


def load_record(connection: Connection) -> RunRecord:
    row = connection.execute(select(table(RunRow)).where(table(RunRow).c.run_id == RUN)).mappings().one()
    return RunRecord(**{k: v for k, v in row.items() if k != "run_id"})


def load_seeds(connection: Connection) -> tuple[SeedTask, ...]:
    seed = table(SeedRow)
    return tuple(
        SeedTask(
            r["id"], r["instruction"], tuple(Instance(**i) for i in json.loads(r["instances"])),
            r["is_classification"], r["category"], r["tier"], r["license"], r["source"],
        )
        for r in connection.execute(select(seed).order_by(seed.c.pool_index)).mappings()
    )  # fmt: skip


def load_templates(connection: Connection) -> dict[str, str]:
    """Template name to source."""
    template = table(TemplateRow)
    return dict(map(tuple, connection.execute(select(template.c.name, template.c.source))))


def load_state(connection: Connection, window: int) -> State:
    ticket = table(TicketRow)
    finished = select(func.coalesce(func.max(ticket.c.ticket) + 1, 0)).where(ticket.c.finalized_at != "")
    first = connection.execute(finished).scalar_one()
    recent = select(ticket.c.ticket, ticket.c.pool_size).where(ticket.c.ticket >= first - window, ticket.c.ticket < first)
    sizes = dict(map(tuple, connection.execute(recent)))
    return State(
        admitted=load_admitted(connection),
        vectors=load_vectors(connection),
        progress=Progress(first, count_passed(connection), sizes),
        spend=load_spend(connection),
        histories=load_histories(connection, first),
        open=frozenset(connection.execute(select(ticket.c.ticket).where(ticket.c.ticket >= first)).scalars()),
    )


def count_passed(connection: Connection) -> int:
    return connection.execute(select(func.count()).where(table(ItemRow).c.position.is_not(None))).scalar_one()


def load_admitted(connection: Connection) -> list[Candidate]:
    """Every admitted candidate in order of admission, without its vector."""
    c = table(CandidateRow).c
    query = select(c.ticket, c.ordinal, c.instruction, c.input, c.output, c.verb, c.noun, c.category, c.category_evidence)
    rows = connection.execute(query.where(c.pool_index.is_not(None)).order_by(c.pool_index))
    return [
        Candidate(ticket, ordinal, Proposal(instruction, input_, output), verb, noun, category, evidence)
        for ticket, ordinal, instruction, input_, output, verb, noun, category, evidence in rows
    ]


def load_vectors(connection: Connection) -> dict[int, Vector]:
    vector = table(VectorRow)
    rows = connection.execute(select(vector.c.pool_index, vector.c.vector))
    return {index: np.frombuffer(data, "<f2") for index, data in rows}


def load_spend(connection: Connection) -> Spend:
    c = table(CallRow).c
    sums = [func.coalesce(func.sum(column), 0) for column in (c.prompt_tokens, c.completion_tokens, c.cost)]
    requests, prompt_tokens, completion_tokens, cost = connection.execute(select(func.count(), *sums)).one()
    received = select(func.count()).select_from(table(CallRow).join(table(AnswerRow)))
    unpriced = connection.execute(received.where(c.cost.is_(None))).scalar_one()
    return Spend(requests, prompt_tokens, completion_tokens, cost, unpriced)


def load_histories(connection: Connection, first: int) -> dict[CallKey, History]:
    """The calls of tickets from `first` on, by question."""
    call, answer = table(CallRow), table(AnswerRow)
    query = select(call, answer.c.request, answer.c.body).select_from(call.outerjoin(answer))
    rows = connection.execute(query.where(call.c.ticket >= first).order_by(call.c.attempt)).mappings()
    found: dict[CallKey, History] = defaultdict(History)
    for r in rows:
        key = CallKey(r["ticket"], r["step"], r["ordinal"])
        earlier = found[key]
        bodies = earlier.bodies
        if r["body"] is not None:
            request = zlib.decompress(r["request"])
            attempt = Attempt(key, r["attempt"], r["teacher"], r["model"], r["template"], request, r["request_digest"])
            bodies = (*bodies, SavedBody(attempt, zlib.decompress(r["body"]), r["state"] == "answered" or bool(r["error"])))
        found[key] = History(
            r["attempt"], r["request_digest"], bodies, (r["message"] or "refused") if r["state"] == "refused" else earlier.refused
        )
    return dict(found)
