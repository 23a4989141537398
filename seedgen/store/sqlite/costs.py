"""Where a run's money went: to what kind of item, through which recipe and teacher, from which seeds. Counted by the database.

A ticket's propose calls are shared evenly by the candidates read out of them, its other calls belong to the candidate they were made for,
and a candidate's category and recipe are those of its bill. So a kind's cost per accepted item holds what its refused candidates cost too.
What belongs to no candidate is told apart: tickets that came to nothing, and tickets that are still open.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import astuple, replace

from sqlalchemy import Connection, RowMapping, text

from seedgen.store.figures import Bill, Costs, SeedYield
from seedgen.store.ports import RunReader
from seedgen.store.sqlite.damage import reading
from seedgen.store.sqlite.state import load_record
from seedgen.store.sqlite.tables import LAST_MARK, RUN, STANDING

FEWEST = 20
"""Candidates that must have come from prompts with a seed before anything is said about it."""

CANDIDATES = f"""
    candidates AS (
        SELECT c.ticket, c.ordinal, t.recipe, coalesce(c.category, '') AS category, t.candidates AS siblings,
               coalesce(i.accepted, 0) AS accepted,
               CASE WHEN i.accepted > 0 THEN 'accepted' WHEN i.surplus > 0 THEN 'surplus' WHEN i.rejected > 0 THEN 'rejected'
                    ELSE 'refused' END AS standing
        FROM candidate c
        JOIN ticket t ON t.run_id = c.run_id AND t.ticket = c.ticket
        LEFT JOIN (
            SELECT ticket, ordinal, sum(standing = 'accepted') AS accepted, sum(standing = 'surplus') AS surplus,
                   sum(standing = 'rejected') AS rejected
            FROM (SELECT i.ticket, i.ordinal, {STANDING} AS standing FROM item i JOIN run r ON r.run_id = i.run_id {LAST_MARK}
                  WHERE i.run_id = :run)
            GROUP BY 1, 2
        ) i ON i.ticket = c.ticket AND i.ordinal = c.ordinal
        WHERE c.run_id = :run
    )"""  # noqa: S608 - our own text
CALLS = """
    calls AS (
        SELECT *, answered AND cost_known IS NULL AS unpriced, answered AND tokens_known IS NULL AS unmetered FROM (
            SELECT ticket, role, ordinal, teacher, coalesce(cost, 0) AS cost, cost AS cost_known,
                   coalesce(prompt_tokens, 0) + coalesce(completion_tokens, 0) AS tokens, prompt_tokens + completion_tokens AS tokens_known,
                   state != 'received' AND EXISTS (
                       SELECT 1 FROM answer a WHERE a.run_id = call.run_id AND a.ticket = call.ticket AND a.step = call.step
                       AND a.ordinal = call.ordinal AND a.attempt = call.attempt
                   ) AS answered
            FROM call WHERE run_id = :run
        )
    )"""
KINDS = f"""
    WITH {CANDIDATES}
    SELECT recipe, category, standing, '' AS teacher, count(*) AS candidates, sum(accepted) AS accepted, 0 AS requests, 0 AS tokens,
           0.0 AS cost, 0 AS unpriced, 0 AS unmetered
    FROM candidates GROUP BY recipe, category, standing"""  # noqa: S608 - our own text
BILLS = f"""
    WITH {CANDIDATES}, {CALLS}, bill AS (
        SELECT c.ticket, c.ordinal, k.teacher, k.requests * 1.0 / c.siblings AS requests, k.tokens * 1.0 / c.siblings AS tokens,
               k.cost / c.siblings AS cost, k.unpriced * 1.0 / c.siblings AS unpriced,
               k.unmetered * 1.0 / c.siblings AS unmetered
        FROM candidates c JOIN (
            SELECT ticket, teacher, count(*) AS requests, sum(tokens) AS tokens, sum(cost) AS cost,
                   sum(unpriced) AS unpriced, sum(unmetered) AS unmetered
            FROM calls WHERE role = 'propose' GROUP BY 1, 2
        ) k ON k.ticket = c.ticket
        UNION ALL
        SELECT ticket, ordinal, teacher, 1.0, tokens, cost, unpriced, unmetered FROM calls WHERE role != 'propose'
    )
    SELECT recipe, category, standing, teacher, count(*) AS candidates, sum(accepted) AS accepted, sum(requests) AS requests,
           sum(tokens) AS tokens, sum(cost) AS cost, sum(unpriced) AS unpriced, sum(unmetered) AS unmetered
    FROM candidates NATURAL JOIN (
        SELECT ticket, ordinal, teacher, sum(requests) AS requests, sum(tokens) AS tokens, sum(cost) AS cost,
               sum(unpriced) AS unpriced, sum(unmetered) AS unmetered
        FROM bill GROUP BY 1, 2, 3
    )
    GROUP BY recipe, category, standing, teacher"""  # noqa: S608
REST = f"""
    WITH {CALLS}
    SELECT t.recipe, '' AS category, CASE WHEN t.finalized_at = '' THEN 'open' ELSE 'nothing' END AS standing, k.teacher, 0 AS candidates,
           0 AS accepted, count(*) AS requests, sum(k.tokens) AS tokens, sum(k.cost) AS cost, sum(k.unpriced) AS unpriced,
           sum(k.unmetered) AS unmetered
    FROM calls k JOIN ticket t ON t.run_id = :run AND t.ticket = k.ticket
    WHERE NOT EXISTS (SELECT 1 FROM candidate c WHERE c.run_id = :run AND c.ticket = k.ticket)
    GROUP BY 1, 2, 3, 4"""  # noqa: S608
SEEDS = f"""
    WITH {CANDIDATES},
    tally AS (SELECT ticket, count(*) AS candidates, sum(standing = 'refused') AS refused FROM candidates GROUP BY ticket),
    shown AS (
        SELECT p.value AS pool_index, count(*) AS tickets, sum(n.candidates) AS candidates, sum(n.refused) AS refused
        FROM tally n CROSS JOIN ticket t ON t.run_id = :run AND t.ticket = n.ticket CROSS JOIN json_each(t.parents) p
        GROUP BY p.value
    )
    SELECT s.id, s.instruction, n.tickets, n.candidates, n.refused
    FROM shown n JOIN seed s ON s.run_id = :run AND s.pool_index = n.pool_index"""  # noqa: S608


def costs(reader: RunReader, seeds: int = 5) -> Costs:
    """What everything cost, with at most so many seeds. A regated run has no calls of its own, so it cost nothing. Raises `StoreBroken`."""
    with reader.snapshot() as connection, reading():
        kinds = _rows(connection, KINDS)
        bills = [] if load_record(connection).regated_from else [*_rows(connection, BILLS), *_rows(connection, REST)]
        yields = _rows(connection, SEEDS)
        paid = [(row, bill(row)) for row in bills]
    whole = [(row, bill(row)) for row in kinds] + [(row, replace(each, candidates=0, accepted=0, refused=0)) for row, each in paid]
    final = [pair for pair in whole if pair[0]["standing"] != "open"]
    everything = added(each for _, each in whole)
    share = everything.refused / everything.candidates if everything.candidates else 0.0
    return Costs(
        all=everything,
        standings=grouped(whole, "standing"),
        recipes=grouped(final, "recipe"),
        teachers=grouped(paid, "teacher"),
        categories=grouped([pair for pair in final if pair[0]["standing"] != "nothing"], "category"),
        refused_share=share,
        seeds=tuple(worst((SeedYield(**row, expected=share * row["candidates"]) for row in yields), seeds)),
    )


def worst(found: Iterable[SeedYield], count: int) -> list[SeedYield]:
    """The seeds furthest above the expected refusals, of those with candidates enough to tell."""
    told = [each for each in found if each.candidates >= FEWEST and each.excess > 0]
    return sorted(told, key=lambda each: (-each.excess, each.id))[:count]


def bill(row: RowMapping) -> Bill:
    refused = row["standing"] == "refused"
    used = (row["requests"], row["tokens"], row["cost"], row["unpriced"], row["unmetered"])
    return Bill(row["candidates"], row["accepted"], refused * row["candidates"], *used, refused * row["cost"])


def grouped(rows: Iterable[tuple[RowMapping, Bill]], column: str) -> dict[str, Bill]:
    """Bills added up by one column of their rows, the dearest first, then those with the most tokens."""
    groups: defaultdict[str, list[Bill]] = defaultdict(list)
    for row, each in rows:
        groups[row[column]].append(each)
    return dict(sorted(((key, added(bills)) for key, bills in groups.items()), key=lambda pair: (-pair[1].cost, -pair[1].tokens, pair[0])))


def added(bills: Iterable[Bill]) -> Bill:
    """Their sum, field by field."""
    return Bill(*map(sum, zip(*map(astuple, bills), strict=True)))


def _rows(connection: Connection, query: str) -> list[RowMapping]:
    return list(connection.execute(text(query), {"run": RUN}).mappings())
