"""Loops, as small models fall into them."""

from __future__ import annotations

import re
from collections import Counter

from seedgen.check.output import Case, Check
from seedgen.language.text import normal_form, tokens

LETTER_RUN = re.compile(r"([^\W\d_])\1{29,}")
WANTED_AGAIN = re.compile(r"\b(repeat\w*|repetiti\w*|\w+ times|chant|mantra|chorus|lyrics|song|sing)\b", re.IGNORECASE)
ORDINAL = re.compile(r"^\W*\d+\W+")
LONGEST_PERIOD = 120
"""In tokens. Loops of small models repeat a phrase, a sentence or a short paragraph."""


def repetition(case: Case) -> str | None:
    """A degenerate loop. Refrains, tables, and columns of labels or numbers are none."""
    if case.asks_for(WANTED_AGAIN):
        return None
    if run := LETTER_RUN.search(case.output):
        return f"'{run[1]}' {len(run[0])} times"
    return looping_tail(tokens(case.output)) or same_line(case.output)


def looping_tail(words: list[str]) -> str | None:
    """The text ends in the same words over and over: 4 times and 20 words in all, 12 times if it is one word or two."""
    for end in (len(words), len(words) - 1):  # the last word may be cut
        for period in range(1, min(LONGEST_PERIOD, end // 4) + 1):
            phrase = words[end - period : end]
            if not any(word.isalpha() for word in phrase):
                continue
            start = end - period
            while start > 0 and words[start - 1] == words[start + period - 1]:
                start -= 1
            times = (end - start) // period
            wanted = 12 if period <= 2 else max(4, -(-20 // period))
            if times >= wanted:
                return f"'{' '.join(phrase)[:80]}' {times} times at the end"
    return None


def same_line(output: str) -> str | None:
    """More than half of the lines of 4 words or more are one line, 5 times at least, whatever their numbering."""
    lines = [normal_form(ORDINAL.sub("", line)) for line in output.splitlines()]
    long = Counter(line for line in lines if line.count(" ") >= 3)
    for line, times in long.most_common(1):
        if times >= 5 and 2 * times > long.total():
            return f"{times} lines read '{line[:80]}'"
    return None


PLUGIN = Check("repetition", 90, repetition)
