"""Whole tasks out of blocks of labelled parts: "4. Instruction:", "4. Input:", "4. Output:".

Labels are known by their names in many languages or, where none is known, by their order: two or three that come again and again in turn.
Where only inputs and outputs are labelled, the tasks are the list that they stand in.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from seedgen.recipes.forms import find, marks
from seedgen.recipes.labels import LABEL, is_opener, part, without_closer
from seedgen.recipes.lists import is_break, tidy, unfenced
from seedgen.records import Proposal

PARTS = ("instruction", "input", "output")
FEW = 2
"""Tasks of which each has a title, or none."""
HASHES = re.compile(r"[ \t]{0,8}#{2,9}[ \t]*")
PLAIN = ("Instruction", "Input", "Output", "Answer", "Response")
"""The names that the bundled templates give, and those that teachers give them."""
NO_INPUT = re.compile(
    r"[<(\[*_（]{0,3}(?:none|nil|null|empty|n\.?/?a\.?|not (?:applicable|needed|required)"
    r"|no[ _-]?inputs?(?: (?:is )?(?:needed|required|necessary|given|provided))?|keine?(?: eingabe)?|aucune?(?: entrée)?|ningun[ao]"
    r"|nessuno|nenhum[a]?|geen|нет|无|無|なし|없음|\"\"|''|“”)[>)\]*_.!）。]{0,4}",
    re.IGNORECASE,
)
Named = Mapping[str, str]
"""The part that each label of an answer stands for, by its name."""


def no_input(text: str) -> str:
    """The input, "" where it is one of the many ways to say that there is none."""
    return "" if NO_INPUT.fullmatch(text) else text


@dataclass
class Block:
    """A task being read: its parts as lines, and the one that is open ("" after ###)."""

    fields: dict[str, list[str]] = field(default_factory=lambda: {"instruction": []})
    open: str = "instruction"

    def start(self, name: str, line: str) -> None:
        self.fields[name], self.open = [line], name

    def lacks(self, name: str) -> bool:
        """Whether a part of this name can still follow in this block."""
        return name not in self.fields and not (name == "input" and "output" in self.fields)

    @property
    def begun(self) -> bool:
        """Whether it holds anything at all: the text before a first label often does not."""
        return len(self.fields) > 1 or any(line.strip() for line in self.fields["instruction"])


def read_blocks(lines: Sequence[str], first: int, count: int) -> Iterator[Proposal]:
    """The proposals in these lines, and what is none: a remark before them, and one after the last output."""
    lines = unfenced(lines, first, count)
    named = names_in(lines)
    heads = list_heads(lines, named, first, count)
    blocks = [block for block in split(lines, named, heads) if block.begun]
    for at, block in enumerate(blocks):
        text = {name: tidy(kept) for name, kept in block.fields.items()}
        remark = ""
        if at == len(blocks) - 1 and "output" in text:
            body, remark = without_closer(text["output"])
            text["output"] = tidy(body.split("\n"))
        yield whole_task(text)
        if remark:
            yield Proposal(remark, fault="not_a_task")


def list_heads(lines: Sequence[str], named: Named, first: int, count: int) -> dict[int, int]:
    """Where tasks begin on the lines of a list, if only what belongs to them is labelled."""
    if "instruction" in named.values() or "output" not in named.values():
        return {}
    unlabelled = ["" if (match := LABEL.match(line)) and match["name"] in named else line for line in lines]
    return {mark.line: mark.end for mark in find(unlabelled, first, count)}


def names_in(lines: Sequence[str]) -> Named:
    """The labels that parts have in this answer. Of several names for one part the plain one counts, or the one that comes most often."""
    labels = [LABEL.match(line) for line in lines if line.strip()]
    found = [match["name"] for match, below in zip_longest(labels, labels[1:]) if match and not is_heading(match, below)]
    if not any(part(name) in PARTS for name in found):
        return names_in_turn(found)
    named: dict[str, str] = {}
    for each in PARTS:
        spelt = [name for name in found if part(name) == each]
        plain = [name for name in spelt if name in PLAIN]
        named |= dict.fromkeys(plain or ([Counter(spelt).most_common(1)[0][0]] if spelt else []), each)
    return named


def is_heading(match: re.Match[str], below: re.Match[str] | None) -> bool:
    """Whether a label with a number stands over one without: "Task 4: Sea things" """
    return bool(match["number"] and below and not below["number"] and not below["ordinal"])


def names_in_turn(names: Sequence[str]) -> Named:
    """Two or three labels that come again and again in the same order: instruction, input (where there are three) and output."""
    size = names.index(names[0], 1) if names[:1] and names[0] in names[1:] else 0
    turn = names[:size]
    if size not in (2, 3) or any(name != turn[at % size] for at, name in enumerate(names)):
        return {}
    return {turn[0]: "instruction", turn[-1]: "output"} | ({turn[1]: "input"} if size == 3 else {})


def split(lines: Sequence[str], named: Named, heads: Mapping[int, int]) -> Iterator[Block]:
    """Blocks of parts. Once an input or output is numbered, only numbered ones count. `heads`: where a task begins on a line of a list."""
    block, numbered = Block(), False
    headings = headings_in(lines, named)
    for at, line in enumerate(lines):
        match = LABEL.match(line)
        name = named.get(match["name"], "") if match else ""
        counts = name == "instruction" or (bool(name) and block.lacks(name))
        if match and name and (match["ordinal"] or match["number"] or (counts and not numbered)):
            numbered |= bool(match["ordinal"] or match["number"]) and name != "instruction"
            if name == "instruction" or not block.lacks(name):
                yield block
                block = Block()
            block.start(name, line[match.end() :])
        elif at in heads:
            yield block
            block = Block({"instruction": [line[heads[at] :]]})
        elif HASHES.fullmatch(line) or at in headings:
            block.open = ""
        elif block.open:
            block.fields[block.open].append(line)
        elif not is_break(line):
            yield block
            block = Block({"instruction": [unnumbered(line)]})
    yield block


def headings_in(lines: Sequence[str], named: Named) -> set[int]:
    """The lines that are a heading: "Task 4" and no more, or a title right above an instruction's label, if nearly all have one."""
    found, titles, instructions = set(), set(), 0
    above = ""
    for at in range(len(lines) - 1, -1, -1):
        line = lines[at].strip()
        named_marks = [mark for mark in marks(line) if mark.counts and mark.form[0] and mark.form[1] != "any"]
        if any(mark.asked and not line[mark.end :].strip(" \t*_#") for mark in named_marks):
            found.add(at)
        parted = at == 0 or is_break(lines[at - 1])
        plain = line.startswith("##") or any(mark.asked for mark in named_marks)
        if above == "instruction" and (plain or (parted and (named_marks or line.startswith("**")))):
            titles.add(at)
        match = LABEL.match(line)
        instructions += match is not None and named.get(match["name"]) == "instruction"
        above = (named.get(match["name"], "") if match else "") if line else above
    return found | titles if len(titles) >= instructions - (instructions > FEW) else found


def unnumbered(line: str) -> str:
    return next((line[mark.end :] for mark in marks(line) if mark.form[:2] == ("", "digits")), line)


def whole_task(text: Mapping[str, str]) -> Proposal:
    """A proposal with input and output; one without an instruction or an output has the fault to match."""
    instruction, output = text.get("instruction", ""), text.get("output", "")
    fault = "no_instruction" if not instruction else None if output else "no_output"
    return Proposal(instruction, no_input(text.get("input", "")), output, fault)


# ---- a pair of parts ---------------------------------------------------------------------------------------------------------------


def read_pairs(lines: Sequence[str], names: tuple[str, str]) -> list[dict[str, str]]:
    """Pairs of the two named parts; an answer starts inside the first. What follows "###" or a new "Task:" is not part of it."""
    pairs: list[dict[str, list[str]]] = [{names[0]: []}]
    here = pairs[0][names[0]]
    for line in lines:
        match = LABEL.match(line)
        name = "" if match is None or match["name"].islower() else part(match["name"])
        if match and name == names[0]:
            if names[1] in pairs[-1]:
                pairs.append({})
            here = pairs[-1][name] = [line[match.end() :]]
        elif match and name == names[1] and name not in pairs[-1]:
            here = pairs[-1][name] = [line[match.end() :]]
        elif names[1] in pairs[-1] and (HASHES.fullmatch(line) or (match and match["name"] == "Task")):
            break
        elif not (is_opener(line) and not any(each.strip() for each in here)):
            here.append(line)
    found = [{name: tidy(kept) for name, kept in pair.items()} for pair in pairs]
    if names[1] in found[-1]:
        found[-1][names[1]] = without_closer(found[-1][names[1]])[0]
    return found
