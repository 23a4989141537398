"""A list is found by its regularity: line starts of one form whose numbers count on.

A line start is read as a `Mark`: its form (the word before the number, the kind of number, the sign after it) and its value. The word may
be any word of any language, and the number a digit, a letter, a Roman, circled, Chinese or spelt one, as long as the lines agree. Steps
within a task are told from tasks by where they stand: they are indented, of another form, or begin again at 1.

Promises: never raises; each line is read once, and only its beginning.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from seedgen.language.text import word_count
from seedgen.recipes.labels import BOLD, WORD, is_opener, label, part

LOOKED_AT = 120
"""Characters of a line in which its marker ends."""
GAP = 20
"""Most numbers that a list leaves out at once."""
NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {ord("、"): ord("."), ord("。"): ord("."), 0x3000: ord(" ")}
"""Full-width signs and digits as the plain ones."""
DEPTH = 3
"""How deep lists are followed that begin again at 1."""
LINES_BACK = 20
"""Lines before a marker that are looked at."""
FEWEST_WORDS = 3
"""Of what may be a task, where it is not certain that a list is one of tasks."""
SECTION = re.compile(r"#{1,6}[ \t].*|\*\*.*\*\*:?|-{3,9}|={3,9}|\*{3,9}|_{3,9}")
SPELT = {
    word: value
    for value, word in enumerate(
        [
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
            "twenty-one",
            "twenty-two",
            "twenty-three",
            "twenty-four",
            "twenty-five",
            "twenty-six",
            "twenty-seven",
            "twenty-eight",
            "twenty-nine",
            "thirty",
        ],
        1,
    )
}
ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
HAN = {char: value for value, char in enumerate("一二三四五六七八九十", 1)}

LEAD = re.compile(r"(?P<indent>[ \t]{0,16}+)(?P<markup>(?:[*_>#`|]{1,6}+[ \t]{0,4}+){0,3}+)")
BULLET = re.compile(r"[ \t]{0,16}+(?P<sign>[-*•–+·▪◦●○■‣→✓✔]|#{1,6}+)(?=[ \t]+\S)")
ORDINAL = rf"(?:[(\[]?\d{{1,4}}[.):\]][ \t]{{0,8}}+{BOLD})?+"
NAMED = rf"(?P<word>{WORD}{{1,20}}?(?: {WORD}{{1,20}}?){{0,2}}?)[ \t]{{0,2}}+(?i:[#№]|(?:no|nr|num)[.:]|n[º°])?+[ \t]?+[(\[]?"
AFTER = r"(?:[^\W\d_a-zA-Z]{1,6}+)?+"
END = rf"{BOLD}(?:[ \t]?(?P<sign>\)[:.]|[.:)\]】|·>])|[ \t]{{0,2}}(?P<dash>[-–—])(?=[ \t])|(?P<none>[ \t]*$)){BOLD}"
NUMBERS: Mapping[str, tuple[str, Callable[[str], int]]] = {
    "digits": (r"\d{1,4}+", int),
    "roman": (r"[IVXLC]{1,6}+|[ivxlc]{1,6}+", lambda text: roman(text.lower())),
    "han": (r"[一二三四五六七八九十]{1,3}", lambda text: han(text)),
    "spelt": (r"(?i:[a-z]{3,6}(?:-[a-z]{3,5})?)", lambda text: SPELT.get(text.lower(), 0)),
    "letter": (r"[^\W\d_]", lambda text: letter(text.lower())),
}
ALPHABETIC = ("roman", "letter")
TEXT = r"|[^\W\d]"
"""A letter may stand right after the sign: "1.写". Not after a letter, as in "e.g."."""
DIGITS = ("digits", "han")
NOT_IN_WORD = r"(?<![^\W\d])"
BARE = {
    kind: re.compile(rf"(?P<open>[(\[【]?){BOLD}(?P<number>{number})(?:{END}|[*_]{{2}})(?=[ \t]|${'' if kind in ALPHABETIC else TEXT})")
    for kind, (number, _) in NUMBERS.items()
    if kind != "spelt"
}
WORDED = {
    kind: re.compile(rf"{ORDINAL}[(\[【]?{BOLD}{NAMED}{BOLD}{'' if kind in DIGITS else NOT_IN_WORD}(?P<number>{number}){AFTER}{END}")
    for kind, (number, _) in NUMBERS.items()
}
TAILED = re.compile(
    rf"{ORDINAL}{BOLD}(?P<number>\d{{1,4}}+)(?:st\b|nd\b|rd\b|th\b|[ºª°.])?[ -]?(?P<word>[^\W\d]{WORD}{{0,16}}+(?: {WORD}{{1,16}}+)?+){END}"
)
SIGNED = re.compile(r"(?P<number>[①-⒛⓪-⓿❶-➓㈠-㈩㊀-㊉Ⅰ-ⅿ]|\d\ufe0f?\u20e3)[.)]?")
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


def roman(text: str) -> int:
    """The value of a Roman number, 0 where it is none."""
    values = [ROMAN[char] for char in text]
    total = sum(-value if value < max(values[i:]) else value for i, value in enumerate(values))
    return total if spelt_roman(total) == text else 0


def spelt_roman(value: int) -> str:
    text = ""
    for worth, sign in ((100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")):
        while value >= worth:
            text, value = text + sign, value - worth
    return text


def han(text: str) -> int:
    """The value of a Chinese number up to 99."""
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return HAN[text] if len(text) == 1 else 0
    return (HAN.get(tens, 1) if len(tens) <= 1 else 0) * 10 + HAN.get(ones, 0)


def letter(text: str) -> int:
    """The place of a Latin, Cyrillic or Greek letter in its alphabet, 0 for any other."""
    return next((place + 1 for first in "aаα" if 0 <= (place := ord(text[0]) - ord(first)) < 33), 0)


def marks(line: str, at: int = 0) -> Iterator[Mark]:
    """All that the start of a line may be read as. `at` is its place among the lines."""
    head = line[:LOOKED_AT].translate(NARROW)
    if not head.strip():
        return
    indent = len(head) - len(head.lstrip())
    bullet = BULLET.match(head)
    if bullet:
        yield Mark(at, ("", "bullet", "#" if "#" in bullet["sign"] else "-"), 0, indent, bullet.end())
    if (named := label(head)) and part(named["name"]) == "instruction" and not named["number"]:
        yield Mark(at, (named["name"].casefold(), "label"), 0, indent, named.end())
    lead = LEAD.match(head)
    start = max(lead.end() if lead else 0, bullet.end() if bullet else 0)
    yield from numbered(head, start + len(head[start:]) - len(head[start:].lstrip()), at, indent)


def numbered(head: str, start: int, at: int, indent: int) -> Iterator[Mark]:
    """What the start of a line may be read as from `start` on, after bullets and the like."""
    if match := SIGNED.match(head, start):
        value = int(match["number"][0]) if "\u20e3" in match["number"] else int(unicodedata.numeric(match["number"]))
        yield Mark(at, ("", "signed"), value, indent, match.end())
    for kind, pattern in BARE.items():
        if (match := pattern.match(head, start)) and (value := NUMBERS[kind][1](match["number"])):
            sign = match["open"] + (match["sign"] or match["dash"] or "")
            if sign or kind == "digits":
                yield Mark(at, ("", kind, sign), value, indent, match.end())
    for kind, pattern in WORDED.items():
        if (match := pattern.match(head, start)) and (value := NUMBERS[kind][1](match["number"])):
            yield Mark(at, (match["word"].casefold(), kind), value, indent, match.end())
    if match := TAILED.match(head, start):
        yield Mark(at, (match["word"].casefold(), "tailed"), int(match["number"]), indent, match.end())


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
    if level[0].asked or not level[0].counts or 2 * values.count(values[0]) > len(values):
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
        elif 0 < mark.value - counters[0] <= GAP:
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
    before = [at for at in range(max(0, head.line - LINES_BACK), head.line) if lines[at].strip()]
    numbered = head.counts and head.form[1] != "letter"
    anchored = head.asked or (numbered and (head.value == first or (bool(before) and head.value == first + 1)))
    place = (0 if anchored else 2 if head.form[-1] == "#" else 1, head.line, -len(tasks), -head.end)
    if head.asked or not before or is_opener(lines[before[-1]]):
        single = head.asked or head.form[1] in ("bullet", "label") or (head.form[1] == "digits" and head.value in (first, first + 1, 1))
        return place if single or len(tasks) > 1 else ()
    if anchored and (head.form[1] == "digits" or len(tasks) > 1):
        return place
    parted = before[-1] < head.line - 1 and not lines[before[-1]].rstrip().endswith((":", "："))
    enough = 2 if parted else max(3, (count + 1) // 2)
    return place if len(tasks) >= enough and wordy(tasks, lines) else ()


def wordy(tasks: Sequence[Mark], lines: Sequence[str]) -> bool:
    """Whether what stands after the marks is long enough to be tasks."""
    texts = (lines[mark.line][mark.end :].strip() or "".join(lines[mark.line + 1 : mark.line + 2]) for mark in tasks)
    return median(word_count(text[:LOOKED_AT]) for text in texts) >= FEWEST_WORDS
