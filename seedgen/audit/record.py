"""What a run says of itself, read once for all checks; and whether its digests agree with what they are digests of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, MappingResult, text

from seedgen.config.model import Config, digest_of, stored_config
from seedgen.records import Candidate, EvaluationItem, SeedTask
from seedgen.runs.drift import seeds_digest
from seedgen.store.ports import RunRecord
from seedgen.store.sqlite.state import load_admitted, load_evaluation, load_record, load_seeds
from seedgen.store.sqlite.tables import RUN

READERS = """
    SELECT c.ticket, max(c.reader) AS reader FROM call c JOIN ticket t ON t.run_id = c.run_id AND t.ticket = c.ticket
    WHERE c.run_id = :run AND t.finalized_at != '' AND c.reader != '' GROUP BY c.ticket"""
TEMPLATES = "SELECT name, digest, source FROM template WHERE run_id = :run ORDER BY name"


@dataclass(frozen=True, slots=True)
class StoredTemplate:
    """A template as the run keeps it, not yet parsed."""

    name: str
    digest: str
    source: str


@dataclass(frozen=True, slots=True)
class Record:
    """A run as its database has it, within one snapshot. `admitted` is in order of admission and follows the seeds in the pool.

    `readers` are the rules by which the answers of each final ticket were read (see `records.READER`). In a run that is not regated it was
    judged by the rules of that time, too.
    """

    connection: Connection
    run: RunRecord
    config: Config
    seeds: Sequence[SeedTask]
    templates: Sequence[StoredTemplate]
    admitted: Sequence[Candidate]
    evaluation: Sequence[EvaluationItem] = ()
    readers: Mapping[int, str] = field(default_factory=dict)

    @property
    def compared(self) -> list[str]:
        """The pool, in order, as the gate compares it."""
        proposals = (*(seed.proposal for seed in self.seeds), *(candidate.proposal for candidate in self.admitted))
        return [proposal.compared(self.config.gate.compare) for proposal in proposals]

    def rows(self, query: str, **values: object) -> MappingResult:
        """What the run's database answers; the query names the run as :run."""
        return self.connection.execute(text(query), {"run": RUN, **values}).mappings()

    def ref(self, index: int) -> str:
        """The name of a pool entry."""
        return f"seed:{self.seeds[index].id}" if index < len(self.seeds) else self.admitted[index - len(self.seeds)].ref


def read_record(connection: Connection) -> Record:
    """Raises whatever a damaged record makes its readers raise."""
    run = load_record(connection)
    templates = connection.execute(text(TEMPLATES), {"run": RUN})
    return Record(
        connection=connection,
        run=run,
        config=stored_config(run.config, f"run {run.name}"),
        seeds=load_seeds(connection),
        templates=[StoredTemplate(*row) for row in templates],
        admitted=load_admitted(connection),
        evaluation=load_evaluation(connection),
        readers=dict(map(tuple, connection.execute(text(READERS), {"run": RUN}))),
    )


def wrong_digests(record: Record) -> Iterator[str]:
    """Config, seeds and templates that are not what the run was made with."""
    run, config = record.run, record.config
    if digest_of(json.loads(run.config)) != run.config_digest:
        yield "the config is not the one that its digest was made of"
    if config.target != run.target:
        yield f"the config has a target of {config.target}, the run one of {run.target}"
    if config.window not in (None, run.window):
        yield f"the config has a window of {config.window}, the run one of {run.window}"
    if seeds_digest(record.seeds) != run.seeds_digest:
        yield "the seeds are not the ones that their digest was made of"
    texts = [item.text for item in record.evaluation]
    if (sha256(json.dumps(texts).encode()) if texts else "") != run.evaluation_digest:
        yield "the evaluation items are not the ones that their digest was made of"
    for template in record.templates:
        if sha256(template.source.encode()) != template.digest:
            yield f'template "{template.name}" is not the one that its digest was made of'


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
