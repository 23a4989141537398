"""The pool: seeds first, then every admitted instruction, append-only; and what is left of each ticket's gate turn.

Because nothing is ever removed or reordered, "the pool as it stood after ticket k" is a length. A `PoolView` is that length beside
the shared lists, so taking one costs nothing and a million-entry pool exists once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from seedgen.records import Entry, GateTurn, SeedTask


@dataclass(frozen=True, slots=True)
class PoolView:
    """The first `size` entries of a pool, of which the first `seeds` were written by people, and the gate turns of its first `tickets`."""

    pool: Pool
    seeds: int
    size: int
    tickets: int = 0

    def __getitem__(self, index: int) -> Entry:
        if not 0 <= index < self.size:
            raise IndexError(f"entry {index} of a view of {self.size}")
        return self.pool.entries[index]

    def exhausted(self) -> frozenset[str]:
        """The recipes that had nothing more to ask for by then."""
        return frozenset(name for name, ticket in self.pool.exhausted.items() if ticket < self.tickets)

    def machine(self, with_instances: bool) -> range | list[int]:
        """Indices of the machine-made entries; only of those that came with instances, if asked."""
        if not with_instances:
            return range(self.seeds, self.size)
        return self.pool.instanced[: bisect_left(self.pool.instanced, self.size)]


class Pool:
    """Append-only entries; `entries[i].index == i`."""

    def __init__(self, seeds: Iterable[SeedTask]) -> None:
        self.entries: list[Entry] = [
            Entry(i, f"seed:{s.id}", s.instruction, s.instances, s.is_classification, s.category, s.tier) for i, s in enumerate(seeds)
        ]
        self.seeds = len(self.entries)
        self.instanced: list[int] = []
        self.gate_turns: list[GateTurn] = []
        self.exhausted: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.entries)

    def append(self, entry: Entry) -> None:
        if entry.index != len(self.entries):
            raise ValueError(f"entry {entry.index} appended to a pool of {len(self.entries)}")
        self.entries.append(entry)
        if entry.instances:
            self.instanced.append(len(self.entries) - 1)

    def close(self, turn: GateTurn) -> None:
        """The next ticket has had its gate turn."""
        if turn.exhausted:
            self.exhausted.setdefault(turn.exhausted, len(self.gate_turns))
        self.gate_turns.append(turn)

    def view_after(self, ticket: int) -> PoolView:
        """The pool as this ticket's gate turn left it; the seeds alone for a ticket below 0."""
        if ticket < 0:
            return PoolView(self, self.seeds, self.seeds)
        return PoolView(self, self.seeds, self.gate_turns[ticket].pool_size, ticket + 1)
