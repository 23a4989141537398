"""An instance that the instruction has already."""

from __future__ import annotations

from seedgen.check.output import Case, Check
from seedgen.language.text import normal_form


def identical(case: Case) -> str | None:
    """The instruction is the same, so an instance with the same input and output would be the same item twice."""
    form = normal_form(case.input), normal_form(case.output)
    same = (n for n, other in enumerate(case.earlier) if (normal_form(other.input), normal_form(other.output)) == form)
    return next((f"input and output equal those of instance {n}" for n in same), None)


PLUGIN = Check("identical", 70, identical)
