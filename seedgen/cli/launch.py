"""Launching a run: carried out here, in sight of the user, or left to a process of its own (`--detach`)."""

from __future__ import annotations

from contextlib import suppress

from seedgen.api import carry_out
from seedgen.cli.display import STARTING, watching
from seedgen.cli.ending import tell
from seedgen.cli.names import calling
from seedgen.cli.plain import print_json
from seedgen.cli.shown import console, shown
from seedgen.cli.summary import print_hints
from seedgen.events import Event, Notice, Waiting, exit_code
from seedgen.runs.snapshot import Tally
from seedgen.runs.spawn import Launch, Spawned, spawn
from seedgen.store.folder import existing_run


def begin(launch: Launch, *, detached: bool, as_json: bool) -> int:
    """Have it carried out here, or by a process of its own; the exit code."""
    return detach(launch, as_json=as_json) if detached else attached(launch, as_json=as_json)


def attached(launch: Launch, *, as_json: bool) -> int:
    """Carry it out in sight of the user, sum it up, and return the exit code."""
    tally = Tally()
    with watching(tally, console(err=True)) as listener:
        ending = carry_out(launch, listener, tally)
    with suppress(BrokenPipeError):  # nobody wants to be told; how the run ended still counts
        tell(ending, launch.name or tally.name, launch.runs, tally.elapsed, as_json=as_json)
    return exit_code(ending.end, ending.signal)


def detach(launch: Launch, *, as_json: bool) -> int:
    """Leave it to a process of its own. Returns 0 once it has started, and its exit code if it has ended by then."""
    notes = console(err=True)
    notes.print(STARTING)

    def hear(event: Event) -> None:
        match event:
            case Notice(message=message):
                notes.print(shown(message), soft_wrap=True)
            case Waiting(teacher=teacher, seconds=seconds, reason=reason):
                notes.print(shown(f"waiting for {teacher}, {seconds:.0f} s: {reason}"), soft_wrap=True)

    found = spawn(launch, hear)
    if found.ending:
        tell(found.ending, launch.name or found.name, launch.runs, found.seconds, as_json=as_json)
        return exit_code(found.ending.end, found.ending.signal)
    say_started(found, launch, as_json=as_json)
    return 0


def say_started(found: Spawned, launch: Launch, *, as_json: bool) -> None:
    name = launch.name or found.name
    run = calling(name, launch.runs)
    if as_json:
        print_json({"name": found.name, "pid": found.pid, "folder": str(existing_run(name, launch.runs).path)})
        return
    out = console()
    out.print(f"{found.name} has started, in process {found.pid}", soft_wrap=True)
    commands = {
        f"seedgen watch {run}": "follow it from any terminal",
        f"seedgen pause {run}": "have it ask nothing for a while",
        f"seedgen stop {run}": "end it well; seedgen resume goes on with it",
        f"seedgen log {run} --follow": "read along",
    }
    print_hints(out, commands)
