import asyncio
from typing import Any

import pytest

from seedgen import open_run, resume, run
from seedgen.ask.halt import Halt, Halted
from seedgen.config.model import parse_config
from seedgen.gate.gate import Gate
from seedgen.gate.rouge import RougeConfig, RougeFilter
from seedgen.records import Candidate, Proposal
from seedgen.runs import rebuild
from seedgen.runs.rebuild import Rebuilding

ADMITTED = [Candidate(0, n, Proposal(f"Name {n} rivers of the {n} th country.")) for n in range(10)]


def rebuilding(halt: Halt) -> Rebuilding:
    return Rebuilding(Gate([RougeFilter(RougeConfig())]), ADMITTED, {}, halt)


async def test_a_gate_is_brought_up_to_the_pool_in_its_order() -> None:
    whole, some = Gate([RougeFilter(RougeConfig())]), rebuilding(Halt(lambda _: None))
    whole.admit_all(ADMITTED)
    await some.task
    asked = [some.gate.verdicts(candidate) for candidate in ADMITTED]
    assert (some.gate.size, asked) == (10, [whole.verdicts(candidate) for candidate in ADMITTED])


async def test_whoever_interrupts_does_not_wait_for_the_gate() -> None:
    halt = Halt(lambda _: None)
    halt("interrupted", "")
    with pytest.raises(Halted):
        await rebuilding(halt).task


async def test_what_a_budget_bought_is_still_judged() -> None:
    halt = Halt(lambda _: None)
    halt("budget", "")
    some = rebuilding(halt)
    await some.task
    assert some.gate.size == 10


async def test_leaving_waits_until_nothing_is_going_on() -> None:
    some = rebuilding(Halt(lambda _: None))
    await some.leave()
    assert some.task.done()


def test_a_run_that_asks_while_its_gate_is_rebuilt_makes_the_same_dataset(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuild, "AT_ONCE", 3)
    config = parse_config(
        {"target": 40, "window": 4, "teachers": {"main": {"kind": "scripted"}}, "gate": {"semantic": {"enabled": False}}}, "test"
    )
    run(config, "whole", runs=tmp_path)
    run(config.model_copy(update={"target": 20}), "parts", runs=tmp_path)
    resume("parts", {"target": 40}, runs=tmp_path)
    fingerprints = {open_run(name, tmp_path).fingerprint() for name in ("whole", "parts")}
    assert len(fingerprints) == 1


async def test_a_ticket_waits_for_the_gate_and_hears_of_its_failure() -> None:
    halt = Halt(lambda _: None)
    some = Rebuilding(Gate([RougeFilter(RougeConfig())]), [None], {}, halt)  # type: ignore[list-item]
    with pytest.raises(AttributeError):
        await asyncio.wait_for(some.task, 10)
