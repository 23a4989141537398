"""A run's database in SQLite: tables and migrations, what is written (`store`, `commit`), what is read, and what may be wrong with it."""
