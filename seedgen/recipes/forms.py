"""A list is found by its regularity: line starts of one form whose numbers count on.

A line start is read as a `Mark`: its form (the word before the number, the kind of number, the sign after it) and its value. The word may
be any word of any language, and the number a digit, a letter, a Roman, circled, Chinese or spelt one, as long as the lines agree. Steps
within a task are told from tasks by where they stand: they are indented, of another form, or begin again at 1.

Promises: never raises; each line is read once, and only its beginning.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from seedgen.language.text import word_count
from seedgen.recipes.labels import BOLD, WORD, is_opener, label, part
from seedgen.recipes.numbers import KINDS, SIGNS, sign

LOOKED_AT = 120
"""Characters of a line in which its marker ends."""
GAP = 20
"""Most numbers that a list leaves out at once."""
NARROW = {wide: wide - 0xFEE0 for run in ((0xFF10, 0xFF1A), (0xFF21, 0xFF3B), (0xFF41, 0xFF5B)) for wide in range(*run)} | {0x3000: 0x20}
"""Full-width digits, letters and spaces as the plain ones."""
DEPTH = 3
"""How deep lists are followed that begin again at 1."""
LINES_BACK = 20
"""Lines before a marker that are looked at."""
FEWEST_WORDS = 3
"""Of what may be a task, where it is not certain that a list is one of tasks."""
SECTION = re.compile(r"#{1,6}[ \t].*|\*\*.*\*\*:?|-{3,9}|={3,9}|\*{3,9}|_{3,9}")
LEAD = re.compile(r"[ \t]{0,16}+(?:[*_>#`|]{1,6}+[ \t]{0,4}+){0,3}+")
NO_BULLET = r"\w\s\"'“”„«»‘‚(\[{<>¿¡$€£=/\\|`^~&@%!?.,:;_#"
BULLET = re.compile(rf"[ \t]{{0,16}}+(?P<sign>#{{1,6}}+|[^{NO_BULLET}]\ufe0f?)(?:[ \t]+\[[ xX]?\])?(?=[ \t]+\S)")
ORDINAL = rf"(?:[(\[]?\d{{1,4}}[.):\]][ \t]{{0,8}}+{BOLD})?+"
NAMED = rf"(?P<word>{WORD}{{1,20}}?(?: {WORD}{{1,20}}?){{0,2}}?)[ \t]{{0,2}}+(?i:[#№]|(?:no|nr|num)[.:]|n[º°])?+[ \t]?+[(\[（]?"
AFTER = r"(?:[^\W\d_a-zA-Z]{1,6}+)?+"
"""What may follow a number without a space: 第9题, 9번."""
WIDE = "．：）】、"
AFTER_SIGN = r"[*_`]{0,3}+"
SIGN = rf"[ \t]?(?P<sign>[)）][:.：]|[.:;)\]|·>{WIDE}]|/(?=[ \t]))|[ \t]{{0,2}}(?P<dash>[-–—])(?=[ \t])|(?P<none>[ \t]*$)"
END = rf"{AFTER_SIGN}(?:{SIGN}){AFTER_SIGN}(?!(?<=[.:])\d)"
ALPHABETIC, DIGITS = ("roman", "letter"), ("digits", "han")
TEXT = rf"|[^\W\d]|[“「『«《]|(?<=[{WIDE}])"
"""A letter or quotation may stand right after the sign, as in "1.写", and anything after a wide one. Not after a letter, as in "e.g."."""
NOT_IN_WORD = r"(?<![^\W\d])"
BARE = {
    kind: re.compile(rf"(?P<open>[(\[【（]?){BOLD}(?P<number>{number})(?:{END}|[*_]{{2}})(?=[ \t]|${'' if kind in ALPHABETIC else TEXT})")
    for kind, (number, _) in KINDS.items()
    if kind != "spelt"
}
WORDED = {
    kind: re.compile(rf"{ORDINAL}[(\[【]?{BOLD}{NAMED}{BOLD}{'' if kind in DIGITS else NOT_IN_WORD}(?P<number>{number}){AFTER}{END}")
    for kind, (number, _) in KINDS.items()
}
TAILED = re.compile(
    rf"{ORDINAL}{BOLD}(?P<number>\d{{1,4}}+)(?:st\b|nd\b|rd\b|th\b|[ºª°.])?[ -]?(?P<word>[^\W\d]{WORD}{{0,16}}+(?: {WORD}{{1,16}}+)?+){END}"
)
SIGNED = re.compile(rf"(?P<number>{SIGNS})[.)、．]?")
ANY = re.compile(r"(?P<before>[^\d\n]{0,40}+)(?P<number>\d{1,4}+)(?P<sign>[ \t]?[^\w\s\"'“„«(（]{0,3}(?=\s))?")
DOTTED = re.compile(r"(?P<before>[^\d\n]{0,40}+\d{1,2}[.-])(?P<number>\d{1,3}+)(?P<sign>[.):]?(?=\s))")
COLON = re.compile(r"[^\n:：]{0,24}[:：]")
FEWEST_OF_ANY = 3
ASKED = frozenset({"task", "new task", "instruction", "new instruction"})
"""The words that the bundled templates themselves put before a number: they mark a task wherever they stand."""
Form = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A line start that may open a task. `end` is where the task's text begins."""

    line: int
    form: Form
    value: int
    indent: int
    end: int

    @property
    def asked(self) -> bool:
        return self.form[0] in ASKED

    @property
    def counts(self) -> bool:
        return self.form[1] not in ("bullet", "label")


