"""`seedgen mark`: what a person makes of an item."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from seedgen import api
from seedgen.cli import options
from seedgen.cli.names import calling
from seedgen.cli.plain import plain, print_json
from seedgen.cli.shown import console, shown
from seedgen.errors import UsageError
from seedgen.records import Mark
from seedgen.store.open import open_run
from seedgen.store.ports import Summary

NAMED = 20
"""Items that are named one by one in what was done."""


def command(
    run: options.Run,
    items: Annotated[list[str], typer.Argument(metavar="ITEM", help="As seedgen items names them: 17.3", show_default=False)],
    reject: Annotated[str | None, typer.Option("--reject", metavar="WHY", help="Leave them out of the dataset.")] = None,
    accept: Annotated[bool, typer.Option("--accept", help="Looked at, and good; puts rejected ones in again.")] = False,
    edit: Annotated[str | None, typer.Option("--edit", metavar="JSON|-", help='Other texts: {"output": "…"}; - reads them.')] = None,
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="What is to be remembered beside it.")] = "",
    by: Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who says so; by default, who is logged in.")] = None,
    runs: options.Runs = options.RUNS,
    as_json: options.Json = False,
) -> None:
    """Reject, accept or edit items; what was made stays.

    In place of a rejected item the next one that passed counts; if there is none, seedgen resume makes one more.
    """
    if sum((reject is not None, accept, edit is not None)) != 1:
        raise UsageError("say one of --reject WHY, --accept and --edit JSON")
    texts = read_texts(sys.stdin.read() if edit == "-" else edit) if edit is not None else {}
    how: dict[str, Any] = {"reject": reject is not None, "edit": texts, "note": reject or note, "by": user() if by is None else by}
    marks: list[Mark] = []
    try:
        for each in api.marking(run, items, **how, runs=runs):
            marks.append(each)  # noqa: PERF402 - those before one that fails are marked
    finally:
        if marks:
            tell(marks, run, runs, as_json)


def tell(marks: Sequence[Mark], run: str, runs: Path, as_json: bool) -> None:
    """Say what was done."""
    summary = open_run(run, runs).summary()
    if as_json:
        print_json({"marks": plain(marks), "accepted": summary.accepted})
    else:
        console().print(shown("; ".join(said(marks, summary, calling(run, runs)))), soft_wrap=True)


def read_texts(text: str) -> Mapping[str, str]:
    """The texts of --edit. Raises `UsageError`."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise UsageError(f'--edit: no JSON ({exc}); write for example {{"output": "…"}}') from exc
    if not isinstance(found, dict) or not found or not all(isinstance(value, str) for value in found.values()):
        raise UsageError('--edit: not a JSON object of texts; write for example {"output": "…"}')
    return found


def user() -> str:
    """Who is logged in; "" where the system does not say."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def said(marks: Sequence[Mark], summary: Summary, run: str) -> list[str]:
    """What was done, and where the dataset stands now."""
    names = ", ".join(f"{mark.ref} (version {mark.version})" for mark in marks) if len(marks) <= NAMED else f"{len(marks):,} items"
    rejected, missing = marks[0].rejected, summary.record.target - summary.accepted
    words = [f"{names} {'rejected' if rejected else 'in the dataset'}", f"{summary.accepted:,} of {summary.record.target:,} accepted"]
    more = missing and summary.state != "running" and not summary.record.regated_from
    return [*words, f"make more with: seedgen resume {run}"] if more else words
