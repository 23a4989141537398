"""Makes `tests/` importable for its helpers (`fakes`), and keeps the speed of the machine out of the tests."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

os.environ.setdefault("OMP_NUM_THREADS", "1")
"""Two processes of tests that each encode on all cores would wait for each other."""

os.environ.pop("COLUMNS", None)
"""Which pytest-xdist sets: what is printed is as wide as when it goes into a pipe."""
