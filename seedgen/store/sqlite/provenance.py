"""The dataset with the provenance of every item, streamed: what an export needs, a few queries a ticket instead of one life an item."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, RowMapping, text

from seedgen.records import PROPOSE, item_ref
from seedgen.store.ports import Ground, ItemView, Origin, RunReader, RunRecord, Source
from seedgen.store.sqlite.damage import parsed, reading
from seedgen.store.sqlite.state import load_record
from seedgen.store.sqlite.tables import IN_DATASET, LAST_MARK, RUN

ACCEPTED = f"""
    SELECT i.position, i.ticket, i.ordinal, i.instance, coalesce(m.instruction, c.instruction) AS instruction,
           coalesce(m.input, i.input) AS input, coalesce(m.output, i.output) AS output, c.category, c.tier, c.verb, c.noun, c.language,
           coalesce(m.version, 0) AS version, m.marked_by, m.marked_at, m.note,
           i.output_shape, i.kind, i.payload, c.found, i.shape_evidence, t.recipe, t.parents, t.finalized_at
    FROM item i
    JOIN run r ON r.run_id = i.run_id
    JOIN candidate c ON c.run_id = i.run_id AND c.ticket = i.ticket AND c.ordinal = i.ordinal
    JOIN ticket t ON t.run_id = i.run_id AND t.ticket = i.ticket {LAST_MARK}
    WHERE i.run_id = :run AND {IN_DATASET}
    ORDER BY i.position"""  # noqa: S608 - our own text
VERDICTS = """
    SELECT ordinal, instance, filter, score, nearest FROM verdict
    WHERE run_id = :run AND ticket = :ticket ORDER BY ordinal, instance, place"""
CALLS = """
    SELECT c.step, c.role, c.ordinal, c.teacher, c.model, c.template, t.digest AS template_digest, c.request_digest,
           c.prompt_tokens, c.completion_tokens, c.cost
    FROM call c
    LEFT JOIN template t ON t.run_id = c.run_id AND t.name = c.template
    WHERE c.run_id = :run AND c.ticket = :ticket AND c.state = 'answered'
    ORDER BY c.sent_at, c.step, c.ordinal"""
POOL = """
    SELECT p.pool_index, p.ref, s.license FROM pool p
    LEFT JOIN seed s ON s.run_id = p.run_id AND s.pool_index = p.pool_index
    WHERE p.run_id = :run"""


def origins(reader: RunReader) -> Generator[Origin]:
    """Every accepted item in order, all of one snapshot. Raises `StoreBroken`."""
    with reader.snapshot() as connection, reading():
        run = load_record(connection)
        pool = {index: (ref, license_ or "") for index, ref, license_ in connection.execute(text(POOL), {"run": RUN})}
        rows = connection.execute(text(ACCEPTED), {"run": RUN}).mappings()
        for ticket, items in groupby(rows, itemgetter("ticket")):
            verdicts, calls = (_of_ticket(connection, query, ticket) for query in (VERDICTS, CALLS))
            for row in items:
                yield _origin(row, run, pool, verdicts, calls)


def _of_ticket(connection: Connection, query: str, ticket: int) -> list[RowMapping]:
    return list(connection.execute(text(query), {"run": RUN, "ticket": ticket}).mappings())


def _origin(
    row: RowMapping, run: RunRecord, pool: Mapping[int, tuple[str, str]], verdicts: list[RowMapping], calls: list[RowMapping]
) -> Origin:
    parents = [(parent, "") if isinstance(parent, str) else pool[parent] for parent in parsed("parents", row["parents"])]
    return Origin(
        item=accepted_line(row),
        run=run,
        ticket=row["ticket"],
        recipe=row["recipe"],
        parents=tuple(ref for ref, _ in parents),
        licenses=tuple(sorted({license_ for _, license_ in parents if license_})),
        grounds=tuple(
            Ground(v["filter"], v["score"], "" if v["nearest"] is None else pool[v["nearest"]][0])
            for v in verdicts
            if v["ordinal"] == row["ordinal"] and v["instance"] in (-1, row["instance"])
        ),
        sources=tuple(_source(c) for c in calls if c["role"] == PROPOSE or c["ordinal"] == row["ordinal"]),
        created_at=row["finalized_at"],
        found={**parsed("found", row["found"]), "output_shape": row["shape_evidence"]},
        version=row["version"],
        **{name: row[name] or "" for name in ("marked_by", "marked_at", "note")},
    )


def _source(row: RowMapping) -> Source:
    values: dict[str, Any] = {k: v for k, v in row.items() if k not in ("ordinal", "role")}
    return Source(**{**values, "template_digest": values["template_digest"] or ""})


def accepted_line(row: RowMapping) -> ItemView:
    """An accepted item."""
    fields = (
        "instruction",
        "input",
        "output",
        "category",
        "tier",
        "verb",
        "noun",
        "language",
        "output_shape",
        "position",
        "kind",
        "payload",
    )
    ref = item_ref(row["ticket"], row["ordinal"], row["instance"])
    return ItemView(ref, "accepted", **{k: row[k] for k in fields})
