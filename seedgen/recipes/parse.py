"""Answers as teachers write them, read into values.

Promises: never raises on any text; takes time linear in its length; invents nothing (a value is a piece of the cleaned answer, or a
string decoded from its data, at most with a label within it left out); loses no task (what is none, or no whole one, is a `Proposal` with a
`fault`). A list is found by what its lines have in common (`forms`), which takes the whole answer: one that stops early gives the same
tasks up to where it stops as soon as it shows its form, with its second marker, or with the first if that is the one asked for.

An answer may start right after "Task 9:" (a completion) or with a preamble and a marker (a chat), be marked in any way, unmarked, or data
(`entries`). A marker counts only at the start of a line. What a task is worth is for others to say: the gate reads instructions, `check`
outputs. Answers that were read by earlier rules stay with them: see
`readers`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice

from seedgen.language.text import clean
from seedgen.recipes.blocks import no_input, read_blocks, read_pairs, whole_task
from seedgen.recipes.columns import from_csv, from_table, from_yaml
from seedgen.recipes.entries import MOST_LINES, Entries, Entry, from_json, from_tags, is_asked
from seedgen.recipes.forms import marks
from seedgen.recipes.labels import label, part
from seedgen.recipes.lists import read_list, unfenced
from seedgen.records import Instance, Proposal, Response

__all__ = ["MOST", "no_input", "parse_blocks", "parse_input_output", "parse_label_input", "parse_list", "parse_yes_no"]

MOST = 200
"""Most proposals taken from one answer; what a flood holds beyond that is one more proposal, with the fault "too_many"."""
MOST_INDENT = 16

YES = frozenset({"yes", "true", "ja", "oui", "sí", "sì", "sim", "да", "tak", "是", "是的", "はい", "예", "네"})
NO = frozenset({"no", "false", "nein", "non", "não", "нет", "nee", "nie", "否", "不是", "いいえ", "아니요"})
WORD = rf"(?P<word>{'|'.join(sorted(YES | NO, key=len, reverse=True))})(?![^\W_])"
OPENING = re.compile(rf"[\s*_>#•\"'(-]{{0,20}}+{WORD}", re.IGNORECASE)
ANSWERED = re.compile(
    rf"(?:classification\?|(?:answer|verdict|conclusion)\b[^\n.]{{0,20}}?(?::|\bis\b))[\s*_\"'>:]{{0,8}}+{WORD}", re.IGNORECASE
)
YES_NO = re.compile(r"(?<![\w/])(?P<word>yes|no|true|false)(?![\w/])", re.IGNORECASE)
EITHER = re.compile(r"\byes(?: or |, or | and |/)no\b", re.IGNORECASE)
STATED = re.compile(
    r"\b(?:is|can)(?P<no>n[’']t| not)?\b(?: be)?(?: regarded as| considered)?(?: an?)?(?: \w{1,20})? classification", re.IGNORECASE
)
QUOTED = re.compile(r"(?:\s{0,9}>[^\n]*\n)++\s*+(?=[^\s>])")
"""A quotation that something follows, as some put a thought before their answer."""
LOOKED_AT = 4_000
"""Characters of an answer to a yes-or-no question."""


def read_entries(text: str) -> Entries | None:
    """The entries of an answer that is data; None if it is text."""
    return next(filter(None, (read(text) for read in (from_json, from_tags, from_table, from_csv, from_yaml))), None)


def parse_list(text: str, first: int, *, cut: bool = False, count: int = 0) -> list[Proposal]:
    """Instructions from a list whose first new one should bear the number `first`, and of which `count` were asked for (0: not known).

    `cut`: the answer ended at the token limit, so its last task is not whole. Faults: "cut", "no_instruction", "not_a_task" (a preamble,
    a closing remark, an input nobody asked for), "several_tasks", "broken_json", "too_many".
    """
    indent, text = indent_of(text), clean(text)
    if entries := read_entries(text):
        return capped(chain(map(instruction_only, from_entries(entries, cut)), further(entries, cut)))
    return capped(ended(read_list(lines_of(indent + text), first, count), cut))


def parse_blocks(text: str, first: int = 1, *, cut: bool = False, count: int = 0) -> list[Proposal]:
    """Whole tasks from blocks of "Instruction:", "Input:" and "Output:", numbered or not; the answer may start inside an instruction.

    A block without "Input:" has the input "". Faults: those of `parse_list`, and "no_output".
    """
    text = clean(text)
    if entries := read_entries(text):
        return capped(from_entries(entries, cut))
    return capped(ended(read_blocks(lines_of(text), first, count), cut))


def parse_input_output(text: str, *, cut: bool = False) -> Response:
    """Instances from "Input:" (with a text, or a word for none) and "Output:". Faults: "cut", "no_output"."""
    pairs = pairs_of(text, ("input", "output"), cut)
    return response([Instance(no_input(pair.get("input", "")), pair["output"]) for pair in pairs if pair.get("output")], cut, "no_output")


def parse_label_input(text: str, *, cut: bool = False) -> Response:
    """Instances from "Class label:" and "Input:"; the label is the output. Faults: "cut", "no_input" (not even a word for none)."""
    pairs = pairs_of(text, ("class label", "input"), cut)
    whole = [pair for pair in pairs if pair.get("class label") and pair.get("input")]
    return response([Instance(no_input(pair["input"]), pair["class label"]) for pair in whole], cut, "no_input")


def parse_yes_no(text: str) -> bool | None:
    """True for yes, False for no, None if the answer says neither, or both: what it opens with, gives as its answer, or says throughout."""
    text = EITHER.sub("", clean(text)[:LOOKED_AT])
    quoted = QUOTED.match(text)
    named = (quoted and OPENING.match(text, quoted.end())) or OPENING.match(text) or ANSWERED.search(text)
    if named:
        return named["word"].lower() in YES
    said = {match["word"].lower() in YES for match in YES_NO.finditer(text)} or {not match["no"] for match in STATED.finditer(text)}
    return said.pop() if len(said) == 1 else None


def pairs_of(text: str, names: tuple[str, str], cut: bool) -> list[Entry]:
    text = clean(text)
    lines = lines_of(text)
    labelled = any((found := label(line)) and part(found["name"]) == names[1] and not found["name"].islower() for line in lines)
    entries = None if labelled else read_entries(text)  # data above "Output:" is an input
    pairs: list[Entry] = list(entries.whole) if entries else [*read_pairs(unfenced(lines, 1, 0), names)]
    return pairs[:-1] if cut and (entries is None or entries.open) else pairs


def response(instances: list[Instance], cut: bool, fault: str) -> Response:
    return Response(tuple(instances)) if instances else Response(fault="cut" if cut else fault)


def indent_of(text: str) -> str:
    """The white space that its first line opens with."""
    start = len(text) - len(text.lstrip())
    return text[text.rfind("\n", 0, start) + 1 : start][:MOST_INDENT]


def lines_of(text: str) -> list[str]:
    return text.split("\n", MOST_LINES)[:MOST_LINES]


def from_entries(entries: Entries, cut: bool) -> Iterator[Proposal]:
    """The entries as tasks, and what is left as one that is none."""
    yield from ended((whole_task(unnumbered(entry)) for entry in entries.whole), cut and entries.open)
    if entries.rest:
        yield Proposal(entries.rest, fault="cut" if cut else "broken_json")


def further(entries: Entries, cut: bool) -> Iterator[Proposal]:
    """The tasks that stand behind data, marked as was asked for."""
    if is_asked(entries.after):
        yield from ended(read_list(lines_of(entries.after), 0, 0), cut)


def unnumbered(entry: Entry) -> Entry:
    """Without a "Task 9:" that was asked for, and is in the data, too."""
    text = entry.get("instruction", "")
    asked = next((mark for mark in marks(text.partition("\n")[0]) if mark.asked and mark.value), None)
    return {**entry, "instruction": text[asked.end :].strip()} if asked else entry


def instruction_only(task: Proposal) -> Proposal:
    return Proposal(task.instruction, fault=None if task.fault == "no_output" else task.fault)


def ended(proposals: Iterable[Proposal], cut: bool) -> Iterator[Proposal]:
    """The proposals, the last of them marked as cut if the answer was."""
    last: Proposal | None = None
    for proposal in proposals:
        if last:
            yield last
        last = proposal
    if last:
        yield replace(last, fault="cut") if cut else last


def capped(proposals: Iterable[Proposal]) -> list[Proposal]:
    taken = list(islice(proposals, MOST + 1))
    return taken if len(taken) <= MOST else [*taken[:MOST], Proposal("", fault="too_many")]
