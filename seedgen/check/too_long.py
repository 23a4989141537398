"""More words than the config allows."""

from __future__ import annotations

from seedgen.check.output import Case, Check
from seedgen.language.text import word_count


def too_long(case: Case) -> str | None:
    count = word_count(case.output)
    return f"{count} words, at most {case.config.max_words}" if count > case.config.max_words else None


PLUGIN = Check("too_long", 100, too_long)
