"""Reading a run: what people ask of it, as values. Read-only, at any time, also while it is being worked on.

reader = open_run("first")
reader.summary().accepted
for item in reader.accepted(): ...
reader.life("17.3")
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, RowMapping, bindparam, text

from seedgen.errors import UsageError
from seedgen.records import Compare, Proposal, SeedTask, Verdict, item_ref, parse_ref
from seedgen.store.figures import Balance, Costs, Refused, Scored
from seedgen.store.folder import RunFolder
from seedgen.store.lock import FREE, condition
from seedgen.store.ports import Call, ItemView, Life, Near, Origin, RunReader, RunRecord, Standing, Summary
from seedgen.store.sqlite.costs import costs
from seedgen.store.sqlite.damage import Damaged, parsed, reading
from seedgen.store.sqlite.database import open_reader, translated
from seedgen.store.sqlite.marks import load_marks
from seedgen.store.sqlite.packing import Packing
from seedgen.store.sqlite.provenance import accepted_line, origins
from seedgen.store.sqlite.saved_tickets import Saved
from seedgen.store.sqlite.state import count_passed, count_rejected, load_fingerprint, load_record, load_seeds, load_spend, load_templates
from seedgen.store.sqlite.statistics import balance, expect, refusals, scores
from seedgen.store.sqlite.tables import LAST_MARK, RUN, STANDING
from seedgen.store.views import Glance, Items

T = TypeVar("T")


ADMITTED = "SELECT instruction, input, compared FROM candidate WHERE run_id = :run AND pool_index IS NOT NULL ORDER BY pool_index"
ITEMS = f"""
    SELECT * FROM (
        SELECT c.ticket, c.ordinal, coalesce(i.instance, 0) AS instance, coalesce(m.instruction, c.instruction) AS instruction,
               c.category, c.verb, c.noun, c.tier, c.language,
               coalesce(i.output_shape, '') AS output_shape, coalesce(i.kind, '') AS kind, coalesce(i.payload, '') AS payload, i.position,
               coalesce(m.input, i.input, c.input, '') AS input, coalesce(m.output, i.output, c.output, '') AS output,
               v.filter, v.reason, v.score, v.nearest, v.evidence, p.ref AS near_ref, p.instruction AS near_instruction,
               {STANDING} AS standing
        FROM candidate c
        JOIN run r ON r.run_id = c.run_id
        LEFT JOIN item i ON i.run_id = c.run_id AND i.ticket = c.ticket AND i.ordinal = c.ordinal {LAST_MARK}
        LEFT JOIN verdict v ON v.run_id = c.run_id AND v.ticket = c.ticket AND v.ordinal = c.ordinal
              AND v.instance = coalesce(i.instance, -1) AND NOT v.passed
        LEFT JOIN pool p ON p.run_id = v.run_id AND p.pool_index = v.nearest
        WHERE c.run_id = :run
    ) AS found
    WHERE (:standing IS NULL OR standing = :standing)
      AND (:filter IS NULL OR filter = :filter)
      AND (:reason IS NULL OR reason = :reason)
      AND (:search IS NULL OR lower(instruction || ' ' || input || ' ' || output) LIKE :search ESCAPE '|')
      AND (:ticket IS NULL OR ticket = :ticket)
      AND (:ordinal IS NULL OR ordinal = :ordinal)
    ORDER BY ticket, ordinal, instance
    LIMIT :limit"""  # noqa: S608 - our own text
ANY = {"run": RUN, "standing": None, "filter": None, "reason": None, "search": None, "ticket": None, "ordinal": None, "limit": -1}

ACCEPTED = "SELECT * FROM accepted_items WHERE run_id = :run ORDER BY position"
"""Along the index of the positions, so that the first is there before the last was looked for."""
PLACED = text("SELECT * FROM accepted_items WHERE run_id = :run AND position IN :places ORDER BY position").bindparams(
    bindparam("places", expanding=True)
)

REFUSALS = "SELECT filter, reason, count(*) FROM verdict WHERE run_id = :run AND NOT passed GROUP BY 1, 2 ORDER BY 3 DESC"
CALLS = """
    SELECT c.*, a.request, a.body, t.digest AS template_digest
    FROM call c
    LEFT JOIN answer a ON a.run_id = c.run_id AND a.ticket = c.ticket AND a.step = c.step AND a.ordinal = c.ordinal
          AND a.attempt = c.attempt
    LEFT JOIN template t ON t.run_id = c.run_id AND t.name = c.template
    WHERE c.run_id = :run AND c.ticket = :ticket AND (c.role = 'propose' OR c.ordinal = :ordinal)
    ORDER BY c.sent_at, c.attempt"""


class Reader(Glance, RunReader):
    """Read-only access to one run. Every method reads the run as it stands at that moment. Raises `StoreBroken`."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self.engine = open_reader(folder.database)

    def summary(self) -> Summary:
        return self._read(lambda c: _summary(c, self.folder))

    def record(self) -> RunRecord:
        """The run itself, without counting anything."""
        return self._read(load_record)

    def items(
        self,
        *,
        standing: Standing | None = None,
        refused_by: str | None = None,
        reason: str | None = None,
        search: str | None = None,
        limit: int | None = None,
    ) -> Items:
        """Items in ticket order. `search` is looked for in instruction, input and output, whatever the case."""
        wanted = {"standing": standing, "filter": refused_by, "reason": reason, "search": search and like(search)}
        return Items(self._read(lambda c: _lines(c, **wanted, limit=-1 if limit is None else limit)))

    def count(
        self, *, standing: Standing | None = None, refused_by: str | None = None, reason: str | None = None, search: str | None = None
    ) -> int:
        """How many items `items` would give without a limit."""
        wanted = {**ANY, "standing": standing, "filter": refused_by, "reason": reason, "search": search and like(search)}
        return self._read(lambda c: int(c.execute(text(f"SELECT count(*) FROM ({ITEMS})"), wanted).scalar_one()))  # noqa: S608 - our own text

    def entry(self, index: int) -> Near:
        """The pool entry at this index."""
        return self._read(lambda c: _entry(c, index))

    def accepted(self) -> Iterator[ItemView]:
        """The dataset, in order, as it stands when the first item is taken; read as it is asked for, so any size fits into memory.

        While there are items left to take, the run's log keeps what was written since then.
        """
        with self.snapshot() as connection, reading():
            yield from map(accepted_line, connection.execute(text(ACCEPTED), {"run": RUN}).mappings())

    def accepted_at(self, places: Iterable[int]) -> Items:
        """The items of the dataset at these positions, in order; none where there is none."""
        wanted = {"run": RUN, "places": list(places)}
        return Items(self._read(lambda c: [accepted_line(row) for row in c.execute(PLACED, wanted).mappings()]))

    def life(self, ref: str) -> Life:
        """The provenance of "17.3" (or of "17.3.1"). Raises `UsageError` if there is no such item."""
        ticket, ordinal, _ = parse_ref(ref)
        return self._read(lambda c: _life(c, ticket, ordinal))

    def pool(self) -> list[str]:
        """What every entry of the pool is compared by, in order: its instruction, with the input it came with if the run means it so."""
        by = self.compare()
        made = self._read(lambda c: c.execute(text(ADMITTED), {"run": RUN}).all())
        return [
            *(seed.proposal.compared(by) for seed in self.seeds()),
            *(Proposal(one, given, key=key).compared(by) for one, given, key in made),
        ]

    def compare(self) -> Compare:
        """The run's `gate.compare`."""
        return cast(Compare, json.loads(self._read(load_record).config)["gate"].get("compare", "instruction"))

    def seeds(self) -> tuple[SeedTask, ...]:
        return self._read(load_seeds)

    def templates(self) -> dict[str, str]:
        return self._read(load_templates)

    def fingerprint(self) -> str:
        return self._read(load_fingerprint)

    def origins(self) -> Generator[Origin]:
        return origins(self)

    def costs(self, seeds: int = 5) -> Costs:
        return costs(self, seeds)

    def balance(self) -> Balance:
        return balance(self)

    def refusals(self) -> tuple[Refused, ...]:
        return refusals(self)

    def scores(self) -> dict[str, list[Scored]]:
        return scores(self)

    def expect(self, name: str | None, reason: str | None = None) -> None:
        expect(self, name, reason)

    @contextmanager
    def saved(self) -> Iterator[Saved]:
        """All of one snapshot."""
        with self.snapshot() as connection:
            yield Saved(connection)

    @contextmanager
    def snapshot(self, *, checked: bool = True) -> Iterator[Connection]:
        """A connection that shows the run as it stands now, however many queries are made within the block.

        Unless it is `checked`, it also gives values that no seedgen wrote.
        """
        engine = self.engine if checked else open_reader(self.folder.database, sqlite3.Connection)
        with translated(self.folder.database), engine.connect() as connection:
            if not getattr(connection.connection.driver_connection, "in_transaction", False):  # in memory, snapshots share a connection
                connection.exec_driver_sql("BEGIN")
            yield connection

    def _read(self, query: Callable[[Connection], T]) -> T:
        with translated(self.folder.database), reading(), self.engine.connect() as connection:
            return query(connection)


