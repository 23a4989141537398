"""When one call is tried again: the policy for a teacher's errors, said once, with tenacity.

- transient (5xx, reset, timeout, no answer in the body): again, after a random and growing pause, up to the teacher's `attempts` and
  `call_timeout`. Then it depends on who is at fault. If the teacher has answered a call sent since this one first failed, in this start or
  an earlier one, this one is: it is given up. If the teacher has never answered in this run, and failed so many rounds of calls, it is not
  there: the run stops. Otherwise the teacher is down: the call is tried on, as its breaker allows, until `limits.max_wait` stops the run.
- unreachable: as transient, but never the call's fault, nor counted as its failure.
- busy (429): again as soon as the teacher's pace allows; the call has not failed.
- asked anew: again at once; the call has not failed.
- refused, fatal: not again.

A call that is the only one being made, because all others wait for its ticket, sees nobody answered. It is given up if the teacher answered
others while it was first tried, or if it has been tried in vain for several starts: or one poisonous prompt would end the run for good.

Waits for a slot, and those that the teacher asks for, count for nobody.

A server of embeddings has no pace, and nothing goes on without it: one request at a time is tried so often, then given up (`steadfast`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from random import uniform

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt

from seedgen.ask.pace import Pace
from seedgen.errors import AskAnew, TeacherBusy, TeacherError, TeacherTransient, TeacherUnreachable

NO_FAILURE = (TeacherBusy, AskAnew)
HOPELESS = 3
"""Starts over which a call made alone is tried."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
"""Seconds before a call that failed once is tried again, and before any: at most, for they are drawn at random from 0 on."""


class Trial:
    """One call's attempts at a teacher, which has this pace.

    `earlier` failures were in so many other `starts`, and `outlived` by others, or not (see `protocols.History`); `alone`: no other call is
    being made.
    """

    def __init__(
        self,
        attempts: int,
        call_timeout: float,
        pace: Pace,
        earlier: int = 0,
        starts: int = 0,
        outlived: bool = False,
        alone: Callable[[], bool] = bool,
    ) -> None:
        self.attempts, self.call_timeout, self.pace = attempts, call_timeout, pace
        self.earlier, self.starts, self.outlived, self.alone = earlier, starts, outlived, alone
        self.failures = self.setbacks = 0
        self.seconds = 0.0
        self.answers_at_first: int | None = None
        self.failed_at: float | None = None

    def sent(self) -> None:
        """An attempt is about to be made."""
        self.answers_at_first = self.pace.answers if self.answers_at_first is None else self.answers_at_first

    def failed(self, exc: TeacherError, sent_at: float, now: float) -> None:
        """An attempt came to nothing."""
        if isinstance(exc, NO_FAILURE):
            return
        self.setbacks += 1
        if isinstance(exc, TeacherUnreachable):
            return
        self.failures, self.seconds = self.failures + 1, self.seconds + now - sent_at
        self.failed_at = now if self.failed_at is None else self.failed_at

    def over(self, state: RetryCallState) -> bool:
        """Whether no further attempt is made: tenacity's `stop`."""
        exc = state.outcome.exception() if state.outcome else None
        if isinstance(exc, NO_FAILURE):
            return False
        failures = self.failures + (self.earlier if self.outlived else 0)
        tried = failures >= self.attempts or self.seconds + state.idle_for >= self.call_timeout
        return (tried and self.at_fault(exc)) or (self.pace.answers == 0 and self.pace.failures >= self.attempts)

    def at_fault(self, exc: BaseException | None) -> bool:
        """Whether it is this call that fails, and not the teacher."""
        if isinstance(exc, TeacherUnreachable) or self.failed_at is None or self.answers_at_first is None:
            return False
        if self.outlived or self.pace.heard_since >= self.failed_at:
            return True
        in_vain = self.starts + 1 >= HOPELESS
        return self.alone() and (self.pace.answers > self.answers_at_first or in_vain)

    def pause(self, state: RetryCallState) -> float:
        """Seconds before the next attempt: tenacity's `wait`. A busy teacher is waited for by everybody, not by this call alone."""
        at_once = state.outcome is not None and isinstance(state.outcome.exception(), NO_FAILURE)
        return 0.0 if at_once else growing(self.setbacks)


def growing(failures: int) -> float:
    """Seconds before what failed so often is tried again: at random from 0 up to ever more."""
    return uniform(0.0, min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures, 10)))


def steadfast(attempts: int, sleep: Callable[[float], Awaitable[None]]) -> AsyncRetrying:
    """Tries what may pass so many times, with growing pauses or those that the server asks for. Raises the last error."""

    def pause(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after if isinstance(error, TeacherError) else None
        return growing(state.attempt_number) if asked is None else min(asked, LONGEST_PAUSE)

    passing = retry_if_exception_type((TeacherTransient, TeacherBusy))
    return AsyncRetrying(retry=passing, stop=stop_after_attempt(attempts), wait=pause, sleep=sleep, reraise=True)
