"""Answers as teachers write them, read into values: the parsers of reader "1", which stay as they are.

A ticket that was finished under them is audited by them, and a change of theirs would change what a run is. New rules go into `parse`.

Promises: never raises on any text; takes time linear in its length; invents nothing (a value is a piece of the cleaned answer, or a
string decoded from its JSON); loses no task (what is none, or no whole one, is a `Proposal` with a `fault`). Reading goes line by line
and decides as it goes, so an answer that stops early gives the same tasks up to where it stops.

The forms are those that the bundled templates ask for, as real models write them: an answer may start right after "Task 9:" (a
completion) or with a preamble and a marker (a chat), be numbered otherwise than asked, wear Markdown, or be JSON. A marker counts only
at the start of a line. What a task is worth is for others to say: the gate reads instructions, `check` outputs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from seedgen.language.text import clean
from seedgen.records import Instance, Proposal, Response

MOST = 200
"""Most proposals taken from one answer; what a flood holds beyond that is one more proposal, with the fault "too_many"."""

# All patterns are tried once, at the start of a line; every repeat is bounded or followed by what it cannot match itself.
MARKUP = r"[ \t]{0,8}+(?:[*_>#•-]{1,6}+[ \t]{0,8}+){0,2}+"
BOLD = r"[*_]{0,3}"
ORDINAL = rf"(?:\(?(?P<ordinal>\d{{1,4}})[.):][ \t]{{0,8}}{BOLD})?"
TASK = re.compile(
    rf"{MARKUP}{ORDINAL}(?:(?:New )?[Tt]ask|TASK|Instruction|INSTRUCTION)"
    rf"(?:[ \t]?#?(?P<number>\d{{1,4}}){BOLD}(?:[ \t]?[:.)–-]|[ \t]*$)|{BOLD}:){BOLD}"
)
FIELD = re.compile(rf"{MARKUP}{ORDINAL}(?P<name>Instruction|Input|Output|Class label|Label|Answer|Response){BOLD}[ \t]?:{BOLD}")
NEXT_TASK = re.compile(rf"{BOLD}Task{BOLD}:")
NUMBER = re.compile(rf"(?P<indent>[ \t]{{0,8}}){BOLD}\(?(?P<number>\d{{1,4}})[.):]{BOLD}(?=\s|$)")
BULLET = re.compile(r"(?P<indent>[ \t]{0,8})[-*•–+](?=[ \t])")
RULE = re.compile(r"[ \t]{0,8}(?:#{2,9}|-{3,9}|={3,9}|\*{3,9}|_{3,9})[ \t]*")
HASHES = re.compile(r"[ \t]{0,8}#{2,9}[ \t]*")
FENCE = re.compile(r"[ \t]{0,8}```[\w+-]{0,20}[ \t]*")
OPENER = re.compile(
    r"(?:sure|certainly|of course|okay|ok|here(?:.s| (?:they are|you are|you go|are|is))|below|these are|the following)\b[^\n]{0,200}:",
    re.IGNORECASE,
)
JSON_KEYED = re.compile(r'(?:\[\s{0,99})?\{\s{0,99}"(?:id|instructions?|tasks?|input|output|class[ _]label|label)"', re.IGNORECASE)
YES_NO = re.compile(rf"{MARKUP}(?:Is it classification\?{BOLD}[ \t]*|Answer{BOLD}:{BOLD}[ \t]*)?{BOLD}(?P<word>yes|no)\b", re.IGNORECASE)
NO_INPUT = re.compile(
    r"[<(\[*_]{0,3}(?:none|nil|null|empty|n\.?/?a\.?|not (?:applicable|needed|required)"
    r"|no[ _-]?inputs?(?: (?:is )?(?:needed|required|necessary|given|provided))?)[>)\]*_.!]{0,4}",
    re.IGNORECASE,
)
MARKERS = (("task", TASK), ("field", FIELD), ("number", NUMBER), ("bullet", BULLET))
BLOCK_FIELDS = ("instruction", "input", "output")
ALIASES = {"label": "class label", "class_label": "class label", "answer": "output", "response": "output", "task": "instruction"}


def parse_list(text: str, first: int, *, cut: bool = False) -> list[Proposal]:
    """Instructions from a list whose first new one should bear the number `first`.

    `cut`: the answer ended at the token limit, so its last task is not whole. Faults: "cut", "no_instruction", "not_a_task" (a preamble,
    a closing remark, an input nobody asked for), "broken_json", "too_many".
    """
    text = clean(text)
    if (entries := read_json(text)) is not None:
        return capped(instruction_only(task) for task in from_json(text, entries, cut))
    pieces = list(islice(split_list(unfenced(text).split("\n"), first), MOST + 2))
    return capped(ended(list_proposals(pieces, first), cut))


def parse_blocks(text: str, *, cut: bool = False) -> list[Proposal]:
    """Whole tasks from blocks of "Instruction:", "Input:" and "Output:", numbered or not; the answer may start inside an instruction.

    A block without "Input:" has the input "". Faults: those of `parse_list`, and "no_output".
    """
    text = clean(text)
    if (entries := read_json(text)) is not None:
        return capped(from_json(text, entries, cut))
    return capped(ended((block.proposal() for block in split_blocks(unfenced(text).split("\n")) if block.begun), cut))


def parse_input_output(text: str, *, cut: bool = False) -> Response:
    """Instances from "Input:" (with a text, or a word for none) and "Output:". Faults: "cut", "no_output"."""
    pairs = split_fields(clean(text), ("input", "output"), cut)
    return response([Instance(no_input(pair.get("input", "")), pair["output"]) for pair in pairs if pair.get("output")], cut, "no_output")


def parse_label_input(text: str, *, cut: bool = False) -> Response:
    """Instances from "Class label:" and "Input:"; the label is the output. Faults: "cut", "no_input" (not even a word for none)."""
    pairs = split_fields(clean(text), ("class label", "input"), cut)
    whole = [pair for pair in pairs if pair.get("class label") and pair.get("input")]
    return response([Instance(no_input(pair["input"]), pair["class label"]) for pair in whole], cut, "no_input")


def parse_yes_no(text: str) -> bool | None:
    """True for yes, False for no, None if the answer opens with neither."""
    match = YES_NO.match(clean(text))
    return match["word"].lower() == "yes" if match else None


def no_input(text: str) -> str:
    """The input, "" where it is one of the many ways to say that there is none."""
    return "" if NO_INPUT.fullmatch(text) else text


@dataclass
class Piece:
    """Consecutive lines of a list answer. `mark` says how it was marked: "task", "number", "bullet", "field" or "" (not at all)."""

    mark: str
    number: int | None
    lines: list[str]
    parted: bool
    """Whether a blank line or a rule stands before it."""
    fenced: bool = False
    opener: bool = False
    """Whether it is a line like "Here are 8 new tasks:"."""

    def add(self, line: str) -> None:
        if not self.lines:
            self.opener = not self.mark and bool(OPENER.fullmatch(line.strip()))
        elif line.strip():
            self.opener = False
        self.lines.append(line)
        self.fenced ^= line.lstrip().startswith("```")

    @property
    def goes_on(self) -> bool:
        """Whether text after a blank line is still its own: it has only just begun, announces something, or has an open fence."""
        last = next((line for line in reversed(self.lines) if line.strip()), "").rstrip()
        return self.fenced or not last or (last.endswith(":") and self.mark in ("task", "number", "bullet"))


@dataclass
class Style:
    """Which of the weaker markers counts in this answer: the one its list opens with. "Task N:" always counts."""

    mark: str = ""
    indent: int = 0

    def takes(self, mark: str, match: re.Match[str], opens: bool) -> bool:
        if mark in ("number", "bullet"):
            indent = len(match["indent"])
            if self.mark or not opens:
                return mark == self.mark and indent <= self.indent + 1
            self.indent = indent
        if mark != "field":
            self.mark = mark
        return True


def split_list(lines: Iterable[str], first: int) -> Iterator[Piece]:
    """The answer in pieces, each opened by a marker that counts, by a stray field, or by text after a blank line that is not its own."""
    style, piece, parted = Style(), None, False
    for line in lines:
        if FENCE.fullmatch(line) and (piece is None or piece.opener):
            parted = piece is not None
            continue
        if is_break(line) and not (piece and piece.fenced and line.strip()):
            if piece:
                piece.add(line)
            parted = piece is not None
            continue
        mark, number, match = marker(line)
        stray = piece is not None and piece.mark in ("", "field") and bool(style.mark or piece.mark)
        shut = mark != "task" and piece is not None and (piece.fenced or (stray and mark == "field"))
        opens = piece is None or parted or number == first + 1 or piece.opener
        if match and not shut and style.takes(mark, match, opens):
            new = Piece(mark, number, [], parted)
            line = line if mark == "field" else line[match.end() :]
        elif piece is None or (parted and not stray and not piece.goes_on):
            new = Piece("", None, [], parted)
        else:
            new = piece
        if piece and new is not piece:
            yield piece
        piece, parted = new, False
        piece.add(line)
    if piece:
        yield piece


def marker(line: str) -> tuple[str, int | None, re.Match[str] | None]:
    """The kind of marker a line opens with, its number and the match."""
    for mark, pattern in MARKERS:
        if match := pattern.match(line):
            groups = match.groupdict()
            number = groups.get("number") or groups.get("ordinal")
            return mark, int(number) if number else None, match
    return "", None, None


def is_break(line: str) -> bool:
    return not line.strip() or bool(RULE.fullmatch(line))


def list_proposals(pieces: list[Piece], first: int) -> Iterator[Proposal]:
    """Each piece as a task, or as what is not one: fields, openers, text before the first marker that is no task, text after it."""
    start = next((i for i, piece in enumerate(pieces) if piece.mark not in ("", "field")), len(pieces))
    parted = any(piece.parted for piece in pieces[1 : start + 1])
    continues = start == len(pieces) or pieces[start].number == first + 1 or not parted
    for i, piece in enumerate(pieces):
        text = tidy(piece.lines)
        if piece.mark == "field" or (not piece.mark and (i > start or piece.opener or not continues)):
            yield Proposal(text, fault="not_a_task")
        else:
            yield Proposal(text, fault=None if text else "no_instruction")


@dataclass
class Block:
    """A task being read: its fields as lines, and the one that is open ("" after ###)."""

    fields: dict[str, list[str]] = field(default_factory=lambda: {"instruction": []})
    open: str = "instruction"

    def start(self, name: str, line: str) -> None:
        self.fields[name], self.open = [line], name

    def lacks(self, name: str) -> bool:
        """Whether a field of this name can still follow in this block."""
        return name not in self.fields and not (name == "input" and "output" in self.fields)

    @property
    def begun(self) -> bool:
        """Whether it holds anything at all: the text before a first marker often does not."""
        return len(self.fields) > 1 or any(line.strip() for line in self.fields["instruction"])

    def proposal(self) -> Proposal:
        text = {name: tidy(lines) for name, lines in self.fields.items()}
        return whole_task(text)


def split_blocks(lines: Iterable[str]) -> Iterator[Block]:
    """Blocks of instruction, input and output. Once an input or output is numbered, only numbered ones count."""
    block, numbered = Block(), False
    for line in lines:
        match = FIELD.match(line)
        name = field_name(match)
        counts = name == "instruction" or (name in ("input", "output") and block.lacks(name))
        if match and name in BLOCK_FIELDS and (match["ordinal"] or (counts and not numbered)):
            numbered |= bool(match["ordinal"]) and name != "instruction"
            if name == "instruction" or not block.lacks(name):
                yield block
                block = Block()
            block.start(name, line[match.end() :])
        elif HASHES.fullmatch(line) or is_heading(line):
            block.open = ""
        elif block.open:
            block.fields[block.open].append(line)
        elif not is_break(line):
            yield block
            block = Block({"instruction": [unmarked(line)]})
    yield block


def field_name(match: re.Match[str] | None) -> str:
    name = match["name"].lower() if match else ""
    return ALIASES.get(name, name)


def is_heading(line: str) -> bool:
    """Whether a line is "Task 4", "### Task 4:" and nothing else."""
    match = TASK.match(line)
    return match is not None and not line[match.end() :].strip(" \t*_#")


def unmarked(line: str) -> str:
    match = NUMBER.match(line)
    return line[match.end() :] if match else line


def whole_task(text: Mapping[str, str]) -> Proposal:
    """A proposal with input and output; one without an instruction or an output has the fault to match."""
    instruction, output = text.get("instruction", ""), text.get("output", "")
    fault = "no_instruction" if not instruction else None if output else "no_output"
    return Proposal(instruction, no_input(text.get("input", "")), output, fault)


def split_fields(text: str, names: tuple[str, str], cut: bool) -> list[Mapping[str, str]]:
    """Pairs of the two named fields; an answer starts inside the first. What follows "###" or a new "Task:" is not part of it."""
    entries = read_json(text)
    pairs = text_fields(text, names) if entries is None else entries
    return pairs[:-1] if cut else pairs


def text_fields(text: str, names: tuple[str, str]) -> list[Mapping[str, str]]:
    pairs: list[dict[str, list[str]]] = [{names[0]: []}]
    here = pairs[0][names[0]]
    for line in unfenced(text).split("\n"):
        match = FIELD.match(line)
        name = field_name(match)
        if match and name == names[0]:
            if names[1] in pairs[-1]:
                pairs.append({})
            here = pairs[-1][name] = [line[match.end() :]]
        elif match and name == names[1] and name not in pairs[-1]:
            here = pairs[-1][name] = [line[match.end() :]]
        elif names[1] in pairs[-1] and (HASHES.fullmatch(line) or NEXT_TASK.match(line)):
            break
        else:
            here.append(line)
    return [{name: tidy(lines) for name, lines in pair.items()} for pair in pairs]


def response(instances: list[Instance], cut: bool, fault: str) -> Response:
    return Response(tuple(instances)) if instances else Response(fault="cut" if cut else fault)


def tidy(lines: list[str]) -> str:
    """The lines as one text, without rules at its end and without half a pair of fences or bold marks."""
    end = len(lines)
    while end and is_break(lines[end - 1]):
        end -= 1
    text = "\n".join(lines[:end]).strip()
    for mark in ("```", "**"):
        if text.endswith(mark) and text.count(mark) % 2:
            text = text[: -len(mark)].rstrip()
    return text


def unfenced(text: str) -> str:
    """The text without a code fence around all of it."""
    lines = text.split("\n")
    if len(lines) > 2 and FENCE.fullmatch(lines[0]) and lines[-1].strip() == "```":
        return "\n".join(lines[1:-1])
    return text


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


def read_json(text: str) -> list[Mapping[str, str]] | None:
    """The objects of an answer that is JSON: a list, an object holding one, lines of objects. [] if it is broken, None if it is text."""
    body = json_body(text)
    if not body.startswith(("[", "{")):
        return None
    try:
        entries = [entry for value in json_values(body) for entry in json_entries(value)]
    except (ValueError, RecursionError):  # RecursionError: thousands of open brackets
        entries = []
    return entries if entries or JSON_KEYED.match(body) else None


def json_body(text: str) -> str:
    """The answer, or what stands in its JSON fence if nothing but an opener precedes that."""
    before, fence, rest = text.partition("```json\n")
    if fence and (not before or OPENER.fullmatch(before.strip())):
        return rest.partition("\n```")[0].strip()
    return unfenced(text).strip()


def json_values(text: str) -> Iterator[Any]:
    decoder, position = json.JSONDecoder(), 0
    while position < len(text):
        value, position = decoder.raw_decode(text, position)
        yield value
        while position < len(text) and text[position] in ", \t\n":
            position += 1


def json_entries(value: Any) -> Iterator[Mapping[str, str]]:
    """The tasks in a decoded value: itself, or the members of the list it is or holds."""
    if isinstance(value, dict):
        lists = [inner for inner in value.values() if isinstance(inner, list)]
        value = lists[0] if len(value) == 1 and lists else [value]
    for entry in value if isinstance(value, list) else []:
        if isinstance(entry, str):
            yield {"instruction": clean(entry)}
        elif isinstance(entry, dict):
            yield {ALIASES.get(key.lower(), key.lower()): json_text(inner) for key, inner in entry.items()}


def json_text(value: Any) -> str:
    """A decoded string or number as text; "" for what is neither."""
    return clean(value) if isinstance(value, str) else json.dumps(value) if isinstance(value, bool | int | float) else ""


def from_json(text: str, entries: list[Mapping[str, str]], cut: bool) -> list[Proposal]:
    if cut or not entries:
        return [Proposal(text, fault="cut" if cut else "broken_json")]
    return [whole_task(entry) for entry in entries]


def instruction_only(task: Proposal) -> Proposal:
    return Proposal(task.instruction, fault=None if task.fault == "no_output" else task.fault)
