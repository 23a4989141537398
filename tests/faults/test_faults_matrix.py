"""Every fault that a teacher's server can show, through the real command line: how the run ends, what it records, what it paid for."""

from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any

import pytest
from trials import ATTEMPTS, CANARY, CONCURRENCY, Capture, Trial, gone_on, in_three_starts, leaks, problems, shown, tried

from seedgen import failpoints
from seedgen.scripted.broken import BRACES, FAULTS, ORDERS

BUSY = ("status_429", "busy", "busy_ms", "busy_seconds", "busy_date", "masked_busy", "echo_429")
REFUSED_FOR_NOW = ("status_500", "status_502", "status_503", "status_504", "status_529", "masked_error", "echo_500")
NO_ANSWER = ("empty_choices", "null_choices", "html", "html_as_json", "no_body", "echo_html")
LOST = ("reset", "hang", "short", "torn", "unended", "drip")
UNREADABLE = ("bad_gzip", "not_utf8")
PASSING = {
    **dict.fromkeys(BUSY, "TeacherBusy"),
    **dict.fromkeys((*REFUSED_FOR_NOW, *NO_ANSWER, *LOST, *UNREADABLE), "TeacherTransient"),
}
HARMLESS = {
    "parts": "",
    "wrong_type": "",
    "nul": "nul",
    "other_model": "other_model",
    "no_usage": "no_usage",
    "negative_usage": "no_usage",
    "nan_usage": "no_usage",
    "huge_usage": "no_usage",
}
FATAL = {
    "no_quota": "no quota left",
    "status_402": "no quota left",
    "masked_quota": "no quota left",
    "status_401": "OPENAI_API_KEY is not accepted",
    "echo_401": "OPENAI_API_KEY is not accepted",
    "status_403": "may not use the model",
    "status_404": 'no model "scripted"',
    "no_model": 'no model "scripted"',
    "redirect": "refused to follow its redirect",
    "echo_redirect": "refused to follow its redirect",
}
TOO_LONG = ("too_long", "status_413", "masked_too_long")
REFUSED = ("status_400", "prompt_filtered", "masked_filter", "echo_400", "flood", "bomb", "deep")
SAID_NOTHING = {
    "content_filter": "content_filter",
    "refusal": "content_filter",
    "empty": "empty_answer",
    "null_content": "empty_answer",
    "reasoning_only": "empty_answer",
}
TOLD: dict[str, set[str]] = {
    "cut": set(),
    "orders": set(),
    "braces": set(),
    "markers": set(),
    "apology": {"repeated"},
    "surrogates": {"surrogates"},
    "echo_answer": {"other_model"},
    "echo_escaped": {"other_model"},
    "echo_split": {"other_model"},
}
OTHERS = {"busy_hours", "away", "repeated"}
QUICK = {"status_429", "masked_busy", "html", "reset", "short", "not_utf8"}
PATIENCE = 3.0
"""Seconds given to a teacher that hangs: many times what an answer takes on a busy machine, and one that is late is only asked again."""
torture = pytest.mark.torture
Try = Callable[..., Trial]


