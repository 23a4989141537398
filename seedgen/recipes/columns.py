"""Tasks of an answer that is data: the rows of a table or of CSV, below a line that names their columns; a list of objects in YAML.

Readers like those of `entries`.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from textwrap import dedent

from seedgen.recipes.entries import MOST, Entries, Entry, begins, beside, parts_of
from seedgen.recipes.forms import marks
from seedgen.recipes.labels import is_closer, key_part, label

# ---- tables ------------------------------------------------------------------------------------------------------------------------

BAR = re.compile(r"[ \t]{0,8}(?=\|[^\n|]{0,400}\|)")
CELL_END = re.compile(r"(?<!\\)\|")
RULED = re.compile(r"[ \t]*\|?(?:[ \t]*:?-+:?[ \t]*\|?)+[ \t]*")


def from_table(text: str) -> Entries | None:
    """The rows of a table that has a column of tasks, by its head; or of one that has no more than numbers beside them."""
    start = begins(text, BAR)
    if not start:
        return None
    head, *lines = text[start.start() :].split("\n")
    if not lines or not re.fullmatch(r"[\s|:-]{3,400}", lines[0]) or "-" not in lines[0]:
        return None
    rows = [cells(line) for line in lines[1:] if line.lstrip().startswith("|")]
    names = [key_part(name) for name in cells(head)]
    if "instruction" not in names:
        numbers = [int(row[0]) for row in rows if row[0].isdigit() and len(row[0]) < 5]
        if len(names) != 2 or len(rows) < 2 or numbers != [*range(numbers[0] if numbers else 0, len(rows) + (numbers[:1] or [0])[0])]:
            return None
        names = ["", "instruction"]
    return Entries(
        [{name: cell for name, cell in zip(names, row, strict=False) if name} for row in rows[: MOST + 1]], open=not text.endswith("|")
    )


def cells(line: str) -> list[str]:
    """The cells of a row, without what escapes a bar or breaks a line in it."""
    inner = line.strip().removeprefix("|").removesuffix("|")
    return [re.sub(r"<br ?/?>", "\n", cell.replace("\\|", "|")).strip() for cell in CELL_END.split(inner)]


# ---- CSV ---------------------------------------------------------------------------------------------------------------------------

FENCE = r"(?:```[\w+-]{0,20}[ \t]*\n)?"
HEADER = re.compile(rf'{FENCE}(?="?[^\W\d][\w #]{{0,30}}"?[ ]?(?P<sign>[,;\t|])[^\n]{{1,200}}\n)')
BESIDE_TASKS = frozenset("id no nr # number index category type kind topic domain tier level difficulty language".split())  # noqa: SIM905


def from_csv(text: str) -> Entries | None:
    """The rows below a line that names their columns. One that has other cells is left."""
    start = begins(text, HEADER)
    if not start:
        return None
    lines = text[start.end() :].split("\n```", 1)[0].split("\n")
    names = [name.strip(' "').casefold() for name in lines[0].split(start["sign"])]
    parts = [key_part(name) for name in names]
    if parts.count("instruction") != 1 or not all(part or name in BESIDE_TASKS for name, part in zip(names, parts, strict=True)):
        return None
    entries: list[Entry] = []
    left: list[str] = []
    reader = csv.reader((line + "\n" for line in lines[1:]), delimiter=start["sign"], strict=True, skipinitialspace=True)
    at = 1
    try:
        for row in reader:
            if row and len(row) > len(names) and not any(parts[:-1]):
                row = lines[at].split(start["sign"], len(names) - 1)
            if len(row) == len(names):
                entries.append({part: cell.strip() for part, cell in zip(parts, row, strict=True) if part})
            elif len(row) == 1 and lines[at - 1].strip() and not is_closer(row[0]) and any(map(str.strip, lines[reader.line_num + 1 :])):
                return None  # what goes on right below is no row: it asks for something about them
            else:
                left += [line for line in lines[at : reader.line_num + 1] if line.strip() and not is_closer(line)]
            at = reader.line_num + 1
            if len(entries) > MOST:
                break
    except csv.Error:
        left += lines[at:]
    return Entries(entries, "\n".join(left).strip(), open=not left) if entries and not is_told(left) else None


def is_told(lines: Sequence[str]) -> bool:
    """Whether a task, or a part of one, is in these lines."""
    return any(label(line) or any(mark.asked for mark in marks(line)) for line in lines)


# ---- YAML --------------------------------------------------------------------------------------------------------------------------

LISTED = re.compile(rf"{FENCE}(?:[a-z_]{{1,20}}:[ \t]*\n)?(?=(?P<dash>[ ]{{0,8}}-[ ]{{1,4}})(?P<key>[a-z_]{{1,20}}):(?:[ ]|\n))")
MEMBER = re.compile(r"(?P<key>[a-z_]{1,30}):(?:[ \t]+(?P<value>.*))?")
SCALARS = {"|": "\n", ">": " "}


def from_yaml(text: str) -> Entries | None:
    """Objects in a list of YAML, key by key; None where a line is nothing of the kind."""
    start = begins(text, LISTED)
    if not start:
        return None
    dash, column = start["dash"], len(start["dash"])
    objects: list[dict[str, list[str]]] = []
    body, fence, _ = text[start.end() :].partition("\n```")
    lines = body.split("\n")
    open_: list[str] = []
    place = 0
    for at, line in enumerate(lines):
        opens = line.startswith(dash)
        member = MEMBER.fullmatch(line, column) if opens or (line[:column].isspace() and len(line) > column) else None
        if member:
            objects += [{}] if opens else []
            open_ = objects[-1][member["key"]] = [member["value"] or ""]
        elif not line.strip() or line[: column + 1].isspace():
            open_.append(line)
        elif line[:1].isspace() or lines[at - 1].strip() or is_told(lines[at:]) or beside(body, place) < len(body):
            return None
        else:
            break
        place += len(line) + 1
    entries = [parts_of({key: scalar(lines) for key, lines in each.items()}) for each in objects[: MOST + 1]]
    if not any(entry.get("instruction") or entry.get("output") for entry in entries):
        return None
    return Entries([entry for entry in entries if entry], open=not fence)


def scalar(lines: Sequence[str]) -> str:
    """The text of a value: in quotation marks, as a block, or plain."""
    head, block = lines[0].strip(), dedent("\n".join(lines[1:])).strip()
    if head[:1] in SCALARS and not head[1:].strip("+-0123456789"):
        return SCALARS[head[0]].join(block.split("\n"))
    if not head:
        return block
    text = " ".join([head, *(line.strip() for line in lines[1:] if line.strip())])
    if text[0] == '"' == text[-1]:
        try:
            return str(json.loads(text, strict=False))
        except ValueError:
            return text[1:-1]
    if text[0] == "'" == text[-1]:
        return text[1:-1].replace("''", "'")
    return "" if text in ("~", "null") else text
