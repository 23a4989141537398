"""Pool and gate as earlier starts left them: the pool before the first ticket is walked, the gate while tickets are asked already.

A draw looks at the pool alone, so the first request need not wait for the gate, which takes half a minute at a million items. Tickets wait
for it before they come to it (`Loop.gate_filled`); what they make does not depend on when it is there.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace

from seedgen.draw.pool import Pool
from seedgen.gate.gate import Gate
from seedgen.loop.turns import entry_of, seed_candidates
from seedgen.records import Candidate, SeedTask, Vector
from seedgen.store.ports import State

AT_ONCE = 131_072
"""Admissions between two looks at whether to go on with them."""


def rebuilt_pool(seeds: Sequence[SeedTask], state: State) -> Pool:
    """The seeds and everything admitted since, in order."""
    pool = Pool(seeds)
    for index, candidate in enumerate(state.admitted, len(seeds)):
        pool.append(entry_of(candidate, index))
    for gate_turn in state.gate_turns:
        pool.close(gate_turn)
    return pool


def fill(
    gate: Gate, seeds: Sequence[SeedTask], admitted: Sequence[Candidate], vectors: Mapping[int, Vector], heed: Callable[[], None]
) -> None:
    """Admit all that a pool holds, in order; `vectors` are by pool index. `heed` is called now and then, and may raise."""
    gate.admit_all(seed_candidates(seeds, vectors))
    for start in range(0, len(admitted), AT_ONCE):
        heed()
        some, first = admitted[start : start + AT_ONCE], gate.size
        gate.admit_all([replace(c, vector=vectors.get(first + n)) for n, c in enumerate(some)] if vectors else some)


@contextmanager
def uncollected(stack: AsyncExitStack) -> Iterator[None]:
    """What is made in the block stays until the stack is left, so it is not looked through for garbage: a fifth of the time at a million
    items, and a second each time later.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
        stack.callback(gc.unfreeze)
    finally:
        if collecting:
            gc.enable()
