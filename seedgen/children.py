"""Children of ours: a module of this very seedgen, run in a process of its own.

Plain `python -m` would look for every module in the working directory first, and run what somebody left there under the name of one.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

HOME = str(Path(__file__).absolute().parents[1])
START = (
    "import sys; sys.path.insert(0, {home!r}); import seedgen; del sys.path[0]; "
    'from runpy import run_module; run_module({module!r}, run_name="__main__", alter_sys=True)'
)
"""Only for seedgen itself its own folder comes first: it need not be installed."""


def command(module: str, *arguments: str) -> list[str]:
    """What to start; the module finds the arguments in `sys.argv`. Nothing is imported from the working directory."""
    return [sys.executable, "-P", "-c", START.format(home=HOME, module=module), *arguments]


def usable_cpus() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
