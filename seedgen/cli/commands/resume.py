"""`seedgen resume`: go on with a run, in a new process or, if it is paused, where it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seedgen.cli import options
from seedgen.cli.launch import begin
from seedgen.cli.names import calling
from seedgen.cli.settings import remembered
from seedgen.cli.shown import answer
from seedgen.config.layers import Flags, live_layer, sources, values
from seedgen.runs.heartbeat import last_heartbeat
from seedgen.runs.orders import order
from seedgen.runs.spawn import Launch
from seedgen.store.folder import existing_run


def command(
    run: options.Run,
    target: options.Target = None,
    base_url: options.BaseUrl = None,
    concurrency: options.Concurrency = None,
    max_cost: options.MaxCost = None,
    max_tokens: options.MaxTokens = None,
    max_requests: options.MaxRequests = None,
    max_time: options.MaxTime = None,
    max_wait: options.MaxWait = None,
    assignments: options.Set = None,
    detach: options.Detach = False,
    runs: options.Runs = options.RUNS,
    as_json: options.Json = False,
) -> int:
    """Go on with a stopped or paused run, or extend a finished one.

    Everything is as the run remembers it; only limits, pace and addresses may change, and --target may grow. A paused job goes on where
    it is; a stopped run gets a new process, this one or, with --detach, one of its own.
    """
    flags = Flags(
        base_url=base_url, target=target, concurrency=concurrency, assignments=assignments or (),
        limits={"max_cost": max_cost, "max_tokens": max_tokens, "max_requests": max_requests, "max_time": max_time, "max_wait": max_wait},
    )  # fmt: skip

    given = live_layer(flags, remembered(run, runs))
    changes = values(given)
    if paused(run, runs):
        let_go_on(run, runs, changes, as_json=as_json)
        return 0
    return begin(Launch(run, runs, settings=changes, sources=sources(given)), detached=detach, as_json=as_json)


def paused(run: str, runs: Path) -> bool:
    """Whether a job works on this run and is paused, or may be: one whose heartbeat cannot be read is asked to go on, too."""
    folder = existing_run(run, runs)
    if not folder.busy():
        return False
    last = last_heartbeat(folder)
    return last is None or last.state == "paused"


def let_go_on(run: str, runs: Path, changes: Mapping[str, Any], *, as_json: bool) -> None:
    """Have the paused job go on, under these live settings."""
    folder = existing_run(run, runs)
    if changes:
        order(folder, "set", changes)
    reply = order(folder, "go_on")
    answer(
        f"{folder.name} goes on in its own process, {reply['pid']}; watch it with: seedgen watch {calling(run, runs)}",
        reply,
        as_json=as_json,
    )
