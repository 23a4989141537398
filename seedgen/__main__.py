"""`python -m seedgen` is `seedgen`."""

from __future__ import annotations

import sys

from seedgen.cli import main

sys.exit(main())
