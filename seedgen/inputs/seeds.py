"""Seed files: from rows to `SeedTask`s, or to faults that name file, line and remedy.

Which files are read, `seedgen.inputs.rows` says; which forms of row, `seedgen.inputs.shapes` (docs/seeds.md has both for users). Tasks with
the same instruction (in normal form) become one task with several instances, as pools hold an instruction once. Reading is all or nothing:
`read_seeds` raises one error naming every fault. What is in a file and not read is told of as notes.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from seedgen.errors import UsageError
from seedgen.inputs.bundled import bundled
from seedgen.inputs.contents import TABLES, Malformed, unpacked_name
from seedgen.inputs.rows import Row, rows
from seedgen.inputs.shapes import COLUMNS, LATER, SYSTEM, Read, read_row, threads
from seedgen.language.text import first_unprintable, normal_form
from seedgen.records import SeedTask

SHOWN = 20
JSON = (".jsonl", ".json", ".ndjson")
NO_SEEDS = frozenset({"dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json", "package.json", "tsconfig.json"})
"""What lies beside data, and is none."""
SIDECAR = ".provenance.jsonl"
RUN_DATABASE = "run.db"
FROM_HERE = {LATER: "are not kept until there are recipes for conversations", SYSTEM: "is not kept"}
"""What is said of parts that are left; of a key that it is not read."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in a seed file. `where` is "file:line" (or "file:line, element n" in an array)."""

    where: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What is in some seed files: tasks as they stand, faults, how many rows had which form, and notes on what was not read."""

    tasks: tuple[SeedTask, ...]
    faults: tuple[Fault, ...]
    shapes: tuple[tuple[str, int], ...]
    notes: tuple[str, ...]


def read_seeds(paths: Sequence[str | Path], tell: Callable[[str], None] = lambda _: None) -> tuple[SeedTask, ...]:
    """All tasks of these files and folders ("bundled": the ones that come with seedgen), merged by instruction.

    `tell` is given a sentence for each thing that was left. Raises `UsageError` naming every fault (at most 20), or saying that there are
    no tasks.
    """
    found = load(paths)
    if faults := found.faults:
        rest = [f"… and {len(faults) - SHOWN} more"] if len(faults) > SHOWN else []
        raise UsageError("\n".join([*map(str, faults[:SHOWN]), *rest]))
    if not found.tasks:
        raise UsageError(f"no seed tasks in {', '.join(map(str, paths))}; give a file with at least one task, or leave out --seeds")
    for note in found.notes:
        tell(note)
    return merge(found.tasks)


def load_seeds(paths: Sequence[str | Path]) -> tuple[list[SeedTask], list[Fault]]:
    """The readable tasks of these files, as they stand, and the faults of the rest. Raises `UsageError` if a path does not exist."""
    found = load(paths)
    return list(found.tasks), list(found.faults)


def load(paths: Sequence[str | Path]) -> Loaded:
    """As `load_seeds`, with all there is to tell."""
    tasks: list[SeedTask] = []
    faults: list[Fault] = []
    notes: list[str] = []
    shapes: Counter[str] = Counter()
    for path in seed_files(paths, notes.append):
        left = Left(str(path))
        found: list[Fault] = []
        row = None
        for row in task_rows(path, left.leave):
            try:
                read = read_row(sound(row.value))
                tasks.append(task_of(row, read))
                shapes[read.shape] += 1
                left.note(row, read)
            except Malformed as exc:
                found.append(Fault(row.where, exc.problem, exc.remedy))
        if row is None:
            notes.append(f"{path}: there is no row in this file")
        faults += told_once(found)
        notes += left.sentences()
    return Loaded(tuple(tasks), (*faults, *repeated_ids(tasks)), tuple(shapes.most_common()), tuple(notes))


def task_rows(path: Path, leave: Callable[[str, int], None] | None = None) -> Iterator[Row]:
    """The rows of a seed file, one a task. Raises `UsageError` if it cannot be opened."""
    return threads(rows(path, COLUMNS.__contains__, leave))


def sound(value: Any) -> Any:
    if isinstance(value, Malformed):
        raise value
    return value


@dataclass
class Left:
    """What of one file is left unread, by kind: in how many rows, and where first."""

    file: str
    rows: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)
    lists: list[str] = field(default_factory=list)

    def leave(self, name: str, rows: int) -> None:
        self.lists.append(f'{self.file}: "{name}" is not read ({rows:,} rows), another list of rows is')

    def note(self, row: Row, read: Read) -> None:
        self.rows.update(read.left)
        for kind in read.left:
            self.first.setdefault(kind, row.where)

    def sentences(self) -> Iterator[str]:
        yield from self.lists
        for kind, count in islice(self.rows.items(), SHOWN):
            what = f"{kind} {FROM_HERE[kind]}" if kind in FROM_HERE else f'"{kind}" is not read'
            place = self.first[kind].removeprefix(self.file + ":")
            yield f"{self.file}: {what} ({count:,} {'row' if count == 1 else 'rows'}, the first in line {place})"
        if len(self.rows) > SHOWN:
            yield f"{self.file}: {len(self.rows) - SHOWN:,} more keys are not read"


def told_once(faults: Sequence[Fault]) -> Iterator[Fault]:
    """One fault for each thing that is wrong with a file, however many of its rows have it."""
    alike: dict[tuple[str, str], list[Fault]] = {}
    for fault in faults:
        alike.setdefault((fault.problem, fault.remedy), []).append(fault)
    for first, *more in alike.values():
        others = ", ".join(fault.where.rpartition(":")[2] for fault in more[:SHOWN])
        rest = " …" if len(more) > SHOWN else ""
        yield replace(first, problem=f"{first.problem}, as in {len(more):,} more (at {others}{rest})") if more else first


def seed_files(paths: Sequence[str | Path], tell: Callable[[str], None] = lambda _: None) -> Iterator[Path]:
    """The files that these paths name. Raises `UsageError` if one names none."""
    for given in paths:
        path = bundled("seeds") if str(given) == "bundled" else Path(given)
        if path.is_dir():
            yield from files_within(path, tell)
        elif path.is_file():
            yield path
        else:
            raise UsageError(f"{path}: {'no regular file' if path.exists() else 'no such seed file or folder'}")


def files_within(folder: Path, tell: Callable[[str], None]) -> Iterator[Path]:
    """The seed files of a folder: JSON, or where there is none, tables and compressed files. Runs, and what is hidden, are left alone."""
    found = sorted(folder.rglob("*"))
    there = [p for p in found if p.is_file()]
    if odd := [p for p in found if not (p.is_file() or p.is_dir() or is_beside(p.relative_to(folder))) and p.suffix in (*JSON, *TABLES)]:
        tell(f"{folder}: {', '.join(p.name for p in odd[:SHOWN])}: no regular file, or a link to nothing: not read")
    runs = {p.parent for p in there if p.name == RUN_DATABASE}
    data = [p for p in there if not is_beside(p.relative_to(folder)) and runs.isdisjoint(p.parents)]
    plain = [p for p in data if p.suffix in JSON]
    others = [p for p in data if unpacked_name(p.name).endswith((*JSON, *TABLES)) and p not in set(plain)]
    unread = [p for p in data if p.suffix in (".parquet", ".arrow")] + (others if plain else [])
    if unread and (plain or others):
        tell(f"{folder}: {', '.join(p.name for p in unread[:SHOWN])}{' …' if len(unread) > SHOWN else ''} in this folder: not read")
    if not plain and not others:
        instead = f'; {unread[0].name} has to be converted: try "seedgen seeds check {unread[0]}"' if unread else ""
        instead = instead or ("; runs are no seeds, but what seedgen export makes of one may be" if runs else "")
        raise UsageError(f"{folder}: no .jsonl or .json file in this folder{instead}")
    yield from plain or others


def is_beside(path: Path) -> bool:
    """Whether a file of a folder is hidden, or known to be no data, though it lies among it."""
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in path.parts)
    return hidden or path.name in NO_SEEDS or path.name.endswith(SIDECAR)


def task_of(row: Row, read: Read) -> SeedTask:
    """The task that a row is, with its labels. Raises `Malformed`."""
    value = row.value if isinstance(row.value, dict) else {}
    return SeedTask(
        id=label(value, "id") or row.place,
        instruction=read.instruction,
        instances=read.instances,
        is_classification=flag(value.get("is_classification")),
        category=label(value, "category"),
        tier=label(value, "tier"),
        license=label(value, "license"),
        source=row.place,
    )


def label(value: dict[str, Any], key: str) -> str | None:
    """One line of text, or a number as text; None where nothing is said."""
    found = value.get(key)
    if isinstance(found, float) and math.isnan(found):  # as some programs write null
        raise Malformed(f'"{key}" is NaN, which is no text', "write null where there is nothing")
    if not isinstance(found, str | int | float | None):
        raise Malformed(f'"{key}" is of type {type(found).__name__}, not a string', "put it in quotes")
    said = str(found).strip() if found else ""
    if odd := first_unprintable(said) or next(iter(set("\t\n") & set(said)), None):
        raise Malformed(f'"{key}" holds U+{ord(odd):04X}, which cannot be shown', "write it in plain characters, on one line")
    return said or None


def flag(value: Any) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise Malformed(f'"is_classification" is {json.dumps(value)}', "write true or false")


def repeated_ids(tasks: Iterable[SeedTask]) -> list[Fault]:
    first: dict[str, str] = {}
    again = (
        Fault(task.source, f'id "{task.id}" was used at {first[task.id]}', "give every task its own id")
        for task in tasks
        if first.setdefault(task.id, task.source) != task.source
    )
    return list(told_once(list(again)))


def merge(tasks: Iterable[SeedTask]) -> tuple[SeedTask, ...]:
    """One task an instruction: later tasks with the same normal form add their instances to the first."""
    by_form: dict[str, list[SeedTask]] = {}
    for task in tasks:
        by_form.setdefault(normal_form(task.instruction), []).append(task)
    return tuple(replace(same[0], instances=tuple(instance for task in same for instance in task.instances)) for same in by_form.values())
