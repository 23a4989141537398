"""A run from outside: start it, or go on with it.

    ending = run(Config(target=100), name="first")        start it, or go on with it if it is there
    ending = resume("first", {"target": 200})             go on with what the run itself remembers

Both find the folder, hold it against a second process, settle which config, seeds and templates count, and leave the rest to
`seedgen.start`. `Ending` says why the run stopped; errors are `SeedgenError`s.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from seedgen.bundled import bundled
from seedgen.config import Config, with_settings
from seedgen.errors import UsageError
from seedgen.events import Ending, Event, Listener
from seedgen.folder import RunFolder, checked_name, existing_run, fresh_folder
from seedgen.prompt import read_template, read_templates
from seedgen.recipes import build_recipes
from seedgen.seeds import read_seeds
from seedgen.start import Start, utc_now
from seedgen.store.store import Store

RUNS = Path("runs")


def run(
    config: Config,
    name: str | None = None,
    *,
    runs: Path = RUNS,
    listeners: Sequence[Listener] = (),
    environ: Mapping[str, str] = os.environ,
    handle_signals: bool = False,
) -> Ending:
    """Start the run `name`, or go on with it if it exists and its config agrees. Without a name, start a new one (run-1, run-2 …).

    With `handle_signals` (main thread only), SIGINT and SIGTERM end the run well, a second one at once.
    Raises `UsageError` (config, seeds, templates), `ConfigDrift`, `RunLocked`, `StoreBroken`, `TeacherError` (it cannot be opened).
    """
    seeds = read_seeds(config.seeds)
    names = dict.fromkeys(template for recipe in build_recipes(config.recipes).values() for template in recipe.templates)
    templates = read_templates(tuple(names), bundled("prompts"))
    folder = RunFolder((runs / checked_name(name)).resolve()) if name is not None else fresh_folder(runs)
    folder.make()
    with folder.held():
        start = Start(folder, config, seeds, templates, broadcast(listeners), environ)
        return asyncio.run(start.go(handle_signals))


def resume(
    name: str,
    settings: Mapping[str, Any] | None = None,
    *,
    runs: Path = RUNS,
    listeners: Sequence[Listener] = (),
    environ: Mapping[str, str] = os.environ,
    handle_signals: bool = False,
) -> Ending:
    """Go on with a run from its own record: config, seeds and templates as they were when it was made.

    `settings` maps dotted keys to new values, such as {"target": 200, "limits.max_cost": 5}; only live settings may change, and the
    target may only grow. Raises as `run` does.
    """
    folder = existing_run(name, runs)
    with folder.held():
        start = remembered(folder, settings or {}, broadcast(listeners), environ)
        return asyncio.run(start.go(handle_signals))


def remembered(folder: RunFolder, settings: Mapping[str, Any], emit: Listener, environ: Mapping[str, str]) -> Start:
    """A start from what the run's own database says."""
    store = Store(folder.database, utc_now)
    try:
        record = store.record()
        if record is None:
            raise UsageError(f'run "{folder.name}" was never started; start it with: seedgen run --name {folder.name}')
        seeds, sources = store.seeds(), store.templates()
    finally:
        store.close()
    config = with_settings(json.loads(record.config), settings, f"run {folder.name}")
    return Start(folder, config, seeds, {n: read_template(n, s) for n, s in sources.items()}, emit, environ)


def broadcast(listeners: Sequence[Listener]) -> Listener:
    """One listener that tells them all, in order."""

    def emit(event: Event) -> None:
        for listener in listeners:
            listener(event)

    return emit
