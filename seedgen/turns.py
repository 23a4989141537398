"""A ticket's two turns: the gate's word on its candidates, and the checks and places of its items.

Turns come in ticket order, so what is admitted and which position an item gets depend on the order of tickets alone. When a ticket's
turn comes, and where its candidates and responses come from, is left to others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

from seedgen.check import check, largest
from seedgen.config import GateConfig, OutputConfig
from seedgen.gate.gate import Gate, build_gate
from seedgen.pool import Pool
from seedgen.records import Candidate, Entry, EvaluationItem, Instance, Item, Judged, Mark, Response, SeedTask, Vector, Verdict
from seedgen.traits import output_shape


class Turns:
    """Pool and gate in step, and the number of items that have passed."""

    def __init__(self, pool: Pool, gate: Gate, output: OutputConfig, passed: int = 0) -> None:
        self.pool, self.gate, self.output, self.passed = pool, gate, output, passed

    def judge(self, candidates: Sequence[Candidate], category: str = "") -> tuple[tuple[Judged, ...], Mark]:
        """A gate turn. `category` is what the ticket was steered to."""
        self.gate.expect(candidates)
        judged = tuple(map(self.judge_one, candidates))
        mark = Mark(len(self.pool), category, len(judged), novelty(judged, self.gate.measures))
        self.pool.mark(mark)
        return judged, mark

    def judge_one(self, candidate: Candidate) -> Judged:
        """The gate's word on one candidate; if it passes, it joins the pool at once, before the next is judged."""
        verdicts = self.gate.judge(candidate)
        if not all(v.passed for v in verdicts):
            return Judged(candidate, verdicts, None)
        index = self.gate.admit(candidate)
        self.pool.append(entry_of(candidate, index))
        return Judged(candidate, verdicts, index)

    def finalize(self, judged: Sequence[Judged], responses: Sequence[Response]) -> tuple[Item, ...]:
        """A finalize turn: the ticket's items, checked, with the next positions for those that pass. A response for each admitted one."""
        items: list[Item] = []
        for admitted, response in zip((j for j in judged if j.admitted), responses, strict=True):
            instances = response.instances[: self.output.instances]
            for n, instance in enumerate(instances or (Instance("", ""),)):
                verdicts = self.check(admitted.candidate, instance, instances[:n]) if instances else (failure(response),)
                passed = all(v.passed for v in verdicts)
                candidate = admitted.candidate
                items.append(
                    Item(
                        candidate.ticket, candidate.ordinal, n, candidate.instruction, instance.input, instance.output,
                        self.passed if passed else None, verdicts, *output_shape(instance.output[: largest(self.output)]),
                    )
                )  # fmt: skip
                self.passed += passed
        return tuple(items)

    def check(self, candidate: Candidate, instance: Instance, earlier: Sequence[Instance]) -> tuple[Verdict, ...]:
        """The verdicts on one instance: of the output checks, then of the gate's filters that look at instances too."""
        verdicts = check(candidate.instruction, instance, self.output, earlier)
        return (*verdicts, *self.gate.check(instance)) if verdicts[-1].passed else verdicts


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
    gate.admit_all([Candidate(-1, index, task.proposal, vector=vectors.get(index)) for index, task in enumerate(seeds)])
    return Pool(seeds), gate


def novelty(judged: Sequence[Judged], measured: bool) -> float | None:
    """1 - the mean similarity of candidates to their nearest neighbours.

    None if there are no such, or if similarity is not `measured` for what passes, as it is not where meanings are not compared.
    """
    nearest = [max(scores) for j in judged if (scores := [v.score or 0.0 for v in j.verdicts if v.nearest is not None])]
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
