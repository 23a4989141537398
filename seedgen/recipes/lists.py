"""The tasks of an answer that is a list: lines → the marks of its form → pieces → proposals.

A piece is what stands from one mark to the next. What in it is not the task's own (an input nobody asked for, a remark after a gap) is a
proposal of its own, "not_a_task". Without marks each paragraph is a task, or each line where lines are all that there is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from seedgen.language.text import word_count
from seedgen.language.verbs import asks, is_english
from seedgen.recipes.forms import LOOKED_AT, Mark, fenced, find
from seedgen.recipes.labels import is_closer, is_opener, label, part
from seedgen.records import Proposal

RULE = re.compile(r"[ \t]{0,8}(?:#{2,9}|-{3,9}|={3,9}|\*{3,9}|_{3,9})[ \t]*")
FENCE = re.compile(r"[ \t]{0,8}```[\w+-]{0,20}[ \t]*")
BOLD_LABEL = re.compile(r"\s{0,8}(?P<bold>\*\*|__)(?P<label>[^*_\n]{1,80}?)(?:[:：](?P=bold)|(?P=bold)[ \t]?[:：—–-])[ \t]*(?=\S)")
SENTENCE_ENDS = (".", "?", "!", "。", "？", "！", "؟", "।", "…", '."', '?"', '."', ".”", "?”", ".)", "?)")
MOST_TITLE_WORDS = 8
STRAY = ("input", "output")


@dataclass(frozen=True, slots=True)
class Piece:
    """What stands from one mark to the next; the first of its lines is what follows the mark on its line."""

    mark: Mark
    lines: tuple[str, ...]

    @property
    def body(self) -> bool:
        """Whether there is more than the line of the mark."""
        return any(line.strip() for line in self.lines[1:])


def read_list(lines: Sequence[str], first: int, count: int) -> Iterator[Proposal]:
    """The proposals in these lines. `first` and `count`: see `forms.find`."""
    lines = unfenced(lines, first, count)
    tasks = find(lines, first, count)
    if not tasks:
        yield from unmarked(lines, count)
        return
    yield from before_list(lines[: tasks[0].line], tasks[0], first)
    pieces = [clipped(piece) for piece in pieces_of(lines, tasks)]
    most = usual_paragraphs([own for own, _ in pieces])
    whole = [
        (Piece(own.mark, own.lines[:end]), (*own.lines[end:], *strays))
        for (own, strays), end in zip(pieces, ends(pieces, most), strict=True)
    ]
    texts = texts_of([own for own, _ in whole])
    for (own, strays), text in zip(whole, texts, strict=True):
        yield Proposal(text, fault=fault_of(text, own.mark.value, own.mark.form))
        if rest := tidy(strays):
            yield Proposal(rest, fault="not_a_task")


def pieces_of(lines: Sequence[str], tasks: Sequence[Mark]) -> Iterator[Piece]:
    edges = [*(mark.line for mark in tasks[1:]), len(lines)]
    for mark, edge in zip(tasks, edges, strict=True):
        yield Piece(mark, (lines[mark.line][mark.end :], *lines[mark.line + 1 : edge]))


def clipped(piece: Piece) -> tuple[Piece, tuple[str, ...]]:
    """The piece up to an input or output, a heading or a rule, and what stands from there on."""
    hidden = fenced(piece.lines)
    for at, line in enumerate(piece.lines[1:], 1):
        if not hidden[at] and (is_field(line) or RULE.fullmatch(line)):
            return Piece(piece.mark, piece.lines[:at]), piece.lines[at:]
    return piece, ()


def is_field(line: str) -> bool:
    """Whether a line opens with "Input:" or the like, which no list was asked for."""
    match = label(line)
    return match is not None and not match["name"].islower() and (part(match["name"]) in STRAY or match["name"] in ("Class label", "Label"))


def paragraphs(lines: Sequence[str]) -> list[int]:
    """Where the paragraphs of a piece end. One that has only begun, announces something or has an open fence goes on after a blank line."""
    hidden, ends, last = fenced(lines), [], ""
    for at, line in enumerate(lines):
        if line.strip() or hidden[at]:
            if at and last and not lines[at - 1].strip() and not hidden[at - 1] and not last.endswith((":", "：")):
                ends.append(at)
            last = line.strip() or last
    return [*ends, len(lines)]


def usual_paragraphs(pieces: Sequence[Piece]) -> int:
    """How many paragraphs the last task may have: as many as any other where most have several, else one."""
    counts = [len(paragraphs(piece.lines)) for piece in pieces[:-1]]
    return max(counts) if len(counts) > 1 and 2 * sum(count > 1 for count in counts) > len(counts) else 1


def ends(pieces: Sequence[tuple[Piece, tuple[str, ...]]], most: int) -> Iterator[int]:
    """Of each piece, how many of its lines are the task's own."""
    for own, _ in pieces:
        places = paragraphs(own.lines)
        titled = own.lines[0].rstrip().endswith("**") and len(places) > 1
        end = places[min(most + (titled and most == 1), len(places)) - 1]
        shown = [at for at in range(end) if own.lines[at].strip()]
        yield shown[-1] if len(shown) > 1 and is_closer(own.lines[shown[-1]]) else end


