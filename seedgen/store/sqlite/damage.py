"""Values in a run's database that seedgen never wrote there: of another type, out of range, JSON of another shape, a reference to nothing.

SQLite keeps any value in any column, and a run's database invites people to look and to mend. Such a value is `Damaged` where it is read:
by its type as it comes out of the database (`checked_rows`), by its shape if it is JSON (`parsed`), and whatever reading code fails over
(`reading`). `database.translated` then looks here for the table, row and column. What fails anywhere else is a bug of ours, and nothing
is looked at. Looking takes a pass over the whole file, so only such a value and `seedgen check` ask for it; the rows of the run itself, few
and read first, are looked at whenever they are read, and those of its tickets when it goes on or is judged again.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from typing import Any, get_args

from sqlalchemy import Column, Connection, Table, TypeDecorator, text

from seedgen.config.model import parse_config
from seedgen.draw.taxonomy import stored_taxonomy
from seedgen.errors import FaultyPlugin, NotInstalled, SeedgenError
from seedgen.events import End
from seedgen.records import Aim
from seedgen.store.sqlite.packing import Packing
from seedgen.store.sqlite.tables import RUN, Row

UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, AssertionError, zlib.error)
"""What code raises that meets a value it was never meant to meet."""
NOT_OURS = ", which no seedgen writes there"
SHOWN = 5
"""Cells told one by one of each kind; an edit may have gone through a whole column."""

KINDS: Mapping[type, tuple[str, str]] = {
    bool: ("'integer'", "true or false"),
    int: ("'integer'", "a whole number"),
    float: ("'integer', 'real'", "a number"),
    str: ("'text'", "text"),
    bytes: ("'blob'", "bytes"),
}
"""What SQLite keeps values as, and what people call them."""

INDICES = re.compile(r"\[(?:0|[1-9][0-9]{0,14})(?:, (?:0|[1-9][0-9]{0,14}))*\]")
TIME = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z"
LARGEST_WINDOW = 1_000_000
ENDS = ", ".join(f"'{end}'" for end in ("", *get_args(End)))
CONFIGURED = f"""
    {{c}} = '' OR EXISTS (SELECT 1 FROM run WHERE run_id = {RUN} AND NOT json_valid(config))
    OR EXISTS (SELECT 1 FROM run, json_each(run.config, '$.recipes') AS known WHERE run.run_id = {RUN} AND known.key = {{c}})"""  # noqa: S608 - our own words


class Damaged(ValueError):
    """A value in the database that seedgen never wrote; `database.translated` makes a `StoreBroken` of it."""


@contextmanager
def reading() -> Iterator[None]:
    """Where rows are made into values, and nothing else is done: what fails there fails over what was read, and is `Damaged`."""
    try:
        yield
    except Damaged:
        raise
    except UNREADABLE as exc:
        raise Damaged(f"{type(exc).__name__}: {str(exc)[:200]}") from exc


def expect_sound(connection: Connection, *tables: str) -> None:
    """Raise `Damaged` for the first value in these tables that no seedgen wrote."""
    for found in damage(connection, *tables):
        raise Damaged(found)


@dataclass(frozen=True, slots=True)
class Range:
    """What a value of these columns has to be, in SQL about {c}, and in words. `tables` none: all that have the column."""

    columns: str
    condition: str
    words: str
    tables: str = ""

    def is_for(self, table: str, column: str) -> bool:
        return column in self.columns.split() and (not self.tables or table in self.tables.split())


POOL = f"""(
    (SELECT count(*) FROM seed WHERE run_id = {RUN}) + (SELECT count(*) FROM candidate WHERE run_id = {RUN} AND pool_index IS NOT NULL)
)"""  # noqa: S608
RANGES = (
    Range("window", f"{{c}} BETWEEN 1 AND {LARGEST_WINDOW}", f"from 1 to {LARGEST_WINDOW:,}"),
    Range("target", "{c} >= 1", "at least 1"),
    Range("passed is_classification", "{c} IN (0, 1)", "0 or 1"),
    Range("ticket ordinal position candidates number tickets accepted", "{c} >= 0", "at least 0"),
    Range("attempt", "{c} >= 1", "at least 1"),
    Range("instance", "{c} >= -1", "at least -1"),
    Range("pool_index nearest", f"{{c}} >= 0 AND {{c}} < {POOL}", "the index of a pool entry"),
    Range("pool_size", f"{{c}} BETWEEN 0 AND {POOL}", "at most the size of the pool"),
    Range("score novelty cost seconds waited", "abs({c}) < 1e300", "finite"),
    Range("end", f"{{c}} IN ({ENDS})", "how a run can end"),
    Range("recipe", CONFIGURED, "a recipe of the run's config"),
    Range("step", "{c} GLOB '[a-z]*'", "a step of a ticket"),
    Range("created_at sent_at", f"{{c}} GLOB '{TIME}' AND datetime({{c}}) IS NOT NULL", "a time"),
    Range("started_at", f"{{c}} GLOB '{TIME}' AND datetime({{c}}) IS NOT NULL", "a time", "ticket start"),
    Range("ended_at gated_at finalized_at", f"{{c}} = '' OR ({{c}} GLOB '{TIME}' AND datetime({{c}}) IS NOT NULL)", "a time"),
)
"""What readers rely on. What a run means by its values is for `seedgen.audit` to check."""


def damage(connection: Connection, *tables: str) -> Iterator[str]:
    """A sentence for each value that no seedgen wrote, in these tables, or in all; of many in one column the first few."""
    for table in Row.metadata.sorted_tables:
        if not tables or table.name in tables:
            if any_misfit(connection, table):
                for column in table.columns:
                    yield from misfits(connection, table, column)
            for name in READERS.get(table.name, {}):
                yield from unreadable(connection, table, table.columns[name])
    if not tables or "ticket" in tables:
        yield from lost_parents(connection)


def any_misfit(connection: Connection, table: Table) -> bool:
    """Whether `misfits` would find something in any column: in one pass over the table, where that takes several for each."""
    wrong = " OR ".join(f"({where})" for column in table.columns for where, _ in wrongs(table, column))
    query = f'SELECT EXISTS (SELECT 1 FROM "{table.name}" WHERE run_id = {RUN} AND ({wrong}))'  # noqa: S608 - our own words
    return bool(connection.execute(text(query)).scalar_one())


def misfits(connection: Connection, table: Table, column: Column[Any]) -> Iterator[str]:
    """Cells of another type than the column's, or out of its range."""
    for where, due in wrongs(table, column):
        query = f'SELECT * FROM "{table.name}" WHERE run_id = {RUN} AND ({where}) LIMIT {SHOWN}'  # noqa: S608 - our own words
        for row in connection.execute(text(query)).mappings():
            yield f"{place(table, row)}: {column.name} is {cell(row[column.name])}, not {due}"


