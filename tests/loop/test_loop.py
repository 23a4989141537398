import asyncio
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from seedgen import open_run, run
from seedgen.ask.asker import Halted
from seedgen.ask.halt import Halt
from seedgen.config.model import Config, Settings, parse_config
from seedgen.loop.diagnosis import Barren
from seedgen.loop.harvest import Harvest
from seedgen.loop.loop import Loop, Turnstile
from seedgen.records import Candidate, Draw, Gated, GateTurn, Item, Proposal, TicketResult, Verdict


async def test_a_turnstile_lets_tickets_through_in_order() -> None:
    turnstile, passed = Turnstile(0), []

    async def walk(ticket: int) -> None:
        await asyncio.sleep(0.001 * (7 * ticket % 5))
        async with turnstile.turn(ticket):
            passed.append(ticket)

    await asyncio.gather(*(walk(t) for t in range(20)))
    assert passed == list(range(20))


async def test_behind_a_ticket_that_will_not_come_nobody_waits_forever() -> None:
    turnstile = Turnstile(0)

    async def walk(ticket: int) -> str:
        try:
            async with turnstile.turn(ticket):
                return "passed"
        except Halted:
            return "halted"

    later = [asyncio.ensure_future(walk(t)) for t in (3, 1, 4)]
    await asyncio.sleep(0)
    turnstile.close(after=2)
    assert (await walk(0), await later[1], await later[0], await later[2], await walk(5)) == (
        "passed", "passed", "halted", "halted", "halted",
    )  # fmt: skip


async def test_an_error_in_a_turn_lets_nobody_else_in() -> None:
    turnstile = Turnstile(0)
    with pytest.raises(ZeroDivisionError):
        async with turnstile.turn(0):
            raise ZeroDivisionError
    assert turnstile.next == 0


def diagnosis(results: Sequence[TicketResult], last_refusal: str = "") -> str:
    barren = Barren()
    for result in results:
        barren.add(result)
    return barren.diagnosis(last_refusal)


def test_a_diagnosis_names_the_commonest_reasons() -> None:
    def refused(reason: str) -> TicketResult:
        gated = Gated(Candidate(0, 0, Proposal("x")), (Verdict("rouge", False, reason),), None)
        return TicketResult(Draw(0, "alpaca", ()), 0, GateTurn(0), (gated,), ())

    said = diagnosis([refused("near_duplicate")] * 3 + [refused("other")])
    assert "of their 4 candidates most were refused for rouge: near_duplicate (3), rouge: other (1)" in said


def test_a_diagnosis_names_the_stage_where_most_is_lost() -> None:
    def ticket(reason: str) -> TicketResult:
        admitted = Gated(Candidate(0, 0, Proposal("x")), (Verdict("rouge", True),), 7)
        twice = Gated(Candidate(0, 0, Proposal("x")), (Verdict("rouge", False, "near_duplicate", 0.9, 1),), None)
        items = tuple(Item(0, n, 0, "Say it.", "", "", None, (Verdict("output", False, reason),)) for n in range(3))
        return TicketResult(Draw(0, "alpaca", ()), 0, GateTurn(0), (admitted, admitted, admitted, twice), items)

    said = diagnosis([ticket("cut")] * 5 + [ticket("empty")])
    assert said == (
        "of their 24 candidates 18 were admitted, but all answers to these refused for output: cut (15), output: empty (3); "
        "answers are cut at max_tokens: raise teachers.NAME.max_tokens"
    )


def test_a_diagnosis_says_that_the_budget_went_into_reasoning() -> None:
    said = diagnosis([TicketResult(Draw(0, "alpaca", ()), 0, GateTurn(0), (), (), fault="cut_while_reasoning")] * 3)
    assert said.startswith("the teacher was cut at max_tokens while reasoning (raise teachers.NAME.max_tokens, or let it think less) in 3")


def test_a_diagnosis_quotes_a_teacher_that_refuses_everything() -> None:
    said = diagnosis([TicketResult(Draw(0, "alpaca", ()), 0, GateTurn(0), (), (), fault="refused")] * 3, "status 400: no temperature here")
    assert said == "the teacher refused 3 of them, the last with: status 400: no temperature here"


@pytest.mark.parametrize(("passed", "end"), [(11, None), (12, "target"), (13, "target")])
def test_a_run_ends_as_soon_as_its_target_is_just_reached(passed: int, end: str | None) -> None:
    loop: Any = SimpleNamespace(
        turns=SimpleNamespace(available=passed), settings=Settings(Config(target=12)), halt=Halt(lambda event: None)
    )
    Loop.halt_at_target(loop)
    assert loop.halt.end == end


def test_no_more_tickets_are_opened_than_it_likely_takes() -> None:
    harvest = Harvest(expected=4.0)
    assert [harvest.tickets_for(missing) for missing in (1, 4, 5, 100)] == [1, 1, 2, 25]
    for accepted in (0, 0, 0):
        harvest.add(accepted)
    assert harvest.tickets_for(5) == 5


@pytest.mark.parametrize(("recipe", "most"), [("alpaca", {1: 11, 10: 25, 100: 150}), ("self-instruct", {1: 8, 10: 24, 100: 140})])
def test_a_small_target_buys_little_beyond_it(recipe: str, most: dict[int, int], tmp_path: Path) -> None:
    weights = {name: {"weight": int(name == recipe)} for name in ("alpaca", "self-instruct")}
    bought = {}
    for target in most:
        data = {"target": target, "teachers": {"main": {"kind": "scripted"}}, "recipes": weights, "gate": {"semantic": {"enabled": False}}}
        run(parse_config(data, "test"), f"of-{target}", runs=tmp_path)
        bought[target] = open_run(f"of-{target}", tmp_path).summary().candidates
    assert [target for target in most if bought[target] > most[target]] == []
