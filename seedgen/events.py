"""What a running job tells those who listen: progress display, log, later a live page.

A listener is any callable taking one event. The library never prints. Events are facts about what has happened; a listener must not
raise, and nothing in a run depends on one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from seedgen.records import TicketResult, Usage


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The run is open. `accepted` items and `tickets` were there already (0 on a first start)."""

    name: str
    target: int
    accepted: int
    tickets: int
    teachers: tuple[str, ...]
    unseen_calls: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should know while the run goes on, in one sentence."""

    message: str


@dataclass(frozen=True, slots=True)
class CallEnded:
    """One attempt at a teacher ended. `error` is "" when it was answered; `cost` is US dollars, None if unknown."""

    key: str
    teacher: str
    seconds: float
    usage: Usage
    cost: float | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class TicketFinished:
    """A ticket passed its finalize turn. `accepted` is the run's total so far, never above the target."""

    result: TicketResult
    accepted: int


End = Literal["target", "budget", "stall", "outage", "stopped", "interrupted", "teacher", "failed", "answers", "exhausted"]
"""`outage`: a teacher kept the run waiting for longer than it may; `stopped`: somebody asked it to; `answers`: the saved answers that a run
was regated from ran out; `exhausted`: no recipe has anything more to ask for.
"""

EXIT_CODES = {"target": 0, "budget": 3, "stall": 3, "outage": 3, "stopped": 3, "answers": 3, "exhausted": 3, "teacher": 5, "failed": 1}


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a run ended, in one word for programs and one sentence for people. `target` alone means done."""

    end: End
    message: str
    accepted: int
    target: int
    signal: int = 0
    """The signal that interrupted the run, 0 if none did."""


def exit_code(end: str, signal: int = 0) -> int:
    """The exit code of a job that ended like that."""
    return 128 + (signal or 2) if end == "interrupted" else EXIT_CODES[end]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A teacher is given `seconds` before it is asked again, and why; 0 seconds: that is over."""

    teacher: str
    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Paused:
    """No new call is launched until the job is told to go on (`paused` False: it was)."""

    paused: bool


@dataclass(frozen=True, slots=True)
class Stopping:
    """No new call is launched from here on; `in_flight` calls are awaited and saved."""

    end: End
    message: str
    in_flight: int


Event = RunStarted | Notice | CallEnded | TicketFinished | Waiting | Paused | Stopping | Ending
Listener = Callable[[Event], None]
