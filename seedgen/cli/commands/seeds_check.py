"""`seedgen seeds check`: what is wrong with seed files, line by line, and what the tasks in them are like."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from seedgen.audit import SeedSurvey, survey_seeds
from seedgen.cli import options
from seedgen.cli.plain import block, print_json
from seedgen.cli.shown import console, shown
from seedgen.cli.summary import pairs
from seedgen.inputs.seeds import load_seeds


def command(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help='Seed files or folders; "bundled" for the ones we bring.')],
    as_json: options.Json = False,
) -> int:
    """Check seed files.

    Names file, line and remedy of every fault (exit 2), and the tasks that are too much alike.
    """
    tasks, faults = load_seeds(paths)
    survey = survey_seeds(tasks)
    if as_json:
        print_json({"faults": faults, "survey": survey})
    else:
        for fault in faults:
            console().print(block(str(fault)), soft_wrap=True)
        print_survey(console(), survey)
        if not tasks:
            console().print("no tasks that can be read; a run needs at least one")
    return 2 if faults or not tasks else 0


def print_survey(out: Console, survey: SeedSurvey) -> None:
    """What these seeds are like, and the pairs that are too much alike."""
    for one, other, score in survey.near:
        out.print(f"{shown(one)} and {shown(other)}: much alike, ROUGE-L {score:.2f}; reword or remove one", soft_wrap=True)
    kinds = {"category": survey.by_category, "tier": survey.by_tier, "license": survey.by_license}
    rows = {"tasks": f"{survey.tasks:,}; {survey.with_input:,} with input, {survey.classification:,} of them classification"}
    out.print(pairs(rows | {name: shown(", ".join(f"{label} {n:,}" for label, n in counts.items())) for name, counts in kinds.items()}))
