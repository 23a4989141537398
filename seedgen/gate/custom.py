"""Filters of the user's own: functions named in config as `module:function`, which look at one candidate.

Such a function gives None to let it pass, a reason (one word or a few) to refuse it, or a whole `Verdict`. It has to be pure: the same
candidate, the same answer, whatever the time, the order or the machine; else a run is no longer the same run when it is repeated.
Modules are looked for where Python looks, then in the working directory. What such code prints goes to standard error.
"""

from __future__ import annotations

import importlib
import math
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import reduce
from numbers import Real
from pathlib import Path

from seedgen.errors import UsageError
from seedgen.gate.filter import Filter
from seedgen.language.text import clean
from seedgen.records import Candidate, Verdict

Function = Callable[[Candidate], "Verdict | str | None"]


class CustomFilter(Filter):
    """One such function. It goes by the name it has in config."""

    def __init__(self, name: str) -> None:
        self.name, self.function = name, load_function(name)

    def verdict(self, candidate: Candidate) -> Verdict:
        """Raises `UsageError` if the function fails or gives something else."""
        try:
            with redirect_stdout(sys.stderr):
                found = self.function(candidate)
        except (Exception, SystemExit) as exc:  # code of the user's own may raise anything, and is not to end the process
            raise UsageError(self.fault(candidate, f"{type(exc).__name__}: {exc}")) from exc
        match found:
            case None:
                return Verdict(self.name, True)
            case str() if found.strip():
                return Verdict(self.name, False, clean(found))
            case Verdict() if wrong := odd_field(found):
                raise UsageError(self.fault(candidate, f"its Verdict has {wrong}"))
            case Verdict() if found.passed or found.reason:
                score = None if found.score is None else float(found.score)
                return Verdict(self.name, found.passed, clean(found.reason), score, evidence=clean(found.evidence))
        raise UsageError(self.fault(candidate, f"it gave {found!r}, not None, a reason or a Verdict with one"))

    def fault(self, candidate: Candidate, what: str) -> str:
        return f"gate.custom: {self.name} failed on {candidate.ref} '{candidate.instruction[:80]}': {what}; put it right and start again"


def odd_field(verdict: Verdict) -> str:
    """What of a verdict could not be stored, in words; "" if all can."""
    score = verdict.score
    number = score is None or (isinstance(score, Real) and not isinstance(score, bool) and math.isfinite(score))
    wrong = {
        "passed": not isinstance(verdict.passed, bool),
        "reason": not isinstance(verdict.reason, str),
        "score": not number,
        "evidence": not isinstance(verdict.evidence, str),
    }
    due = {"passed": "True or False", "reason": "text", "score": "a number or None", "evidence": "text"}
    return next((f"{name}={getattr(verdict, name)!r:.80}, not {due[name]}" for name in wrong if wrong[name]), "")


def load_function(name: str) -> Function:
    """The function that `module:function` names. Raises `UsageError`."""
    module, _, attribute = name.partition(":")
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.append(here)
    try:
        with redirect_stdout(sys.stderr):
            function = reduce(getattr, attribute.split("."), importlib.import_module(module))
    except (Exception, SystemExit) as exc:  # as above: importing runs the user's code
        raise UsageError(f"gate.custom: {name} cannot be loaded: {type(exc).__name__}: {exc}") from exc
    if not callable(function):
        raise UsageError(f"gate.custom: {name} is no function")
    loaded: Function = function
    return loaded
