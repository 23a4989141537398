"""What a run is called: the name that a config file gives it, and the words that name it to another command."""

from __future__ import annotations

import shlex
from pathlib import Path

from seedgen.cli.options import RUNS
from seedgen.config.model import Config
from seedgen.errors import UsageError


def name_after(config: Path | None) -> str | None:
    """The name a config file gives its run; none if it is the usual seedgen.toml."""
    return None if config is None or config.stem == "seedgen" else config.stem


def calling(name: str, runs: Path) -> str:
    """The run as it is given to another command typed in the same place."""
    return shlex.quote(name) if runs == RUNS else f"{shlex.quote(name)} --runs {shlex.quote(str(runs))}"


def refuse_second(config: Config, runs: Path) -> None:
    """Raise `UsageError` if one with the same settings has not come to its end: a run without a name would be paid for twice."""
    from seedgen.api import unfinished  # which imports all that a run needs

    if found := unfinished(config, runs):
        run = calling(found.name, runs)
        working = "is at work with" if found.busy() else "is unfinished, and has"
        go_on = f"follow it with: seedgen watch {run}" if found.busy() else f"go on with it: seedgen resume {run}"
        raise UsageError(f'run "{found.name}" {working} the same settings; {go_on}; or start another: add --new, or a --name of its own')
