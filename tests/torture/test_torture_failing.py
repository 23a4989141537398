"""Whatever operation of the store or of a teacher fails, be it the first, the second, or any later one: nothing that was saved is lost."""

import math
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet
from children import NAME, Children, Deed
from test_torture_points import expect_undisturbed, first_passing
from torment import SEEDS, Scenarios, database, found, refusal, rows, undisturbed

from seedgen import failpoints, run
from seedgen.config.model import Config, parse_config
from seedgen.errors import PromptTooLong, TeacherBusy, TeacherError, TeacherFatal, TeacherRefused, TeacherTransient, TeacherUnreachable
from seedgen.failpoints import POINTS

FAILURES = {
    "disk I/O error": "check the disk",
    "database or disk is full": "free some disk space",
    "database is locked": "another program holds the database",
}
WINDOW = 3
EARLY = (1, 2, 3, 5, 8, 13, 21)


def kind(exc: TeacherError) -> str:
    return type(exc).__name__


def some(errors: Iterable[TeacherError]) -> list[ParameterSet]:
    """Errors, of which all but the first and the last are torture."""
    first, *others, last = errors
    return [
        pytest.param(first, id=kind(first)),
        *(pytest.param(exc, id=kind(exc), marks=pytest.mark.torture) for exc in others),
        pytest.param(last, id=kind(last)),
    ]


def config(**limits: float) -> Config:
    data = {
        "target": 3,
        "seeds": [str(SEEDS)],
        "window": WINDOW,
        "teachers": {"main": {"kind": "scripted"}},
        "gate": {"semantic": {"enabled": False}},
    }
    return parse_config({**data, "limits": limits}, "test")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = tmp_path_factory.mktemp("whole")
    run(config(), NAME, runs=runs)
    return runs


@contextmanager
def at(fail: Callable[[str, int], None]) -> Iterator[Counter[str]]:
    """`fail` is called at each failpoint, with how often it was passed. Gives these counts."""
    passed: Counter[str] = Counter()

    def hook(name: str) -> None:
        passed[name] += 1
        fail(name, passed[name])

    failpoints.hook = hook
    try:
        yield passed
    finally:
        failpoints.hook = None


def failing_store(point: str, message: str, n: int, runs: Path) -> bool:
    """Run with the n-th store operation failing. False if there are not so many of them."""
    sent_then: list[int] = []

    def fail(name: str, times: int) -> None:
        if (name, times) == (point, n):
            sent_then.append(passed["ask.sending"])
            raise sqlite3.OperationalError(message)

    with at(fail) as passed:
        said = refusal(lambda: run(config(), NAME, runs=runs))
    if said is None:
        return False
    assert (message in said, FAILURES[message] in said) == (True, True)
    assert passed["ask.sending"] - sent_then[0] <= WINDOW, "nothing is launched any more"
    return True


def expect_the_next_start_to_finish(whole: Path, runs: Path) -> None:
    assert run(config(), NAME, runs=runs).end == "target"
    assert found(runs) == undisturbed(whole)


@pytest.mark.parametrize("message", [pytest.param(each, marks=[pytest.mark.torture] if "full" not in each else []) for each in FAILURES])
def test_a_commit_that_fails_ends_the_run_with_a_remedy_and_the_next_start_is_clean(message: str, whole: Path, tmp_path: Path) -> None:
    for n in EARLY[list(FAILURES).index(message) :: len(FAILURES)]:
        if failing_store("commit.executed", message, n, tmp_path / str(n)):
            expect_the_next_start_to_finish(whole, tmp_path / str(n))


@pytest.mark.torture
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("message", FAILURES)
@pytest.mark.parametrize("point", ["commit.begun", "commit.executed"])
def test_any_commit_may_fail(point: str, message: str, whole: Path, tmp_path: Path) -> None:
    for n in count(1):
        if not failing_store(point, message, n, tmp_path / str(n)):
            break
        expect_the_next_start_to_finish(whole, tmp_path / str(n))
    assert n > 10


STORING = [name for name in POINTS if name.startswith(("commit.", "migrate.", "export.")) and name not in ("commit.done", "migrate.done")]


