"""The commands, a file each: `seedgen run` is `run.command`, `seedgen seeds check` is `seeds_check.command`.

They read or act through one call of the library and show what it gives; what several of them need stands beside this folder. Each file is
imported when its command is called, so `seedgen --help` and Tab have what they show from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

_START = "--name NAME --new --target N --teacher TEACHER --base-url URL --model MODEL --recipe RECIPE --seeds PATH --concurrency N"
_LIMITS = "--max-cost USD --max-tokens N --max-requests N --max-time TIME --max-wait TIME --set SETTING"
_READ = "--runs DIR --json"


class About(NamedTuple):
    """What a command is for, under which heading it is listed, what it takes (its places, its flags with their values), and an example."""

    summary: str
    group: str
    takes: str
    example: str


MAKE, LOOK, STEER, TUNE = "Make a dataset", "Look at runs", "Steer a running job", "Tune"

COMMANDS: Mapping[str, About] = {
    "init": About("Write a commented seedgen.toml and a copy of the seeds.", MAKE, "DIR --json", "seedgen init my-project"),
    "seeds check": About("Check seed files.", MAKE, "PATH… --json", "seedgen seeds check my-project/seeds"),
    "estimate": About(
        "Say what a run will take: requests, tokens, cost, time.",
        MAKE,
        f"CONFIG --requests N --from RUN {_START} {_LIMITS} {_READ}",
        "seedgen estimate --from first --target 1000",
    ),
    "run": About(
        "Start a run, or go on with it if it is there.",
        MAKE,
        f"CONFIG {_START} {_LIMITS} --detach {_READ}",
        "seedgen run seedgen.toml --name first --target 200 --max-cost 2",
    ),
    "resume": About(
        "Go on with a stopped or paused run, or extend a finished one.",
        MAKE,
        f"RUN --target N --base-url URL --concurrency N {_LIMITS} --detach {_READ}",
        "seedgen resume first --target 400",
    ),
    "export": About(
        "Write the dataset as JSONL, and its provenance beside it.",
        MAKE,
        f"RUN --out FILE --format FORMAT {_READ}",
        "seedgen export first --format messages --out first.jsonl",
    ),
    "runs": About("List all runs, the newest last.", LOOK, _READ, "seedgen runs"),
    "status": About(
        "Show how a run stands: state, refusals, scores, tokens, cost.",
        LOOK,
        f"RUN --filter FILTER --costs {_READ}",
        "seedgen status first --filter rouge",
    ),
    "items": About(
        "List items; refused ones with the reason.",
        LOOK,
        f"RUN --verdict VERDICT --filter FILTER --reason REASON --search TEXT --limit N {_READ}",
        "seedgen items first --verdict refused --filter rouge",
    ),
    "show": About("Show the whole provenance of one item.", LOOK, f"RUN ITEM --full --raw {_READ}", "seedgen show first 3.0"),
    "mark": About(
        "Reject, accept or edit items; what was made stays.",
        LOOK,
        f"RUN ITEM… --reject WHY --accept --edit JSON --note TEXT --by NAME {_READ}",
        'seedgen mark first 3.0 --reject "the sum is wrong"',
    ),
    "watch": About("Follow a running job, and show how it ends.", LOOK, f"RUN {_READ}", "seedgen watch first"),
    "log": About(
        "Show the log of a run: starts, stops, waits, failed calls.", LOOK, f"RUN --follow --last N {_READ}", "seedgen log first --follow"
    ),
    "check": About("Derive a run again from its raw answers, and compare.", LOOK, f"RUN {_READ}", "seedgen check first"),
    "doctor": About(
        "Look over machine, disk, keys, teachers, and a run if named.", LOOK, f"RUN --model MODEL --offline {_READ}", "seedgen doctor first"
    ),
    "pause": About("Have a running job ask nothing new until told to go on.", STEER, f"RUN {_READ}", "seedgen pause first"),
    "set": About(
        "Change a running job: target, concurrency, limits, rates.",
        STEER,
        f"RUN LIVE… {_READ}",
        "seedgen set first max-cost=80 concurrency=64",
    ),
    "stop": About("End a running job well, and say how it ended.", STEER, f"RUN {_READ}", "seedgen stop first"),
    "calibrate": About(
        "Show what a similarity threshold would refuse.",
        TUNE,
        f"RUN --model MODEL --base-url URL --filter CALIBRATED --thresholds LIST --sample N {_READ}",
        "seedgen calibrate first --filter rouge",
    ),
    "regate": About(
        "Judge a run's saved answers again by other rules, as a new run.",
        TUNE,
        f"RUN --set REGATED --name NAME --examples N {_READ}",
        "seedgen regate first --set gate.rouge.threshold=0.6",
    ),
    "teacher": About(
        "Serve a trial or the bundled model, OpenAI-compatible, here.",
        TUNE,
        "SERVER --port N --latency S --faults SPEC --slots N --json",
        "seedgen teacher scripted --port 8001",
    ),
}
"""The commands by the words that call them, in the order of the list."""
