"""The pool: seeds first, then every admitted instruction, append-only.

Because nothing is ever removed or reordered, "the pool as it stood after ticket k" is a length. A `PoolView` is that length beside
the shared list, so taking one costs nothing and a million-entry pool exists once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from seedgen.records import Entry, SeedTask


@dataclass(frozen=True, slots=True)
class PoolView:
    """The first `size` entries of a pool, of which the first `seeds` were written by people."""

    pool: Pool
    seeds: int
    size: int

    def __getitem__(self, index: int) -> Entry:
        if not 0 <= index < self.size:
            raise IndexError(f"entry {index} of a view of {self.size}")
        return self.pool.entries[index]

    def machine(self, with_instances: bool) -> range | list[int]:
        """Indices of the machine-made entries; only of those that came with instances, if asked."""
        if not with_instances:
            return range(self.seeds, self.size)
        return self.pool.instanced[: bisect_left(self.pool.instanced, self.size)]


class Pool:
    """Append-only entries; `entries[i].index == i`."""

    def __init__(self, seeds: Iterable[SeedTask]) -> None:
        self.entries: list[Entry] = [
            Entry(i, f"seed:{s.id}", s.instruction, s.instances, s.is_classification, s.category) for i, s in enumerate(seeds)
        ]
        self.seeds = len(self.entries)
        self.instanced: list[int] = []

    def __len__(self) -> int:
        return len(self.entries)

    def append(self, entry: Entry) -> None:
        if entry.index != len(self.entries):
            raise ValueError(f"entry {entry.index} appended to a pool of {len(self.entries)}")
        self.entries.append(entry)
        if entry.instances:
            self.instanced.append(entry.index)

    def view(self, size: int) -> PoolView:
        return PoolView(self, self.seeds, size)
