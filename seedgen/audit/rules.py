"""What must be true of the rows of a run, whoever wrote them: a table of sentences, each with the query that finds what breaks it.

Plain SQL over the tables as they stand; nothing here goes through the code that wrote them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, text

from seedgen.records import item_ref
from seedgen.store.sqlite.tables import RUN

SHOWN = 5
"""Problems told one by one under each rule; one broken row may put all later ones out of place."""

TERMS = """
    WITH seeds AS (SELECT count(*) AS seeds FROM seed WHERE run_id = :run),
    judged AS (
        SELECT c.ticket, c.ordinal, c.pool_index, count(v.place) AS verdicts, coalesce(max(v.place), -1) AS last,
               count(*) FILTER (WHERE NOT v.passed) AS refusals, max(v.place) FILTER (WHERE NOT v.passed) AS refused_at
        FROM candidate c
        LEFT JOIN verdict v ON v.run_id = c.run_id AND v.ticket = c.ticket AND v.ordinal = c.ordinal AND v.instance = -1
        WHERE c.run_id = :run
        GROUP BY c.ticket, c.ordinal, c.pool_index),
    checked AS (
        SELECT i.ticket, i.ordinal, i.instance, i.position, count(v.place) AS verdicts, coalesce(max(v.place), -1) AS last,
               count(*) FILTER (WHERE NOT v.passed) AS refusals, max(v.place) FILTER (WHERE NOT v.passed) AS refused_at
        FROM item i
        LEFT JOIN verdict v ON v.run_id = i.run_id AND v.ticket = i.ticket AND v.ordinal = i.ordinal AND v.instance = i.instance
        WHERE i.run_id = :run
        GROUP BY i.ticket, i.ordinal, i.instance, i.position),
    rejected AS (
        SELECT i.run_id, i.ticket, i.ordinal, i.instance, i.position FROM item i JOIN mark m ON m.run_id = i.run_id
               AND m.ticket = i.ticket AND m.ordinal = i.ordinal AND m.instance = i.instance AND m.rejected
        WHERE i.run_id = :run AND NOT EXISTS (
            SELECT 1 FROM mark o WHERE o.run_id = m.run_id AND o.ticket = m.ticket AND o.ordinal = m.ordinal
            AND o.instance = m.instance AND o.version > m.version))
