"""`seedgen stop`: end a running job well."""

from __future__ import annotations

import time

from seedgen.cli import options
from seedgen.cli.ending import say_how_it_stands
from seedgen.runs.orders import order
from seedgen.store.folder import existing_run


def command(run: options.Run, runs: options.Runs = options.RUNS, as_json: options.Json = False) -> None:
    """End a running job well, and say how it ended.

    Nothing new is asked; calls in flight are awaited and saved. Ctrl-C leaves the waiting, not the stopping.
    """
    folder = existing_run(run, runs)
    order(folder, "stop")
    while folder.busy():
        time.sleep(0.1)
    say_how_it_stands(folder, as_json=as_json)
