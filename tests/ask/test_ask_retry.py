"""Who is at fault when a call fails again and again."""

import pytest

from seedgen.ask.pace import Pace
from seedgen.ask.retry import Trial
from seedgen.errors import TeacherTransient

FAIL = TeacherTransient("status 500", status=500)


@pytest.mark.parametrize(("starts", "at_fault"), [(0, False), (1, False), (2, True)])
def test_a_call_made_alone_is_kept_through_an_outage_of_any_length_but_not_for_a_third_start(starts: int, at_fault: bool) -> None:
    trial = Trial(3, 900.0, Pace(answers=1), earlier=40, starts=starts, alone=lambda: True)
    trial.sent()
    for second in range(40):
        trial.failed(FAIL, second, second + 1)
    assert trial.at_fault(FAIL) is at_fault
