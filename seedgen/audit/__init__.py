"""Is what we have what we say it is? A run against its invariants, seeds against one another; by other means than those that made them."""

from seedgen.audit.check import CheckReport as CheckReport
from seedgen.audit.check import check_run as check_run
from seedgen.audit.overlap import nearest_by_rouge as nearest_by_rouge
from seedgen.audit.survey import SeedSurvey as SeedSurvey
from seedgen.audit.survey import survey_seeds as survey_seeds
