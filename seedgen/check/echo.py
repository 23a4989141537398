"""What was asked, given back."""

from __future__ import annotations

from seedgen.check.output import Case, Check
from seedgen.language.text import normal_form, tokens


def echo(case: Case) -> str | None:
    """An output that is the instruction, or the whole input unchanged. A one-word input may be its own answer."""
    if normal_form(case.output) == normal_form(case.instruction):
        return "equals the instruction"
    same = case.output == case.input.strip() and len(tokens(case.output)) > 1
    return "equals the input" if same else None


PLUGIN = Check("echo", 60, echo)
