"""The commands, a file each: `seedgen run` is `run.command`, `seedgen seeds check` is `seeds_check.command`.

They read or act through one call of the library and show what it gives; what several of them need stands beside this folder. Each file is
imported when its command is asked for, so `seedgen --help` has its list from here.
"""

from __future__ import annotations

from collections.abc import Mapping

COMMANDS: Mapping[str, str] = {
    "init": "Write a commented seedgen.toml and a copy of the seeds.",
    "estimate": "Say what a run will take to its target: requests, tokens, cost, time.",
    "run": "Start a run, or go on with it if it is there.",
    "resume": "Go on with a stopped or paused run, or extend a finished one.",
    "runs": "List all runs.",
    "status": "Show how a run stands: state, refusals by filter and reason, scores near the thresholds, tokens, cost, ETA.",
    "items": "List items; refused ones with the reason.",
    "show": "Show the whole provenance of one item.",
    "mark": "Reject, accept or edit items; what was made stays in the record.",
    "check": "Derive the invariants of a run again.",
    "doctor": "Look over machine, versions, disk, keys and teachers, and a run if one is named.",
    "export": "Write the dataset as JSONL, and its provenance beside it.",
    "calibrate": "Show what a similarity threshold would refuse.",
    "regate": "Judge a run's saved answers again under other thresholds, as a new run.",
    "teacher": "Serve an OpenAI-compatible endpoint until Ctrl-C.",
    "watch": "Attach the live display to a running job, and show how it ends.",
    "log": "Show the log of a run: its starts, stops, waits, failed calls and tickets.",
    "pause": "Have a running job ask nothing new until it is told to go on.",
    "stop": "End a running job well, and say how it ended.",
    "set": "Change settings of a running job: target, concurrency, limits and rates.",
    "seeds check": "Check seed files.",
}
"""What each command is for, by the words that call it, in the order of the list."""
