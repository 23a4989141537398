"""What flags and arguments are called and mean, once for all commands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Annotated, Literal

import typer

FORMAT, KIND, SERVED = "FORMAT", "KIND", "SERVED"
"""Words that stand in the help for names which are found only when they are asked for: see `names`."""
Verdict = Literal["accepted", "refused", "surplus"]

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
Detach = Annotated[bool, typer.Option("--detach", help="Leave it to a process of its own, once it has truly started.")]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Any setting, as gate.rouge.threshold=0.6.")]


def names(word: str | None) -> Iterable[str]:
    """The names that one of the words above stands for; none if it is another."""
    from seedgen.registry import plugins

    if word == SERVED:
        return servers()
    door = {FORMAT: "seedgen.dataset.formats", KIND: "seedgen.teachers"}.get(word or "")
    return plugins(door, object) if door else ()


def servers() -> Mapping[str, Callable[..., AbstractAsyncContextManager[str]]]:
    """How the kinds of teacher that can be served are served, by name."""
    from seedgen.teachers import kinds

    return {name: kind.serve for name, kind in kinds().items() if kind.serve}
