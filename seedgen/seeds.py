"""Seed files: from lines of text to `SeedTask`s, or to faults that name file, line and remedy.

One task is one JSON object, in any of the shapes people have (a file may mix them):

    {"instruction": …, "instances": [{"input": …, "output": …}], …}     ours, and Self-Instruct's seed_tasks.jsonl
    {"instruction": …, "input": …, "output": …}                         Alpaca
    {"messages": [{"role": "user", "content": …}, {"role": "assistant", "content": …}]}

Files are JSONL, or `.json` holding one array. Tasks with the same instruction (in normal form) become one task with several
instances, as pools hold an instruction once. Reading is all or nothing: `read_seeds` raises one error naming every fault.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from seedgen.bundled import bundled
from seedgen.errors import UsageError
from seedgen.records import Instance, SeedTask
from seedgen.text import clean, first_unprintable, normal_form

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in a seed file. `where` is "file:line" (or "file, element n" for JSON arrays)."""

    where: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}; {self.remedy}"


class Malformed(Exception):
    """One task cannot be read. Becomes a `Fault` where its place is known."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


def read_seeds(paths: Sequence[str | Path]) -> tuple[SeedTask, ...]:
    """All tasks of these files and folders ("bundled": the ones that come with seedgen), merged by instruction.

    Raises `UsageError` naming every fault (at most 20), or saying that there are no tasks.
    """
    tasks, faults = load_seeds(paths)
    if faults:
        rest = [f"… and {len(faults) - SHOWN} more"] if len(faults) > SHOWN else []
        raise UsageError("\n".join([*map(str, faults[:SHOWN]), *rest]))
    if not tasks:
        raise UsageError(f"no seed tasks in {', '.join(map(str, paths))}; give a file with at least one task, or leave out --seeds")
    return merge(tasks)


def load_seeds(paths: Sequence[str | Path]) -> tuple[list[SeedTask], list[Fault]]:
    """The readable tasks of these files, as they stand, and the faults of the rest. Raises `UsageError` if a path does not exist."""
    tasks: list[SeedTask] = []
    faults: list[Fault] = []
    for path in seed_files(paths):
        for where, found in records(path):
            try:
                if isinstance(found, Malformed):
                    raise found
                tasks.append(read_task(found, where))
            except Malformed as exc:
                faults.append(Fault(where, exc.problem, exc.remedy))
    return tasks, faults + repeated_ids(tasks)


def seed_files(paths: Sequence[str | Path]) -> Iterator[Path]:
    for given in paths:
        path = bundled("seeds") if str(given) == "bundled" else Path(given)
        if path.is_dir():
            found = sorted(p for p in path.rglob("*") if p.suffix in {".jsonl", ".json"} and p.is_file())
            if not found:
                raise UsageError(f"{path}: no .jsonl or .json file in this folder")
            yield from found
        elif path.is_file():
            yield path
        else:
            raise UsageError(f"{path}: no such seed file or folder")


def records(path: Path) -> Iterator[tuple[str, Any]]:
    """Each JSON value of a file with its place; what cannot be decoded comes as a `Malformed` in its stead."""
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise UsageError(f"{path}: cannot be read: {exc.strerror}") from exc
    if path.suffix == ".json" and data.lstrip()[:1] == b"[":
        found = decode(data)
        if isinstance(found, Malformed):
            yield str(path), found
        else:
            yield from ((f"{path}, element {n}", value) for n, value in enumerate(found, 1))
        return
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip():
            yield f"{path}:{number}", decode(line)


def decode(data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as exc:
        return Malformed(f"not UTF-8 (byte {exc.start})", "save the file as UTF-8")
    except json.JSONDecodeError as exc:
        return Malformed(f"not JSON: {exc.msg.removesuffix(' at')} at column {exc.colno}", "write one JSON object a line")
    except RecursionError:
        return Malformed("nested too deeply", "write one flat JSON object a line")
    except ValueError:  # the one thing that is JSON and yet no value here
        return Malformed("a number of too many digits", "write it as text, in quotes")


def read_task(value: Any, where: str) -> SeedTask:
    """The task in one JSON value. Raises `Malformed`."""
    if not isinstance(value, dict):
        raise Malformed(f"a {type(value).__name__}, not an object", 'write {"instruction": …, "output": …}')
    instruction, instances = read_messages(value["messages"]) if "messages" in value else read_instruction(value)
    return SeedTask(
        id=label(value, "id") or where,
        instruction=instruction,
        instances=instances,
        is_classification=flag(value.get("is_classification")),
        category=label(value, "category"),
        tier=label(value, "tier"),
        license=label(value, "license"),
        source=where,
    )


def read_instruction(value: dict[str, Any]) -> tuple[str, tuple[Instance, ...]]:
    instruction = text(value, "instruction")
    if "instances" not in value:
        return instruction, (read_instance(value),)
    instances = value["instances"]
    if not isinstance(instances, list) or not instances:
        raise Malformed('"instances" is empty or no list', 'give at least one {"input": "", "output": …}')
    return instruction, tuple(map(read_instance, instances))


def read_instance(value: Any) -> Instance:
    if not isinstance(value, dict):
        raise Malformed("an instance is no object", 'write {"input": "", "output": …}')
    return Instance(text(value, "input", default=""), text(value, "output"))


def read_messages(messages: Any) -> tuple[str, tuple[Instance, ...]]:
    """The first user message is the instruction, the assistant's reply to it the output."""
    if not isinstance(messages, list) or not all(isinstance(m, dict) for m in messages):
        raise Malformed('"messages" is no list of objects', 'write [{"role": "user", "content": …}, {"role": "assistant", "content": …}]')
    spoken = [m for m in messages if m.get("role") != "system"]
    if [m.get("role") for m in spoken[:2]] != ["user", "assistant"]:
        raise Malformed("messages do not open with user, then assistant", "put the task first and its answer second")
    return text(spoken[0], "content"), (Instance("", text(spoken[1], "content")),)


def text(value: dict[str, Any], key: str, default: str | None = None) -> str:
    found = value.get(key, default)
    if found is None:
        raise Malformed(f'no "{key}"', f'add "{key}" with its text')
    if not isinstance(found, str):
        raise Malformed(f'"{key}" is of type {type(found).__name__}, not a string', "put it in quotes")
    if not (found := clean(found)) and default is None:
        raise Malformed(f'empty "{key}"', "write its text or remove the task")
    return found


def label(value: dict[str, Any], key: str) -> str | None:
    """One line of text, or a number as text; None where nothing is said."""
    found = value.get(key)
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
    return [
        Fault(task.source, f'id "{task.id}" was used at {first[task.id]}', "give every task its own id")
        for task in tasks
        if first.setdefault(task.id, task.source) != task.source
    ]


def merge(tasks: Iterable[SeedTask]) -> tuple[SeedTask, ...]:
    """One task an instruction: later tasks with the same normal form add their instances to the first."""
    by_form: dict[str, list[SeedTask]] = {}
    for task in tasks:
        by_form.setdefault(normal_form(task.instruction), []).append(task)
    return tuple(replace(same[0], instances=tuple(instance for task in same for instance in task.instances)) for same in by_form.values())
