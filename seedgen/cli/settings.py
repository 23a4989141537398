"""The settings of a run that is there, as commands go by them."""

from __future__ import annotations

from pathlib import Path

from seedgen.config.model import Config, stored_config
from seedgen.store.open import open_run


def remembered(run: str, runs: Path) -> Config:
    """The config a run was last started with."""
    return stored_config(open_run(run, runs).record().config, f"run {run}")
