import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedgen.gate import decontamination
from seedgen.gate.decontamination import DecontaminationConfig, DecontaminationFilter, RunIndex
from seedgen.records import Candidate, EvaluationItem, Instance, Proposal, Verdict

CLIPS = (
    "Natalia sold clips to 48 of her friends in April, and then she sold half as many clips in May. How many clips did Natalia sell "
    "altogether in April and May?"
)
ITEMS = [
    EvaluationItem("gsm.jsonl:1", CLIPS),
    EvaluationItem("gsm.jsonl:2", "Why do leaves of trees turn red in autumn?"),
    EvaluationItem("gsm.jsonl:3", "Name a river."),
]


def filter_() -> DecontaminationFilter:
    return DecontaminationFilter(DecontaminationConfig(), ITEMS)


def judge(text: str) -> Verdict:
    return filter_().verdict(Candidate(0, 0, Proposal(text)))


def test_a_run_of_thirteen_words_is_refused_with_the_item_and_the_words() -> None:
    verdict = judge("Solve this: natalia sold CLIPS to 48 of her friends in April and then she ran home to her sisters and one brother.")
    shared = "natalia sold clips to 48 of her friends in april and then she"
    assert verdict == Verdict("decontamination", False, "ngram_overlap", evidence=f"gsm.jsonl:1: '{shared}'")


def test_twelve_words_in_a_row_pass() -> None:
    assert judge("Natalia sold clips to 48 of her friends in April, and then an old king of the sea came by with seven ships.").passed


def test_a_short_item_counts_as_one_run() -> None:
    verdict = judge("Write a long letter to a child who asks you this: why do leaves of trees turn red in autumn, and where do they go?")
    assert verdict.evidence == "gsm.jsonl:2: 'why do leaves of trees turn red in autumn'"


def test_what_is_nearly_an_item_is_refused_by_rouge() -> None:
    verdict = judge("Name a long river.")
    assert verdict == Verdict("decontamination", False, "rouge_overlap", score=6 / 7, evidence="gsm.jsonl:3: 'Name a river.'")


def test_of_two_runs_the_longer_is_shown() -> None:
    assert judge(f"{ITEMS[1].text} {CLIPS}").evidence.startswith("gsm.jsonl:1")


def test_where_hashes_are_alike_the_words_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decontamination, "FACTOR", np.uint64(0))  # then the last word is all that a hash tells of a run
    index = RunIndex([["a", "b", "c"], ["d", "e", "c"]], 3)
    assert [index.find(words.split()) for words in ("a e c", "d e c")] == [None, (0, 1)]


def test_a_very_short_item_may_stand_in_a_text() -> None:
    assert judge("Write a story in which a teacher asks a child to name a river.").passed


def test_inputs_and_outputs_are_looked_at_too() -> None:
    found = [filter_().check(each) for each in (Instance(CLIPS, "72"), Instance("", CLIPS), Instance("", "Name a river."))]
    assert [(verdict.passed, verdict.reason) for verdict in found] == [(False, "ngram_overlap"), (False, "ngram_overlap"), (True, "")]


def test_a_shorter_run_can_be_asked_for() -> None:
    short = DecontaminationFilter(DecontaminationConfig(ngram=5), ITEMS)
    verdict = short.check(Instance("", "She sold half as many of them."))
    assert verdict.evidence == "gsm.jsonl:1: 'she sold half as many'"


WORDS = st.lists(st.sampled_from("abc"), max_size=12)


@given(st.lists(WORDS, max_size=8), WORDS, st.integers(1, 5))
@settings(max_examples=300)
def test_a_run_is_found_just_where_there_is_one(texts: list[list[str]], words: list[str], length: int) -> None:
    def runs(of: list[str]) -> list[list[str]]:
        return [of[n : n + length] for n in range(len(of) - length + 1)]

    shared = [(place, number) for place, run in enumerate(runs(words)) for number, text in enumerate(texts) if run in runs(text)]
    assert RunIndex(texts, length).find(words) == min(shared, default=None)
