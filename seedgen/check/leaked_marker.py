"""What belongs to the prompt, or the beginning of the next task."""

from __future__ import annotations

import re

from seedgen.check.output import Case, Check, quoted
from seedgen.language.control import leaked, thought_tag

MARKER = re.compile(
    r"^\#{3,}[ \t]*$|^\#{3,}\s*(instruction|input|output|response|task|example)s?\b"
    r"|\b\d+\s*[.)]\s*(instruction|input|output)s?\s*:"
    r"|^instruction\s*:|</?no\s?(in|out)put>|\bis it (a )?classification\?",
    re.IGNORECASE | re.MULTILINE,
)
NEXT_TASK = re.compile(r"(?:^|\n)[^\S\n]*task(?: \d+)?\s*:", re.IGNORECASE)
TASKS = re.compile(r"\b(tasks?|tickets?|to-?dos?|plan|schedule|checklist|project)\b", re.IGNORECASE)
TAGS = re.compile(r"\b(tags?|html|xml|markup|prompts?|tokens?|parse\w*|regex\w*)\b", re.IGNORECASE)
LABELS = re.compile(r"\binstructions?\b", re.IGNORECASE)


def leaked_marker(case: Case) -> str | None:
    """What belongs to a prompt, or to the form of a chat, there also in the input. A Markdown heading (### Method) does not."""
    for text in (case.output, case.input):
        if token := leaked(text) or ("" if TAGS.search(case.instruction) else thought_tag(text)):
            return quoted(token)
    found = MARKER.search(case.output)
    if found and found[0].lower().startswith("instruction") and case.asks_for(LABELS):
        found = None
    if not found and not case.asks_for(TASKS):
        found = NEXT_TASK.search(case.output)
    return quoted(found[0]) if found else None


PLUGIN = Check("leaked_marker", 50, leaked_marker)