"""
"""What the queries below may refer to, all of the run :run: the number of seeds; candidates with a summary of the gate's verdicts;
items with their checks'.
"""


@dataclass(frozen=True, slots=True)
class Invariant:
    """`sentence` is filled in with each row that `query` finds; {candidate}, {item} and {call} are the names people use."""

    sentence: str
    query: str


RECORD = (
    Invariant(
        "the run says that it reached its target of {target}, but {passed} items passed",
        """SELECT r.target, count(i.position) AS passed FROM run r LEFT JOIN item i ON i.run_id = r.run_id
        WHERE r.run_id = :run AND (SELECT s."end" FROM start s WHERE s.run_id = r.run_id ORDER BY s.number DESC LIMIT 1) = 'target'
        GROUP BY r.run_id, r.target HAVING count(i.position) < r.target""",
    ),
    Invariant(
        "the dataset reaches up to position {reach}; with the target, and one more for each item that was rejected, it would be {due}",
        """SELECT r.reach, r.target + coalesce(x.rejected, 0) AS due FROM run r LEFT JOIN (
            SELECT q.run_id, count(*) AS rejected FROM (
                SELECT run_id, position - row_number() OVER (ORDER BY position) + 1 AS before FROM rejected) AS q
            JOIN run ON run.run_id = q.run_id WHERE q.before < run.target GROUP BY q.run_id) AS x ON x.run_id = r.run_id
        WHERE r.run_id = :run AND r.reach != r.target + coalesce(x.rejected, 0)""",
    ),
    Invariant(
        "seed {id} has pool index {pool_index}, in order it would be {due}",
        """SELECT * FROM (SELECT id, pool_index, row_number() OVER (ORDER BY pool_index) - 1 AS due FROM seed WHERE run_id = :run) AS s
        WHERE pool_index != due""",
    ),
)

TICKETS = (
    Invariant(
        "ticket {due} is missing; {ticket} is there",
        """SELECT * FROM (SELECT ticket, row_number() OVER (ORDER BY ticket) - 1 AS due FROM ticket WHERE run_id = :run) AS t
        WHERE ticket != due LIMIT 1""",
    ),
    Invariant(
        "ticket {ticket} is final, but ticket {open} before it is not",
        """SELECT f.ticket, o.open FROM ticket f
        JOIN (SELECT min(ticket) AS open FROM ticket WHERE run_id = :run AND finalized_at = '') AS o ON o.open < f.ticket
        WHERE f.run_id = :run AND f.finalized_at != ''""",
    ),
    Invariant(
        "ticket {ticket} left a pool of {pool_size}; its admissions make it {due}",
        """SELECT * FROM (
            SELECT t.ticket, t.pool_size, s.seeds + sum(count(c.pool_index)) OVER (ORDER BY t.ticket) AS due
            FROM ticket t CROSS JOIN seeds s LEFT JOIN candidate c ON c.run_id = t.run_id AND c.ticket = t.ticket
            WHERE t.run_id = :run AND t.finalized_at != '' GROUP BY t.ticket, t.pool_size, s.seeds) AS p
        WHERE coalesce(pool_size, -1) != due""",
    ),
    Invariant(
        "ticket {ticket} drew from a pool of {view_size}; by the run's window it should have been {due}",
        """SELECT * FROM (
            SELECT t.ticket, t.view_size, coalesce(e.pool_size, s.seeds) AS due
            FROM ticket t CROSS JOIN seeds s JOIN run r ON r.run_id = t.run_id
            LEFT JOIN ticket e ON e.run_id = t.run_id AND e.ticket = t.ticket - r."window"
            WHERE t.run_id = :run AND t.finalized_at != '' AND r.regated_from = '') AS v
        WHERE coalesce(view_size, -1) != due""",
    ),
    Invariant(
        "candidate {candidate} belongs to ticket {ticket}, which is not final",
        """SELECT c.ticket, c.ordinal FROM candidate c LEFT JOIN ticket t ON t.run_id = c.run_id AND t.ticket = c.ticket
        WHERE c.run_id = :run AND coalesce(t.finalized_at, '') = ''""",
    ),
    Invariant(
        "ticket {ticket} has {found} candidates, but numbers them up to {last}",
        """SELECT ticket, count(*) AS found, max(ordinal) AS last FROM candidate WHERE run_id = :run GROUP BY ticket
        HAVING count(*) != max(ordinal) + 1 OR min(ordinal) != 0""",
    ),
)

GATE = (
    Invariant(
        "candidate {candidate} has pool index {pool_index}, in order of admission it would be {due}",
        """SELECT * FROM (
            SELECT ticket, ordinal, pool_index, s.seeds + row_number() OVER (ORDER BY ticket, ordinal) - 1 AS due
            FROM candidate CROSS JOIN seeds s WHERE run_id = :run AND pool_index IS NOT NULL) AS c
        WHERE pool_index != due""",
    ),
    Invariant("candidate {candidate} was never judged", "SELECT * FROM judged WHERE verdicts = 0"),
    Invariant("candidate {candidate} lacks one of its verdicts", "SELECT * FROM judged WHERE verdicts != last + 1"),
    Invariant(
        "candidate {candidate} is in the pool, but was refused", "SELECT * FROM judged WHERE pool_index IS NOT NULL AND refusals > 0"
    ),
    Invariant(
        "candidate {candidate} is not in the pool, but was not refused",
        "SELECT * FROM judged WHERE pool_index IS NULL AND refusals = 0",
    ),
    Invariant("candidate {candidate} was judged on after its refusal", "SELECT * FROM judged WHERE refusals > 1 OR refused_at != last"),
    Invariant(
        "{item} was refused by {filter} without a reason",
        "SELECT ticket, ordinal, instance, filter FROM verdict WHERE run_id = :run AND NOT passed AND coalesce(reason, '') = ''",
    ),
    Invariant(
        "a verdict of {filter} on candidate {candidate} names pool entry {nearest}, which was not there",
        """SELECT v.* FROM verdict v JOIN ticket t ON t.run_id = v.run_id AND t.ticket = v.ticket
        JOIN candidate c ON c.run_id = v.run_id AND c.ticket = v.ticket AND c.ordinal = v.ordinal
        WHERE v.run_id = :run AND (v.nearest < 0 OR v.nearest >= coalesce(c.pool_index, t.pool_size))""",
    ),
)

ITEMS = (
    Invariant(
        "item {item} has position {position}, in ticket order it would be {due}",
        """SELECT * FROM (
            SELECT ticket, ordinal, instance, position, row_number() OVER (ORDER BY ticket, ordinal, instance) - 1 AS due
            FROM item WHERE run_id = :run AND position IS NOT NULL) AS i
        WHERE position != due""",
    ),
    Invariant("item {item} was never checked", "SELECT * FROM checked WHERE verdicts = 0"),
    Invariant("item {item} lacks one of its verdicts", "SELECT * FROM checked WHERE verdicts != last + 1"),
    Invariant(
        "item {item} has a position, but did not pass its checks", "SELECT * FROM checked WHERE position IS NOT NULL AND refusals > 0"
    ),
    Invariant("item {item} passed its checks, but has no position", "SELECT * FROM checked WHERE position IS NULL AND refusals = 0"),
    Invariant(
        "item {item} has {marks} marks by people, and the last is number {version}",
        """SELECT ticket, ordinal, instance, count(*) AS marks, max(version) AS version FROM mark WHERE run_id = :run
        GROUP BY ticket, ordinal, instance HAVING count(*) != max(version) OR min(version) != 1""",
    ),
    Invariant(
        "item {item} was marked by a person, but is none that passed",
        """SELECT DISTINCT m.ticket, m.ordinal, m.instance FROM mark m LEFT JOIN item i ON i.run_id = m.run_id AND i.ticket = m.ticket
        AND i.ordinal = m.ordinal AND i.instance = m.instance WHERE m.run_id = :run AND i.position IS NULL""",
    ),
    Invariant("item {item} was checked on after its refusal", "SELECT * FROM checked WHERE refusals > 1 OR refused_at != last"),
    Invariant(
        "candidate {candidate} was refused, but has items",
        """SELECT DISTINCT c.ticket, c.ordinal FROM candidate c
        JOIN item i ON i.run_id = c.run_id AND i.ticket = c.ticket AND i.ordinal = c.ordinal
        WHERE c.run_id = :run AND c.pool_index IS NULL""",
    ),
    Invariant(
        "candidate {candidate} was admitted, but has no item",
        """SELECT c.ticket, c.ordinal FROM candidate c
        LEFT JOIN item i ON i.run_id = c.run_id AND i.ticket = c.ticket AND i.ordinal = c.ordinal
        WHERE c.run_id = :run AND c.pool_index IS NOT NULL AND i.instance IS NULL""",
    ),
    Invariant(
        "candidate {candidate} has {found} items, but numbers them up to {last}",
        """SELECT ticket, ordinal, count(*) AS found, max(instance) AS last FROM item WHERE run_id = :run GROUP BY ticket, ordinal
        HAVING count(*) != max(instance) + 1 OR min(instance) != 0""",
    ),
    Invariant(
        "a verdict of {filter} is about item {item}, which is not there",
        """SELECT v.* FROM verdict v
        LEFT JOIN item i ON i.run_id = v.run_id AND i.ticket = v.ticket AND i.ordinal = v.ordinal AND i.instance = v.instance
        WHERE v.run_id = :run AND v.instance != -1 AND i.ticket IS NULL""",
    ),
)

CALLS = (
    Invariant(
        '{call} is still "{state}", but its ticket is final',
        """SELECT c.* FROM call c JOIN ticket t ON t.run_id = c.run_id AND t.ticket = c.ticket
        WHERE c.run_id = :run AND t.finalized_at != '' AND c.state IN ('sent', 'received')""",
    ),
    Invariant(
        '{call} is "{state}", which is no state of a call',
        """SELECT * FROM call WHERE run_id = :run
        AND state NOT IN ('sent', 'received', 'answered', 'refused', 'failed', 'dropped', 'unseen')""",
    ),
    Invariant(
        "{call} was answered, but the answer is gone",
        """SELECT c.* FROM call c
        LEFT JOIN answer a ON a.run_id = c.run_id AND a.ticket = c.ticket AND a.step = c.step AND a.ordinal = c.ordinal
             AND a.attempt = c.attempt
        WHERE c.run_id = :run AND c.state IN ('received', 'answered') AND a.attempt IS NULL""",
    ),
    Invariant(
        "{call} was answered, and yet asked again",
        """SELECT c.* FROM call c
        JOIN call n ON n.run_id = c.run_id AND n.ticket = c.ticket AND n.step = c.step AND n.ordinal = c.ordinal
             AND n.attempt > c.attempt
        WHERE c.run_id = :run AND c.state = 'answered' AND c.notes NOT LIKE '%superseded%'""",
    ),
    Invariant(
        "{call} has no record of each attempt before it",
        """SELECT ticket, step, ordinal, max(attempt) AS attempt FROM call WHERE run_id = :run GROUP BY ticket, step, ordinal
        HAVING count(*) != max(attempt) OR min(attempt) != 1""",
    ),
    Invariant(  # but where a teacher has learned what its server takes, or another version of seedgen may have known it
        "{call} was sent another request than an attempt before it",
        """SELECT ticket, step, ordinal, max(attempt) AS attempt FROM call WHERE run_id = :run AND notes NOT LIKE '%superseded%'
        AND teacher NOT IN (SELECT teacher FROM call WHERE run_id = :run AND error = 'AskAnew')
        AND (SELECT count(DISTINCT version) FROM start WHERE run_id = :run) < 2
        GROUP BY ticket, step, ordinal HAVING count(DISTINCT request_digest) > 1""",
    ),
    Invariant(
        '{call} uses template "{template}", which the run does not have',
        """SELECT c.* FROM call c LEFT JOIN template t ON t.run_id = c.run_id AND t.name = c.template
        WHERE c.run_id = :run AND t.name IS NULL""",
    ),
    Invariant("{call} cost {cost}", "SELECT * FROM call WHERE run_id = :run AND cost < 0"),
    Invariant(
        "{call} cost {cost}, but used no tokens that are known",
        "SELECT * FROM call WHERE run_id = :run AND cost > 0 AND prompt_tokens IS NULL",
    ),
    Invariant(
        '{call} was answered, and yet failed with "{error}"',
        "SELECT * FROM call WHERE run_id = :run AND state = 'answered' AND error != ''",
    ),
)


def broken_rules(connection: Connection) -> Iterator[str]:
    """A sentence for each row that breaks a rule; of many under one rule the first few, and how many more there are."""
    for rule in (*RECORD, *TICKETS, *GATE, *ITEMS, *CALLS):
        rows = connection.execute(text(TERMS + rule.query), {"run": RUN}).mappings().all()
        yield from (rule.sentence.format_map(names(row)) for row in rows[:SHOWN])
        if len(rows) > SHOWN:
            yield f"… and {len(rows) - SHOWN} more like the last"


def names(row: RowMapping) -> dict[str, object]:
    """The row's columns, with the names of what it is about."""
    found: dict[str, object] = dict(row)
    if "ordinal" in found:
        found["candidate"] = item_ref(row["ticket"], row["ordinal"])
        found["item"] = item_ref(row["ticket"], row["ordinal"], max(0, row.get("instance") or 0))
    if "step" in found:
        found["call"] = f"call {row['ticket']}.{row['step']}.{row['ordinal']} (attempt {row['attempt']})"
    return found
