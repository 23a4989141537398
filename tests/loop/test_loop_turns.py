import pytest

from seedgen.config.model import GateConfig, OutputConfig
from seedgen.gate.semantic import SemanticConfig
from seedgen.loop.turns import Turns, founded, novelty
from seedgen.records import Candidate, EvaluationItem, Gated, Instance, Item, Proposal, Response, Verdict

EVALUATION = EvaluationItem("e.txt:1", "The quick brown fox jumps over the lazy dog by the old stone bridge.")
CONFIG = GateConfig(semantic=SemanticConfig(enabled=False))


def items(*instances: Instance, evaluation: tuple[EvaluationItem, ...] = ()) -> tuple[Item, ...]:
    """The items of a ticket whose one instruction was given these instances."""
    pool, gate = founded((), CONFIG, {}, evaluation)
    turns = Turns(pool, gate, OutputConfig(instances=9))
    gated, _ = turns.gate_all([Candidate(3, 0, Proposal("Greet the person."))])
    return turns.placed(turns.checked(gated, [Response(instances)]))


def test_an_item_is_put_to_the_output_checks_then_to_the_gates_filters_that_look_at_items() -> None:
    (item,) = items(Instance("Ann", "Hello, Ann."), evaluation=(EVALUATION,))
    assert [(v.filter, v.passed) for v in item.verdicts] == [("output", True), ("decontamination", True), ("privacy", True)]


def test_what_the_checks_refuse_goes_no_further() -> None:
    refused = items(Instance("Ann", "N/A"), Instance("Ann", EVALUATION.text), evaluation=(EVALUATION,))
    assert [(v.filter, v.reason) for item in refused for v in item.verdicts if not v.passed] == [
        ("output", "not_applicable"), ("decontamination", "ngram_overlap"),
    ]  # fmt: skip
    assert [item.position for item in refused] == [None, None]


def test_of_identical_instances_the_first_counts() -> None:
    found = items(Instance("Ann", "Hello, Ann."), Instance("Bo", "Hello, Bo."), Instance("ann", "Hello Ann"))
    assert [item.position for item in found] == [0, 1, None]
    assert found[2].verdicts[-1].evidence == "input and output equal those of instance 0"


def gated(*scores: float | None) -> Gated:
    verdicts = tuple(Verdict("rouge", score is None, score=score, nearest=None if score is None else 0) for score in scores)
    return Gated(Candidate(0, 0, Proposal("x")), verdicts, None)


@pytest.mark.parametrize(
    ("tickets", "measured", "found"),
    [
        ([gated(1.0), gated(1.0)], True, 0.0),
        ([gated(0.5, 0.8), gated(0.4), gated(None)], True, 0.4),
        ([gated(0.5)], False, None),
        ([gated(None)], True, None),
        ([], True, None),
    ],
)
def test_novelty_is_what_is_left_of_similarity(tickets: list[Gated], measured: bool, found: float | None) -> None:
    assert novelty(tickets, measured) == found
