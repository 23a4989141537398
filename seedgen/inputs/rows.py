"""Files of rows: JSON values that know their place. A row is one task of a seed file, or one item of an evaluation file.

What a file is, its content says: JSON lines; JSON values over several lines; one array; an object around a list of rows, or around rows by
name. CSV and TSV go by their suffix. What is none of these comes as one `Malformed` that says what it is and what to do. What rows mean is
left to `seedgen.inputs.shapes` and `seedgen.inputs.evaluation`.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seedgen.inputs.contents import Malformed, contents, is_table
from seedgen.inputs.scanner import Located, Scanner

LOOKS_LIKE = (
    ("<", "HTML or XML"),
    ("{'", "Python's own notation, not JSON"),
    ("[{'", "Python's own notation, not JSON"),
    ("---", "YAML, perhaps"),
    ("- ", "YAML, perhaps"),
)
VALUES = (b"{", b"[", b'"')
"""What begins a JSON value that may be a row."""
ROW_FIELDS = frozenset(
    {"instruction", "instances", "messages", "conversations", "prompt", "question", "query", "problem", "inputs", "definition", "input"}
)
"""An object with one of these is a row itself, whatever lists are in it."""
LISTS = ("train", "data", "rows", "examples", "tasks", "seeds", "items", "records", "samples", "entries", "validation", "dev", "test")
"""Where the rows are in an object around them; the first that there is, where only one may be read."""
SPEAKER = frozenset({"role", "from"})
VIEWED = frozenset({"row", "row_idx", "truncated_cells"})
"""The keys of a row as the dataset viewer of Hugging Face gives it."""
HEADER = 'begin with a line such as "instruction,input,output"'
SEPARATOR = re.compile(r'"?sep=(?P<sign>[,;|\t])"?\r?\n')
"""The line in which Excel says what parts cells."""
LONGEST_NAME = 60
"""Characters of a column's name."""

Leave = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Row:
    """`place` names it for good ("a.jsonl:3", or "a.json, element 3" in an array); `where` also has the line ("a.json:12, element 3").

    `value` is a `Malformed` where it could not be decoded, and a list of cells where a table has no header that is known.
    """

    place: str
    where: str
    value: Any


def rows(path: Path, known: Callable[[str], bool], leave: Leave | None = None, *, headed: bool = True) -> Iterator[Row]:
    """The rows of a file. Raises `UsageError` if it cannot be opened.

    `known` says of a column's name whether it means something; a table that is not `headed` may have none. Where several lists of rows are
    in one object ("train", "test"), all are read; with `leave` only the first, and it is told the name and the length of each other.
    """
    try:
        data = contents(path)
    except Malformed as exc:
        return iter([Row(str(path), str(path), exc)])
    return table(path, data, known, headed) if is_table(path) else values(path, data, leave)


# JSON


def values(path: Path, data: bytes, leave: Leave | None) -> Iterator[Row]:
    """One a line, unless the first line is no whole value, or all there is."""
    split = enumerate(data.split(b"\n"), 1)
    lines = [(number, line) for number, bare in split if (line := bare.removeprefix(BOM_UTF8)).strip()]
    if len(lines) > 1 and not isinstance(decode(lines[0][1].rstrip().removesuffix(b",")), Malformed):
        return by_line(path, lines)
    found = list(scanned(path, data, leave))
    faulty = bool(found) and isinstance(found[-1].value, Malformed)
    if faulty and any(line.startswith(b"{") and not isinstance(decode(line), Malformed) for _, line in lines[1:]):
        return by_line(path, lines)
    return iter(found)


def by_line(path: Path, lines: Sequence[tuple[int, bytes]]) -> Iterator[Row]:
    for number, line in lines:
        place, value = f"{path}:{number}", decode(line)
        if is_rows(value):
            yield from elements(place, path, value, [number] * len(value))
        else:
            yield Row(place, place, value)


def decode(line: bytes) -> Any:
    """The value in a line, or a `Malformed`."""
    try:
        return Scanner(line.decode()).only()
    except UnicodeDecodeError as exc:
        return Malformed(f"not UTF-8 (byte {exc.start})", "save the file as UTF-8")
    except Malformed as exc:
        return exc


def scanned(path: Path, data: bytes, leave: Leave | None) -> Iterator[Row]:
    """The values of a file one after the other, wherever they begin and end, up to the first fault."""
    found: list[Located] = []
    try:
        for each in Scanner(decoded(data)).all():
            found.append(each)  # noqa: PERF402 - what was found before a fault counts
    except Malformed as exc:
        looks = next((what for sign, what in LOOKS_LIKE if data.lstrip().startswith(sign.encode())), "")
        looks = looks or ("text, not JSON" if not found and data.lstrip()[:1] not in VALUES else "")
        fault = Malformed(looks, "write it as JSON, one object a line") if looks else exc
        yield from (row for each in found for row in spread(path, each))
        yield Row(f"{path}:{exc.line}", f"{path}:{exc.line}", fault)
        return
    if len(found) == 1:
        yield from within(path, found[0], leave)
    else:
        yield from (row for each in found for row in spread(path, each))