def like(search: str) -> str:
    """The LIKE pattern that finds `search` anywhere, escaped with "|"."""
    return "%" + re.sub(r"([%_|])", r"|\1", search.lower()) + "%"


def _summary(connection: Connection, folder: RunFolder) -> Summary:
    def count(rows: str) -> int:
        return int(connection.execute(text(f"SELECT count(*) FROM {rows}"), {"run": RUN}).scalar_one())  # noqa: S608 - our own words

    lock = folder.lock_state()
    record = load_record(connection)
    if not record.end and lock == FREE:
        lock = folder.lock_state()  # a job that started just now
    passed, rejected = count_passed(connection), count_rejected(connection)
    accepted = min(passed - rejected, record.target)
    refusals = connection.execute(text(REFUSALS), {"run": RUN})
    in_flight = count("call WHERE run_id = :run AND state = 'sent'")
    return Summary(
        record=record,
        state=condition(lock, record.end),
        accepted=accepted,
        surplus=passed - rejected - accepted,
        rejected=rejected,
        tickets=count("ticket WHERE run_id = :run AND finalized_at != ''"),
        open_tickets=count("ticket WHERE run_id = :run AND finalized_at = ''"),
        candidates=count("candidate WHERE run_id = :run"),
        admitted=count("candidate WHERE run_id = :run AND pool_index IS NOT NULL"),
        refusals={(name, reason): count for name, reason, count in refusals},
        spend=load_spend(connection, unread=lock.answer != "held"),
        unseen=0 if record.regated_from else count("call WHERE run_id = :run AND state = 'unseen'") + (in_flight if lock == FREE else 0),
        failed_calls=0 if record.regated_from else count("call WHERE run_id = :run AND state IN ('failed', 'refused')"),
        accepted_lately=max(0, accepted - record.started_with),
        lock=lock,
    )


