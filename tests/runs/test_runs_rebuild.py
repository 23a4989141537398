from pathlib import Path

import pytest

from seedgen import open_run, resume, run
from seedgen.ask.halt import Halted
from seedgen.config.model import parse_config
from seedgen.gate.gate import Gate
from seedgen.gate.rouge import RougeConfig, RougeFilter
from seedgen.records import Candidate, Instance, Proposal, SeedTask
from seedgen.runs import rebuild
from seedgen.runs.rebuild import fill

SEEDS = [SeedTask("s", "Name a seed.", (Instance("", "oats"),))]
ADMITTED = [Candidate(0, n, Proposal(f"Name {n} rivers of the {n} th country.")) for n in range(10)]


@pytest.fixture(autouse=True)
def _in_small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuild, "AT_ONCE", 3)


def gate() -> Gate:
    return Gate([RougeFilter(RougeConfig())])


def test_a_gate_is_brought_up_to_the_pool_in_its_order() -> None:
    whole, parts = gate(), gate()
    whole.admit_all([Candidate(-1, 0, SEEDS[0].proposal), *ADMITTED])
    fill(parts, SEEDS, ADMITTED, {}, lambda: None)
    assert [parts.verdicts(each) for each in ADMITTED] == [whole.verdicts(each) for each in ADMITTED]
    assert parts.size == 11


def test_whoever_is_not_wanted_any_more_stops() -> None:
    def unwanted() -> None:
        raise Halted

    begun = gate()
    with pytest.raises(Halted):
        fill(begun, SEEDS, ADMITTED, {}, unwanted)
    assert begun.size == 1


def test_a_run_that_asks_while_its_gate_is_filled_makes_the_same_dataset(tmp_path: Path) -> None:
    config = parse_config(
        {"target": 40, "window": 4, "teachers": {"main": {"kind": "scripted"}}, "gate": {"semantic": {"enabled": False}}}, "test"
    )
    run(config, "whole", runs=tmp_path)
    run(config.model_copy(update={"target": 20}), "parts", runs=tmp_path)
    resume("parts", {"target": 40}, runs=tmp_path)
    assert len({open_run(name, tmp_path).fingerprint() for name in ("whole", "parts")}) == 1