def decoded(data: bytes) -> str:
    """The text. Raises `Malformed` with the line."""
    try:
        return data.decode().replace("\n\ufeff", "\n")
    except UnicodeDecodeError as exc:
        before = data[: exc.start]
        byte = len(before) - before.rfind(b"\n") - 1
        raise Malformed(f"not UTF-8 (byte {byte})", "save the file as UTF-8", 1 + before.count(b"\n")) from exc


def spread(path: Path, found: Located) -> Iterator[Row]:
    """The rows in one value of several."""
    place = f"{path}:{found.line}"
    if is_rows(found.value):
        yield from elements(place, path, found.value, list(found.lines.values()))
    else:
        yield Row(place, place, found.value)


def elements(place: str, path: Path, value: Sequence[Any], lines: Sequence[int]) -> Iterator[Row]:
    for n, (each, line) in enumerate(zip(value, lines, strict=True), 1):
        yield Row(f"{place}, element {n}", f"{path}:{line}, element {n}", unviewed(each))


def within(path: Path, found: Located, leave: Leave | None) -> Iterator[Row]:
    """The rows in the only value of a file."""
    value = found.value
    if isinstance(value, list):
        yield from elements(str(path), path, value, list(found.lines.values()))
    elif not isinstance(value, dict) or ROW_FIELDS & set(map(str.lower, value)):
        yield from spread(path, found)
    elif lists := [name for name in LISTS if is_rows(value.get(name))]:
        for name in lists[1:]:
            if leave:
                leave(name, len(value[name]))
        for name in lists[:1] if leave else lists:
            yield from elements(str(path), path, value[name], found.inner[name])
    elif len(value) > 1 and all(isinstance(each, dict) for each in value.values()):
        yield from (Row(f"{path}, {key}", f"{path}:{found.lines[key]}, {key}", each) for key, each in value.items())
    else:
        yield from spread(path, found)


def is_rows(value: Any) -> bool:
    """Whether these may be rows: objects, and not the turns of one conversation."""
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) and SPEAKER.isdisjoint(each) for each in value)


def unviewed(value: Any) -> Any:
    return value["row"] if isinstance(value, dict) and "row" in value and VIEWED.issuperset(value) else value


# Tables


def table(path: Path, data: bytes, known: Callable[[str], bool], headed: bool) -> Iterator[Row]:
    """The rows of a CSV or TSV file: objects if the first line names a column that is known, else lists of cells. Empty cells are null."""
    line, header = 1, list[str]()
    try:
        text = decoded(data)
        csv.field_size_limit(sys.maxsize)
        told = SEPARATOR.match(text)
        sign, skipped = (told["sign"], 1) if told else (delimiter(text), 0)
        reader = csv.reader(io.StringIO(text[told.end() if told else 0 :], newline=""), delimiter=sign, strict=True)
        line += skipped
        for number, cells in enumerate(reader):
            place, line = f"{path}:{line}", reader.line_num + 1 + skipped
            names = [cell.strip().lower() for cell in cells]
            if number == 0 and is_header(names, known):
                header = names
            elif number == 0 and headed:
                raise Malformed(f"the first line names no column that is known (it has {', '.join(names[:8])})", HEADER, 1 + skipped)
            elif any(names):
                yield Row(place, place, record(header, cells))
    except Malformed as exc:
        yield Row(f"{path}:{exc.line}", f"{path}:{exc.line}", exc)
    except csv.Error as exc:
        fault = Malformed(f"no row of a table ({exc})", 'put text with line ends or " between quotes, and write " as ""')
        yield Row(f"{path}:{line}", f"{path}:{line}", fault)


def is_header(names: Sequence[str], known: Callable[[str], bool]) -> bool:
    return any(map(known, names)) and not any("?" in name or len(name) > LONGEST_NAME for name in names)


def record(header: Sequence[str], cells: list[str]) -> Any:
    if not header:
        return cells
    if len(cells) > len(header):
        return Malformed(f"{len(cells)} cells, and the first line names {len(header)} columns", "put text with commas between quotes")
    return {name: cell or None for name, cell in zip(header, cells, strict=False)}


def delimiter(text: str) -> str:
    """What parts the cells of the first line."""
    first = text[: text.find("\n")] if "\n" in text else text
    return max(",\t;|", key=first.count)