def before_list(lines: Sequence[str], head: Mark, first: int) -> Iterator[Proposal]:
    """What stands before the first mark: the task that the prompt began, where the list goes on from that; else a remark."""
    texts = [text for text in split_paragraphs(lines) if text]
    parted = len(texts) > 1 or (bool(lines) and not lines[-1].strip())
    begun = head.counts and head.value != first and (head.value == first + 1 or (head.value > 1 and not parted))
    for text in texts:
        yield Proposal(text, fault=None if begun and not is_opener(text) else "not_a_task")


def texts_of(pieces: Sequence[Piece]) -> list[str]:
    """The instructions. What all of them open with that is no part of it (a title, a name, a label in bold) is left out."""
    titles = are_titles(pieces)
    texts = [tidy(piece.lines[1:] if titles and piece.body else piece.lines) for piece in pieces]
    bold = [BOLD_LABEL.match(text) for text in texts]
    if len(texts) > 1 and all(bold):
        texts = [unlabelled(text, match) for text, match in zip(texts, bold, strict=True) if match]
    return [text[named.end() :].strip() if (named := label(text)) and part(named["name"]) == "instruction" else text for text in texts]


def unlabelled(text: str, match: re.Match[str]) -> str:
    """Without the label in bold; one that is an order is part of the task."""
    rest = text[match.end() :].strip()
    return f"{match['label']}: {rest}" if asks(match["label"]) or word_count(rest[:LOOKED_AT]) < 3 else rest


def are_titles(pieces: Sequence[Piece]) -> bool:
    """Whether what follows the marks are titles, and the tasks stand below. Of English only: elsewhere orders are not told from titles."""
    heads = [piece.lines[0].strip(" \t*_#") for piece in pieces if piece.body]
    return 1 < len(heads) >= len(pieces) - 1 and all(is_title(head) for head in heads) and is_english("\n".join(pieces[0].lines))


def is_title(head: str) -> bool:
    short = 0 < word_count(head[:LOOKED_AT]) <= MOST_TITLE_WORDS and len(head) < LOOKED_AT
    return short and not head.endswith((*SENTENCE_ENDS, ":", "：", ",")) and not asks(head)


def fault_of(text: str, value: int, form: tuple[str, ...]) -> str | None:
    if not text:
        return "no_instruction"
    return "several_tasks" if holds_next(text, value, form) else None


