"""Checks on a finished item: what no filter of instructions can see, because it is in the input or output.

Each check is a file of this room; the first that objects decides. They are conservative: an item is refused for what a teacher says when
it has failed (a boilerplate apology, a leaked marker, a loop), never for being short, odd or unwelcome. Some yield to the instruction:
who asks for an e-mail may be told of an attachment. The failures are those seen in Alpaca's data and in small models' answers.

Checks of other packages are applied where `output.checks` names them, so what is installed changes no run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache

from seedgen.config.model import OutputConfig
from seedgen.language.text import LARGEST
from seedgen.records import Instance, Verdict
from seedgen.registry import blamed, foreign, plugins

DOOR = "seedgen.check"
FILTER = "output"


@dataclass(frozen=True, slots=True)
class Case:
    """What a check looks at. `output` has no outer white space; `earlier` are the instances before it of the same instruction; `examples`
    are the outputs in the run's templates, in normal form.
    """

    instruction: str
    input: str
    output: str
    config: OutputConfig
    earlier: Sequence[Instance] = ()
    payload: str = ""
    examples: Collection[str] = ()

    def asks_for(self, pattern: re.Pattern[str]) -> bool:
        """Whether the instruction or its input brings up what a rule would otherwise object to."""
        return bool(pattern.search(self.instruction) or pattern.search(self.input))


Rule = Callable[[Case], str | None]
"""The evidence, if there is something to object to. Pure: the same case, the same answer, or a run would not repeat."""


@dataclass(frozen=True, slots=True)
class Check:
    """A rule under the reason that its refusals go by. Those of lower `order` are asked first: ours have 10, 20 … 100."""

    name: str
    order: int
    rule: Rule


def enormous(case: Case) -> str | None:
    """Larger than anything the checks need look at: so none of them is given a text that takes it long."""
    most = largest(case.config)
    sizes = {"output": len(case.output), "input": len(case.input), "payload": len(case.payload)}
    return next((f"{size} characters in the {name}, at most {most}" for name, size in sizes.items() if size > most), None)


def largest(config: OutputConfig) -> int:
    """Characters of the largest output or input: far above so many words as may be."""
    return max(LARGEST, 20 * config.max_words)


def check(
    instruction: str, instance: Instance, config: OutputConfig, earlier: Sequence[Instance] = (), examples: Collection[str] = ()
) -> tuple[Verdict, ...]:
    """One passing verdict, or the refusal by the first check that objects. Raises `UsageError` if one of another package fails."""
    case = Case(instruction, instance.input, instance.output.strip(), config, earlier, instance.payload, examples)
    if evidence := enormous(case):
        return (Verdict(FILTER, False, "too_long", evidence=evidence),)
    for each in applied(config.checks):
        if evidence := objection(each, case):
            return (Verdict(FILTER, False, each.name, evidence=evidence),)
    return (Verdict(FILTER, True),)


@cache
def applied(named: tuple[str, ...]) -> tuple[Check, ...]:
    """Our checks and those of other packages that are named, in the order they are asked."""
    unnamed = foreign(DOOR) - set(named)
    return tuple(sorted((each for name, each in plugins(DOOR, Check).items() if name not in unnamed), key=lambda each: each.order))


def objection(each: Check, case: Case) -> str | None:
    """What the check says. Raises `UsageError` naming its package if one that is not ours fails, or gives something else."""
    with blamed(DOOR, each.name):
        found = each.rule(case)
        if not isinstance(found, str | None):
            raise TypeError(f"it gave {found!r:.80}, not None or the evidence as text")
    return found


def quoted(text: str) -> str:
    return f"'{text.strip()[:80]}'"