@pytest.fixture(autouse=True)
def canary(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key that every teacher here is asked with, and that is to be found nowhere."""
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)


@pytest.fixture
def attempt(tmp_path: Path, capfd: Capture) -> Try:
    def run(**wanted: Any) -> Trial:
        return tried(tmp_path, capfd, **wanted)

    return run


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[int, str]:
    """Fingerprints of runs that nothing disturbed, by target; filled when first asked for."""
    return {}


@pytest.fixture
def same(undisturbed: dict[int, str], tmp_path_factory: pytest.TempPathFactory, capfd: Capture) -> Callable[[Trial, int], bool]:
    def compare(trial: Trial, target: int = 6) -> bool:
        if target not in undisturbed:
            undisturbed[target] = tried(tmp_path_factory.mktemp("undisturbed"), capfd, target=target).fingerprint
        return trial.fingerprint == undisturbed[target]

    return compare


def some(names: Iterable[str], quick: Collection[str]) -> list[Any]:
    """The names as cases, those that are not quick for `make torture`."""
    return [name if name in quick else pytest.param(name, marks=torture) for name in names]


def timeout(fault: str) -> dict[str, float]:
    return {"teachers__main__timeout": PATIENCE} if fault in ("hang", "drip") else {}


def test_every_fault_has_its_place_in_this_matrix() -> None:
    assert {*PASSING, *HARMLESS, *FATAL, *TOO_LONG, *REFUSED, *SAID_NOTHING, *TOLD, *OTHERS} == set(FAULTS)


# ---- faults that pass ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", some(PASSING, QUICK))
def test_a_fault_of_each_first_attempt_passes_and_changes_nothing(fault: str, attempt: Try, same: Any, capfd: Capture) -> None:
    trial = attempt(first={fault: 1}, **timeout(fault))
    assert trial.ended == (0, "target")
    assert trial.calls == {("answered", ""), ("failed", PASSING[fault])}
    assert trial.most_answers == (2 if fault in UNREADABLE else 1), "what was received was not asked again"
    assert trial.notes == ({"unseen"} if fault in LOST else set())
    assert (same(trial), problems(trial), leaks(trial)) == (True, [], [])


@torture
@pytest.mark.parametrize("fault", PASSING)
def test_at_random_it_changes_nothing_either(fault: str, attempt: Try, same: Any, capfd: Capture) -> None:
    trial = attempt(rates={fault: 0.1}, target=60, **timeout(fault))
    assert trial.ended == (0, "target")
    assert {state for state, _ in trial.calls} <= {"answered", "failed"}
    assert (same(trial, 60), problems(trial), leaks(trial)) == (True, [], [])


@pytest.mark.parametrize("fault", some([f for f in PASSING if f not in BUSY], {"short"}))
def test_a_teacher_that_always_fails_ends_the_run_which_goes_on_when_it_is_well(
    fault: str, attempt: Try, same: Any, capfd: Capture
) -> None:
    trial = attempt(rates={fault: 1}, **timeout(fault))
    assert trial.ended == (5, "teacher")
    assert trial.calls == {("failed", "TeacherTransient")}
    assert trial.server.requests <= 2 * ATTEMPTS * CONCURRENCY
    assert leaks(trial) == []
    well = gone_on(trial, capfd)
    assert (well.ended, same(well)) == ((0, "target"), True)


@pytest.mark.parametrize("fault", some(BUSY, {"status_429"}))
def test_a_teacher_that_is_always_busy_is_waited_for_and_then_left(fault: str, attempt: Try, same: Any, capfd: Capture) -> None:
    trial = attempt(rates={fault: 1}, limits__max_wait=0.5)
    assert trial.ended == (3, "outage")
    assert trial.calls == {("failed", "TeacherBusy")}
    assert leaks(trial) == []
    well = gone_on(trial, capfd)
    assert (well.ended, same(well)) == ((0, "target"), True)


def test_a_wait_of_hours_ends_the_run_at_once(attempt: Try) -> None:
    trial = attempt(rates={"busy_hours": 1}, limits__max_wait=3600)
    assert trial.ended == (3, "outage")
    assert "limits.max_wait (3600 s)" in trial.message


def test_a_wait_that_is_asked_for_is_kept(attempt: Try, same: Any) -> None:
    trial = attempt(first={"busy_seconds": 1}, target=2)
    gap = "min(julianday(b.sent_at) - julianday(a.sent_at)) * 86400"
    again = "call a JOIN call b USING (ticket, step, ordinal) WHERE a.attempt + 1 = b.attempt"
    waited = trial.query(f"SELECT {gap} FROM {again}")  # noqa: S608 (both are written here)
    assert (trial.ended, waited[0][0] >= 0.95) == ((0, "target"), True)


def test_a_server_that_goes_away_for_a_while_is_waited_for(attempt: Try, same: Any, capfd: Capture) -> None:
    trial = attempt(rates={"away": 0.2}, target=12, teachers__main__attempts=20)
    assert trial.ended == (0, "target")
    assert trial.calls - {("failed", "TeacherUnreachable")} == {("answered", ""), ("failed", "TeacherTransient")}
    assert (same(trial, 12), problems(trial), leaks(trial)) == (True, [], [])


@torture
def test_time_in_our_own_queue_is_not_the_teachers(attempt: Try) -> None:
    trial = attempt(latency=1.5, concurrency=1, target=12, teachers__main__timeout=4)
    assert (trial.ended, trial.calls) == ((0, "target"), {("answered", "")})
    assert trial.query("SELECT max(waited) > 4 FROM call") == [(1,)]


# ---- faults that change nothing --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", some(HARMLESS, {"parts", "nul", "other_model", "nan_usage"}))
def test_an_answer_in_an_odd_form_is_understood_and_noted(fault: str, attempt: Try, same: Any) -> None:
    trial = attempt(rates={fault: 1})
    assert (trial.ended, trial.calls, trial.most_attempts) == ((0, "target"), {("answered", "")}, 1)
    assert trial.notes == {HARMLESS[fault]} - {""}
    assert (same(trial), problems(trial)) == (True, [])
    known = trial.query("SELECT DISTINCT cost IS NOT NULL, prompt_tokens IS NOT NULL FROM call")
    assert known == [(0, 0) if trial.notes == {"no_usage"} else (1, 1)], "what cannot be known is unknown, not nothing"


# ---- faults that end the run -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", some(FATAL, {"no_quota", "redirect"}))
def test_a_teacher_that_refuses_us_ends_the_run_at_once(fault: str, attempt: Try, same: Any, capfd: Capture) -> None:
    trial = attempt(rates={fault: 1})
    assert trial.ended == (5, "teacher")
    assert FATAL[fault] in trial.message
    assert (trial.calls, trial.most_attempts) == ({("failed", "TeacherFatal")}, 1)
    assert trial.server.requests <= CONCURRENCY
    assert (trial.server.trespasses, leaks(trial)) == (0, [])
    well = gone_on(trial, capfd)
    assert (well.ended, same(well)) == ((0, "target"), True)


@pytest.mark.parametrize("fault", ["status_401", pytest.param("busy_hours", marks=torture), pytest.param("no_quota", marks=torture)])
def test_what_was_saved_before_the_end_is_not_asked_again(fault: str, tmp_path: Path, same: Any, capfd: Capture) -> None:
    starts = in_three_starts(tmp_path, capfd, fault, limits__max_wait=1)
    assert [trial.code for trial in starts] == [0, 3 if fault == "busy_hours" else 5, 0]
    assert starts[1].told["accepted"] < 20
    assert (starts[-1].most_answers, same(starts[-1], 20), problems(starts[-1])) == (1, True, [])


def test_a_plain_port_asked_by_tls_ends_the_run_with_a_hint(attempt: Try) -> None:
    trial = attempt(scheme="https")
    assert trial.ended == (5, "teacher")
    assert "is it http and not https?" in trial.message


# ---- faults that end a ticket ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", some(REFUSED, {"deep", "bomb"}))
def test_a_prompt_that_is_refused_is_not_asked_again_and_the_run_goes_on(fault: str, attempt: Try, capfd: Capture) -> None:
    trial = attempt(rates={fault: 0.5}, target=12, limits__stall_tickets=20)
    assert trial.ended == (0, "target")
    assert (trial.calls, trial.most_attempts) == ({("answered", ""), ("refused", "TeacherRefused")}, 1)
    assert ("refused",) in trial.query("SELECT fault FROM ticket")
    assert (problems(trial), leaks(trial)) == ([], [])


@pytest.mark.parametrize("fault", some(REFUSED, {"flood"}))
def test_a_teacher_that_refuses_every_prompt_stalls_the_run(fault: str, attempt: Try) -> None:
    trial = attempt(rates={fault: 1})
    assert (trial.ended, trial.most_attempts) == ((3, "stall"), 1)
    assert "the teacher refused" in trial.message


@pytest.mark.parametrize("fault", some(SAID_NOTHING, {"content_filter", "null_content"}))
def test_an_answer_that_says_nothing_is_paid_for_once(fault: str, attempt: Try) -> None:
    trial = attempt(rates={fault: 0.5}, target=12, limits__stall_tickets=20)
    assert (trial.ended, trial.calls, trial.most_attempts) == ((0, "target"), {("answered", "")}, 1)
    assert {found for (found,) in trial.query("SELECT fault FROM ticket WHERE finalized_at > ''")} == {"", SAID_NOTHING[fault]}
    assert problems(trial) == []


@pytest.mark.parametrize("fault", some(TOO_LONG, {"too_long"}))
def test_a_prompt_that_is_too_long_is_asked_once_more_with_fewer_examples(fault: str, attempt: Try) -> None:
    trial = attempt(rates={fault: 0.5}, target=12, limits__stall_tickets=20)
    assert (trial.ended, trial.most_attempts) == ((0, "target"), 1)
    assert trial.calls == {("answered", ""), ("refused", "PromptTooLong")}
    ordinals = trial.query("SELECT DISTINCT ordinal, state FROM call ORDER BY 1, 2")
    assert ordinals == [(0, "answered"), (0, "refused"), (1, "answered"), (1, "refused")]
    assert ("too_long",) in trial.query("SELECT fault FROM ticket")
    assert problems(trial) == []


def test_prompts_that_are_always_too_long_stall_the_run(attempt: Try) -> None:
    trial = attempt(rates={"too_long": 1})
    assert (trial.ended, trial.most_attempts) == ((3, "stall"), 1)


# ---- answers that are data, whatever they say ------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", some(TOLD, {"cut", "apology", "surrogates"}))
@pytest.mark.parametrize("recipe", ["alpaca", pytest.param("self-instruct", marks=torture)])
def test_whatever_an_answer_says_is_data(fault: str, recipe: str, attempt: Try, capfd: Capture) -> None:
    trial = attempt(rates={fault: 0.5}, recipe=recipe, target=12, limits__stall_tickets=20)
    assert (trial.ended, trial.calls, trial.most_attempts) == ((0, "target"), {("answered", "")}, 1)
    assert trial.notes == TOLD[fault]
    assert (problems(trial), leaks(trial)) == ([], [])


@pytest.mark.parametrize(("fault", "text"), [("orders", ORDERS), ("braces", BRACES)])
def test_orders_and_braces_come_out_as_they_came_in(fault: str, text: str, attempt: Try) -> None:
    trial = attempt(rates={fault: 1}, recipes__alpaca__machine=2, target=20, limits__stall_tickets=20)
    said = [instruction for (instruction,) in trial.query("SELECT instruction FROM accepted_items") if text in instruction]
    assert said
    assert all(instruction.endswith(text) for instruction in said)


def test_an_answer_that_comes_again_is_noted_and_gives_nothing_new(attempt: Try) -> None:
    trial = attempt(rates={"repeated": 0.5}, target=12, limits__stall_tickets=20)
    assert (trial.ended, trial.notes, problems(trial)) == ((0, "target"), {"repeated"}, [])


def test_apologies_only_stall_the_run(attempt: Try) -> None:
    assert attempt(rates={"apology": 1}).ended == (3, "stall")


# ---- our key ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", some([f for f in FAULTS if f.startswith("echo_")], {"echo_split", "echo_401"}))
def test_our_key_is_found_nowhere_however_a_server_repeats_it(fault: str, attempt: Try, capfd: Capture) -> None:
    trial = shown(attempt(rates={fault: 0.7}, limits__stall_tickets=20, teachers__main__attempts=20), capfd)
    assert trial.server.requests
    assert (leaks(trial), trial.server.trespasses) == ([], 0)


def test_our_key_is_in_no_traceback(attempt: Try, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> None:
        if name == "ask.received":
            raise RuntimeError("broken on purpose")

    monkeypatch.setenv("SEEDGEN_DEBUG", "1")
    monkeypatch.setattr(failpoints, "hook", broken)
    trial = attempt(rates={"echo_answer": 1})
    assert (trial.code, "Traceback" in trial.printed, "broken on purpose" in trial.printed, leaks(trial)) == (1, True, True, [])


# ---- the rest of the matrix ------------------------------------------------------------------------------------------------------

ENDS: dict[str, set[tuple[int, str]]] = {
    **{key: {(5, "teacher")} for key in FATAL},
    **{key: {(3, "stall")} for key in (*REFUSED, *SAID_NOTHING, *TOO_LONG, "apology")},
    **{key: {(3, "stall")} for key in ("echo_answer", "echo_escaped", "echo_split", "orders", "braces", "markers", "cut", "repeated")},
    "busy_hours": {(3, "outage")},
}
"""How a run may end that meets a fault often; if it meets it seldom enough, it also comes to its target."""


@torture
@pytest.mark.parametrize("how", ["first", "rates"])
@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault not in (*PASSING, "away")])
def test_every_other_fault_on_first_attempts_and_at_random_ends_as_it_should(fault: str, how: str, attempt: Try, capfd: Capture) -> None:
    trial = attempt(**{how: {fault: 1 if how == "first" else 0.1}}, target=20, limits__max_wait=2, limits__stall_tickets=12)
    assert trial.ended in {(0, "target"), *ENDS.get(fault, set())}
    if how == "first" and (fault in FATAL or fault == "busy_hours"):
        assert trial.ended in ENDS[fault]
    shown(trial, capfd)
    assert (problems(trial), leaks(trial), trial.server.trespasses) == ([], [], 0)


# ---- everything at once ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("recipe", ["alpaca", pytest.param("self-instruct", marks=torture)])
def test_everything_that_passes_at_once_changes_nothing(recipe: str, attempt: Try, tmp_path_factory: Any, capfd: Capture) -> None:
    rates = dict.fromkeys((f for f in PASSING if not timeout(f)), 0.01) | {"hang": 0.02, "drip": 0.02}
    whole = tried(tmp_path_factory.mktemp("whole"), capfd, recipe=recipe, target=40, concurrency=4)
    trial = attempt(rates=rates, recipe=recipe, target=40, concurrency=4, teachers__main__attempts=20, teachers__main__timeout=PATIENCE)
    assert (trial.ended, trial.fingerprint) == ((0, "target"), whole.fingerprint)
    assert (problems(trial), leaks(trial)) == ([], [])