@pytest.mark.torture
@pytest.mark.parametrize("point", STORING)
def test_a_full_disk_anywhere_ends_it_with_a_remedy(point: str, scenarios: Scenarios, children: Children, tmp_path: Path) -> None:
    name, scenario, fail = first_passing(scenarios, point)
    deed = scenario.inside(tmp_path, fail=fail)
    assert children.go(deed) == 1
    assert "StoreBroken" in (tmp_path / "said").read_text()
    deed.fail = None
    assert children.go(deed) == 0
    expect_undisturbed(name, scenarios.whole[name], tmp_path)


@pytest.mark.parametrize("limit", [{"file_size": 60_000}, {"file_size": 120_000}, {"pages": 20}, {"pages": 30}], ids=str)
def test_a_file_that_cannot_grow_ends_it_with_a_remedy(limit: dict[str, int], whole: Path, children: Children, tmp_path: Path) -> None:
    assert children.go(Deed("run", tmp_path, config().to_json(), **limit)) == 1
    said = (tmp_path / "said").read_text()
    assert "StoreBroken" in said
    assert any(remedy in said for remedy in ("check the disk", "free some disk space"))
    expect_the_next_start_to_finish(whole, tmp_path)


ONCE = [
    TeacherTransient("lost"),
    TeacherUnreachable("nobody there"),
    TeacherBusy("in a moment", retry_after=0),
    TeacherRefused("no"),
    PromptTooLong("no"),
    TeacherFatal("bad key"),
]
FROM_THEN_ON: dict[TeacherError, tuple[str, ...]] = {
    TeacherTransient("lost"): ("teacher", "outage", "stall"),
    TeacherUnreachable("nobody there"): ("teacher", "outage"),
    TeacherBusy("come back in an hour", retry_after=3600): ("outage",),
    TeacherRefused("no"): ("teacher", "stall"),
    TeacherFatal("bad key"): ("teacher",),
}
"""Which ends each may lead to. A call that fails while others are answered is given up, and if that goes on the run stalls."""


def impatient() -> Config:
    limits = {"max_wait": 0.5, "stall_tickets": 4}
    teachers = {"main": {"kind": "scripted", "attempts": 2}}
    return config(**limits).model_copy(update={"teachers": parse_config({"teachers": teachers}, "test").teachers})


def with_failing_teacher(exc: TeacherError, n: int, last: float, runs: Path) -> tuple[str, int]:
    """The end of a run whose calls from the n-th to the last fail, and how many calls it launched."""

    def fail(name: str, times: int) -> None:
        if name == "ask.sending" and n <= times <= last:
            raise exc

    with at(fail) as passed:
        return run(impatient(), NAME, runs=runs).end, passed["ask.sending"]


def expect_it_to_recover(exc: TeacherError, end: str, whole: Path, runs: Path) -> None:
    """The next start finishes, with the same dataset unless a refusal stands in the place of an answer."""
    assert run(impatient(), NAME, runs=runs).end in ("target", "stall" if end == "stall" else "")
    if rows(database(runs), "SELECT 1 FROM call WHERE state = 'refused'"):
        assert found(runs).problems == ()
    else:
        assert found(runs) == undisturbed(whole)


@pytest.mark.parametrize("exc", some(ONCE))
def test_a_call_that_fails_once_changes_nothing_or_ends_the_run_well(exc: TeacherError, whole: Path, tmp_path: Path) -> None:
    for n in (1, 4):
        end, _ = with_failing_teacher(exc, n, n, tmp_path / str(n))
        assert end == ("teacher" if isinstance(exc, TeacherFatal) else "target")
        expect_it_to_recover(exc, end, whole, tmp_path / str(n))


@pytest.mark.parametrize("exc", some(FROM_THEN_ON))
def test_calls_that_fail_from_some_time_on_end_the_run_well(exc: TeacherError, whole: Path, tmp_path: Path) -> None:
    end, _ = with_failing_teacher(exc, 4, math.inf, tmp_path)
    assert end in FROM_THEN_ON[exc]
    expect_it_to_recover(exc, end, whole, tmp_path)


@pytest.mark.torture
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("exc", FROM_THEN_ON, ids=kind)
@pytest.mark.parametrize("last", [0, math.inf], ids=["once", "from then on"])
def test_any_call_may_fail(exc: TeacherError, last: float, whole: Path, tmp_path: Path) -> None:
    for n in count(1):
        end, launched = with_failing_teacher(exc, n, max(n, last), tmp_path / str(n))
        if launched < n:
            break
        assert end in ("target", *FROM_THEN_ON[exc])
        expect_it_to_recover(exc, end, whole, tmp_path / str(n))
    assert n > 5
