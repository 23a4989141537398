"""Files in and out: `seedgen init`, `seedgen seeds check` and `seedgen export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seedgen.cli import options
from seedgen.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from seedgen.audit import SeedSurvey

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Where to write; made if it is not there.", show_default=False)]


def init(folder: Folder = Path(), as_json: options.Json = False) -> None:
    """Write a commented seedgen.toml and a copy of the seeds."""
    from seedgen.cli.sample import sample
    from seedgen.cli.shown import console, print_json

    config, seeds = folder / "seedgen.toml", folder / "seeds"
    if taken := [path for path in (config, seeds) if path.exists()]:
        raise UsageError(f"{taken[0]}: is there already, and is left as it is; give another folder: seedgen init DIR")
    try:
        write_project(config, seeds, sample())
    except OSError as exc:
        raise UsageError(f"{exc.filename or folder}: cannot be written: {exc.strerror}") from exc
    if as_json:
        print_json({"config": str(config), "seeds": str(seeds)})
    else:
        console().print(f"wrote {config} and {seeds}{'/'}; edit them, then: seedgen run {config} --name NAME", soft_wrap=True)


def write_project(config: Path, seeds: Path, text: str) -> None:
    """The config file and a copy of the bundled seeds with their taxonomy, in a folder that is made if need be."""
    from shutil import copyfile

    from seedgen.inputs.bundled import bundled

    seeds.mkdir(parents=True)
    for path in sorted(bundled("seeds").iterdir()):
        copyfile(path, seeds / path.name)
    config.write_text(text, encoding="utf-8")


def check_seeds(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help='Seed files or folders; "bundled" for the ones we bring.')],
    as_json: options.Json = False,
) -> int:
    """Check seed files.

    Names file, line and remedy of every fault (exit 2), and the tasks that are too much alike.
    """
    from seedgen.audit import survey_seeds
    from seedgen.cli.shown import block, console, print_json
    from seedgen.inputs.seeds import load_seeds

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
    from seedgen.cli.shown import shown
    from seedgen.cli.summary import pairs

    for one, other, score in survey.near:
        out.print(f"{shown(one)} and {shown(other)}: much alike, ROUGE-L {score:.2f}; reword or remove one", soft_wrap=True)
    kinds = {"category": survey.by_category, "tier": survey.by_tier, "license": survey.by_license}
    rows = {"tasks": f"{survey.tasks:,}; {survey.with_input:,} with input, {survey.classification:,} of them classification"}
    out.print(pairs(rows | {name: shown(", ".join(f"{label} {n:,}" for label, n in counts.items())) for name, counts in kinds.items()}))


def export(
    run: options.Run,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The file to write, replaced if it is there.", show_default=False)],
    format_: Annotated[str, typer.Option("--format", metavar=options.FORMAT, help="What a row looks like.")] = "messages",
    runs: options.Runs = Path("runs"),
    as_json: options.Json = False,
) -> None:
    """Write the dataset as JSONL, and its provenance beside it."""
    from seedgen.cli.shown import console, print_json
    from seedgen.dataset import export as write
    from seedgen.store.sqlite.reader import open_run

    report = write(open_run(run, runs), format_, out)
    if as_json:
        print_json({"path": str(report.path), "sidecar": str(report.sidecar), "items": report.items})
    else:
        console().print(f"wrote {report.items:,} items to {report.path}, their provenance to {report.sidecar}", soft_wrap=True)
