"""Is what we have what we say it is, and why is the rest not there? A run against its invariants, refusals against their thresholds and
neighbours, seeds against one another; by other means than those that made them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seedgen.audit.overlap import nearest_by_rouge as nearest_by_rouge
    from seedgen.audit.refusals import Comparison as Comparison
    from seedgen.audit.refusals import GateReport as GateReport
    from seedgen.audit.refusals import compare_life as compare_life
    from seedgen.audit.refusals import compare_lines as compare_lines
    from seedgen.audit.refusals import report_gate as report_gate
    from seedgen.audit.survey import SeedSurvey as SeedSurvey
    from seedgen.audit.survey import survey_seeds as survey_seeds
    from seedgen.audit.verify import CheckReport as CheckReport
    from seedgen.audit.verify import check_run as check_run

PUBLIC = {
    "nearest_by_rouge": "overlap", "Comparison": "refusals", "GateReport": "refusals", "compare_life": "refusals",
    "compare_lines": "refusals", "report_gate": "refusals", "SeedSurvey": "survey", "survey_seeds": "survey", "CheckReport": "verify",
    "check_run": "verify",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Imported when first used: a command that only looks at a run does not load what audits one."""
    if name not in PUBLIC:
        raise AttributeError(f"module 'seedgen.audit' has no attribute {name!r}")
    return getattr(import_module(f"seedgen.audit.{PUBLIC[name]}"), name)