def marks(line: str, at: int = 0) -> Iterator[Mark]:
    """All that the start of a line may be read as. `at` is its place among the lines."""
    head = line[:LOOKED_AT].translate(NARROW)
    if not head.strip():
        return
    indent = len(head) - len(head.lstrip())
    bullet = BULLET.match(head)
    if bullet:
        yield Mark(
            at,
            ("", "bullet", "#" if "#" in bullet["sign"] else "-" if bullet["sign"] in "-*•–+" else bullet["sign"]),
            0,
            indent,
            bullet.end(),
        )
    if (named := label(head)) and part(named["name"]) == "instruction" and not named["number"]:
        yield Mark(at, (named["name"].casefold(), "label"), 0, indent, named.end())
    lead = LEAD.match(head)
    start = max(lead.end() if lead else 0, bullet.end() if bullet else 0)
    yield from numbered(head, start + len(head[start:]) - len(head[start:].lstrip()), at, indent)


def numbered(head: str, start: int, at: int, indent: int) -> Iterator[Mark]:
    """What the start of a line may be read as from `start` on, after bullets and the like."""
    if match := SIGNED.match(head, start):
        yield Mark(at, ("", "signed"), sign(match["number"]), indent, match.end())
    for kind, pattern in BARE.items():
        if (match := pattern.match(head, start)) and (value := KINDS[kind][1](match["number"])):
            around = match["open"] + (match["sign"] or match["dash"] or "")
            if around or kind == "digits":
                yield Mark(at, ("", kind, unicodedata.normalize("NFKC", around)), value, indent, match.end())
    for kind, pattern in WORDED.items():
        if (match := pattern.match(head, start)) and (value := KINDS[kind][1](match["number"])):
            yield Mark(at, (match["word"].casefold(), kind), value, indent, match.end())
    if match := TAILED.match(head, start):
        yield Mark(at, (match["word"].casefold(), "tailed"), int(match["number"]), indent, match.end())
    if match := DOTTED.match(head) or ANY.match(head):
        before, after = match["before"].casefold(), (match["sign"] or "").strip()
        if after or (before.strip() and match["sign"] is not None):
            yield Mark(at, (before, "any", after), int(match["number"]), indent, match.end())
        if before.strip() and (colon := COLON.match(head, match.end("number"))):
            yield Mark(at, (before, "any", ":"), int(match["number"]), indent, colon.end())


def find(lines: Sequence[str], first: int, count: int) -> list[Mark]:
    """The marks of the tasks in these lines, in order; none if they are no list. `first` is the number that the first should bear, and
    `count` how many were asked for, 0 where that is not known.
    """
    by_form: dict[Form, list[Mark]] = {}
    hidden = fenced(lines)
    for at, line in enumerate(lines):
        for mark in marks(line, at):
            if mark.asked or not hidden[at]:
                by_form.setdefault(mark.form, []).append(mark)
    ranked = ((rank(tasks, lines, first, count), tasks) for tasks in (outermost(each, lines) for each in by_form.values()))
    found = [(place, tasks) for place, tasks in ranked if place]
    return min(found, key=lambda pair: pair[0] or ())[1] if found else []


