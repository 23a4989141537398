"""An output without text: white space, dots, an empty code fence."""

from __future__ import annotations

from seedgen.check.output import Case, Check


def empty(case: Case) -> str | None:
    return None if case.payload or case.output.strip(" \n\t.…`_") else "no text"


PLUGIN = Check("empty", 10, empty)
