"""What each candidate of a run's finished tickets used and gave, and each teacher's pace: what an estimate is made from.

A ticket's propose calls are shared evenly by its candidates, as in `costs`; a ticket without candidates is one row of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, text

from seedgen.store.sqlite.tables import LAST_MARK, RUN

COLUMNS = ("ticket", "candidates", "passed", "requests", "prompt_tokens", "completion_tokens", "cost", "unpriced", "unmetered")

Prices = Mapping[str, tuple[float, float, float]]
"""By teacher: US dollars for a million prompt, completion and cached prompt tokens."""
NO_OTHERS: Prices = {}
USES = f"""
    WITH used AS (
        SELECT ticket, role = 'propose' AS proposing, CASE role WHEN 'propose' THEN 0 ELSE ordinal END AS ordinal, count(*) AS requests,
               sum(coalesce(prompt_tokens, 0)) AS prompt_tokens, sum(coalesce(completion_tokens, 0)) AS completion_tokens,
               sum(coalesce(price, 0)) AS cost,
               sum(price IS NULL AND answered) AS unpriced, sum(prompt_tokens + completion_tokens IS NULL AND answered) AS unmetered
        FROM (
            SELECT *, {{priced}} AS price, EXISTS (
                SELECT 1 FROM answer a WHERE a.run_id = call.run_id AND a.ticket = call.ticket AND a.step = call.step
                AND a.ordinal = call.ordinal AND a.attempt = call.attempt
            ) AS answered
            FROM call WHERE run_id = :run
        ) GROUP BY 1, 2, 3
    ),
    proposed AS (SELECT * FROM used WHERE proposing),
    answered AS (SELECT * FROM used WHERE NOT proposing),
    gave AS (
        SELECT i.ticket, i.ordinal, count(i.position) - sum(coalesce(m.rejected, 0)) AS passed
        FROM item i {LAST_MARK} WHERE i.run_id = :run GROUP BY 1, 2
    ),
    of AS (
        SELECT t.ticket, c.ordinal, max(1, count(c.ordinal) OVER (PARTITION BY t.ticket)) * 1.0 AS siblings
        FROM ticket t LEFT JOIN candidate c ON c.run_id = t.run_id AND c.ticket = t.ticket
        WHERE t.run_id = :run AND t.finalized_at != ''
    )
    SELECT of.ticket, of.ordinal IS NOT NULL, coalesce(g.passed, 0),
           coalesce(p.requests, 0) / siblings + coalesce(a.requests, 0),
           coalesce(p.prompt_tokens, 0) / siblings + coalesce(a.prompt_tokens, 0),
           coalesce(p.completion_tokens, 0) / siblings + coalesce(a.completion_tokens, 0),
           coalesce(p.cost, 0) / siblings + coalesce(a.cost, 0),
           coalesce(p.unpriced, 0) / siblings + coalesce(a.unpriced, 0),
           coalesce(p.unmetered, 0) / siblings + coalesce(a.unmetered, 0)
    FROM of
    LEFT JOIN proposed p ON p.ticket = of.ticket
    LEFT JOIN answered a ON a.ticket = of.ticket AND a.ordinal = of.ordinal
    LEFT JOIN gave g ON g.ticket = of.ticket AND g.ordinal = of.ordinal
    ORDER BY of.ticket, of.ordinal"""  # noqa: S608 - our own text
TEACHERS = """
    SELECT teacher, count(*), sum(coalesce(prompt_tokens, 0) + coalesce(completion_tokens, 0)), avg(seconds)
    FROM call WHERE run_id = :run GROUP BY teacher"""


def by(prices: Prices) -> tuple[str, dict[str, object]]:
    """What a call cost, in SQL, with the values in it; null where that is unknown."""
    given, values = "", dict[str, object]()
    for number, (teacher, (fresh, made, cached)) in enumerate(prices.items()):
        values |= {f"teacher{number}": teacher, f"fresh{number}": fresh, f"made{number}": made, f"cached{number}": cached}
        kept = "min(coalesce(cached_tokens, 0), prompt_tokens)"
        given += (
            f" WHEN :teacher{number} THEN ((prompt_tokens - {kept}) * :fresh{number} + {kept} * :cached{number}"
            f" + completion_tokens * :made{number}) / 1e6"
        )
    return f"CASE teacher{given} ELSE cost END" if given else "cost", values


def load_cost(connection: Connection, prices: Prices) -> float:
    """What the whole run has cost at these prices, as far as it is known."""
    priced, values = by(prices)
    found = connection.execute(text(f"SELECT sum({priced}) FROM call WHERE run_id = :run"), {"run": RUN, **values}).scalar_one()  # noqa: S608 - our own text
    return float(found or 0)


@dataclass(frozen=True, slots=True)
class TeacherUse:
    """All that was asked of a teacher. `seconds` is the mean of its calls, None if none has ended."""

    name: str
    requests: int
    tokens: int
    seconds: float | None


def load_uses(connection: Connection, prices: Prices = NO_OTHERS) -> npt.NDArray[np.float64]:
    """A row for each candidate, in order, with the `COLUMNS`; `prices` count for teachers that have any there."""
    priced, values = by(prices)
    rows = connection.execute(text(USES.format(priced=priced)), {"run": RUN, **values}).all()
    return np.array([tuple(row) for row in rows], dtype=np.float64).reshape(-1, len(COLUMNS))


def load_teacher_uses(connection: Connection) -> list[TeacherUse]:
    return [TeacherUse(*row) for row in connection.execute(text(TEACHERS), {"run": RUN})]