def fenced(lines: Sequence[str]) -> list[bool]:
    """Of each line, whether it stands in a fence that is closed."""
    edges = [at for at, line in enumerate(lines) if line.lstrip().startswith(("```", "~~~"))]
    hidden = [False] * len(lines)
    for start, end in zip(edges[::2], edges[1::2], strict=False):
        hidden[start : end + 1] = [True] * (end + 1 - start)
    return hidden


def outermost(form: Sequence[Mark], lines: Sequence[str]) -> list[Mark]:
    """The marks of one form that are tasks. The others number what is within one: they stand further in, or begin again."""
    level = [mark for mark in form if mark.indent <= form[0].indent + 1]
    values = [mark.value for mark in level]
    strict = level[0].form[1] in ("any", *ALPHABETIC)
    if level[0].asked or not level[0].counts or (2 * values.count(values[0]) > len(values) and level[0].form[1] != "any"):
        return level
    counters: list[int] = []
    tasks: list[Mark] = []
    for mark in level:
        goes_on = [depth for depth, last in enumerate(counters) if last + 1 == mark.value]
        if not tasks or (mark.value == 1 and is_section(lines, tasks[-1].line, mark.line)):
            counters = [mark.value]
        elif goes_on:
            counters[goes_on[-1] :] = [mark.value]
        elif mark.value in (1, values[0]):
            counters[1 + DEPTH :] = []
            counters.append(mark.value)
        elif 0 < mark.value - counters[0] <= (1 if strict else GAP):
            counters = [mark.value]
        else:
            continue
        if len(counters) == 1:
            tasks.append(mark)
    return tasks


def is_section(lines: Sequence[str], last: int, here: int) -> bool:
    """Whether a heading or a rule stands between two marks."""
    between = [line.strip() for line in lines[last + 1 : here][-LINES_BACK:] if line.strip()]
    return bool(between) and (SECTION.fullmatch(between[-1]) is not None)


def rank(tasks: Sequence[Mark], lines: Sequence[str], first: int, count: int) -> tuple[int, ...]:
    """How well these marks make a list of tasks, the best first in order; () if they make none.

    The number that was asked for, or the word, makes one wherever it stands. Any other begins the answer, or comes after a remark, a gap
    or so many other words that tasks are in it that it is not the list of one task.
    """
    head = tasks[0]
    if head.form[1] == "any" and (len(tasks) < FEWEST_OF_ANY or head.value not in (1, first, first + 1)):
        return ()
    before = [at for at in range(max(0, head.line - LINES_BACK), head.line) if lines[at].strip()]
    told = head.counts and head.form[1] not in ("letter", "any")
    anchored = head.asked or (told and (head.value == first or (bool(before) and head.value == first + 1)))
    tier = 0 if anchored and head.counts else 2 if head.form[-1] == "#" else 1
    place = (tier, head.line, -len(tasks), -head.end)
    if head.asked or not before or is_opener(lines[before[-1]]):
        single = (
            head.asked
            or (head.form[1] in ("bullet", "label") and head.form[-1] != "#")
            or (head.form[1] == "digits" and (head.value == first or (head.value in (first + 1, 1) and not is_other(head.form[0]))))
        )
        return place if single or len(tasks) > 1 else ()
    if anchored and (head.form[1] == "digits" or len(tasks) > 1):
        return place
    parted = before[-1] < head.line - 1 and not lines[before[-1]].rstrip().endswith((":", "："))
    enough = 2 if parted else max(3, (count + 1) // 2)
    return place if len(tasks) >= enough and wordy(tasks, lines) else ()


def is_other(word: str) -> bool:
    """Whether it is a word that may belong to a task, as in "Windows 10: how …", and is no name of one."""
    return bool(word) and part(word) != "instruction"


def wordy(tasks: Sequence[Mark], lines: Sequence[str]) -> bool:
    """Whether what stands after the marks is long enough to be tasks."""
    texts = (lines[mark.line][mark.end :].strip() or "".join(lines[mark.line + 1 : mark.line + 2]) for mark in tasks)
    return median(word_count(text[:LOOKED_AT]) for text in texts) >= FEWEST_WORDS
