"""The output checks: one file a check, or an entry point, that sets `PLUGIN` to its `Check`; `output.py` asks them in their order."""

from seedgen.check.output import Case as Case
from seedgen.check.output import Check as Check
