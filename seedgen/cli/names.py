"""What a run is called: the name that a config file gives it, and the words that name it to another command."""

from __future__ import annotations

import shlex
from pathlib import Path

from seedgen.cli.options import RUNS


def name_after(config: Path | None) -> str | None:
    """The name a config file gives its run; none if it is the usual seedgen.toml."""
    return None if config is None or config.stem == "seedgen" else config.stem


def calling(name: str, runs: Path) -> str:
    """The run as it is given to another command typed in the same place."""
    return shlex.quote(name) if runs == RUNS else f"{shlex.quote(name)} --runs {shlex.quote(str(runs))}"
