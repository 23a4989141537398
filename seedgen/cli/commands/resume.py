"""`seedgen resume`: go on with a run, in a new process or, if it is paused, where it is."""

from __future__ import annotations

from seedgen.cli import options
from seedgen.cli.launch import begin
from seedgen.cli.names import calling
from seedgen.cli.settings import remembered
from seedgen.cli.shown import answer
from seedgen.config.layers import Flags, live_layer, sources, values
from seedgen.runs.paused import let_go_on, paused
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
    folder = existing_run(run, runs)
    if not paused(folder):
        return begin(Launch(run, runs, settings=changes, sources=sources(given)), detached=detach, as_json=as_json)
    reply = let_go_on(folder, changes)
    says = f"{folder.name} goes on in its own process, {reply['pid']}; watch it with: seedgen watch {calling(run, runs)}"
    answer(says, reply, as_json=as_json)
    return 0
