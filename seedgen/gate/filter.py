"""What every filter is: one question put to candidates, in step with the pool.

A filter answers from the candidate and the admissions so far, never from the clock, chance or what was refused before. What most have no
use for has a default here.
"""

from __future__ import annotations

from collections.abc import Sequence

from seedgen.records import Candidate, Instance, Verdict


class Filter:
    """`name` is the filter's name in verdicts, config and tables."""

    name: str

    def judge(self, candidate: Candidate, /) -> Verdict:
        """A look that changes nothing: the candidate against everything admitted so far."""
        raise NotImplementedError

    def check(self, instance: Instance, /) -> Verdict | None:
        """A look at what became of an admitted candidate, its input and output; None from a filter of instructions alone."""

    def expect(self, batch: Sequence[Candidate], /) -> None:
        """These are judged next, in this order: what is cheaper found out of all at once may be found out now. Changes no verdict."""

    def admit(self, candidate: Candidate, index: int, /) -> None:
        """The pool grew by this one, at this index."""

    def admit_all(self, candidates: Sequence[Candidate], first: int, /) -> None:
        """The pool grew by these, from this index on; as one after another, but it may be faster."""
        for index, candidate in enumerate(candidates, first):
            self.admit(candidate, index)
