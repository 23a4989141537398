"""What was asked, given back."""

from __future__ import annotations

import re
from collections.abc import Iterable

from seedgen.check.output import Case, Check
from seedgen.language.text import normal_form, tokens

LABEL = r"^[ \t]{0,8}(?:\#{3}|Task:|(?:\d{1,3}\. ?)?(?:Instruction|Input|Output):)"
EXAMPLE = re.compile(rf"^(?:\d{{1,3}}\. ?)?Output:(?P<text>(?:(?!{LABEL})(?!\{{[{{%]).)*+)(?!\{{\{{)", re.MULTILINE | re.DOTALL)
SHORTEST = 5
"""Words of an example that nobody else would come to say just so."""


def examples(templates: Iterable[str]) -> frozenset[str]:
    """The outputs of the worked examples in templates, as they are compared."""
    found = (example["text"] for source in templates for example in EXAMPLE.finditer(source))
    return frozenset(normal_form(text) for text in found if len(tokens(text)) >= SHORTEST)


def echo(case: Case) -> str | None:
    """An output that is the instruction, the whole input unchanged, or an example of the prompt. A one-word input may be its own answer."""
    said = normal_form(case.output)
    if said == normal_form(case.instruction):
        return "equals the instruction"
    if said in case.examples:
        return "equals an example in the template"
    same = case.output == case.input.strip() and len(tokens(case.output)) > 1
    return "equals the input" if same else None


PLUGIN = Check("echo", 60, echo)
