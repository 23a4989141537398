"""Characters that nobody can see, or that stand for what could not be read."""

from __future__ import annotations

from seedgen.check.output import Case, Check
from seedgen.language.text import first_unprintable


def unprintable(case: Case) -> str | None:
    for name, text in (("output", case.output), ("input", case.input)):
        if char := first_unprintable(text):
            return f"U+{ord(char):04X} in the {name}"
    return None


PLUGIN = Check("unprintable", 20, unprintable)
