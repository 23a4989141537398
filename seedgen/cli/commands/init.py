"""`seedgen init`: a config file to edit, and the seeds to begin with."""

from __future__ import annotations

from pathlib import Path
from shutil import copyfile, rmtree
from typing import Annotated

import typer

from seedgen.cli import options
from seedgen.cli.plain import print_json
from seedgen.cli.sample import sample
from seedgen.cli.shown import console
from seedgen.errors import UsageError
from seedgen.inputs.bundled import bundled

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Where to write; made if it is not there.", show_default=False)]


def command(folder: Folder = Path(), as_json: options.Json = False) -> None:
    """Write a commented seedgen.toml and a copy of the seeds."""
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
    seeds.mkdir(parents=True)
    try:
        for path in sorted(bundled("seeds").iterdir()):
            copyfile(path, seeds / path.name)
        config.write_text(text, encoding="utf-8")
    except OSError:  # or the next attempt would find them taken
        rmtree(seeds, ignore_errors=True)
        config.unlink(missing_ok=True)
        raise
