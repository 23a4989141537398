"""What flags and arguments are called and mean, once for all commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

Verdict = Literal["accepted", "refused", "surplus", "rejected"]

RUNS = Path("runs")
"""Where runs are looked for, unless a command is told otherwise."""

Json = Annotated[bool, typer.Option("--json", help="JSON on standard output, everything else on standard error.")]
Runs = Annotated[Path, typer.Option("--runs", envvar="SEEDGEN_RUNS", metavar="DIR", help="Folder that holds the runs.")]
Run = Annotated[str, typer.Argument(metavar="RUN", help="A run's name under the runs folder, or a path.", show_default=False)]
Target = Annotated[int | None, typer.Option("--target", metavar="N", help="Accepted items to end with, exactly.")]
Concurrency = Annotated[str | None, typer.Option("--concurrency", metavar="N|auto", help="Calls in flight at once.")]
BaseUrl = Annotated[str | None, typer.Option("--base-url", metavar="URL", help="An OpenAI-compatible server, with /v1.")]
MaxCost = Annotated[float | None, typer.Option("--max-cost", metavar="USD", help="Stop when this much is spent.")]
MaxTokens = Annotated[int | None, typer.Option("--max-tokens", metavar="N", help="Stop after this many tokens.")]
MaxRequests = Annotated[int | None, typer.Option("--max-requests", metavar="N", help="Stop after this many requests.")]
MaxTime = Annotated[str | None, typer.Option("--max-time", metavar="TIME", help="Stop after this time: 90s, 30m, 2h, 1d.")]
MaxWait = Annotated[str | None, typer.Option("--max-wait", metavar="TIME", help="Stop when a teacher keeps the run waiting for longer.")]
New = Annotated[bool, typer.Option("--new", help="Begin another run, though one with these settings is unfinished.")]
Detach = Annotated[bool, typer.Option("--detach", help="Leave it to a process of its own, once it has truly started.")]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Any setting, as gate.rouge.threshold=0.6.")]
