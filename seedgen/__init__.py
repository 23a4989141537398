"""seedgen grows a small pool of seed tasks into a large, diverse, checked instruction dataset (Self-Instruct, arXiv 2212.10560).

The flow, in the words of the files:

    seeds ─► pool ─► draw ─► render ─► ask ─► parse ─► gate ─► respond ─► check ─► finalize ─► dataset
              ▲                                         │
              └──────────────── admitted ───────────────┘

    from seedgen import Config, run, resume, regate, mark, open_run

    ending = run(Config(target=100), name="first")       in a script or a notebook; `await arun(…)` in code of your own event loop
    for item in ending.open().accepted():                or open_run("first"), at any time
        print(item.instruction, item.output)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seedgen.api import answer_of as answer_of
    from seedgen.api import aregate as aregate
    from seedgen.api import aresume as aresume
    from seedgen.api import arun as arun
    from seedgen.api import mark as mark
    from seedgen.api import mark_all as mark_all
    from seedgen.api import regate as regate
    from seedgen.api import resume as resume
    from seedgen.api import run as run
    from seedgen.config.model import Config as Config
    from seedgen.gate.rouge import RougeIndex as RougeIndex
    from seedgen.language.text import verb_noun as verb_noun
    from seedgen.records import Candidate as Candidate
    from seedgen.records import Verdict as Verdict
    from seedgen.runs.job import RunEnding as RunEnding
    from seedgen.store.open import open_run as open_run

__version__ = "0.1.0"

PUBLIC = {
    "Config": "config.model",
    "Candidate": "records",
    "Verdict": "records",
    "run": "api",
    "arun": "api",
    "resume": "api",
    "aresume": "api",
    "regate": "api",
    "mark": "api",
    "mark_all": "api",
    "answer_of": "api",
    "aregate": "api",
    "RunEnding": "runs.job",
    "open_run": "store.open",
    "RougeIndex": "gate.rouge",
    "verb_noun": "language.text",
}


def __getattr__(name: str) -> Any:
    """Public names are imported when first used, so that `import seedgen` and the command line start at once."""
    if name not in PUBLIC:
        raise AttributeError(f"module 'seedgen' has no attribute {name!r}")
    return getattr(import_module(f"seedgen.{PUBLIC[name]}"), name)


def __dir__() -> list[str]:
    return [*PUBLIC, "__version__"]
