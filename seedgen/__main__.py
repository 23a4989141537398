"""`python -m seedgen` is `seedgen`."""

from __future__ import annotations

import os.path
import sys

if not sys.flags.safe_path and sys.path[0] != os.path.dirname(os.path.dirname(__file__)):  # noqa: PTH120 - pathlib is not loaded yet
    del sys.path[0]  # the working directory, where modules are looked for last, if at all: see gate.custom

from seedgen.cli import main

sys.exit(main())
