import json
from pathlib import Path

import pytest

from seedgen.errors import UsageError
from seedgen.inputs.evaluation import evaluation, evaluation_digest, read_evaluation
from seedgen.records import EvaluationItem

LONG = "Seventy two clips were sold by her altogether"


def read(folder: Path, name: str, text: str) -> list[tuple[str, str]]:
    (folder / name).write_text(text)
    return [(item.source.removeprefix(f"{folder}/"), item.text) for item in read_evaluation([folder / name])]


@pytest.mark.parametrize(
    ("row", "texts"),
    [
        ('{"question": "Who?", "answer": "Nobody", "id": "q1"}', ["Who?"]),
        (f'{{"Instruction": "Add. ", "input": "2, 3", "output": "{LONG}"}}', ["Add.", "2, 3", LONG]),
        ('{"goal": "Open a jar", "choices": ["twist", "Turn the lid until it gives way at last"]}',
         ["Open a jar", "Turn the lid until it gives way at last"]),
        ('{"messages": [{"role": "user", "content": "Who?"}, {"role": "assistant", "content": "Me"}]}', ["Who?", "Me"]),
        ('{"conversations": [{"from": "human", "value": "Who?"}]}', ["Who?"]),
        ('{"question": {"text": "Who?"}, "turns": ["Why?", "Who?"]}', ["Who?", "Why?"]),
        ('"Who is it?"', ["Who is it?"]),
        ('{"id": "x", "question": {"stem": "Why?", "choices": [{"text": "96", "label": "A"}]}, "answerKey": "A"}', ["Why?"]),
        ('{"goal": "Open it", "sol1": "Twist it", "sol2": "Hit it", "label": 0}', ["Open it", "Twist it", "Hit it"]),
        ('{"inputs": "Q: Who?", "targets": "Me", "task_name": "who"}', ["Q: Who?"]),
        ('{"passage": "It rained.", "qa_pairs": [{"question": "When?", "answer": {"number": "3", "spans": []}}]}', ["It rained.", "When?"]),
        ('{"ctx_a": "A man", "activity_label": "Going up", "endings": ["falls"], "question_id": "a-b-c"}', ["A man"]),
        ('{"TestQuestion": "Why?", "Best Answer": "Because", "Source": "https://en.wikipedia.org/wiki/A_page_of_many_a_word"}', ["Why?"]),
        (f'{{"frage": "{LONG}", "nr": 7}}', [LONG]),
    ],
)  # fmt: skip
def test_all_text_under_the_usual_keys_is_taken(tmp_path: Path, row: str, texts: list[str]) -> None:
    assert read(tmp_path, "e.jsonl", f"\n{row}\n") == [("e.jsonl:2", text) for text in texts]


def test_json_holds_an_array_and_txt_a_line_an_item(tmp_path: Path) -> None:
    listed = read(tmp_path, "e.json", '[{"text": "One."}, {"text": "Two."}]')
    assert listed == [("e.json, element 1", "One."), ("e.json, element 2", "Two.")]
    assert read(tmp_path, "e.jsonl", '["Who?", "Me"]\n["Why?", "So"]') == [("e.jsonl:1", "Who?"), ("e.jsonl:2", "Why?")]
    assert read(tmp_path, "e.txt", "\ufeffOne.\r\n\nTwo.\n") == [("e.txt:1", "One."), ("e.txt:3", "Two.")]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("e.jsonl", '{"id": 7}', "e.jsonl:1: no text to compare with"),
        ("e.jsonl", "7", "e.jsonl:1: no text to compare with"),
        ("e.jsonl", "{", "e.jsonl:1: not JSON"),
        ("e.jsonl", '{"prompt": "Who?"}\n{"prompt": "", "text": "!"}', 'e.jsonl:2: no text to compare with in "prompt", "text"'),
        ("e.json", '[{"prompt": "Who?"},\n{"frage": "Wer?"}]', 'e.json:2, element 2: no text to compare with in "frage"'),
        ("e.jsonl", "\n", "e.jsonl: no text to compare with"),
        ("e.txt", "\n---\n", "e.txt: no text to compare with"),
        ("e.parquet", "PAR1", "e.parquet: a Parquet file; convert it"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_line(tmp_path: Path, name: str, text: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, name, text)
    assert says in str(caught.value)


def test_the_rows_of_benchmarks_around_which_there_is_more_are_found(tmp_path: Path) -> None:
    squad = {"data": [{"title": "Bread", "paragraphs": [{"context": "He bakes.", "qas": [{"question": "Who?", "answers": []}]}]}]}
    assert read(tmp_path, "squad.json", json.dumps(squad)) == [("squad.json, element 1", text) for text in ("He bakes.", "Who?")]
    splits = {"train": [{"question": "Who?"}], "test": [{"question": "Why?"}]}
    assert [text for _, text in read(tmp_path, "splits.json", json.dumps(splits))] == ["Who?", "Why?"]
    drop = {"nfl_1": {"passage": "They won."}, "nfl_2": {"passage": "They lost."}}
    assert read(tmp_path, "drop.json", json.dumps(drop)) == [("drop.json, nfl_1", "They won."), ("drop.json, nfl_2", "They lost.")]


def test_a_table_has_a_header_or_the_question_first(tmp_path: Path) -> None:
    assert read(tmp_path, "mmlu.csv", "What is 2 + 2?,3,4,5,6,B\n") == [("mmlu.csv:1", "What is 2 + 2?")]
    assert read(tmp_path, "qa.csv", 'Type,Question,Best Answer\nFact,"Who,\nwhen?",Me\n') == [("qa.csv:2", "Who,\nwhen?")]
    assert read(tmp_path, "qa.tsv", "question\tanswer\nWho?\tMe\n") == [("qa.tsv:2", "Who?")]


def test_how_many_texts_of_how_many_rows_is_told() -> None:
    items = [EvaluationItem(source, text) for source, text in (("a:1", "Who?"), ("a:1", "Why?"), ("b:1", "When?"))]
    assert str(evaluation(items)) == "3 texts from 2 rows of evaluation files to compare with"


def test_a_missing_file_and_one_that_is_not_utf8_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.jsonl: no such evaluation file"):
        read_evaluation([tmp_path / "none.jsonl"])
    (tmp_path / "e.txt").write_bytes(b"caf\xe9")
    with pytest.raises(UsageError, match=r"e\.txt:1: not UTF-8"):
        read_evaluation([tmp_path / "e.txt"])


def test_the_digest_is_of_the_texts_alone() -> None:
    one, moved, other = (evaluation_digest([EvaluationItem(*each)]) for each in (("a:1", "x"), ("b:2", "x"), ("a:1", "y")))
    assert (one == moved, one == other, evaluation_digest(())) == (True, False, "")


@pytest.mark.parametrize("text", ["[" * 100_000, '{"question": ' + "9" * 5000 + "}"])
def test_what_nobody_can_read_is_refused_by_its_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "e.jsonl").write_text(text)
    with pytest.raises(UsageError, match=r"e\.jsonl:1: (nested too deeply|a number of too many digits)"):
        read_evaluation([tmp_path / "e.jsonl"])
