"""Who is at fault when a call fails again and again."""

import pytest
from tenacity import AsyncRetrying, RetryCallState

from seedgen.ask.pace import Pace
from seedgen.ask.retry import FIRST_PAUSE, LONGEST_PAUSE, Trial, growing
from seedgen.errors import TeacherBusy, TeacherError, TeacherTransient

FAIL = TeacherTransient("status 500", status=500)
BUSY = TeacherBusy("slow down")


def after(exc: TeacherError) -> RetryCallState:
    """What tenacity knows after an attempt that came to this."""
    state = RetryCallState(AsyncRetrying(), None, (), {})
    state.set_exception((type(exc), exc, None))
    return state


@pytest.mark.parametrize(("starts", "at_fault"), [(0, False), (1, False), (2, True)])
def test_a_call_made_alone_is_kept_through_an_outage_of_any_length_but_not_for_a_third_start(starts: int, at_fault: bool) -> None:
    trial = Trial(3, 900.0, Pace(answers=1), earlier=40, starts=starts, alone=lambda: True)
    trial.sent()
    for second in range(40):
        trial.failed(FAIL, second, second + 1)
    assert trial.at_fault(FAIL) is at_fault


def test_a_busy_teacher_ends_no_call_and_holds_up_none_by_itself() -> None:
    trial = Trial(1, 900.0, Pace(answers=1), outlived=True)
    trial.sent()
    trial.failed(FAIL, 0.0, 1.0)
    assert (trial.over(after(FAIL)), trial.over(after(BUSY))) == (True, False)
    assert (max(trial.pause(after(FAIL)) for _ in range(200)) > FIRST_PAUSE, trial.pause(after(BUSY))) == (True, 0.0)


@pytest.mark.parametrize(("failures", "longest"), [(0, FIRST_PAUSE), (1, 1.0), (3, 4.0), (7, LONGEST_PAUSE), (5000, LONGEST_PAUSE)])
def test_a_pause_is_drawn_from_nothing_up_to_ever_more(failures: int, longest: float) -> None:
    pauses = [growing(failures) for _ in range(200)]
    assert min(pauses) < longest / 2 < max(pauses) <= longest
