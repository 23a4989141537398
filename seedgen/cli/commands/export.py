"""`seedgen export`: the dataset as a file that trainers read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seedgen.cli import options
from seedgen.cli.plain import print_json
from seedgen.cli.shown import console
from seedgen.dataset import export
from seedgen.dataset.formats import formats
from seedgen.store.open import open_run


def command(
    run: options.Run,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The file to write, replaced if it is there.", show_default=False)],
    format_: Annotated[str, typer.Option("--format", metavar="|".join(formats()), help="What a row looks like.")] = "messages",
    runs: options.Runs = options.RUNS,
    as_json: options.Json = False,
) -> None:
    """Write the dataset as JSONL, and its provenance beside it."""
    report = export(open_run(run, runs), format_, out)
    if as_json:
        counts = {"items": report.items, "rejected": report.rejected}
        print_json({"path": str(report.path), "sidecar": str(report.sidecar), **counts})
    else:
        left_out = f"; left out {report.rejected:,} that people rejected" if report.rejected else ""
        console().print(f"wrote {report.items:,} items to {report.path}, their provenance to {report.sidecar}{left_out}", soft_wrap=True)
