"""The tasks of an answer that is a list: lines → the marks of its form → pieces → proposals.

A piece is what stands from one mark to the next. What in it is not the task's own (an input nobody asked for, a remark after a gap) is a
proposal of its own, "not_a_task". Without marks each paragraph is a task, or each line where lines are all that there is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from seedgen.language.text import word_count
from seedgen.language.verbs import asks, is_english
from seedgen.recipes.forms import FEWEST_WORDS, LOOKED_AT, Mark, fenced, find, marks
from seedgen.recipes.labels import LABEL, WORD, is_closer, is_opener, key_part, label, part
from seedgen.records import Proposal

RULE = re.compile(r"[ \t]{0,8}(?:#{2,9}|-{3,9}|={3,9}|\*{3,9}|_{3,9}|\\(?:begin|end)\{(?:enumerate|itemize)\}[^\n]{0,40})[ \t]*")
FENCE = re.compile(r"[ \t]{0,8}```[\w+-]{0,20}[ \t]*")
BOLD_LABEL = re.compile(r"\s{0,8}(?P<bold>\*\*|__)(?P<label>[^*_\n]{1,80}?)(?:[:：](?P=bold)|(?P=bold)[ \t]?[:：—–-])[ \t]*(?=\S)")
SENTENCE_ENDS = tuple(".?!。？！؟।…")
AROUND = "*_ \"”»」’')）"
"""What may stand behind the end of a sentence."""
ASIDE = 4
"""Paragraphs of an answer in which one may be a list, and the others remarks."""
FEWEST_LINES = 3
"""Of a paragraph that may be a list."""
MOST_TITLE_WORDS = 8
QUOTES = ('""', "“”", "„“", "«»", "「」", "''", "‘’")
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
        yield Proposal(text, fault=fault_of(text, own.mark))
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
    texts = [tidy(piece.lines[1:] if titles and piece.body else (unbold(piece.lines[0]), *piece.lines[1:])) for piece in pieces]
    bold = [BOLD_LABEL.match(text) for text in texts]
    if len(texts) > 1 and all(bold):
        texts = [unlabelled(text, match) for text, match in zip(texts, bold, strict=True) if match]
    named = [label(text) for text in texts]
    if all(
        match and part(match["name"]) == "instruction" for match, text in zip(named, texts[: len(texts) - 1 or 1], strict=False) if text
    ):
        texts = [text[match.end() :].strip() if match and part(match["name"]) else text for match, text in zip(named, texts, strict=True)]
    return unquoted(unopened(untitled(texts)))


def untitled(texts: list[str]) -> list[str]:
    """Without the first line, where all are a title and a task: "Title: …", "Description: …"."""
    pairs = [(LABEL.match(text), LABEL.match(text.partition("\n")[2].lstrip("\n"))) for text in texts]
    names = {(title["name"], task["name"]) if title and task else None for title, task in pairs}
    name = names.pop() if len(names) == 1 and len(texts) > 1 else None
    if not name or part(name[0]) or key_part(name[1]) != "instruction":
        return texts
    return [task.string[task.end() :].strip() for _, task in pairs if task]


def together(texts: list[str]) -> list[str]:
    """Titles and the tasks that stand below them as one, and without the titles."""
    if (tasks := untitled(texts)) is not texts or len(texts) % 2:
        return tasks
    pairs = [f"{title}\n{task}" for title, task in zip(texts[::2], texts[1::2], strict=True)]
    return tasks if (tasks := untitled(pairs)) is not pairs else texts


def unopened(texts: list[str]) -> list[str]:
    """Without what all of them open with in one form, where that was not told from a task before: a number that counts on, a character of
    any alphabet with a sign, a name with a colon that is the same in all, or in its last word ("First task:", "Second task:").
    """
    if len(texts) < FEWEST_LINES:
        return texts
    for form, agree in OPENINGS:
        found = [form.match(text) for text in texts]
        if all(found) and agree([match[1] for match in found if match]):
            return [text[match.end() :].strip() for text, match in zip(texts, found, strict=True) if match]
    return texts


def count_on(numbers: Sequence[str]) -> bool:
    return all(int(number) == int(numbers[0]) + at for at, number in enumerate(numbers))


def are_signs(signs: Sequence[str]) -> bool:
    return len(set(signs)) == len(signs)


def one_name(names: Sequence[str]) -> bool:
    """Whether these are one name, alone or with a word that is another each time, or ordinals; orders ("Translate:") are not."""
    folded = [name.casefold() for name in names]
    if are_ordinals(folded):
        return True
    named = {(name.partition(" ")[0], name.rpartition(" ")[2]) for name in folded}
    firsts, lasts = {first for first, _ in named}, {last for _, last in named}
    return min(len(firsts), len(lasts)) == 1 and len(named) in (1, len(names)) and not asks(names[0])


def are_ordinals(names: Sequence[str]) -> bool:
    return all(name.casefold().removesuffix("ly") in ORDINALS for name in names)


def are_one(signs: Sequence[str]) -> bool:
    return len(set(signs)) == 1


ORDINALS = frozenset("first second third fourth fifth sixth seventh eighth ninth tenth next last final finally".split())  # noqa: SIM905
OPENINGS: tuple[tuple[re.Pattern[str], Callable[[Sequence[str]], bool]], ...] = (
    (re.compile(r"[*_([]{0,3}(\d{1,4})(?:[\\.)\]*_:,]{0,4}\s+|[\\.)\]*_:,]{1,4}(?=[\"“«„「]))"), count_on),
    (re.compile(r"[*_([]{0,3}([^\W\d])[.)、）．][*_]{0,3}\s*"), are_signs),
    (re.compile(rf"[*_]{{0,3}}({WORD}{{1,20}}(?:[ _]{WORD}{{1,20}}){{0,2}})[*_]{{0,3}}[ \t]?[:：][*_]{{0,3}}\s+"), one_name),
    (re.compile(r"(\w{4,10}),\s+"), are_ordinals),
    (re.compile(r"([>–—•*-]|</\w{1,10}>|\\item)\s+"), are_one),
    (re.compile(r"[(\[]([^()\[\]\n]{1,40})[)\]](?:[ \t]?[:：–—-])?\s+"), bool),
)


def unbold(line: str) -> str:
    """Without the end of a pair of bold marks that began before the number."""
    return line.rstrip().removesuffix("**") if line.count("**") == 1 and line.rstrip().endswith("**") else line


def unquoted(texts: list[str]) -> list[str]:
    """Without the quotation marks around, where all have them."""
    quoted = len(texts) > 2 and all(len(text) > 2 and text[0] + text[-1] in QUOTES for text in texts)
    return [text[1:-1].strip() for text in texts] if quoted else texts


def unlabelled(text: str, match: re.Match[str]) -> str:
    """Without the label in bold; one that is an order is part of the task."""
    rest = text[match.end() :].strip()
    return f"{match['label']}: {rest}" if asks(match["label"]) or word_count(rest[:LOOKED_AT]) < 3 else rest


def are_titles(pieces: Sequence[Piece]) -> bool:
    """Whether what follows the marks are titles, and the tasks stand below: short, no orders (in English) and shorter than the tasks."""
    titled = [piece for piece in pieces if piece.body]
    if not 1 < len(titled) >= len(pieces) - 1 or not all(is_title(piece.lines[0].strip(" \t*_#")) for piece in titled):
        return False
    sizes = [(word_count(piece.lines[0][:LOOKED_AT]), word_count(first_line(piece.lines[1:])[:LOOKED_AT])) for piece in titled]
    least = 1 if is_english("\n".join(titled[0].lines)) else 2
    return all(body > 2 and body >= least * head for head, body in sizes)


def first_line(lines: Sequence[str]) -> str:
    return next((line for line in lines if line.strip()), "")


def is_title(head: str) -> bool:
    short = 0 < word_count(head[:LOOKED_AT]) <= MOST_TITLE_WORDS and len(head) < LOOKED_AT
    return short and not head[0].islower() and not head.endswith((*SENTENCE_ENDS, ":", "：", ",")) and not asks(head) and not label(head)


def fault_of(text: str, mark: Mark) -> str | None:
    if not text:
        return "no_instruction"
    return "several_tasks" if holds_next(text, mark) else None


def holds_next(text: str, mark: Mark) -> bool:
    """Whether the next task of the list stands within this one: "9. Name a river. 10. Sing." What begins again at 1 are steps."""
    if not mark.counts:
        return False
    below = (other for line in text.split("\n")[1:] for other in marks(line) if other.form[:2] == mark.form[:2])
    if other := next(below, None):
        return other.value == mark.value + 1
    if mark.form[1] not in ("digits", "tailed"):
        return False
    word = rf"{re.escape(mark.form[0])}[ \t]?#?" if mark.form[0] else r"(?<=[.?!。？！;；][ \t])"
    found = re.search(rf"{word}(?P<number>\d{{1,4}})\**[.):：．、]", text, re.IGNORECASE)
    return found is not None and int(found["number"]) == mark.value + 1


# ---- without marks -----------------------------------------------------------------------------------------------------------------


def unmarked(lines: Sequence[str], count: int) -> Iterator[Proposal]:
    """Each paragraph as a task; each line, where one paragraph has the lines, and they all are sentences."""
    texts = [part for text in split_paragraphs(lines) if text for part in without_remarks(text)]
    alone = the_list(texts, count) if count != 1 else ""
    thought = texts[0] if len(texts) > 1 and is_quote(texts[0]) and not is_quote(texts[1]) else ""
    own = [text for text in texts if not is_remark(text) and text != thought]
    tasks = [tidy([line]) for line in alone.split("\n")] if alone else own
    before = texts.index(alone or tasks[0]) if tasks else len(texts)
    remarks = [text for text in texts if (text != alone if alone else is_remark(text) or text == thought)]
    yield from (Proposal(text, fault="not_a_task") for text in remarks[:before])
    tasks = unquoted(unopened(together(tasks)))
    yield from (Proposal(text, fault="several_tasks" if not alone and holds_lines(text, count) else None) for text in tasks)
    yield from (Proposal(text, fault="not_a_task") for text in remarks[before:])


def the_list(texts: Sequence[str], count: int) -> str:
    """The one paragraph that has a task on each line, "" if there is none."""
    listed = [text for text in texts if "\n" in text and not is_quote(text)]
    return listed[0] if len(listed) == 1 and len(texts) <= ASIDE and are_tasks(listed[0].split("\n"), count) else ""


def holds_lines(text: str, count: int) -> bool:
    """Whether so many lines of a task could be one each that it may well be most of what was asked for."""
    lines = text.split("\n")
    wordy = sum(word_count(line[:LOOKED_AT]) >= FEWEST_WORDS and not is_marked(line) for line in lines)
    enough = half(count) if is_english(text) else FEWEST_LINES
    return count > 1 and wordy == len(lines) >= enough and not lines[0].rstrip().endswith((":", "："))


def half(count: int) -> int:
    return max(FEWEST_LINES, (count + 1) // 2)


def without_remarks(text: str) -> list[str]:
    """A paragraph, and a remark that is its first or last line, apart."""
    head, _, rest = text.partition("\n")
    announced = head.endswith((":", "：")) and are_tasks(rest.split("\n"), 0) and rest.count("\n") > 1
    if rest and (is_opener(head) or announced):
        return [head, *without_remarks(rest)]
    body, _, last = text.rpartition("\n")
    return [body, last] if body and is_closer(last) else [text]


def is_remark(text: str) -> bool:
    return is_opener(text) or is_closer(text) or ("\n" not in text and text.startswith("#"))


def is_quote(text: str) -> bool:
    return all(line.startswith(">") for line in text.split("\n"))


def split_paragraphs(lines: Sequence[str]) -> Iterator[str]:
    """Texts parted by blank lines and rules."""
    start, hidden = 0, fenced(lines)
    for at, line in enumerate(lines):
        if is_break(line) and not hidden[at]:
            yield tidy(lines[start:at])
            start = at + 1
    yield tidy(lines[start:])


def are_tasks(lines: Sequence[str], count: int) -> bool:
    """Whether each of these lines is a task: sentences that all ask for something, or half as many as were asked for; or as many lines."""
    if any(line[:1].isspace() or line.startswith(("|", "```", ">")) or is_marked(line) for line in lines):
        return False
    whole = [line.rstrip(AROUND) for line in lines]
    if any(word_count(line[:LOOKED_AT]) < FEWEST_WORDS or line.endswith((":", "：", ",")) or line[:1].islower() for line in whole[:-1]):
        return False
    sentences = all(line.endswith(SENTENCE_ENDS) for line in whole[:-1])
    return len(lines) >= (half(count) if sentences else max(FEWEST_LINES, count - 1)) or (sentences and all(map(asks, lines)))


def is_marked(line: str) -> bool:
    return any(not mark.form[0] or mark.asked for mark in marks(line))


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
