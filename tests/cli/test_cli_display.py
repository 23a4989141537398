from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.spinner import Spinner
from watched import Clock, Watched, call, ticket

from seedgen.cli.display import Display, PlainLines, line_of, panel, remarks, standing, watching
from seedgen.events import Ending, Event, Notice, Paused, RunStarted, Stopping, Waiting
from seedgen.runs.snapshot import Snapshot, Tally

UP = "\x1b[1A"


def drawn(watched: Watched, width: int) -> list[str]:
    out = io.StringIO()
    console = Console(file=out, width=width, markup=False, highlight=False, emoji=False)
    console.print(panel(watched.tally.snapshot(), Spinner("dots")))
    return [line.rstrip() for line in out.getvalue().splitlines()]


@pytest.mark.parametrize("width", [20, 40, 80, 120])
def test_the_panel_fits_every_width(width: int) -> None:
    watched = Watched()
    watched.tally(call(error="TeacherBusy: slow down"))
    watched.tally(ticket())
    lines = drawn(watched, width)
    assert len(lines) == 7
    assert max(map(len, lines)) <= width


def test_the_panel_says_how_the_run_stands() -> None:
    watched = Watched()
    watched.tally(call())
    watched.clock.now += 4
    watched.tally(ticket())
    head, bar, *rest = drawn(watched, 80)
    assert head == "first · main (m)"
    assert bar.endswith("3/10 accepted · 0:04 · ETA 0:28")
    assert rest == [
        "candidates 2 · refused 1: rouge 1",
        "tickets 6 done, 0 under way",
        "1 requests · 140 tokens · 10 tok/s · cost $0.50",
        "last: Do it well",
    ]


def test_before_the_run_begins_the_panel_says_what_is_going_on() -> None:
    watched = Watched()
    watched.tally = Tally(Clock())
    assert "starting: opening the teacher" in drawn(watched, 80)[0]


def test_elsewhere_a_plain_line_comes_every_ten_seconds_or_tenth_of_the_target() -> None:
    watched, said = Watched(), list[str]()
    lines = PlainLines(said.append)

    def after(event: Event) -> None:
        watched.tally(event)
        lines.look(watched.tally)

    after(call())
    assert said == []
    watched.clock.now += 11
    after(call())
    after(call())
    assert len(said) == 1
    after(ticket())
    assert said[1].startswith("first: 3/10 accepted · 2 candidates, refused 1: rouge 1 · 3 requests")


def test_elsewhere_pausing_and_waiting_are_said_when_they_begin_and_end() -> None:
    watched, said = Watched(), list[str]()
    lines = PlainLines(said.append)
    for event in (Paused(True), Paused(True), Paused(False), Waiting("main", 42, "429 slow down"), Waiting("main", 0, "")):
        watched.tally(event)
        lines.look(watched.tally)
    assert said == [
        "first: paused; go on with: seedgen resume first",
        "first: goes on",
        "first: waiting for main, 0:42 yet: 429 slow down",
        "first: goes on",
    ]


@pytest.mark.parametrize(
    ("snapshot", "said"),
    [
        (Snapshot("a", "running"), ""),
        (Snapshot("a", "stopping", message="SIGINT", end="interrupted"), "stopping: SIGINT"),
        (Snapshot("a", "stopping", message="25 accepted", end="target"), ""),
        (Snapshot("a", "silent", message="for 40 s"), "silent for 40 s"),
    ],
)
def test_what_keeps_a_job_from_running_is_said(snapshot: Snapshot, said: str) -> None:
    assert standing(snapshot) == said


def test_a_paused_panel_has_a_line_more() -> None:
    watched = Watched()
    watched.tally(Paused(True))
    assert drawn(watched, 80)[-1] == "paused; go on with: seedgen resume first"


def test_the_plain_line_is_one_line() -> None:
    assert "\n" not in line_of(Watched().tally.snapshot())


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (Notice("be \x1b[1mcalm"), ["be \\x1b[1mcalm"]),
        (RunStarted("a", 1, 0, 0, ()), []),
        (RunStarted("a", 1, 0, 0, (), 3), ["3 calls were in flight when this run was last killed; they may have been billed unseen"]),
        (Stopping("target", "25 accepted", 4), []),
        (Stopping("interrupted", "SIGINT", 4), ["waiting for 4 calls in flight (Ctrl-C to leave at once)"]),
        (Stopping("budget", "9 requests used", 0), []),
        (Ending("target", "25 accepted", 25, 25), []),
    ],
)
def test_what_is_said_in_passing(event: Event, said: list[str]) -> None:
    assert list(remarks(event)) == said


@pytest.mark.parametrize("terminal", [True, False])
def test_watching_shows_the_start_at_once_and_passes_events_on(terminal: bool) -> None:
    out, watched = io.StringIO(), Watched()
    with watching(watched.tally, Console(file=out, force_terminal=terminal, width=80)) as listener:
        listener(Notice("hello"))
        listener(RunStarted("first", 10, 0, 0, ("main (m)",)))
    assert "hello" in out.getvalue()


def test_a_narrower_terminal_is_cleared_of_the_rows_that_its_lines_have_become() -> None:
    out, watched = io.StringIO(), Watched()
    watched.tally(call())
    watched.tally(ticket())
    console = Console(file=out, force_terminal=True, width=80)
    with Display(console, watched.tally.snapshot) as display:
        display.refresh()
        out.truncate(0)
        console.width = 40
        display.refresh()
        narrowed = out.getvalue()
        out.truncate(0)
        display.refresh()
    broken = sum((width - 1) // 40 for width in (16, 76, 33, 26, 47, 16))
    assert (broken, narrowed.count(UP), out.getvalue().split("\r")[1].count(UP)) == (2, 2 + 5, 5)


def test_lines_leave_room_for_the_echo_of_ctrl_c() -> None:
    watched = Watched()
    watched.tally(ticket())
    display = Display(Console(file=io.StringIO(), force_terminal=True, width=60), watched.tally.snapshot)
    display.console.print(display)
    assert max(display.widths) == 60 - len("^C^C")


def test_a_display_that_stays_leaves_what_it_showed_last() -> None:
    left = {}
    for stays in (True, False):
        out, watched = io.StringIO(), Watched()
        with Display(Console(file=out, force_terminal=True, width=80), watched.tally.snapshot, stays=stays):
            watched.tally(ticket())
        left[stays] = out.getvalue().rpartition("3/10 accepted")[2].count(UP)
    assert left == {True: 0, False: 6}
