from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedgen.config.model import GateConfig
from seedgen.gate.balance import BalanceConfig
from seedgen.gate.filter import Filter
from seedgen.gate.gate import Gate, build_gate
from seedgen.gate.language import LanguageConfig
from seedgen.gate.privacy import PrivacyConfig
from seedgen.gate.rouge import RougeConfig
from seedgen.gate.semantic import SemanticConfig
from seedgen.records import Candidate, EvaluationItem, Instance, Proposal, Verdict


class Recorder(Filter):
    """A filter that refuses the texts it was given, and writes down what it is asked."""

    def __init__(self, name: str, log: list[str], refused: Sequence[str] = ()) -> None:
        self.name, self.log, self.refused = name, log, refused

    def verdict(self, candidate: Candidate) -> Verdict:
        self.log.append(f"{self.name}?")
        return Verdict(self.name, candidate.instruction not in self.refused)

    def check(self, instance: Instance) -> Verdict | None:
        return Verdict(self.name, instance.output not in self.refused) if self.refused else None

    def admit(self, _: Candidate, index: int) -> None:
        self.log.append(f"{self.name}+{index}")


def candidate(text: str, verb: str | None = None) -> Candidate:
    spread = np.random.default_rng(sum(map(ord, text))).normal(size=8)
    return Candidate(0, 0, Proposal(text), verb=verb, vector=(spread / np.linalg.norm(spread)).astype(np.float16))


def test_filters_are_asked_in_order_and_the_first_refusal_ends_it() -> None:
    log: list[str] = []
    gate = Gate([Recorder("a", log), Recorder("b", log, ["no"]), Recorder("c", log)])
    assert gate.verdicts(candidate("no")) == (Verdict("a", True), Verdict("b", False))
    assert log == ["a?", "b?"]


def test_admission_counts_up_and_tells_every_filter() -> None:
    log: list[str] = []
    gate = Gate([Recorder("a", log), Recorder("b", log, ["seed"])])
    assert [gate.admit(candidate("seed")), gate.admit(candidate("two"))] == [0, 1]
    assert log == ["a+0", "b+0", "a+1", "b+1"]


def test_many_are_admitted_as_one_after_another() -> None:
    log: list[str] = []
    gate = Gate([Recorder("a", log)])
    gate.admit(candidate("one"))
    gate.admit_all([candidate("two"), candidate("three")])
    assert (gate.admit(candidate("four")), log) == (3, ["a+0", "a+1", "a+2", "a+3"])


def test_instances_are_put_to_the_filters_that_look_at_them() -> None:
    gate = Gate([Recorder("a", []), Recorder("b", [], ["no"]), Recorder("c", [], ["no", "neither"])])
    assert gate.check(Instance("", "no")) == (Verdict("b", False),)
    assert gate.check(Instance("", "neither")) == (Verdict("b", True), Verdict("c", False))
    assert Gate([Recorder("a", [])]).check(Instance("", "no")) == ()


TEXTS = st.sampled_from(
    ["Name a river.", "name a river", "Name a river in a far country.", "Name one river in a far country.", "Go", "Write of rain."]
)


@given(text=TEXTS, before=st.lists(TEXTS, max_size=4), after=st.lists(TEXTS, max_size=4))
def test_what_is_lost_is_refused_before_its_vector_is_looked_at_whatever_is_admitted_meanwhile(
    text: str, before: list[str], after: list[str]
) -> None:
    gate = build_gate(GateConfig(rouge=RougeConfig(threshold=0.5)), 0)
    gate.admit_all(list(map(candidate, before)))
    asked = replace(candidate(text), vector=None)
    if gate.is_lost(asked):
        gate.admit_all(list(map(candidate, after)))
        assert not gate.verdicts(asked)[-1].passed


def test_only_refusals_that_last_are_certain_and_nobody_is_asked_beyond_the_vectors() -> None:
    log: list[str] = []
    first, passing, reading, beyond = (Recorder(name, log, ["no"]) for name in "abcd")
    passing.lasting = beyond.lasting = reading.reads_vectors = True
    assert not Gate([first, reading, beyond]).is_lost(candidate("no"))
    assert Gate([first, passing, reading]).is_lost(candidate("no"))
    assert log == ["b?"]


def test_a_built_gate_has_its_filters_in_order() -> None:
    everything = GateConfig(language=LanguageConfig(allowed=("en",)), custom=("textwrap:dedent",))
    assert [f.name for f in build_gate(everything, 0, [EvaluationItem("e.txt:1", "Name a river.")]).filters] == [
        "shape", "exact", "decontamination", "language", "privacy", "textwrap:dedent", "balance", "rouge", "semantic",
    ]  # fmt: skip


def test_by_default_it_asks_for_no_more_than_it_needs() -> None:
    assert [f.name for f in build_gate(GateConfig(), 0).filters] == ["shape", "exact", "privacy", "balance", "rouge", "semantic"]