def wrongs(table: Table, column: Column[Any]) -> list[tuple[str, str]]:
    """What is wrong with a cell of this column, in SQL, and what it should be, in words."""
    types, words = KINDS[kind_of(column)]
    name = f'"{column.name}"'
    missing = "" if column.nullable else f"OR {name} IS NULL"
    found = [(f"typeof({name}) NOT IN ({types}, 'null') {missing}", words)]
    if table.name == "ticket" and column.name in ("view_size", "pool_size", "candidates"):
        found.append((f"{name} IS NULL AND finalized_at != ''", words))
    ranges = (each for each in RANGES if each.is_for(table.name, column.name))
    return [*found, *((f"typeof({name}) IN ({types}) AND NOT ({each.condition.format(c=name)})", each.words) for each in ranges)]


def kind_of(column: Column[Any]) -> type:
    """The Python type of a column's values."""
    kept = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    return kept.python_type


def unreadable(connection: Connection, table: Table, column: Column[Any]) -> Iterator[str]:
    """Cells that their reader cannot read."""
    reader, found = READERS[table.name][column.name], 0
    if table.name == "answer":
        reader = of_packed(reader, Packing.of(connection))
    keys = [key.name for key in table.primary_key.columns]
    names = ", ".join(f'"{each}"' for each in (*keys, column.name))
    for *key, value in connection.execute(text(f'SELECT {names} FROM "{table.name}" WHERE run_id = {RUN}')):  # noqa: S608
        if problem := unread(reader, value):
            found += 1
            yield f"{place(table, dict(zip(keys, key, strict=True)))}: {column.name} is {cell(value)}{problem}"
        if found == SHOWN:
            return


def unread(reader: Callable[[Any], bool], value: Any) -> str:
    """Why a value is not what its column holds; "" if it is."""
    try:
        return "" if reader(value) else NOT_OURS
    except Damaged:
        return NOT_OURS
    except SeedgenError as exc:
        return f" ({exc})"
    except UNREADABLE as exc:
        return f" ({type(exc).__name__}: {str(exc)[:200]})"


def of_packed(reader: Callable[[Any], bool], packing: Packing) -> Callable[[Any], bool]:
    return lambda value: reader(packing.unpack(value))


def parsed(column: str, value: Any) -> Any:
    """The JSON in a column of one of the `SHAPES`. Raises `Damaged`, or what reading it raises."""
    found = [] if column == "parents" and not value else json.loads(value)
    if not SHAPES[column](found):
        raise Damaged(f"{column} is {cell(value)}{NOT_OURS}")
    return found


