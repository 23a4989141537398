"""The schema: one row class a table, as it reads in any SQLite browser. Rows never leave `seedgen.store`.

Keys are natural (ticket, ordinal, attempt), not counters, so two runs of the same dataset hold the same rows. Every table carries
the run id; nothing relies on SQLite alone. Times are UTC ISO 8601 text. `pool_index` counts seeds first, then admitted candidates in
order of admission; every `nearest` and every `parents` refers to it. Raw requests and answers are zlib-compressed bytes.
"""

from __future__ import annotations

from sqlalchemy import ForeignKeyConstraint, Index, MetaData
from sqlmodel import Field, SQLModel

RUN = 1
"""The run id in a database of its own."""


class Row(SQLModel):
    """Base of all rows, with a catalogue of its own."""

    metadata = MetaData()


class RunRow(Row, table=True):
    """`config` is the whole configuration as JSON, `taxonomy` the categories it is steered to, as JSON.

    Items at positions below `reach` that no person rejected are the dataset: it is the target, and one more for each that was rejected.

    A run that judged another's answers again names that run and the fingerprint it had; its calls and answers are that run's, and it made
    none itself.
    """

    __tablename__ = "run"
    run_id: int = Field(primary_key=True)
    name: str
    version: str
    created_at: str
    config: str
    config_digest: str
    seeds_digest: str
    window: int
    target: int
    reach: int
    taxonomy: str = "{}"
    evaluation_digest: str = ""
    regated_from: str = ""
    regated_fingerprint: str = ""


class StartRow(Row, table=True):
    """One process's work on the run. `tickets` and `accepted` are what it found; `prices` is the price list it counted costs by.

    `end` is one word (see `events.End`); "" with its time while the process works, or for good if it was killed.
    """

    __tablename__ = "start"
    run_id: int = Field(primary_key=True, foreign_key="run.run_id")
    number: int = Field(primary_key=True)
    version: str
    prices: str = ""
    host: str = ""
    pid: int | None = None
    tickets: int
    accepted: int
    started_at: str
    ended_at: str = ""
    end: str = ""
    end_message: str = ""


class SeedRow(Row, table=True):
    """`instances` is a JSON list of {"input", "output"}; `pool_index` is also the order of the seeds."""

    __tablename__ = "seed"
    run_id: int = Field(primary_key=True, foreign_key="run.run_id")
    pool_index: int = Field(primary_key=True)
    id: str
    instruction: str
    instances: str
    is_classification: bool | None
    category: str | None
    tier: str | None
    license: str | None
    source: str


class EvaluationRow(Row, table=True):
    """A text of an evaluation file, which no task may overlap with."""

    __tablename__ = "evaluation"
    run_id: int = Field(primary_key=True, foreign_key="run.run_id")
    number: int = Field(primary_key=True)
    source: str
    text: str


class TemplateRow(Row, table=True):
    """A prompt template as it was when the run was made."""

    __tablename__ = "template"
    run_id: int = Field(primary_key=True, foreign_key="run.run_id")
    name: str = Field(primary_key=True)
    digest: str
    source: str


class TicketRow(Row, table=True):
    """One turn of the loop. Until it is final (`finalized_at`), only its number and start are known.

    `parents` is a JSON list of pool indices in the order shown; `view_size` the pool it drew from, `pool_size` the pool it left; `aim`
    a JSON object of what it was steered to, {} if to nothing; `novelty` 1 - the mean similarity of its candidates to their neighbours.
    In a regated run the draw is that of the run it was made from: `view_size` is of that one's pool, and a parent that is not in this
    one's is named by its ref.
    """

    __tablename__ = "ticket"
    run_id: int = Field(primary_key=True, foreign_key="run.run_id")
    ticket: int = Field(primary_key=True)
    recipe: str = ""
    parents: str = ""
    view_size: int | None = None
    pool_size: int | None = None
    fault: str = ""
    aim: str = "{}"
    candidates: int | None = None
    novelty: float | None = None
    started_at: str
    gated_at: str = ""
    finalized_at: str = ""