def test_a_filter_that_is_off_is_not_built() -> None:
    off = {"balance": BalanceConfig(enabled=False), "rouge": RougeConfig(enabled=False), "semantic": SemanticConfig(enabled=False)}
    assert [f.name for f in build_gate(GateConfig(**off, privacy=PrivacyConfig(secrets=False)), 0).filters] == ["shape", "exact"]


def test_personal_data_alone_may_be_asked_for() -> None:
    assert "privacy" in [f.name for f in build_gate(GateConfig(privacy=PrivacyConfig(secrets=False, pii=True)), 0).filters]


def test_a_category_has_room_to_come_to_its_weight() -> None:
    config = GateConfig(
        balance=BalanceConfig(warmup=1, max_category=0.5), rouge=RougeConfig(enabled=False), semantic=SemanticConfig(enabled=False)
    )
    gate = build_gate(config, 0, shares={"code": 0.9})
    texts = [Candidate(0, n, Proposal(f"Write a program that adds {n}."), category="code") for n in range(3)]
    gate.admit_all(texts[:2])
    assert gate.verdicts(texts[2])[-1].passed


@pytest.mark.parametrize("enabled", [True, False])
def test_it_measures_how_near_a_neighbour_is_if_meanings_are_compared(enabled: bool) -> None:
    assert build_gate(GateConfig(semantic=SemanticConfig(enabled=enabled)), 0).measures is enabled


def test_seeds_do_not_count_for_balance() -> None:
    config = GateConfig(
        balance=BalanceConfig(warmup=1, max_verb=0.5), rouge=RougeConfig(enabled=False), semantic=SemanticConfig(enabled=False)
    )
    gate = build_gate(config, seeds=2)
    for text in ("Write one poem.", "Write two poems.", "Write three poems."):
        gate.admit(candidate(text, "write"))
    assert gate.verdicts(candidate("Write four poems.", "write"))[-1].reason == "verb_share"
    assert build_gate(config, seeds=2).verdicts(candidate("Write four poems.", "write"))[-1].passed


WORDS = st.lists(st.sampled_from(["write", "tell", "a", "the", "story", "poem", "of", "rain", "sun"]), min_size=3, max_size=7).map(" ".join)


@given(st.lists(st.tuples(WORDS, st.booleans()), max_size=25))
@settings(max_examples=50)
def test_its_state_is_a_function_of_the_admissions_alone(steps: list[tuple[str, bool]]) -> None:
    config = GateConfig(rouge=RougeConfig(threshold=0.6), balance=BalanceConfig(warmup=4))
    busy, quiet = build_gate(config, 1), build_gate(config, 1)
    for text, admitted in steps:
        busy.verdicts(candidate(text, text.split()[0]))
        if admitted:
            assert busy.admit(candidate(text, text.split()[0])) == quiet.admit(candidate(text, text.split()[0]))
    for text, _ in steps:
        verdicts = busy.verdicts(candidate(text, text.split()[0]))
        assert verdicts == quiet.verdicts(candidate(text, text.split()[0]))
        assert all(v.passed or v.reason for v in verdicts)


Texts = st.lists(WORDS, max_size=12)


@given(Texts, Texts, st.sampled_from(["instruction", "task"]))
@settings(max_examples=50)
def test_a_batch_is_judged_as_one_by_one_in_order(pool: list[str], batch: list[str], compare: str) -> None:
    config = GateConfig(compare=compare, rouge=RougeConfig(threshold=0.6), balance=BalanceConfig(warmup=4))
    at_once, in_turn = build_gate(config, 1), build_gate(config, 1)
    at_once.admit_all(list(map(candidate, pool)))
    for text in pool:
        in_turn.admit(candidate(text))
    announced = list(map(candidate, batch))
    at_once.expect(announced)
    for text, expected in zip(batch, announced, strict=True):
        verdicts = at_once.verdicts(expected)
        assert verdicts == in_turn.verdicts(candidate(text))
        if verdicts[-1].passed:
            assert at_once.admit(expected) == in_turn.admit(candidate(text))


@pytest.mark.parametrize(("compare", "reason"), [("instruction", "duplicate"), ("task", "")])
def test_the_same_instruction_with_another_input_passes_where_tasks_are_compared(compare: str, reason: str) -> None:
    def task(input_: str) -> Candidate:
        return Candidate(0, 0, Proposal("Name the capital of this country.", input_, "?"))

    gate = build_gate(GateConfig(compare=compare, semantic=SemanticConfig(enabled=False)), 0)
    gate.admit(task("Peru, in South America, between Ecuador and Chile"))
    assert gate.verdicts(task("Japan"))[-1].reason == reason
    assert gate.verdicts(task("peru, in South America; between Ecuador and Chile"))[-1].reason == "duplicate"
