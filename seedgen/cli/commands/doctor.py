"""`seedgen doctor`: what stands in the way of a run, before it does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from seedgen.audit.doctor import examine
from seedgen.cli import options
from seedgen.cli.plain import block, print_json
from seedgen.cli.shown import console
from seedgen.config.layers import Flags, load_config
from seedgen.config.model import Config
from seedgen.store.folder import RunFolder, existing_run

STYLES = {"ok": "green", "note": "yellow", "problem": "bold red"}


def command(
    about: Annotated[
        str | None,
        typer.Argument(metavar="RUN|CONFIG|URL", help="A run, a config file for one, or a teacher's address; else the defaults."),
    ] = None,
    model: Annotated[str | None, typer.Option("--model", help="The model to ask at that address.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no teacher.")] = False,
    runs: options.Runs = options.RUNS,
    as_json: options.Json = False,
) -> int:
    """Look over machine, disk, keys, teachers, and a run if named.

    Each line is ok, a note or a problem with its remedy; exit 1 if there is a problem, else 0. Each teacher at an address is asked one
    short question, which a paid one bills (--offline asks none); what came is shown. No key is shown.
    """
    config, run = told(about, runs, model)
    out, findings = console(), []
    for finding in examine(config, runs, os.environ, run=run, offline=offline):
        findings.append(finding)
        if not as_json:
            remedy = f" → {finding.remedy}" if finding.remedy else ""
            level = (f"{finding.level:8}", STYLES[finding.level])
            out.print(Text.assemble(level, block(f"{finding.topic}: {finding.says}{remedy}")), soft_wrap=True)
    problems = sum(finding.level == "problem" for finding in findings)
    if as_json:
        print_json({"problems": problems, "findings": findings})
    return 1 if problems else 0


def told(about: str | None, runs: Path, model: str | None = None) -> tuple[Config, RunFolder | None]:
    """The config that a run would have here, and the run if one is named; its own config is read with it. Raises `UsageError`."""
    if about and about.startswith(("http://", "https://")):
        return load_config(None, Flags(teacher="openai", base_url=about, model=model), os.environ), None
    file = Path(about) if about and (about.endswith(".toml") or Path(about).is_file()) else None
    if about is None or file:
        return load_config(file, Flags(model=model), os.environ), None
    run = existing_run(about, runs)
    return load_config(None, Flags(), {}), run