def _verdict(row: RowMapping) -> Verdict:
    return Verdict(row["filter"], bool(row.get("passed", False)), row["reason"], row["score"], row["nearest"], row["evidence"])


def _near(row: RowMapping) -> Near | None:
    return Near(row["near_ref"], row["near_instruction"]) if row["near_ref"] else None


def _line(row: RowMapping) -> ItemView:
    return ItemView(
        ref=item_ref(row["ticket"], row["ordinal"], row["instance"]),
        standing=row["standing"],
        instruction=row["instruction"],
        **{
            name: row[name]
            for name in ("input", "output", "category", "verb", "noun", "position", "tier", "language", "output_shape", "kind", "payload")
        },
        refusal=_verdict(row) if row["filter"] else None,
        near=_near(row),
    )


def _life(connection: Connection, ticket: int, ordinal: int) -> Life:
    key = {"run": RUN, "ticket": ticket, "ordinal": ordinal}

    def rows(query: str) -> list[RowMapping]:
        return list(connection.execute(text(query), key).mappings())

    found = rows(
        "SELECT c.*, t.recipe, t.aim, t.parents, t.view_size, t.started_at, t.gated_at, t.finalized_at FROM candidate c "
        "JOIN ticket t ON t.run_id = c.run_id AND t.ticket = c.ticket WHERE c.run_id = :run AND c.ticket = :ticket AND c.ordinal = :ordinal"
    )
    if not found:
        raise UsageError(f"no item {item_ref(ticket, ordinal)} in this run (see: seedgen items RUN)")
    candidate = found[0]
    verdicts = rows(
        "SELECT v.*, p.ref AS near_ref, p.instruction AS near_instruction FROM verdict v "
        "LEFT JOIN pool p ON p.run_id = v.run_id AND p.pool_index = v.nearest "
        "WHERE v.run_id = :run AND v.ticket = :ticket AND v.ordinal = :ordinal ORDER BY v.instance, v.place"
    )
    items = _lines(connection, **key) if candidate["pool_index"] is not None else []
    packing = Packing.of(connection)
    per_item: dict[str, tuple[Verdict, ...]] = {}
    for row in verdicts:
        if row["instance"] >= 0:
            ref = item_ref(ticket, ordinal, row["instance"])
            per_item[ref] = (*per_item.get(ref, ()), _verdict(row))
    return Life(
        run=load_record(connection),
        ref=item_ref(ticket, ordinal),
        **{k: candidate[k] for k in ("instruction", "fault", "verb", "noun", "category", "tier", "language", "pool_index")},
        found=parsed("found", candidate["found"]),
        ticket=ticket,
        recipe=candidate["recipe"],
        aim=parsed("aim", candidate["aim"]),
        view_size=candidate["view_size"],
        times={k: candidate[f"{k}_at"] for k in ("started", "gated", "finalized")},
        parents=_parents(connection, parsed("parents", candidate["parents"])),
        verdicts=tuple((_verdict(r), _near(r)) for r in verdicts if r["instance"] < 0),
        items=tuple(items),
        item_verdicts=per_item,
        calls=tuple(_call(row, packing) for row in rows(CALLS)),
        marks=load_marks(connection, ticket, ordinal),
    )


