"""Makes `tests/` importable for its helpers (`fakes`)."""
