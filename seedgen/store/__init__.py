"""Where a run is kept. `ports` is all that others know of it, `open` chooses the database, `folder` and `lock` are around it."""
