"""Real `seedgen` processes, and the flags of a run that takes no time."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

QUICK = ("--teacher", "scripted", "--set", "gate.semantic.enabled=false")
Seedgen = Callable[..., subprocess.CompletedProcess[str]]
HANGS = 240.0
"""Seconds after which a process that has not ended is taken to hang: on no machine does one take so long."""


def environment() -> dict[str, str]:
    """Ours, without what would change a run."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("SEEDGEN_", "OPENAI_", "COV_"))}


def child(arguments: Sequence[str], cwd: Path) -> subprocess.Popen[str]:
    """A real `seedgen` process, at work in `cwd`."""
    command = [sys.executable, "-m", "seedgen", *arguments]
    return subprocess.Popen(command, cwd=cwd, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
