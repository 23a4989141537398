"""Pool and gate as earlier starts left them: the pool before the first ticket is walked, the gate while tickets are asked already.

A draw looks at the pool alone, so the first request need not wait for the gate, which takes half a minute at a million items. Tickets wait
for it at their gate turns (`Loop.gate_ready`); what they make does not depend on when it is there.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace

from seedgen.ask.halt import Halt, Halted
from seedgen.config.model import Config
from seedgen.draw.pool import Pool
from seedgen.failpoints import failpoint
from seedgen.gate.gate import Gate
from seedgen.loop.turns import entry_of, founded
from seedgen.records import Candidate, Vector
from seedgen.runs.drift import Made
from seedgen.store.ports import State

AT_ONCE = 131_072
"""Admissions between two looks at whether to go on with them."""


def pool_and_gate(
    made: Made, config: Config, state: State, vectors: Mapping[int, Vector], shares: Mapping[str, float]
) -> tuple[Pool, Gate]:
    """The pool with everything admitted, in order; the gate with the seeds alone."""
    pool, gate = founded(made.seeds, config.gate, vectors, made.evaluation, shares)
    for index, candidate in enumerate(state.admitted, len(made.seeds)):
        pool.append(entry_of(candidate, index))
    for gate_turn in state.gate_turns:
        pool.close(gate_turn)
    return pool, gate


class Rebuilding:
    """A gate that is being brought up to the pool, in a thread; `task` ends when it is, and raises `Halted` if it will not be."""

    def __init__(self, gate: Gate, admitted: Sequence[Candidate], vectors: Mapping[int, Vector], halt: Halt) -> None:
        self.gate, self.admitted, self.vectors, self.halt = gate, admitted, vectors, halt
        self.left = False
        self.task = asyncio.create_task(self.rebuilt(), name="gate")

    async def rebuilt(self) -> None:
        await asyncio.to_thread(self.admit)
        failpoint("start.rebuilt")

    def admit(self) -> None:
        """What was paid for is still judged when a budget is spent; who interrupts a run does not want to wait for that."""
        for start in range(0, len(self.admitted), AT_ONCE):
            if self.halt.end == "interrupted" or self.left:
                raise Halted
            some, first = self.admitted[start : start + AT_ONCE], self.gate.size
            self.gate.admit_all([replace(c, vector=self.vectors.get(first + i)) for i, c in enumerate(some)] if self.vectors else some)

    async def leave(self) -> None:
        """Have nothing going on behind the end of the loop; what failed there, and came to no ticket, is of no consequence."""
        self.left = True
        await asyncio.wait([self.task])
        if not self.task.cancelled():
            self.task.exception()


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
