"""What every filter is: one question put to candidates, in step with the pool.

A filter answers from the candidate and the admissions so far, never from the clock, chance or what was refused before. What most have no
use for has a default here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seedgen.config.section import Section
from seedgen.records import Candidate, Compare, EvaluationItem, Instance, Verdict


class Filter:
    """`name` is the filter's name in verdicts, config and tables. `measures`: every candidate that it passes is told its neighbour too.

    `lasting`: whatever it refuses it will refuse for ever, however the pool grows. `reads_vectors`: it needs `Candidate.vector`.
    """

    name: str
    measures = False
    lasting = False
    reads_vectors = False

    @property
    def looks_at_instances(self) -> bool:
        return type(self).check is not Filter.check

    def verdict(self, candidate: Candidate, /) -> Verdict:
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


@dataclass(frozen=True, slots=True)
class GateParts:
    """What filters are made from, beside their own settings: how many of the first admissions are seeds, which do not count for balance;
    the evaluation items; what each category weighs.
    """

    compare: Compare = "instruction"
    seeds: int = 0
    evaluation: Sequence[EvaluationItem] = ()
    shares: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class FilterKind:
    """A filter as it is plugged in (`seedgen.registry`, door `seedgen.gate`). Filters are asked in `order`, the cheapest first.

    `config` is its section under `gate.<name>`, None if there is nothing to set; `make` is given that and the parts, and gives None where
    there is nothing to do.
    """

    name: str
    order: int
    config: type[Section] | None
    description: str
    make: Callable[[Any, GateParts], Filter | None]