class CallRow(Row, table=True):
    """One attempt at a teacher. `state`: sent, received (not read yet), answered, refused, failed, dropped (it was free, and the run was
    halted), or unseen (the process died while it was in flight).

    Token counts and `cost` (US dollars) are NULL where unknown. `error` is the error's class, `message` says more. `model` was asked for,
    `answered_by` is the one that the answer names. `waited` is the time in our own queue, which `seconds` leaves out. `notes` are words
    with spaces between them: what is odd about the answer (see `records.Answer`); "unseen" where one may have been billed that we did not
    get; "superseded" where today's rules of reading make another question of the answers before it. `role` is what the recipe's step is
    asked for: "propose" calls belong to their ticket, all others to the candidate `ordinal`.
    `reader` names the rules by which the answer was read, "" if it has not been.
    """

    __tablename__ = "call"
    __table_args__ = (ForeignKeyConstraint(["run_id", "ticket"], ["ticket.run_id", "ticket.ticket"]),)
    run_id: int = Field(primary_key=True)
    ticket: int = Field(primary_key=True)
    step: str = Field(primary_key=True)
    ordinal: int = Field(primary_key=True)
    attempt: int = Field(primary_key=True)
    teacher: str
    model: str
    template: str
    request_digest: str
    state: str
    sent_at: str
    waited: float | None = None
    seconds: float | None = None
    status: int | None = None
    error: str = ""
    message: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None
    cost: float | None = None
    answered_by: str = ""
    notes: str = ""
    role: str = ""
    reader: str = ""


class AnswerRow(Row, table=True):
    """What came back, byte for byte, and what was sent for it."""

    __tablename__ = "answer"
    __table_args__ = (
        ForeignKeyConstraint(
            ["run_id", "ticket", "step", "ordinal", "attempt"],
            ["call.run_id", "call.ticket", "call.step", "call.ordinal", "call.attempt"],
        ),
    )
    run_id: int = Field(primary_key=True)
    ticket: int = Field(primary_key=True)
    step: str = Field(primary_key=True)
    ordinal: int = Field(primary_key=True)
    attempt: int = Field(primary_key=True)
    request: bytes
    body: bytes


class CandidateRow(Row, table=True):
    """One task read out of a ticket's answer. `pool_index` is NULL if it was refused. `input` and `output` only as proposed.

    `found` is a JSON object that says of each trait (verb, category, tier, language) how it was found. `compared` is what stood for the
    task where tasks were compared, if its recipe said so; else NULL.
    """

    __tablename__ = "candidate"
    __table_args__ = (
        ForeignKeyConstraint(["run_id", "ticket"], ["ticket.run_id", "ticket.ticket"]),
        Index("candidate_by_pool_index", "run_id", "pool_index", unique=True),
    )
    run_id: int = Field(primary_key=True)
    ticket: int = Field(primary_key=True)
    ordinal: int = Field(primary_key=True)
    instruction: str
    input: str | None
    output: str | None
    fault: str | None
    verb: str | None
    noun: str | None
    category: str | None
    tier: str | None
    language: str | None
    found: str
    pool_index: int | None
    compared: str | None = None


class VectorRow(Row, table=True):
    """The embedding of pool entry `pool_index`: little-endian float16, unit length."""

    __tablename__ = "vector"
    run_id: int = Field(primary_key=True, foreign_key="run.run_id")
    pool_index: int = Field(primary_key=True)
    vector: bytes


class ItemRow(Row, table=True):
    """A whole item. `position` is its place among those that passed, NULL if it did not; accepted when position < run.reach, unless a
    person rejected it.

    `payload` is a JSON value that holds what input and output cannot, and `kind` says what it is; both are "" for plain items.
    """

    __tablename__ = "item"
    __table_args__ = (
        ForeignKeyConstraint(["run_id", "ticket", "ordinal"], ["candidate.run_id", "candidate.ticket", "candidate.ordinal"]),
        Index("item_by_position", "run_id", "position", unique=True),
    )
    run_id: int = Field(primary_key=True)
    ticket: int = Field(primary_key=True)
    ordinal: int = Field(primary_key=True)
    instance: int = Field(primary_key=True)
    input: str
    output: str
    position: int | None
    output_shape: str = ""
    shape_evidence: str = ""
    kind: str = ""
    payload: str = ""