def is_config(value: str) -> bool:
    """Also one that names what is not installed here, or is read beside a faulty package: without that, it is as good as any."""
    data = json.loads(value)
    with suppress(NotInstalled, FaultyPlugin):
        return isinstance(data, dict) and parse_config(data, "config") is not None
    return True


def is_taxonomy(value: str) -> bool:
    return stored_taxonomy(value, "taxonomy") is not None


def are_instances(found: Any) -> bool:
    return isinstance(found, list) and all(
        isinstance(each, dict)
        and {"input", "output"} <= each.keys() <= {"input", "output", "kind", "payload"}
        and all(isinstance(v, str) for v in each.values())
        for each in found
    )


def are_parents(found: Any) -> bool:
    return isinstance(found, list) and all(is_index(p) or (isinstance(p, str) and re.fullmatch(r"\d{1,15}\.\d{1,15}", p)) for p in found)


def is_index(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def is_aim(found: Any) -> bool:
    if not isinstance(found, dict) or found.keys() - AIMS:
        return False
    avoid = found.get("avoid", [])
    verbs = isinstance(avoid, list) and all(isinstance(verb, str) for verb in avoid)
    words = (value for key, value in found.items() if key not in ("level", "avoid"))
    return is_index(found.get("level", 0)) and verbs and all(isinstance(word, str) for word in words)


def is_found(found: Any) -> bool:
    return isinstance(found, dict) and all(isinstance(each, str) for each in found.values())


def is_request(found: Any) -> bool:
    if not isinstance(found, dict):
        return False
    messages = found.get("messages", [{"content": ""}])
    return isinstance(messages, list) and bool(messages) and all(isinstance(each, dict) and "content" in each for each in messages)


AIMS = {each.name for each in fields(Aim)}
SHAPES: Mapping[str, Callable[[Any], bool]] = {
    "instances": are_instances, "parents": are_parents, "aim": is_aim, "found": is_found, "request": is_request,
}  # fmt: skip
"""What the JSON in a column has to be. A ticket that is not final has no parents yet, and nothing at all instead of JSON."""


def is_json(column: str) -> Callable[[Any], bool]:
    return lambda value: (column == "parents" and plain_indices(value)) or parsed(column, value) is not None


def plain_indices(value: Any) -> bool:
    """Whether a column has indices, and nothing else, as we write them: what nearly all of a million `parents` are."""
    return isinstance(value, str) and INDICES.fullmatch(value) is not None


def is_anything(_value: bytes) -> bool:
    return True


READERS: Mapping[str, Mapping[str, Callable[[Any], bool]]] = {
    "run": {"config": is_config, "taxonomy": is_taxonomy},
    "seed": {"instances": is_json("instances")},
    "ticket": {"parents": is_json("parents"), "aim": is_json("aim")},
    "candidate": {"found": is_json("found")},
    "answer": {"request": is_json("request"), "body": is_anything},
}
"""How the columns are read that hold more than one value."""


def lost_parents(connection: Connection) -> Iterator[str]:
    """Parents that are in no pool and no ticket. Quiet about what cannot be read, which is told already."""
    size = connection.execute(text(f"SELECT {POOL}")).scalar_one()
    refs: set[str] | None = None
    for ticket, parents in connection.execute(
        text("SELECT ticket, parents FROM ticket WHERE run_id = :run AND finalized_at != ''"), {"run": RUN}
    ):
        if plain_indices(parents) and max(map(int, parents[1:-1].split(", "))) < size:
            continue
        if unread(is_json("parents"), parents):
            continue
        for parent in parsed("parents", parents):
            if isinstance(parent, str):
                refs = refs or set(
                    connection.execute(text("SELECT ticket || '.' || ordinal FROM candidate WHERE run_id = :run"), {"run": RUN}).scalars()
                )
            if parent not in refs if isinstance(parent, str) and refs is not None else parent >= size:
                yield f"ticket {ticket}: parents names {cell(parent)}, which is not there"


def place(table: Table, row: Mapping[Any, Any]) -> str:
    """The row as people name it: "ticket 3", "candidate 1.0", "call 1.propose.0.1"."""
    keys = [column.name for column in table.primary_key.columns if column.name != "run_id"]
    return f"{table.name} {'.'.join(str(row[key]) for key in keys)}".strip()


def cell(value: Any) -> str:
    """A value, short enough for a message."""
    if isinstance(value, bytes):
        return f"{len(value):,} bytes"
    shown = "NULL" if value is None else repr(value)
    return shown if len(shown) <= 60 else f"{shown[:59]}…"
