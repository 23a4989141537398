"""`seedgen seeds check`: what is wrong with seed files, line by line, and what the tasks in them are like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer
from rich.console import Console

from seedgen.audit import SeedSurvey, survey_seeds
from seedgen.audit.survey import NONE
from seedgen.cli import options
from seedgen.cli.plain import block, print_json
from seedgen.cli.shown import console, shown
from seedgen.cli.summary import pairs
from seedgen.inputs.seeds import SHOWN, load


def command(
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help='Seed files or folders; "bundled" for the ones we bring.')],
    as_json: options.Json = False,
) -> int:
    """Check seed files.

    Names file, line and remedy of every fault (exit 2), and the tasks that are too much alike.
    """
    found = load(paths)
    survey = survey_seeds(found.tasks)
    if as_json:
        print_json({"faults": found.faults, "notes": found.notes, "shapes": dict(found.shapes), "survey": survey})
    else:
        for fault in (*found.faults, *found.notes):
            console().print(block(str(fault)), soft_wrap=True)
        print_survey(console(), survey, dict(found.shapes))
        if not found.tasks:
            console().print("no tasks that can be read; a run needs at least one")
    return 2 if found.faults or not found.tasks else 0


def print_survey(out: Console, survey: SeedSurvey, shapes: Mapping[str, int]) -> None:
    """What these seeds are like, the pairs that are too much alike, and what is lost where they have no category."""
    for one, other, score in survey.near[:SHOWN]:
        out.print(f"{shown(one)} and {shown(other)}: much alike, ROUGE-L {score:.2f}; reword or remove one", soft_wrap=True)
    if len(survey.near) > SHOWN:
        out.print(f"… and {len(survey.near) - SHOWN:,} more that are much like an earlier one (all of them: --json)")
    kinds = {"read as": shapes, "category": survey.by_category, "tier": survey.by_tier, "license": survey.by_license}
    rows = {"tasks": f"{survey.tasks:,}; {survey.with_input:,} with input, {survey.classification:,} of them classification"}
    out.print(pairs(rows | {name: shown(", ".join(f"{label} {n:,}" for label, n in counts.items())) for name, counts in kinds.items()}))
    if missing := survey.by_category.get(NONE, 0):
        out.print(uncategorized(missing, survey.tasks), soft_wrap=True)


def uncategorized(missing: int, tasks: int) -> str:
    """What a run lacks where seeds have no category."""
    if missing < tasks:
        return f'{missing:,} tasks have no "category": they are never the examples that stand for a category, only those beside them'
    return (
        'no task has a "category", so a run asks for no category and no tier, keeps no balance among them, and its items have none; give '
        'the tasks a "category", or name a taxonomy: --set steer.taxonomy=bundled'
    )
