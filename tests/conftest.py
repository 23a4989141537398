"""Makes `tests/` importable for its helpers (`fakes`), and says how long hypothesis may take: as long as it needs."""

from hypothesis import HealthCheck, settings

settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
