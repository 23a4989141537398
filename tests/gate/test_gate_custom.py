import sys
from pathlib import Path

import pytest

from seedgen import open_run, resume, run
from seedgen.config.model import parse_config
from seedgen.errors import UsageError
from seedgen.gate.custom import CustomFilter, load_function
from seedgen.records import Candidate, Proposal, Verdict

OURS = """
import pathlib

import numpy as np

from seedgen import Verdict

def no_rhymes(candidate):
    return "rhyme" if "rhyme" in candidate.instruction else None

def no_long_words(candidate):
    longest = max(map(len, candidate.instruction.split()))
    return Verdict("any", longest < 12, "long_word", score=longest, nearest=3, evidence=f"{longest} letters")

class Strict:
    def no_verbs(candidate):
        return candidate.verb

def broken(candidate):
    return candidate.instructions

def moody(candidate):
    if candidate.ticket and not pathlib.Path("mended").exists():
        raise RuntimeError("not today")

def odd(candidate):
    return True

def unreasoned(candidate):
    return Verdict("any", False)

def worded_score(candidate):
    return Verdict("any", False, "bad", score="high")

def endless_score(candidate):
    return Verdict("any", True, score=float("inf"))

def numbered_reason(candidate):
    return Verdict("any", False, 7)

def bare_evidence(candidate):
    return Verdict("any", True, evidence=None)

def maybe(candidate):
    return Verdict("any", "no", "bad")

def single_precision(candidate):
    return Verdict("any", True, score=np.float32(0.5))

def chatty(candidate):
    print("looking")

number = 7
"""


@pytest.fixture(autouse=True)
def _workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "our_filters.py").write_text(OURS)
    (tmp_path / "our_broken_filters.py").write_text("1 / 0")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])


def judge(name: str, text: str, verb: str | None = None) -> Verdict:
    return CustomFilter(f"our_filters:{name}").verdict(Candidate(2, 1, Proposal(text), verb=verb))


def test_none_passes_and_a_word_is_the_reason() -> None:
    assert judge("no_rhymes", "Write a poem.") == Verdict("our_filters:no_rhymes", True)
    assert judge("no_rhymes", "Find a rhyme.") == Verdict("our_filters:no_rhymes", False, "rhyme")


def test_a_verdict_goes_by_the_name_in_config_and_names_no_neighbour() -> None:
    verdict = judge("no_long_words", "Explain photosynthesis.")
    assert verdict == Verdict("our_filters:no_long_words", False, "long_word", score=15, evidence="15 letters")


def test_what_is_in_a_class_can_be_named_too() -> None:
    assert judge("Strict.no_verbs", "Write a poem.", "write").reason == "write"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("broken", "our_filters:broken failed on 2.1 'Write a poem.': AttributeError: 'Candidate' object has no attribute 'instructions'"),
        ("odd", "our_filters:odd failed on 2.1 'Write a poem.': it gave True, not None, a reason or a Verdict with one"),
        ("unreasoned", "our_filters:unreasoned failed on 2.1"),
    ],
)
def test_a_function_that_fails_is_named_with_the_candidate(name: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        judge(name, "Write a poem.")
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("no_such_module:f", "gate.custom: no_such_module:f cannot be loaded: ModuleNotFoundError: No module named 'no_such_module'"),
        ("our_filters:f", "our_filters:f cannot be loaded: AttributeError: module 'our_filters' has no attribute 'f'"),
        ("our_broken_filters:f", "our_broken_filters:f cannot be loaded: ZeroDivisionError"),
        ("our_filters:number", "our_filters:number is no function"),
    ],
)
def test_a_function_that_cannot_be_loaded_is_named(name: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_function(name)
    assert says in str(caught.value)


def test_a_run_whose_filter_fails_goes_on_when_it_is_mended_and_loses_nothing(tmp_path: Path) -> None:
    gate = {"custom": ["our_filters:moody"], "semantic": {"enabled": False}}
    config = parse_config({"target": 20, "window": 1, "teachers": {"main": {"kind": "scripted"}}, "gate": gate}, "test")
    with pytest.raises(UsageError, match=r"our_filters:moody failed on 1\.0 .*RuntimeError: not today; put it right and start again"):
        run(config, "it", runs=tmp_path)
    asked = open_run("it", tmp_path).summary().spend.requests
    (tmp_path / "mended").touch()
    ending = resume("it", runs=tmp_path)
    once = run(config, "once", runs=tmp_path)
    assert (ending.accepted, once.accepted, asked > 0) == (20, 20, True)
    assert open_run("it", tmp_path).summary().spend.requests == open_run("once", tmp_path).summary().spend.requests


def test_a_function_that_is_not_there_stops_a_run_before_anything_is_asked(tmp_path: Path) -> None:
    config = parse_config({"teachers": {"main": {"kind": "scripted"}}, "gate": {"custom": ["our_filters:none"]}}, "test")
    with pytest.raises(UsageError, match="our_filters:none cannot be loaded"):
        run(config, "it", runs=tmp_path)
    assert not (tmp_path / "it" / "run.db").exists()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("worded_score", "its Verdict has score='high', not a number or None"),
        ("endless_score", "its Verdict has score=inf, not a number or None"),
        ("numbered_reason", "its Verdict has reason=7, not text"),
        ("bare_evidence", "its Verdict has evidence=None, not text"),
        ("maybe", "its Verdict has passed='no', not True or False"),
    ],
)
def test_a_verdict_that_could_not_be_stored_is_named(name: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        judge(name, "Write a poem.")
    assert f"our_filters:{name} failed on 2.1 'Write a poem.': {says}" in str(caught.value)


def test_a_score_of_numpy_becomes_one_of_ours() -> None:
    verdict = judge("single_precision", "Write a poem.")
    assert (verdict.score, type(verdict.score)) == (0.5, float)


def test_what_a_filter_prints_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    judge("chatty", "Write a poem.")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "looking\n")
