"""A teacher that declines in the words that models decline in."""

from __future__ import annotations

import re

from seedgen.check.output import Case, Check, quoted

MACHINE = re.compile(
    r"\W*(i'?m sorry,?\W+(but )?|sorry,?\W+(but )?|unfortunately,?\W+)?"
    r"(as an? (ai|artificial intelligence|(large )?language model)\b|i'?m (just |only )?an? (ai|(large )?language model)\b"
    r"|i am (just |only )?an? (ai|(large )?language model)\b)",
    re.IGNORECASE,
)
APOLOGY = re.compile(
    r"\W*(?:(?:i'?m|i am)\W+(?:very |so |really |truly )?(?:sorry|afraid)|sorry|apologies|i apologi[sz]e|unfortunately)\b\W*"
    r"(?:but |that )?i\W+(?:can'?t|cannot|can not|won'?t|will not|could(?:n'?t| not)|(?:am|m) (?:not able|unable)"
    r"|do(?:n'?t| not) (?:have|know))\b",
    re.IGNORECASE,
)
INABILITY = re.compile(
    r"\W*i(?:'m| am)? (?:can'?t|cannot|can not|unable to|not able to)"
    r" (?:assist|fulfill?|comply|complete|process|(?:(?:help|engage) with|answer) (?:that|this|your)|(?:do|provide) (?:that|this))\b",
    re.IGNORECASE,
)
SPOKEN = re.compile(
    r"\b(apolog\w*|sorry|refus\w*|declin\w*|reject\w*|turn(ing)? down|invit\w*|e-?mail|letter|message|text|repl(y|ies)|respon[ds]\w*"
    r"|dialogue|conversation|chat|note|say|phrase|customer|translat\w*|rewrite|paraphrase|story|poem)\b",
    re.IGNORECASE,
)


def refusal(case: Case) -> str | None:
    """Boilerplate openers only: a refusal in the teacher's own words may be the answer that was wanted."""
    output = case.output.replace("’", "'")
    found = MACHINE.match(output) or INABILITY.match(output)
    if not found and not case.asks_for(SPOKEN):
        found = APOLOGY.match(output)
    return quoted(found[0]) if found else None


PLUGIN = Check("refusal", 40, refusal)
