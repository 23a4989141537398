"""A placeholder where an answer should be."""

from __future__ import annotations

import re

from seedgen.check.output import Case, Check, quoted

NOTHING = re.compile(
    r"[\W_]*(n\W?a|none|null|nil|not applicable|not available|no ?output|no answer|no response|tbd|to be determined"
    r"|(your|insert|enter|the)? ?(output|answer|response|text)( goes)?( here)?)[\W_]*",
    re.IGNORECASE,
)


def not_applicable(case: Case) -> str | None:
    """A placeholder where an answer should be; "None" is one only where the instruction does not offer it."""
    found = NOTHING.fullmatch(case.output)
    if not found or case.asks_for(re.compile(rf"\b{re.escape(found[1])}\b", re.IGNORECASE)):
        return None
    return quoted(case.output)


PLUGIN = Check("not_applicable", 30, not_applicable)
