"""How a job ended, told: one that this command has carried out, or one that others have worked on."""

from __future__ import annotations

from pathlib import Path

from seedgen.cli.names import calling
from seedgen.cli.plain import print_json
from seedgen.cli.shown import console, shown
from seedgen.cli.summary import as_plain, print_ending
from seedgen.errors import UsageError
from seedgen.events import Ending, exit_code
from seedgen.runs.heartbeat import last_heartbeat, standing
from seedgen.store.folder import RunFolder
from seedgen.store.open import open_run, read_run


def tell(ending: Ending, name: str, runs: Path, seconds: float, *, as_json: bool) -> None:
    """The end of a run, for people or for programs."""
    what = {"end": ending.end, "message": ending.message}
    try:
        reader = open_run(name, runs)
    except UsageError:
        if as_json:
            print_json(what)
        else:
            console().print(f"{shown(ending.message)}, before the run began")
        return
    if as_json:
        print_json({**what, **as_plain(reader.summary())})
    else:
        print_ending(console(), reader, ending, seconds, calling(name, runs))


def say_how_it_stands(folder: RunFolder, *, as_json: bool) -> int:
    """How a run stands on which nobody works any more, and its exit code."""
    record, last = read_run(folder).record(), last_heartbeat(folder)
    now = standing(folder, record.end, record.end_message)
    if as_json:
        print_json({"condition": now.condition, "detail": now.detail, "end": record.end}, indent=None)
    else:
        console().print(f"{shown(folder.name)} {now.condition}: {shown(now.detail)}", soft_wrap=True)
    return exit_code(record.end, last.signal if last else 0) if record.end else 1
