"""`seedgen pause`: have a running job wait until it is told to go on."""

from __future__ import annotations

from seedgen.cli import options
from seedgen.cli.names import calling
from seedgen.cli.shown import answer
from seedgen.runs.orders import order
from seedgen.store.folder import existing_run


def command(run: options.Run, runs: options.Runs = options.RUNS, as_json: options.Json = False) -> None:
    """Have a running job ask nothing new until told to go on.

    Calls in flight are awaited and saved. seedgen resume goes on with it.
    """
    folder = existing_run(run, runs)
    reply = order(folder, "pause")
    answer(f"{folder.name} is paused; go on with: seedgen resume {calling(run, runs)}", reply, as_json=as_json)
