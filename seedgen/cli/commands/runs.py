"""`seedgen runs`: all runs, and how each of them stands."""

from __future__ import annotations

from seedgen.cli import options
from seedgen.cli.listing import print_runs
from seedgen.cli.plain import print_json
from seedgen.cli.shown import console
from seedgen.cli.summary import as_plain
from seedgen.errors import StoreBroken, UsageError
from seedgen.runs.heartbeat import Standing, standing
from seedgen.store import open as open_
from seedgen.store.folder import RunFolder, all_runs
from seedgen.store.ports import Summary

SLIM = (
    "name", "state", "detail", "accepted", "target", "rejected", "surplus", "candidates", "requests", "tokens", "cost", "known_cost",
    "teachers", "regated_from", "created_at", "started_at", "ended_at", "end",
)  # fmt: skip
"""What a list tells of each run."""


def command(runs: options.Runs = options.RUNS, as_json: options.Json = False) -> None:
    """List all runs, the newest last."""
    found = sorted(((folder.name, glance(folder)) for folder in all_runs(runs)), key=lambda run: last_begun(run[1]))
    if as_json:
        print_json([plain_run(name, glanced) for name, glanced in found])
    elif found:
        print_runs(console(), found)
    else:
        console(err=True).print(f"no runs in {runs.resolve()}; start one with: seedgen run --name first --target 25", soft_wrap=True)


def glance(folder: RunFolder) -> tuple[Summary, Standing] | str:
    """The run's summary and how it stands, or why it cannot be read."""
    try:
        summary = open_.glance(folder)
    except (StoreBroken, UsageError) as exc:
        return str(exc)
    return summary, standing(folder, summary.record.end, summary.record.end_message, summary.lock)


def last_begun(glanced: tuple[Summary, Standing] | str) -> str:
    """When a run was last started, or made; the first of all if that cannot be read."""
    return "" if isinstance(glanced, str) else glanced[0].record.started_at or glanced[0].record.created_at


def plain_run(name: str, glanced: tuple[Summary, Standing] | str) -> dict[str, object]:
    """What `status` says of a run, without its figures in full, its config and its taxonomy."""
    if isinstance(glanced, str):
        return {"name": name, "state": "broken", "reason": glanced}
    found = as_plain(glanced[0], how=glanced[1])
    return {key: found[key] for key in SLIM}
