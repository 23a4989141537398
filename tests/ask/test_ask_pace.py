"""The pace of a teacher, by a clock that stands still unless it is turned."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedgen.ask.pace import BREAKER, COOL_DOWN, LONGEST_HOLD, NARROW, UNTOLD, Allowance, Bucket, Pace, Quota


def answered(pace: Pace, now: float = 0.0, *, full: bool = True, allowance: Allowance = UNTOLD) -> None:
    pace.answered(0, None, None, allowance, full=full, now=now)


def test_no_more_calls_go_out_than_the_limit_allows() -> None:
    pace = Pace(2, 2)
    assert [pace.ready_at(in_flight, 0, 0.0) for in_flight in (0, 1, 2)] == [0.0, 0.0, math.inf]


def test_an_episode_of_429_shrinks_the_limit_once_by_a_fifth() -> None:
    pace = Pace(20, 20)
    for sent_at in (1.0, 1.5, 2.0):
        pace.busy(sent_at, 1.0, now=3.0)
    assert pace.at_once == 16
    pace.busy(sent_at=5.0, retry_after=1.0, now=6.0)
    assert pace.at_once == 12


def test_a_retry_after_holds_every_call_for_just_that_long() -> None:
    pace = Pace(20, 20)
    pace.busy(0.0, 7.0, now=1.0)
    assert pace.ready_at(0, 0, 1.0) == 8.0


def test_a_teacher_that_does_not_say_how_long_is_left_alone_longer_each_time() -> None:
    pace, now, waits = Pace(20, 20), 0.0, []
    for _ in range(9):
        pace.busy(now, None, now)
        waits.append(pace.held_until - now)
        now = pace.held_until
    assert waits == [1, 2, 4, 8, 16, 32, LONGEST_HOLD, LONGEST_HOLD, LONGEST_HOLD]


def test_an_outage_of_a_week_is_only_waited_for() -> None:
    pace, now = Pace(20, 20), 0.0
    for _ in range(12_000):
        pace.busy(now, None, now)
        pace.failed(now, now)
        assert 0 < pace.held_until - now <= LONGEST_HOLD
        now = pace.held_until


def test_the_limit_grows_by_one_a_round_and_not_until_it_has_cooled_down() -> None:
    pace = Pace(100, 10)
    pace.busy(0.0, 0.0, now=0.0)
    for _ in range(8):
        answered(pace, COOL_DOWN - 1)
    assert pace.at_once == 8
    for _ in range(9):
        answered(pace, COOL_DOWN)
    assert pace.at_once == 9


def test_it_does_not_grow_while_slots_are_free_nor_beyond_the_most() -> None:
    idle, full = Pace(100, 10), Pace(10, 10)
    for _ in range(50):
        answered(idle, full=False)
        answered(full)
    assert (idle.at_once, full.at_once) == (10, 10)


def test_other_failures_pause_the_growth_and_do_not_shrink_the_limit() -> None:
    pace = Pace(100, 10)
    pace.failed(0.0, now=0.0)
    for _ in range(20):
        answered(pace, 1.0)
    assert pace.limit == 10


def test_calls_that_time_out_together_shrink_the_limit_once_by_half() -> None:
    pace = Pace(20, 20)
    for _ in range(20):
        pace.failed(0.0, now=30.0, cut_off=True, late=True)
    pace.failed(30.0, now=60.0, cut_off=True, late=True)
    assert pace.at_once == 5
    answered(pace, 60.0 + COOL_DOWN)
    assert pace.limit > 5


@pytest.mark.parametrize(("answers_between", "shrinks"), [(1, True), (20, False)])
def test_a_server_that_cuts_off_many_calls_is_asked_by_fewer_and_a_bad_line_is_none(answers_between: int, shrinks: bool) -> None:
    pace = Pace(20, 20)
    for now in range(20):
        pace.failed(now, now + 1, cut_off=True)
        for _ in range(answers_between):
            answered(pace, now)
    assert (pace.at_once < 20) is shrinks


def test_a_model_that_is_still_loading_is_waited_for_and_then_asked_by_as_many() -> None:
    pace = Pace(20, 20)
    for now in range(10):
        pace.busy(now, 1.0, now + 1, loading=True)
    assert (pace.at_once, pace.held_until) == (20, 11.0)


def test_a_teacher_from_which_nothing_has_come_is_asked_by_few_until_it_answers() -> None:
    pace = Pace(20, 20, untried=True)
    assert pace.at_once == NARROW
    answered(pace)
    assert pace.at_once == 20


def test_other_failures_that_say_when_to_come_again_hold_every_call_too() -> None:
    pace = Pace(20, 20)
    pace.failed(0.0, 1.0, retry_after=7.0)
    assert (pace.ready_at(0, 0, 1.0), pace.at_once) == (8.0, 20)


def test_after_five_rounds_of_failures_one_call_at_a_time_tries_and_an_answer_closes_the_breaker() -> None:
    pace, now = Pace(20, 20), 0.0
    for _ in range(BREAKER):
        for _ in range(20):
            pace.failed(now, now + 1)
        now += 2
    assert (pace.open, pace.at_once, pace.ready_at(0, 0, now) > now - 1, pace.ready_at(1, 0, 100.0)) == (True, 1, True, math.inf)
    answered(pace, now)
    assert (pace.open, pace.at_once) == (False, 20)


def test_calls_that_fail_together_are_one_round() -> None:
    pace = Pace(20, 20)
    for _ in range(20):
        pace.failed(sent_at=0.0, now=1.0)
    assert (pace.failures, pace.open) == (1, False)


def test_silence_is_counted_from_the_first_failure_to_the_next_try() -> None:
    pace = Pace(20, 20)
    assert pace.silent_until_next(5.0) == 0.0
    pace.failed(9.0, now=10.0)
    pace.busy(0.0, 100.0, now=20.0)
    assert pace.silent_until_next(20.0) == 110.0
    answered(pace, 130.0)
    assert pace.silent_until_next(130.0) == 0.0


@given(st.lists(st.tuples(st.floats(0, 5), st.floats(1, 900)), max_size=60), st.floats(60, 60_000))
def test_a_minutes_allowance_is_kept_whenever_calls_come(calls: list[tuple[float, float]], a_minute: float) -> None:
    """Whoever waits as long as he is told never uses more than ten seconds' share and what the time gives."""
    bucket, now, used = Bucket(), 0.0, 0.0
    bucket.retune(a_minute, now)
    for gap, amount in calls:
        now = max(now + gap, bucket.ready_at(amount, now + gap))
        before = used
        bucket.take(amount, now)
        used += amount
        assert before <= a_minute / 6 + now * a_minute / 60 + max(1.0, amount) + 1e-6


def test_tokens_are_reserved_and_trued_up_from_what_was_used() -> None:
    pace = Pace(20, 20)
    pace.retune(20, 20, None, 600, 0.0)  # ten a second, a hundred at once
    pace.sent(100, 0.0)
    assert pace.ready_at(0, 100, 0.0) == 10.0
    pace.answered(100, 40, 10, UNTOLD, full=False, now=0.0)
    assert pace.ready_at(0, 100, 0.0) == pytest.approx(4.0)


def test_what_the_server_says_is_left_is_kept_to() -> None:
    pace = Pace(20, 20)
    answered(pace, allowance=Allowance(requests=Quota(limit=60, remaining=0, reset=30)))
    assert pace.ready_at(0, 0, 0.0) == pytest.approx(0.5)
    answered(pace, allowance=Allowance(requests=Quota(limit=60, remaining=60, reset=0)))
    assert pace.ready_at(0, 0, 0.0) == 0.0


def test_a_call_larger_than_all_that_may_be_there_at_once_goes_out_when_it_is_full() -> None:
    bucket = Bucket()
    bucket.retune(60, 0.0)
    assert bucket.ready_at(1e6, 0.0) == 0.0
