"""The Python interface, in a notebook and out of it: a cell runs in an event loop, and is interrupted there."""

import asyncio
import signal
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from serving import serving

import seedgen
from seedgen import Config, aregate, aresume, arun, open_run, regate, resume, run
from seedgen.ask.pace import NARROW
from seedgen.audit import check_run
from seedgen.config.model import parse_config
from seedgen.errors import UsageError
from seedgen.events import CallEnded, Event
from seedgen.scripted.faults import parse_latency

QUICK = {"semantic": {"enabled": False}}


def config(target: int) -> Config:
    return parse_config({"target": target, "teachers": {"main": {"kind": "scripted"}}, "gate": QUICK}, "test")


def paid(url: str) -> Config:
    """Of a teacher whose answers cost something, so that those in flight are awaited."""
    main = {"kind": "openai", "base_url": url, "model": "scripted", "input_price": 1, "output_price": 1}
    return parse_config({"target": 60, "window": 8, "teachers": {"main": main}, "gate": QUICK}, "test")


async def test_in_a_running_loop_it_is_as_anywhere(tmp_path: Path) -> None:
    ending = run(config(12), "cell", runs=tmp_path)
    assert resume("cell", {"target": 13}, runs=tmp_path).accepted == 13
    assert regate("cell", {"gate.rouge.threshold": 0.4}, runs=tmp_path).after.run == "cell-regated-1"
    assert (ending.name, ending.open().fingerprint()) == ("cell", open_run("cell", tmp_path).fingerprint())


async def test_the_async_twins_do_the_same(tmp_path: Path) -> None:
    ending = await arun(config(12), "cell", runs=tmp_path)
    assert (await aresume("cell", {"target": 13}, runs=tmp_path)).accepted == 13
    changes = await aregate("cell", {"gate.rouge.threshold": 0.4}, runs=tmp_path)
    assert (ending.end, ending.name, changes.after.run) == ("target", "cell", "cell-regated-1")


def once(act: Callable[[], Any]) -> Callable[[Event], None]:
    """A listener that does this at the fifth answer."""
    left = [5]

    def heard(event: Event) -> None:
        if isinstance(event, CallEnded):
            left[0] -= 1
            if not left[0]:
                act()

    return heard


def expect_drained(runs: Path) -> None:
    """What was in flight is saved, and the run goes on to the dataset it would have come to."""
    summary = open_run("it", runs).summary()
    assert (summary.record.end, summary.unseen, summary.spend.requests > 5) == ("interrupted", 0, True)
    resume("it", runs=runs)
    assert check_run(open_run("it", runs)).problems == ()


async def test_a_cancelled_task_drains_and_saves(tmp_path: Path) -> None:
    with serving(latency=parse_latency("0.02")) as server:
        task = asyncio.create_task(arun(paid(server.url), "it", runs=tmp_path, listeners=[once(lambda: task.cancel())]))
        with pytest.raises(asyncio.CancelledError):
            await task
        expect_drained(tmp_path)


def ctrl_c() -> None:
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


@pytest.mark.parametrize("inside", [False, True], ids=["in a script", "in a notebook"])
def test_ctrl_c_drains_and_saves(inside: bool, tmp_path: Path) -> None:
    async def cell(*arguments: Any, **named: Any) -> None:
        run(*arguments, **named)

    with serving(latency=parse_latency("0.02")) as server:
        begin = partial((lambda *a, **n: asyncio.run(cell(*a, **n))) if inside else run, paid(server.url), "it")
        with pytest.raises(KeyboardInterrupt):
            begin(runs=tmp_path, listeners=[once(ctrl_c)])
        expect_drained(tmp_path)


async def test_cancelled_twice_it_leaves_at_once(tmp_path: Path) -> None:
    with serving(latency=parse_latency("60")) as server:
        told: list[Event] = []
        task = asyncio.create_task(arun(paid(server.url), "it", runs=tmp_path, listeners=[told.append]))
        while server.requests < NARROW:  # noqa: ASYNC110 - it is in another thread
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert open_run("it", tmp_path).summary().unseen == NARROW


async def test_a_cancelled_regating_leaves_no_run(tmp_path: Path) -> None:
    run(config(40), "it", runs=tmp_path)
    task = asyncio.create_task(aregate("it", {}, "again", runs=tmp_path, listeners=[lambda event: task.cancel()]))
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(UsageError):
        open_run("again", tmp_path)


def test_a_progress_bar_is_shown_where_it_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(config(12), "it", runs=tmp_path)
    regate("it", runs=tmp_path)
    quiet = capsys.readouterr()
    run(config(12), "shown", runs=tmp_path, progress=True)
    regate("shown", runs=tmp_path, progress=True)
    out, err = capsys.readouterr()
    assert (quiet.err, out) == ("", "")
    assert ("| 12/12 [" in err, "judging shown: 100%" in err) == (True, True)


def test_the_public_names_are_there_to_be_found() -> None:
    assert {"run", "arun", "open_run", "Config", "RunEnding"} <= set(dir(seedgen))
    assert [name for name in dir(seedgen) if not hasattr(seedgen, name)] == []


@pytest.mark.parametrize("fault", ["{{ examples[99] }}", "{{ count // 0 }}", "{{ examples[0].nothing }}"])
@pytest.mark.parametrize("recipe", ["self-instruct", "alpaca"])
def test_a_template_that_fails_when_it_renders_is_told_of_before_there_is_a_run(recipe: str, fault: str, tmp_path: Path) -> None:
    head = '{#\npurpose = "p"\nparameters = ["examples", "count"]\nstop = []\nshape = "s"\nmax_tokens = 9\n#}\n'
    (tmp_path / "mine.jinja").write_text(f"{head}{fault}")
    recipes = {recipe: {"weight": 1, "propose": str(tmp_path / "mine.jinja")}} | (
        {"self-instruct": {"weight": 0}} if recipe == "alpaca" else {}
    )
    with pytest.raises(UsageError, match=r"mine\.jinja:8: "):
        run(parse_config({"recipes": recipes, "teachers": {"main": {"kind": "scripted"}}}, "test"), "it", runs=tmp_path / "runs")
    assert not (tmp_path / "runs" / "it").exists()