def _lines(connection: Connection, **wanted: Any) -> list[ItemView]:
    return [_line(r) for r in connection.execute(text(ITEMS), {**ANY, **wanted}).mappings()]


def _parents(connection: Connection, parents: Sequence[int | str]) -> tuple[Near, ...]:
    return tuple(_candidate(connection, parent) if isinstance(parent, str) else _entry(connection, parent) for parent in parents)


def _entry(connection: Connection, index: int) -> Near:
    query = text("SELECT ref, instruction FROM pool WHERE run_id = :run AND pool_index = :index")
    row = connection.execute(query, {"run": RUN, "index": index}).mappings().first()
    if row is None:
        raise Damaged(f"there is no pool entry {index}")
    return Near(row["ref"], row["instruction"])


def _candidate(connection: Connection, ref: str) -> Near:
    """A parent that is not in the pool of this run, which was regated."""
    ticket, ordinal, _ = parse_ref(ref)
    query = "SELECT instruction FROM candidate WHERE run_id = :run AND ticket = :ticket AND ordinal = :ordinal"
    instruction = connection.execute(text(query), {"run": RUN, "ticket": ticket, "ordinal": ordinal}).scalar()
    if instruction is None:
        raise Damaged(f"there is no candidate {ref}")
    return Near(ref, instruction)


def _call(row: RowMapping, packing: Packing) -> Call:
    texts = ("step", "role", "ordinal", "attempt", "teacher", "model", "template", "request_digest", "state", "sent_at", "seconds")
    numbers = ("prompt_tokens", "completion_tokens", "cost", "error", "message", "reader")
    return Call(
        **{k: row[k] for k in texts + numbers},
        template_digest=row["template_digest"] or "",
        request=parsed("request", packing.unpack(row["request"])) if row["request"] else {},
        body=packing.unpack(row["body"]) if row["body"] else b"",
    )
