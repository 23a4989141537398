"""A connection whose rows hold what columns of their names hold: text where there is text, numbers where there are numbers.

SQLite keeps any value in any column, and people look at a run's database and mend it by hand. Who reads it needs not expect bytes for an
instruction: such a value is `Damaged` where it comes out of the database, and gets no further. What reads it for its damage takes a plain
connection.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from seedgen.store.sqlite.damage import Damaged, cell, kind_of
from seedgen.store.sqlite.tables import Row

NUMBERS: Mapping[type, frozenset[type]] = {bool: frozenset({int}), float: frozenset({float, int})}
NAMED_OTHERWISE = {"ref": str, "near_ref": str, "near_instruction": str, "template_digest": str}


def types() -> dict[str, frozenset[type]]:
    """What Python types the values of a column of this name may have, in whatever table it is; and those of some that queries name."""
    found: defaultdict[str, frozenset[type]] = defaultdict(frozenset, {name: frozenset({kind}) for name, kind in NAMED_OTHERWISE.items()})
    for table in Row.metadata.sorted_tables:
        for column in table.columns:
            kind = kind_of(column)
            found[column.name] |= NUMBERS.get(kind, frozenset({kind}))
    return {name: kinds | {type(None)} for name, kinds in found.items()}


TYPES = types()


class CheckedCursor(sqlite3.Cursor):
    """Raises `Damaged` for a row with a value of another type than its column's. NULL is never one: outer joins make it."""

    described: object = None
    places: tuple[tuple[int, frozenset[type]], ...] = ()
    """Where in a row there is something to check; found out once a query."""

    def fetchone(self) -> Any:
        row = super().fetchone()
        return row and self.sound(row)

    def fetchmany(self, *size: int | None) -> list[Any]:
        return list(map(self.sound, super().fetchmany(*size)))

    def fetchall(self) -> list[Any]:
        return list(map(self.sound, super().fetchall()))

    def sound(self, row: Any) -> Any:
        if self.described is not self.description:
            self.described, names = self.description, (name for name, *_ in self.description)
            self.places = tuple((place, TYPES[name]) for place, name in enumerate(names) if name in TYPES)
        for place, kinds in self.places:
            if type(row[place]) not in kinds:
                raise Damaged(f"{self.description[place][0]} is {cell(row[place])}")
        return row


class CheckedConnection(sqlite3.Connection):
    """A connection whose cursors check what they fetch."""

    def cursor(self, factory: Any = None) -> Any:
        return super().cursor(factory or CheckedCursor)
