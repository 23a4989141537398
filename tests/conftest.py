"""Makes `tests/` importable for its helpers (`fakes`), and keeps the speed of the machine out of the tests."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

os.environ.setdefault("OMP_NUM_THREADS", "1")
"""Two processes of tests that each encode on all cores would wait for each other."""

os.environ.pop("COLUMNS", None)
"""Which pytest-xdist sets: what is printed is as wide as when it goes into a pipe."""


@pytest.fixture(autouse=True, scope="session")
def _a_cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Tests neither find nor leave anything in the user's."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("XDG_CACHE_HOME", str(folder))
        yield folder
