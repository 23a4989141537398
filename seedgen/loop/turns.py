"""A ticket's two turns: the gate's word on its candidates, and the places of its items; between them its items are checked.

Turns come in ticket order, so what is admitted and which position an item gets depend on the order of tickets alone. When a ticket's
turn comes, and where its candidates and responses come from, is left to others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import fmean

from seedgen.check.output import check, largest
from seedgen.config.model import GateConfig, OutputConfig
from seedgen.draw.pool import Pool
from seedgen.gate.gate import Gate, build_gate
from seedgen.language.traits import output_shape
from seedgen.records import Candidate, Entry, EvaluationItem, Gated, GateTurn, Instance, Item, Response, SeedTask, Vector, Verdict


class Turns:
    """Pool and gate in step, the number of items that have passed, and how many of those people rejected. `shown` are the outputs of the
    examples in the run's templates (see `echo.examples`).
    """

    def __init__(
        self, pool: Pool, gate: Gate, output: OutputConfig, passed: int = 0, rejected: int = 0, shown: Collection[str] = ()
    ) -> None:
        self.pool, self.gate, self.output, self.passed, self.rejected, self.shown = pool, gate, output, passed, rejected, shown

    @property
    def available(self) -> int:
        """Items for the dataset: those that passed and that nobody rejected."""
        return self.passed - self.rejected

    def gate_all(self, candidates: Sequence[Candidate], category: str = "", exhausted: str = "") -> tuple[tuple[Gated, ...], GateTurn]:
        """A gate turn. `category` is what the ticket was steered to, `exhausted` its recipe if that has nothing more to ask for."""
        self.gate.expect(candidates)
        gated = tuple(map(self.gate_one, candidates))
        turn = GateTurn(len(self.pool), category, len(gated), novelty(gated, self.gate.measures), exhausted)
        self.pool.close(turn)
        return gated, turn

    def gate_one(self, candidate: Candidate) -> Gated:
        """The gate's word on one candidate; if it passes, it joins the pool at once, before the next is looked at."""
        verdicts = self.gate.verdicts(candidate)
        if not all(v.passed for v in verdicts):
            return Gated(candidate, verdicts, None)
        index = self.gate.admit(candidate)
        self.pool.append(entry_of(candidate, index))
        return Gated(candidate, verdicts, index)

    def checked(self, gated: Sequence[Gated], responses: Sequence[Response]) -> tuple[Item, ...]:
        """The ticket's items with the verdicts on them, and no places yet: out of turn, for it looks at nothing but the items.

        A response for each admitted candidate.
        """
        admitted = (g.candidate for g in gated if g.admitted)
        return tuple(item for pair in zip(admitted, responses, strict=True) for item in self.items_of(*pair))

    def items_of(self, candidate: Candidate, response: Response) -> Iterator[Item]:
        """An item for each instance that is kept; one that failed, if there is none."""
        instances = response.instances[: self.output.instances]
        for n, instance in enumerate(instances or (Instance("", ""),)):
            verdicts = self.check(candidate, instance, instances[:n]) if instances else (failure(response),)
            shape = output_shape(instance.output[: largest(self.output)])
            made = (instance.input, instance.output, None, verdicts, *shape, instance.kind, instance.payload)
            yield Item(candidate.ticket, candidate.ordinal, n, candidate.instruction, *made)

    def check(self, candidate: Candidate, instance: Instance, earlier: Sequence[Instance]) -> tuple[Verdict, ...]:
        """The verdicts on one instance: of the output checks, then of the gate's filters that look at instances too."""
        verdicts = check(candidate.instruction, instance, self.output, earlier, self.shown)
        return (*verdicts, *self.gate.check(instance)) if verdicts[-1].passed else verdicts

    def placed(self, items: Sequence[Item]) -> tuple[Item, ...]:
        """A finalize turn: the next positions for the items that passed."""
        return tuple(map(self.place, items))

    def place(self, item: Item) -> Item:
        if not all(verdict.passed for verdict in item.verdicts):
            return item
        position, self.passed = self.passed, self.passed + 1
        return replace(item, position=position)


def founded(
    seeds: Sequence[SeedTask],
    config: GateConfig,
    vectors: Mapping[int, Vector],
    evaluation: Sequence[EvaluationItem] = (),
    shares: Mapping[str, float] | None = None,
) -> tuple[Pool, Gate]:
    """Pool and gate that hold the seeds alone.

    `vectors` are by pool index, `shares` what each category weighs. Raises `UsageError` if a filter cannot be built.
    """
    gate = build_gate(config, len(seeds), evaluation, shares)
    gate.admit_all(seed_candidates(seeds, vectors))
    return Pool(seeds), gate


def seed_candidates(seeds: Sequence[SeedTask], vectors: Mapping[int, Vector]) -> list[Candidate]:
    """The seeds as the gate is told of them."""
    return [Candidate(-1, index, task.proposal, vector=vectors.get(index)) for index, task in enumerate(seeds)]


def novelty(gated: Sequence[Gated], measured: bool) -> float | None:
    """1 - the mean similarity of candidates to their nearest neighbours.

    None if there are no such, or if similarity is not `measured` for what passes, as it is not where meanings are not compared.
    """
    nearest = [max(scores) for g in gated if (scores := [v.score or 0.0 for v in g.verdicts if v.nearest is not None])]
    return round(1 - fmean(nearest), 6) if measured and nearest else None


def entry_of(candidate: Candidate, index: int | None) -> Entry:
    """A candidate as it stands in the pool. It shows an instance only if it was proposed with one."""
    proposal = candidate.proposal
    instances = () if proposal.output is None else (Instance(proposal.input or "", proposal.output),)
    return Entry(
        index, candidate.ref, candidate.instruction, instances, category=candidate.category, tier=candidate.tier, verb=candidate.verb
    )


def failure(response: Response) -> Verdict:
    """The verdict on an instruction that was given no instance."""
    return Verdict("output", False, response.fault or "no_output")
