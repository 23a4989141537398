"""Why nothing gets through: what became of the tickets of a drought, and what may help."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from seedgen.records import TicketResult

FAULTS = {
    "refused": "the teacher refused",
    "too_long": "the prompt was too long for the teacher in",
    "content_filter": "the teacher's content filter stopped",
    "empty_answer": "the teacher answered with nothing (if it thinks first, raise teachers.NAME.max_tokens) to",
    "cut_while_reasoning": "the teacher was cut at max_tokens while reasoning (raise teachers.NAME.max_tokens, or let it think less) in",
    "only_reasoning": "the teacher thought, and answered with nothing to",
}
"""What the commonest faults of tickets say, before how many had them."""
REMEDIES = {
    "cut": "answers are cut at max_tokens: raise teachers.NAME.max_tokens",
    "cut_while_reasoning": "max_tokens is spent on reasoning: raise teachers.NAME.max_tokens, or let it think less",
    "no_output": "no mark of an output (Output:) is found in the answers: does the template suit the teacher?",
    "no_input": "no mark of an input (Input:) is found in the answers: does the template suit the teacher?",
    "no_instruction": "no mark of an instruction is found in the answers: does the template suit the teacher?",
    "not_a_task": "what was read is no task: does the template suit the teacher?",
    "several_tasks": "the list was not told apart: does the template suit the teacher?",
    "broken_json": "the JSON of the answers is broken: does the template suit the teacher?",
    "leaked_marker": "is the server's chat template that of the model, and are its stop tokens set?",
}
"""What to do about the commonest reason why all is lost."""
VARIETY = "more varied seeds, another recipe or teacher may help"


@dataclass
class Barren:
    """What became of tickets that nothing got through: counts, so that a long drought takes no memory."""

    tickets: int = 0
    candidates: int = 0
    admitted: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    of_items: Counter[str] = field(default_factory=Counter)

    def add(self, result: TicketResult) -> None:
        self.tickets += 1
        self.candidates += len(result.gated)
        self.faults[result.fault] += 1
        self.admitted += sum(gated.admitted for gated in result.gated)
        self.reasons.update(f"{v.filter}: {v.reason}" for g in result.gated for v in g.verdicts if not v.passed)
        self.of_items.update(f"{v.filter}: {v.reason}" for item in result.items for v in item.verdicts if not v.passed)

    def diagnosis(self, last_refusal: str) -> str:
        """Why nothing got through, in words: the stage at which most was lost, the commonest reasons there, and what may help."""
        fault, count = self.faults.most_common(1)[0]
        if fault in FAULTS and count * 2 > self.tickets:
            return f"{FAULTS[fault]} {count} of them" + (f", the last with: {last_refusal}" if last_refusal else "")
        if not self.candidates:
            return "the teacher's answers held no tasks: is it an instruction-following model, and does the template suit it?"
        if self.admitted * 2 >= self.candidates and self.of_items:
            lost = f"of their {self.candidates} candidates {self.admitted} were admitted, but all answers to these refused for"
            return f"{lost} {common(self.of_items)}; {remedy(self.of_items)}"
        if not self.reasons:
            return "instructions were admitted, but none of their answers passed the output checks"
        lost = f"of their {self.candidates} candidates most were refused for {common(self.reasons)}"
        rest = f", and the answers to the {self.admitted} admitted for {common(self.of_items)}" if self.of_items else ""
        return f"{lost}{rest}; {remedy(self.reasons)}"


def common(reasons: Counter[str]) -> str:
    return ", ".join(f"{reason} ({count})" for reason, count in reasons.most_common(3))


def remedy(reasons: Counter[str]) -> str:
    """What may help against a reason that more than half of the refusals have; against many, only other tasks."""
    reason, count = reasons.most_common(1)[0]
    return REMEDIES.get(reason.partition(": ")[2], VARIETY) if count * 2 > reasons.total() else VARIETY
