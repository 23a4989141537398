"""Signals, suspension, a second process and a clock that jumps, each on a real process at a named place."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest
from children import NAME, Children, Deed
from serving import serving
from test_torture_points import expect_undisturbed
from torment import CONCURRENCY, Scenarios, config, database, found, rows, undisturbed

from seedgen import open_run, run
from seedgen.config.model import Config
from seedgen.errors import RunLocked
from seedgen.scripted.faults import parse_faults
from seedgen.store.folder import RunFolder

INT, TERM, STOP = signal.SIGINT, signal.SIGTERM, signal.SIGSTOP
LONG = pytest.mark.torture


@pytest.mark.parametrize(
    ("name", "signals", "code"),
    [
        pytest.param("run", [("ask.sending", 5, INT)], 130, id="Ctrl-C"),
        pytest.param("run", [("ask.sending", 5, TERM)], 143, id="SIGTERM", marks=LONG),
        pytest.param("run", [("ask.sending", 5, INT), ("drain.halted", 1, INT)], 130, id="Ctrl-C twice"),
        pytest.param("run", [("commit.ticket", 1, INT)], 130, id="while a ticket is committed", marks=LONG),
        pytest.param("run", [("drain.halted", 1, TERM)], 0, id="while draining at the target", marks=LONG),
        pytest.param("resume", [("start.read", 1, INT)], 130, id="while a run is rebuilt", marks=LONG),
        pytest.param("migrate", [("migrate.copied", 1, INT)], 130, id="while a database is copied", marks=LONG),
        pytest.param("migrate", [("migrate.step", 1, INT)], 130, id="while a database is migrated", marks=LONG),
        pytest.param("migrate", [("migrate.step", 1, TERM)], -TERM, id="SIGTERM while migrated", marks=LONG),
        pytest.param("export", [("export.written", 1, INT)], 130, id="while exporting"),
    ],
)
def test_a_signal_ends_it_well_and_it_goes_on_as_if_nothing_had_happened(
    name: str, signals: list[tuple[str, int, int]], code: int, scenarios: Scenarios, children: Children, tmp_path: Path
) -> None:
    deed = scenarios.by_name[name].inside(tmp_path, signals=signals)
    assert children.go(deed) == code, (tmp_path / "said").read_text()
    deed.signals = ()
    assert children.go(deed) == 0
    expect_undisturbed(name, scenarios.whole[name], tmp_path)


def test_the_first_signal_saves_what_is_in_flight_and_the_second_says_what_is_left(
    scenarios: Scenarios, children: Children, tmp_path: Path
) -> None:
    once = scenarios.by_name["run"].inside(tmp_path / "once", signals=[("ask.sending", 5, INT)])
    with serving(faults=parse_faults("hang=1")) as silent:
        signals = [("ask.sending", 2, INT), ("drain.halted", 1, INT)]
        (tmp_path / "twice").mkdir()
        twice = Deed("run", tmp_path / "twice", config(silent.url).to_json(), signals=signals)
        codes = [children.go(deed) for deed in (once, twice)]
    in_flight = [len(rows(database(deed.runs), "SELECT 1 FROM call WHERE state = 'sent'")) for deed in (once, twice)]
    assert (codes, in_flight[0], 0 < in_flight[1] <= CONCURRENCY) == ([130, 130], 0, True)


@pytest.mark.parametrize("fault", [pytest.param("status_500", marks=LONG), pytest.param("status_429", marks=LONG), "hang"])
def test_it_can_be_stopped_while_the_teacher_keeps_it_waiting(fault: str, children: Children, tmp_path: Path) -> None:
    with serving(faults=parse_faults(f"{fault}=1")) as failing:
        signals = [("ask.sending", 2, INT), ("drain.halted", 1, INT)] if fault == "hang" else [("commit.failed", 2, INT)]
        assert children.go(Deed("run", tmp_path, config(failing.url).to_json(), signals=signals)) == 130
    assert open_run(NAME, tmp_path).summary().record.end == "interrupted"


def test_suspended_and_continued_it_is_the_same_run(scenarios: Scenarios, children: Children, tmp_path: Path) -> None:
    deed = scenarios.by_name["run"].inside(tmp_path, signals=[("ask.sending", 5, STOP)])
    child = children.start(deed)
    wait_until_stopped(child)
    os.kill(child, signal.SIGCONT)
    assert children.end() == 0
    expect_undisturbed("run", scenarios.whole["run"], tmp_path)


def test_a_second_process_is_refused_and_changes_nothing(scenarios: Scenarios, children: Children, tmp_path: Path) -> None:
    deed = scenarios.by_name["run"].inside(tmp_path, signals=[("ask.sending", 5, STOP)])
    child = children.start(deed)
    wait_until_stopped(child)
    before = database(tmp_path).read_bytes(), database(tmp_path).with_name("run.db-wal").read_bytes()
    with pytest.raises(RunLocked) as caught:
        run(Config.model_validate_json(deed.config), NAME, runs=tmp_path)
    after = database(tmp_path).read_bytes(), database(tmp_path).with_name("run.db-wal").read_bytes()
    os.kill(child, signal.SIGCONT)
    assert (caught.value.exit_code, before == after, children.end()) == (4, True, 0)
    expect_undisturbed("run", scenarios.whole["run"], tmp_path)


def wait_until_stopped(child: int) -> None:
    """Until the process has suspended itself."""
    while Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        with suppress(InterruptedError):
            os.sched_yield()


def test_the_lock_of_a_killed_process_holds_nobody_up(scenarios: Scenarios, children: Children, tmp_path: Path) -> None:
    deed = scenarios.by_name["run"].inside(tmp_path, kill=("ask.sending", 5))
    assert children.go(deed) == -signal.SIGKILL
    folder = RunFolder(tmp_path / NAME)
    assert ((folder.path / "lock").exists(), folder.busy(), open_run(NAME, tmp_path).summary().state) == (True, False, "crashed")


@pytest.mark.parametrize("years", [40, pytest.param(-40, marks=LONG)])
def test_a_clock_that_jumps_changes_nothing_but_the_times(years: int, scenarios: Scenarios, children: Children, tmp_path: Path) -> None:
    assert children.go(scenarios.by_name["run"].inside(tmp_path, years=years)) == 0
    assert found(tmp_path) == undisturbed(scenarios.whole["run"])
    assert len({time[:4] for (time,) in rows(database(tmp_path), "SELECT sent_at FROM call")}) == 3
