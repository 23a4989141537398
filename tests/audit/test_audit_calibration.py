import json
from pathlib import Path

import numpy as np
import pytest
from finished import copy_of, finished_run, spoil
from hypothesis import given, settings
from hypothesis import strategies as st

from seedgen.audit.calibration import (
    Pair,
    Texts,
    calibrate,
    distinct,
    rouge_pairs,
    sample,
    semantic_pairs,
    texts_of_file,
    texts_of_run,
)
from seedgen.audit.overlap import word_overlap
from seedgen.errors import UsageError
from seedgen.gate.rouge import RougeConfig, RougeFilter
from seedgen.gate.semantic import SemanticConfig, SemanticFilter
from seedgen.records import Candidate, Proposal

FOUR = Texts(("seed", "near the seed", "near that", "alone"), seeds=1)
PAIRS = [(0, 1, 0.9), (1, 2, 0.85), (0, 2, 0.6), (2, 3, 0.3)]


def test_a_refused_text_refuses_nobody_else() -> None:
    found = calibrate("semantic", FOUR, PAIRS, [0.5, 0.8, 0.95], present=0.8)
    assert [(step.threshold, step.refused) for step in found.steps] == [(0.5, 2), (0.8, 1), (0.95, 0)]
    assert (found.judged, found.now.refused) == (3, 1)


def test_the_pairs_next_to_a_threshold_are_shown_the_nearest_first() -> None:
    step = calibrate("semantic", FOUR, PAIRS, [], present=0.86, shown=1).now
    assert step.above == (Pair(0.9, "seed", "near the seed"),)
    assert step.below == (Pair(0.85, "near the seed", "near that"),)


def test_just_the_threshold_passes() -> None:
    step = calibrate("semantic", FOUR, PAIRS, [], present=0.9).now
    assert (step.refused, step.above, step.below[0].score) == (0, (), 0.9)


def test_pairs_of_seeds_count_for_nothing() -> None:
    found = calibrate("rouge", Texts(("a", "b", "c"), seeds=2), [(0, 1, 0.99)], [], present=0.7)
    assert (found.now.refused, found.now.above) == (0, ())


def candidate(text: str, vector: np.ndarray | None = None) -> Candidate:
    return Candidate(0, 0, Proposal(text), vector=vector)


@given(st.integers(0, 10**6), st.integers(0, 20), st.sampled_from([0.3, 0.5, 0.7, 0.9]))
@settings(max_examples=20)
def test_semantic_counts_are_those_of_the_filter(seed: int, seeds: int, threshold: float) -> None:
    rows = np.random.default_rng(seed).normal(size=(60, 4))
    vectors = list((rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16))
    filter_, refused = SemanticFilter(SemanticConfig(threshold=threshold)), 0
    for n, vector in enumerate(vectors):
        if n < seeds or filter_.verdict(candidate("", vector)).passed:
            filter_.admit(candidate("", vector), n)
        else:
            refused += 1
    texts = Texts(tuple(map(str, range(60))), seeds)
    found = calibrate("semantic", texts, semantic_pairs(vectors, [threshold, 0.8]), [0.8], present=threshold)
    assert found.now.refused == refused


@given(st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=6).map(" ".join), max_size=25), st.sampled_from([0.4, 0.7]))
@settings(max_examples=20)
def test_rouge_counts_are_those_of_the_filter(texts: list[str], threshold: float) -> None:
    filter_, refused = RougeFilter(RougeConfig(threshold=threshold)), 0
    for n, text in enumerate(texts):
        if filter_.verdict(candidate(text)).passed:
            filter_.admit(candidate(text), n)
        else:
            refused += 1
    assert calibrate("rouge", Texts(tuple(texts)), rouge_pairs(texts, [threshold]), [], present=threshold).now.refused == refused


def test_pairs_come_from_all_blocks_once() -> None:
    vectors = [np.array([1, 0], np.float16)] * 600
    assert sum(1 for _ in semantic_pairs(vectors, [0.9])) == 600 * 599 // 2


def test_repetitions_are_left_out_and_it_is_said() -> None:
    kept = distinct(Texts(("A text.", "a  TEXT", "other", "Other!"), seeds=2))
    assert (kept.texts, kept.seeds, kept.left_out) == (("A text.", "other"), 1, ("2 repetitions, which the exact filter refuses",))


def test_a_sample_keeps_all_seeds_and_the_order_and_it_is_said() -> None:
    texts = Texts(tuple(map(str, range(12))), seeds=2)
    assert sample(texts, 0) == sample(texts, 10) == texts
    assert sample(texts, 5).texts == ("0", "1", "2", "4", "6", "8", "10")
    assert sample(texts, 5).left_out[0].startswith("5 of 10 to keep it short")


def test_a_runs_texts_are_its_seeds_and_what_came_to_these_filters(tmp_path: Path) -> None:
    reader = finished_run(tmp_path)
    texts = texts_of_run(reader)
    pool, refused = reader.pool(), reader.items(refused_by="rouge")
    assert list(texts.texts[: texts.seeds]) == [task.instruction for task in reader.seeds()]
    assert sorted(texts.texts) == sorted([*pool, *(line.instruction for line in refused)])
    spoiled = copy_of(reader, tmp_path / "more")
    spoil(spoiled, "UPDATE candidate SET pool_index = NULL WHERE ticket = 0 AND ordinal = 0")
    assert len(texts_of_run(spoiled).texts) == len(texts.texts) - 1


LINES = [
    '{"instruction": "One."}',
    '{"messages": [{"role": "user", "content": "Two."}, {"role": "assistant", "content": "x"}]}',
    "{",
    "[1]",
]


@pytest.mark.parametrize(
    ("name", "content", "texts", "unread"),
    [
        ("a.jsonl", "\n".join(LINES), ("One.", "Two."), "2 that cannot be read"),
        ("a.json", json.dumps([{"instruction": "One.", "output": ""}]), ("One.",), ""),
        ("a.txt", "\ufeffOne.\n\n  Two. \r\n", ("One.", "Two."), ""),
    ],
)
def test_files_of_many_shapes_are_read(tmp_path: Path, name: str, content: str, texts: tuple[str, ...], unread: str) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    found = texts_of_file(str(tmp_path / name))
    assert (found.texts, found.seeds) == (texts, 0)
    assert " ".join(found.left_out).startswith(unread)


@pytest.mark.parametrize(("name", "content"), [("a.txt", b"\n"), ("a.jsonl", b"{}\n"), ("a.txt", b"\xff"), ("a.jsonl", b"\xff")])
def test_a_file_without_instructions_is_a_usage_error(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=name):
        texts_of_file(str(tmp_path / name))


def test_the_pairs_are_scored_as_rouge_l() -> None:
    texts = ["Write a poem about rain.", "Write a poem about snow.", "Name three rivers."]
    assert list(rouge_pairs(texts, [0.7])) == [(0, 1, word_overlap(texts[0], texts[1]))]


def test_a_run_that_compares_tasks_is_tried_on_its_tasks(tmp_path: Path) -> None:
    alpaca = {"self-instruct": {"weight": 0}, "alpaca": {"weight": 1}}
    run = finished_run(tmp_path, recipes=alpaca, gate={"compare": "task", "semantic": {"enabled": False}})
    wholes = {f"{line.instruction}\n{line.input}" for line in run.accepted() if line.input}
    assert wholes
    assert wholes <= set(texts_of_run(run).texts)
    assert wholes <= set(run.pool())
