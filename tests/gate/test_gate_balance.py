from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedgen.gate.balance import BalanceConfig, BalanceFilter, allowed
from seedgen.records import Candidate, Proposal, Verdict


def candidate(verb: str | None = None, noun: str | None = None, category: str | None = None) -> Candidate:
    return Candidate(0, 0, Proposal("Some text."), verb=verb, noun=noun, category=category)


def filled(config: BalanceConfig, *admitted: Candidate) -> BalanceFilter:
    filter_ = BalanceFilter(config, seeds=0)
    for index, each in enumerate(admitted):
        filter_.admit(each, index)
    return filter_


def test_a_verb_over_its_cap_is_refused_with_the_figures() -> None:
    filter_ = filled(BalanceConfig(max_verb=0.2), *[candidate("write")] * 20)
    evidence = "verb 'write' would be 21 of 100, cap 20 %"
    assert filter_.verdict(candidate("write")) == Verdict("balance", False, "verb_share", score=0.21, evidence=evidence)


@pytest.mark.parametrize(
    ("refused", "reason"),
    [
        (candidate("write", "poem"), "pair_share"),
        (candidate("tell", "joke", "creative"), "category_share"),
        (candidate("list", "poem", "code"), ""),
        (candidate(None, "poem", None), ""),
    ],
)
def test_pairs_and_categories_have_caps_of_their_own(refused: Candidate, reason: str) -> None:
    config = BalanceConfig(warmup=10, max_verb=1.0, max_pair=0.2, max_category=0.4)
    filter_ = filled(config, *[candidate("write", "poem", "creative")] * 2, *[candidate("sing", "song", "creative")] * 2)
    assert filter_.verdict(refused).reason == reason


def test_the_unknown_is_never_capped() -> None:
    filter_ = filled(BalanceConfig(warmup=1, max_verb=0.01, max_category=0.01), *[candidate()] * 50)
    assert filter_.verdict(candidate()) == Verdict("balance", True)


def test_the_candidate_itself_counts_in_what_its_share_is_of() -> None:
    filter_ = filled(BalanceConfig(warmup=1, max_verb=0.5), candidate("write"), candidate("list"), candidate("tell"))
    assert filter_.verdict(candidate("write")).passed


def test_a_verb_without_a_noun_is_no_pair() -> None:
    filter_ = filled(BalanceConfig(warmup=1, max_verb=1.0, max_pair=0.01), *[candidate("write")] * 9)
    assert filter_.verdict(candidate("write")).passed


def test_one_of_each_is_always_allowed() -> None:
    filter_ = filled(BalanceConfig(warmup=1, max_verb=0.01), candidate("list"))
    assert filter_.verdict(candidate("write")).passed
    assert not filter_.verdict(candidate("list")).passed


@pytest.mark.parametrize(
    ("cap", "size", "count"), [(0.29, 100, 29), (0.2, 105, 21), (0.07, 100, 7), (0.1, 30, 3), (0.001, 5, 1), (1.0, 7, 7)]
)
def test_a_cap_is_the_decimal_that_was_written(cap: float, size: int, count: int) -> None:
    assert allowed(cap, size) == count


@given(st.lists(st.sampled_from("abcd"), max_size=120), st.sampled_from([0.1, 0.29, 0.3, 0.5]), st.integers(10, 30))
def test_past_the_warm_up_no_share_is_ever_above_its_cap(verbs: list[str], cap: float, warmup: int) -> None:
    filter_ = BalanceFilter(BalanceConfig(warmup=warmup, max_verb=cap), seeds=0)
    counts: Counter[str] = Counter()
    for verb in verbs:
        if filter_.verdict(candidate(verb)).passed:
            filter_.admit(candidate(verb), counts.total())
            counts[verb] += 1
        if counts.total() >= warmup:
            assert max(counts.values()) / counts.total() <= cap


def test_the_verb_be_is_not_capped() -> None:
    gate = BalanceFilter(BalanceConfig(warmup=10, max_verb=0.1), seeds=0)
    asked = Candidate(0, 0, Proposal("What is a comet?"), verb="be")
    for index in range(20):
        assert gate.verdict(asked).passed
        gate.admit(asked, index)


def test_a_category_that_is_to_have_more_than_its_cap_has_room_to_come_to_its_weight() -> None:
    caps = BalanceFilter(BalanceConfig(max_category=0.4), 0, {"a": 0.75, "b": 0.25, "c": 0.99})
    assert [caps.cap("category", name) for name in ("a", "b", "c", "d")] == [0.85, 0.4, 1.0, 0.4]
    assert caps.cap("verb", "a") == 0.2