class MarkRow(Row, table=True):
    """What a person made of an item: a version of it beside the one that was made, which stays. The highest version counts.

    It is in the dataset unless `rejected`, with these texts; those that are NULL are as they were made.
    """

    __tablename__ = "mark"
    __table_args__ = (
        ForeignKeyConstraint(["run_id", "ticket", "ordinal", "instance"], ["item.run_id", "item.ticket", "item.ordinal", "item.instance"]),
    )
    run_id: int = Field(primary_key=True)
    ticket: int = Field(primary_key=True)
    ordinal: int = Field(primary_key=True)
    instance: int = Field(primary_key=True)
    version: int = Field(primary_key=True)
    rejected: bool
    instruction: str | None
    input: str | None
    output: str | None
    note: str
    marked_by: str
    marked_at: str


class VerdictRow(Row, table=True):
    """What one filter found. `instance` is -1 for the gate's verdicts on the instruction, else the item's the output check is about."""

    __tablename__ = "verdict"
    __table_args__ = (
        ForeignKeyConstraint(["run_id", "ticket", "ordinal"], ["candidate.run_id", "candidate.ticket", "candidate.ordinal"]),
        {"sqlite_with_rowid": False},  # of ten short rows an item, the key is a third: kept once, not again in an index
    )
    run_id: int = Field(primary_key=True)
    ticket: int = Field(primary_key=True)
    ordinal: int = Field(primary_key=True)
    instance: int = Field(primary_key=True)
    place: int = Field(primary_key=True)
    filter: str
    passed: bool
    reason: str
    score: float | None
    nearest: int | None
    evidence: str


LAST_MARK = """
        LEFT JOIN mark m ON m.run_id = i.run_id AND m.ticket = i.ticket AND m.ordinal = i.ordinal AND m.instance = i.instance
             AND m.version = (SELECT max(o.version) FROM mark o WHERE o.run_id = i.run_id AND o.ticket = i.ticket
                              AND o.ordinal = i.ordinal AND o.instance = i.instance)"""
"""Joins, to a query of items `i`, the mark `m` that counts for each, if there is one."""
IN_DATASET = "i.position < r.reach AND NOT coalesce(m.rejected, 0)"
"""Whether an item `i` of the run `r`, with its `LAST_MARK`, is in the dataset."""
STANDING = """CASE WHEN i.position IS NULL THEN 'refused' WHEN m.rejected THEN 'rejected' WHEN i.position < r.reach THEN 'accepted'
                    ELSE 'surplus' END"""
"""Where such an item stands."""
VIEWS = {
    "pool": """
        SELECT run_id, pool_index, 'seed:' || id AS ref, instruction FROM seed
        UNION ALL
        SELECT run_id, pool_index, ticket || '.' || ordinal AS ref, instruction FROM candidate WHERE pool_index IS NOT NULL""",
    "accepted_items": f"""
        SELECT i.run_id, i.position, i.ticket, i.ordinal, i.instance, coalesce(m.instruction, c.instruction) AS instruction,
               coalesce(m.input, i.input) AS input, coalesce(m.output, i.output) AS output, c.category, c.tier, c.verb,
               c.noun, c.language, i.output_shape, i.kind, i.payload
        FROM item i
        JOIN run r ON r.run_id = i.run_id
        JOIN candidate c ON c.run_id = i.run_id AND c.ticket = i.ticket AND c.ordinal = i.ordinal {LAST_MARK}
        WHERE {IN_DATASET}
        ORDER BY i.position""",  # noqa: S608 - our own text
    "refusals": """
        SELECT v.run_id, v.ticket, v.ordinal, v.instance, v.filter, v.reason, v.score, c.instruction,
               p.ref AS nearest_ref, p.instruction AS nearest_instruction, v.evidence
        FROM verdict v
        JOIN candidate c ON c.run_id = v.run_id AND c.ticket = v.ticket AND c.ordinal = v.ordinal
        LEFT JOIN pool p ON p.run_id = v.run_id AND p.pool_index = v.nearest
        WHERE v.passed = 0""",
}