def holds_next(text: str, value: int, form: tuple[str, ...]) -> bool:
    """Whether the next task of the list stands in the middle of a line of this one: "9. Name a river. 10. Sing." """
    word = rf"{re.escape(form[0])}[ \t]?#?" if form[0] else r"(?<=[.?!。？！;；][ \t])"
    if len(form) < 2 or form[1] not in ("digits", "tailed") or not value:
        return False
    found = re.search(rf"{word}(?P<number>\d{{1,4}})\**[.):：．、]", text, re.IGNORECASE)
    return found is not None and int(found["number"]) == value + 1


# ---- without marks -----------------------------------------------------------------------------------------------------------------


def unmarked(lines: Sequence[str], count: int) -> Iterator[Proposal]:
    """Each paragraph as a task; each line, where the lines of a single paragraph are all sentences."""
    texts = [text for text in split_paragraphs(lines) if text]
    if texts and "\n" in texts[0] and is_opener(texts[0].partition("\n")[0]):
        texts[:1] = texts[0].split("\n", 1)
    if texts and "\n" in texts[-1] and is_closer(texts[-1].rpartition("\n")[2]):
        texts[-1:] = texts[-1].rsplit("\n", 1)
    tasks = [text for text in texts if not is_opener(text) and not is_closer(text)]
    each_line = len(tasks) == 1 and count != 1 and are_tasks(tasks[0].split("\n"))
    for text in texts:
        if is_opener(text) or (is_closer(text) and len(texts) > 1):
            yield Proposal(text, fault="not_a_task")
        elif each_line:
            yield from (Proposal(tidy([line])) for line in text.split("\n") if line.strip())
        else:
            yield Proposal(text)


def split_paragraphs(lines: Sequence[str]) -> Iterator[str]:
    """Texts parted by blank lines and rules."""
    start, hidden = 0, fenced(lines)
    for at, line in enumerate(lines):
        if is_break(line) and not hidden[at]:
            yield tidy(lines[start:at])
            start = at + 1
    yield tidy(lines[start:])


def are_tasks(lines: Sequence[str]) -> bool:
    """Whether each of these lines is a task: three or more that all read as sentences, or two that both ask for something."""
    if any(line[:1].isspace() or line.lstrip().startswith(("|", "```", ">")) for line in lines):
        return False
    whole = [line.rstrip("*_ ") for line in lines]
    sentences = all(line.endswith(SENTENCE_ENDS) and word_count(line[:LOOKED_AT]) > 2 and not line[:1].islower() for line in whole[:-1])
    return sentences and (len(lines) > 2 or (len(lines) == 2 and all(map(asks, lines))))


# ---- lines -------------------------------------------------------------------------------------------------------------------------


def is_break(line: str) -> bool:
    return not line.strip() or bool(RULE.fullmatch(line))


def unfenced(lines: Sequence[str], first: int, count: int) -> list[str]:
    """The lines without a fence that is around all of a list, remarks aside."""
    edges = [at for at, line in enumerate(lines) if line.lstrip().startswith("```")]
    plain = list(lines)
    if not edges:
        return plain
    before = [line for line in lines[: edges[0]] if line.strip()]
    after = [line for line in lines[edges[-1] + 1 :] if not is_break(line)]
    inner = lines[edges[0] + 1 : edges[-1] if len(edges) > 1 else None]
    if not FENCE.fullmatch(lines[edges[0]]) or (len(edges) > 1 and not all(map(is_closer, after))):
        return plain
    if not before or (before[-1].rstrip().endswith((":", "：")) and find(inner, first, count)):
        plain[edges[0]] = plain[edges[-1]] = ""
    return plain


def tidy(lines: Sequence[str]) -> str:
    """The lines as one text, without rules at its end and without bold marks around it, or half a pair of them or of fences."""
    end = len(lines)
    while end and is_break(lines[end - 1]):
        end -= 1
    text = "\n".join(lines[:end]).strip()
    for mark in ("```", "**"):
        if text.endswith(mark) and text.count(mark) % 2:
            text = text[: -len(mark)].rstrip()
    if text.startswith("**") and text.endswith("**") and text.count("**") == 2:
        text = text[2:-2].strip()
    return text
