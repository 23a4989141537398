"""Refuses what does not look like an instruction for a text model: faults found by the parser, length, form, characters, banned words.

It looks at the candidate alone, never at the pool. The rules are a table, the first that objects decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pydantic import Field

from seedgen.config.section import Section
from seedgen.gate.filter import Filter, FilterKind
from seedgen.language.control import leaked
from seedgen.language.text import LARGEST, first_unprintable, stands_alone, word_count
from seedgen.language.verbs import asks
from seedgen.records import Candidate, Proposal, Verdict


class ShapeConfig(Section):
    min_words: int = Field(3, description="shortest instruction, in words", ge=1)
    max_words: int = Field(150, description="longest instruction, in words", ge=1)
    banned: tuple[str, ...] = Field(
        (
            "image", "images", "graph", "graphs", "picture", "pictures", "photo", "file", "files", "map", "draw", "plot", "go to", "video",
            "audio", "flowchart", "diagram",
        ),
        description="whole words or phrases that a text-only task cannot be about",
    )  # fmt: skip
    requests_only: bool = Field(True, description="refuse what is plainly a statement and asks for nothing (English only)")


Fault = tuple[str, str]
"""Reason and evidence."""

Rule = Callable[[str, ShapeConfig], Fault | None]

OPENERS = frozenset("\"'`“‘«‹„‚¿¡「『《〈")
MARKER = re.compile(
    r"\#{3,}"
    r"|<no\s?input>"
    r"|(?i:\b\d+\s*[.)]\s*(?:instruction|input|output)s?\s*:)"
    r"|\bInstructions?:|^(?i:instructions?:)|^(?:Input|Output):"
    r"|(?i:\btask\s+\d+\s*:)"
    r"|</?s>"
    r"|(?i:\bis it (?:a )?classification\?)",
    re.MULTILINE,
)

STATED = re.compile(
    r"(?:(?:it|he|she|they|we|there)"
    r"|(?:this|that|these|those|the|an?|his|her|its|our|their|some|many|most|all|every|no)\b"
    r"(?: (?!(?:who|whom|whose|which|that|what|where|when|why|how|if|i|you|he|she|they|we|it|way|ways|reasons?|things?)\b)[\w'’-]+){0,8}?)"
    r" (?:is|are|was|were|isn['’]t|aren['’]t|wasn['’]t|weren['’]t)\b.*[.!]",
    re.IGNORECASE,
)
"""A sentence whose subject is followed by a form of "be". What may turn it into a title ("The way it was …") stands nowhere between."""
MAY_ASK = re.compile(
    r"[?:\n\"“”«»`_<>\[\]{}=…]|\.\.\.|\b(?:you\w*|i|i['’]m|me|my|please|let|should|must|needs?|ought|(?:have|has|is|are) to|to be"
    r"|following|given|below|above|tasks?|questions?|answers?|instructions?|exercises?|problems?|examples?|blank|goal|aim|challenge)\b",
    re.IGNORECASE,
)
"""Signs that a text asks for something though no sentence of it is a command."""


class ShapeFilter(Filter):
    """The rules below, in their order. State: none."""

    name = "shape"
    lasting = True

    def __init__(self, config: ShapeConfig) -> None:
        self.config = config
        self.banned = banned_pattern(config.banned)

    def verdict(self, candidate: Candidate) -> Verdict:
        fault = self.fault(candidate)
        return Verdict(self.name, False, fault[0], evidence=fault[1]) if fault else Verdict(self.name, True)

    def fault(self, candidate: Candidate) -> Fault | None:
        if candidate.proposal.fault:
            return candidate.proposal.fault, "found by the parser"
        if fault := enormous(candidate.proposal, self.config):
            return fault
        text = candidate.instruction.strip()
        found = next(filter(None, (rule(text, self.config) for rule in RULES)), None)
        if found is None and (word := self.banned.search(text)):
            return "banned_word", f"'{word[0]}'"
        return found


def enormous(proposal: Proposal, config: ShapeConfig) -> Fault | None:
    """Larger than anything the rules, or another filter, need look at: far above so many words as may be."""
    most = max(LARGEST, 20 * config.max_words)
    sizes = {"instruction": len(proposal.instruction), "input": len(proposal.input or "")}
    return next((("too_long", f"{size} characters in the {name}, at most {most}") for name, size in sizes.items() if size > most), None)


def empty(text: str, _: ShapeConfig) -> Fault | None:
    return None if text else ("empty", "no text")


def unprintable(text: str, _: ShapeConfig) -> Fault | None:
    char = first_unprintable(text)
    return ("unprintable", f"U+{ord(char):04X}") if char else None


def no_letters(text: str, _: ShapeConfig) -> Fault | None:
    return None if any(char.isalpha() for char in text) else ("no_letters", f"'{text[:40]}'")


def leaked_marker(text: str, _: ShapeConfig) -> Fault | None:
    marker = MARKER.search(text)
    found = marker[0] if marker else leaked(text)
    return ("leaked_marker", f"'{found}'") if found else None


def bad_start(text: str, _: ShapeConfig) -> Fault | None:
    """An instruction opens with a letter, a digit or a quotation."""
    if text[0].isalnum() or text[0] in OPENERS:
        return None
    return "bad_start", f"starts with '{text[0]}'"


def length(text: str, config: ShapeConfig) -> Fault | None:
    count = word_count(text)
    if count < config.min_words:
        return "too_short", f"{count} words, at least {config.min_words}"
    if count > config.max_words:
        return "too_long", f"{count} words, at most {config.max_words}"
    return None


def not_a_request(text: str, config: ShapeConfig) -> Fault | None:
    """English that is plainly a statement, to its last sentence: "This is not a product of a company." In doubt it is a request."""
    if not config.requests_only or MAY_ASK.search(text):
        return None
    sentences = re.split(r"(?<=[.!]) +", text)
    stated = all(map(STATED.fullmatch, sentences)) and not asks(text)
    return ("not_a_request", f"'{sentences[0][:80]}' states something") if stated else None


RULES: tuple[Rule, ...] = (empty, unprintable, no_letters, leaked_marker, bad_start, length, not_a_request)


def banned_pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """All phrases in one pattern: whole words, any case, any white space between; in scripts without spaces anywhere."""
    wanted = (bounded(phrase.split()) for phrase in phrases if phrase.strip())
    return re.compile("|".join(wanted) or r"(?!)", re.IGNORECASE)


def bounded(parts: list[str]) -> str:
    left = "" if stands_alone(parts[0][0]) else r"(?<!\w)"
    right = "" if stands_alone(parts[-1][-1]) else r"(?!\w)"
    return left + r"\s+".join(map(re.escape, parts)) + right


PLUGIN = FilterKind("shape", 10, ShapeConfig, "length, format, banned words, characters", lambda config, _: ShapeFilter(config))
