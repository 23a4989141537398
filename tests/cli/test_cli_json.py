"""What `--json` prints is what docs/json.md says: every key is there, and of the type that is said."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jobs import detached
from processes import QUICK, child

from seedgen.cli import main
from seedgen.cli.commands import COMMANDS

PAGE = (Path(__file__).parents[2] / "docs" / "json.md").read_text()
SIMPLE = {"text": str, "integer": int, "number": (int, float), "boolean": bool}
ROW = re.compile(r"\| (\S*) ?\| (.+?) \| .*\|")


def tables() -> dict[str, list[tuple[str, str]]]:
    """(key, type) of every row, by the name of the command or object."""
    parts = re.split(r"^### (?:seedgen )?\*?(.+?)\*?$", PAGE, flags=re.MULTILINE)
    return {name: [found for found in ROW.findall(text) if found[1] != "type"] for name, text in zip(parts[1::2], parts[2::2], strict=True)}


TABLES = tables()


def keys(name: str) -> dict[str, str]:
    """The keys of a command or object, those of the objects it includes as well."""
    found: dict[str, str] = {}
    for key, kind in TABLES[name]:
        found |= {key: kind} if key else keys(kind.strip("*"))
    return found


def faults(value: Any, kind: str, at: str) -> Iterator[str]:
    """Where a value is not what its type says."""
    if kind == "anything" or (kind.endswith(" or null") and value is None):
        return
    if not kind.startswith("map of "):
        kind = kind.removesuffix(" or null")
    if kind.startswith("list of "):
        yield from [] if isinstance(value, list) else [f"{at}: no list"]
        for each in value or ():
            yield from faults(each, kind.removeprefix("list of "), f"{at}[]")
    elif kind.startswith("map of "):
        yield from [] if isinstance(value, dict) else [f"{at}: no object"]
        for key, each in (value or {}).items():
            yield from faults(each, kind.removeprefix("map of "), f"{at}.{key}")
    elif kind in SIMPLE:
        if not isinstance(value, SIMPLE[kind]) or (kind != "boolean" and isinstance(value, bool)):  # type: ignore[arg-type]
            yield f"{at}: {value!r:.60} is no {kind}"
        if isinstance(value, str) and value[:1] in ("{", "[") and holds_json(value):
            yield f"{at}: JSON within JSON"
    else:
        yield from differing(value, keys(kind.strip("*")), at)


def differing(value: Any, said: dict[str, str], at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{at}: no object"
        return
    needed = {key for key in said if not key.endswith("?")}
    known = {key.rstrip("?"): kind for key, kind in said.items()}
    yield from (f"{at}.{key}: is missing" for key in sorted(needed - value.keys()))
    yield from (f"{at}.{key}: is not told of" for key in sorted(value.keys() - known.keys()) if "" not in known)
    for key in value.keys() & known.keys():
        yield from faults(value[key], known[key], f"{at}.{key}")


def holds_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except ValueError:
        return False


def expect(name: str, printed: str) -> None:
    """Everything printed is what the page says of this command or object."""
    try:
        values = [json.loads(printed)]
    except ValueError:
        values = [json.loads(line) for line in printed.splitlines()]
    assert values
    assert [
        fault for value in values for each in (value if isinstance(value, list) else [value]) for fault in faults(each, name, name)
    ] == []


def test_every_command_is_told_of_and_every_object_is_used() -> None:
    assert set(COMMANDS) <= set(TABLES)
    used = set(re.findall(r"\*(\w+)\*", " ".join(kind for rows in TABLES.values() for _, kind in rows)))
    assert used | {"started"} == set(TABLES) - set(COMMANDS)


READING = [
    ("runs", []),
    ("status", ["whole"]),
    ("items", ["whole", "--limit", "0"]),
    ("items", ["whole", "--verdict", "refused", "--limit", "0"]),
    ("show", ["whole", "0.0"]),
    ("check", ["whole"]),
    ("regate", ["whole", "--set", "gate.rouge.threshold=0.3"]),
    ("estimate", ["--from", "whole", "--target", "90"]),
    ("calibrate", ["whole", "--filter", "rouge"]),
    ("log", ["whole"]),
    ("doctor", ["whole", "--offline"]),
    ("resume", ["first"]),
]


@pytest.mark.parametrize(("command", "arguments"), READING, ids=[" ".join([name, *rest[:3]]) for name, rest in READING])
def test_a_command_prints_what_the_page_says(command: str, arguments: list[str], runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    main([command, *arguments, "--runs", str(runs), "--json"])
    expect(command, capsys.readouterr().out)


def test_what_makes_something_too(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.jsonl").write_text("{broken\n")
    made = {
        "run": ["run", "--name", "it", "--target", "3", *QUICK, "--runs", str(tmp_path)],
        "mark": ["mark", "it", "0.0", "--reject", "odd", "--runs", str(tmp_path)],
        "show": ["show", "it", "0.0", "--runs", str(tmp_path)],
        "export": ["export", "first", "--out", str(tmp_path / "first.jsonl"), "--runs", str(runs)],
        "init": ["init", str(tmp_path / "project")],
        "seeds check": ["seeds", "check", "bundled"],
    }
    capsys.readouterr()
    for name, arguments in made.items():
        assert (name, main([*arguments, "--json"])) == (name, 0)
        expect(name, capsys.readouterr().out)
    assert main(["seeds", "check", str(tmp_path / "bad.jsonl"), "--json"]) == 2
    expect("seeds check", capsys.readouterr().out)


def test_what_steers_a_job_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with detached(tmp_path) as job, child(["watch", "a", "--json"], tmp_path) as watching:
        assert watching.stdout is not None
        first = watching.stdout.readline()
        capsys.readouterr()
        for name, arguments in {"pause": ["pause", "a"], "set": ["set", "a", "concurrency=3"], "stop": ["stop", "a"]}.items():
            assert main([*arguments, "--runs", str(job.runs), "--json"]) == 0
            expect(name, capsys.readouterr().out)
        *shown, last = watching.communicate()[0].splitlines()
    expect("snapshot", "\n".join([first.strip(), *shown]))
    expect("condition", last)


def test_a_list_of_runs_is_slim(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    main(["runs", "--runs", str(runs), "--json"])
    assert not {"config", "taxonomy"} & json.loads(capsys.readouterr().out)[0].keys()
