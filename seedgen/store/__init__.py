"""Where a run is kept. `ports` is all that the rest of seedgen knows of it, `open` chooses the database, `folder` and `lock` are around it."""
