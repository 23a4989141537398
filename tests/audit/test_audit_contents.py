# ruff: noqa: S608 - the statements are our own, and meant to do harm
from pathlib import Path

import pytest
from finished import copy_of, finished_run, spoil

from seedgen.audit import check_run
from seedgen.store.ports import RunReader

SAME = "SELECT instruction FROM candidate WHERE pool_index = (SELECT max(pool_index) FROM candidate)"
LONGEST = "SELECT output FROM item WHERE position IS NOT NULL ORDER BY length(output) DESC LIMIT 1"


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> RunReader:
    """A run that lets English alone through, with evaluation items like two of its first instructions, and one of its outputs."""
    runs = tmp_path_factory.mktemp("runs")
    short, *others = sorted((line for line in finished_run(runs).accepted() if line.ref < "3"), key=lambda line: len(line.instruction))
    less = short.instruction.split()
    texts = [
        " ".join(less[: len(less) // 2] + less[len(less) // 2 + 1 :]),
        others[-1].instruction,
        max((line.output for line in others[:-1]), key=len),
    ]
    (runs / "evaluation.txt").write_text("\n".join(text.replace("\n", " ") for text in texts))
    gate = {"decontamination": {"files": [str(runs / "evaluation.txt")]}, "language": {"allowed": ["en"]}, "semantic": {"enabled": False}}
    return finished_run(runs / "again", gate=gate)


def refused(reader: RunReader) -> set[tuple[str, bool]]:
    """Reasons of refusals by decontamination, and whether they were given at the gate."""
    query = "SELECT reason, instance < 0 FROM verdict WHERE filter = 'decontamination' AND NOT passed"
    with reader.snapshot() as connection:
        return {(reason, bool(gate)) for reason, gate in connection.exec_driver_sql(query)}


def test_what_overlaps_is_refused_at_the_gate_and_in_outputs_and_borne_out(reader: RunReader) -> None:
    assert refused(reader) >= {("rouge_overlap", True), ("ngram_overlap", False)}
    assert check_run(reader).problems == ()


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE evaluation SET text = 'x' WHERE number = 0", "the evaluation items are not the ones that their digest was made of"),
        (f"UPDATE evaluation SET text = ({SAME}) WHERE number = 0", "is in the pool, but has ROUGE-L 1.0000 with"),
        (f"UPDATE evaluation SET text = ({LONGEST}) WHERE number = 0", "passed its checks, but has a run of words in common"),
        ("UPDATE evaluation SET text = 'x'", "was refused by decontamination"),
        ("UPDATE verdict SET score = 0.75 WHERE reason = 'rouge_overlap'", "was refused by decontamination (rouge_overlap), which"),
        ("UPDATE candidate SET language = 'fr' WHERE pool_index IS NOT NULL", "was let through by language, but is fr"),
        ("UPDATE verdict SET filter = 'privacy' WHERE instance = 0 AND filter = 'decontamination'", "was put to output, privacy, privacy"),
        ("DELETE FROM verdict WHERE filter = 'language'", "filters are shape, exact, decontamination, language, privacy, balance"),
    ],
)
def test_what_is_spoilt_is_found(reader: RunReader, tmp_path: Path, statement: str, says: str) -> None:
    spoilt = copy_of(reader, tmp_path)
    spoil(spoilt, statement)
    assert [problem for problem in check_run(spoilt).problems if says in problem]
