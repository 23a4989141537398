from pathlib import Path

import pytest

from seedgen.errors import UsageError
from seedgen.inputs.evaluation import evaluation_digest, read_evaluation
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
        ('{"prompt": "", "text": "!"}', []),
    ],
)  # fmt: skip
def test_all_text_under_the_usual_keys_is_taken(tmp_path: Path, row: str, texts: list[str]) -> None:
    assert read(tmp_path, "e.jsonl", f"\n{row}\n") == [("e.jsonl:2", text) for text in texts]


def test_json_holds_an_array_and_txt_a_line_an_item(tmp_path: Path) -> None:
    listed = read(tmp_path, "e.json", '[{"text": "One."}, {"text": "Two."}]')
    assert listed == [("e.json, element 1", "One."), ("e.json, element 2", "Two.")]
    assert read(tmp_path, "e.txt", "\ufeffOne.\r\n\nTwo.\n") == [("e.txt:1", "One."), ("e.txt:3", "Two.")]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("e.jsonl", '{"id": 7}', "e.jsonl:1: no text to compare with"),
        ("e.jsonl", "7", "e.jsonl:1: no text to compare with"),
        ("e.jsonl", "{", "e.jsonl:1: not JSON"),
        ("e.csv", "a,b", "e.csv: an evaluation file is .jsonl, .json or .txt"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_line(tmp_path: Path, name: str, text: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, name, text)
    assert says in str(caught.value)


def test_a_missing_file_and_one_that_is_not_utf8_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.jsonl: no such evaluation file"):
        read_evaluation([tmp_path / "none.jsonl"])
    (tmp_path / "e.txt").write_bytes(b"caf\xe9")
    with pytest.raises(UsageError, match=r"e\.txt: not UTF-8"):
        read_evaluation([tmp_path / "e.txt"])


def test_the_digest_is_of_the_texts_alone() -> None:
    one, moved, other = (evaluation_digest([EvaluationItem(*each)]) for each in (("a:1", "x"), ("b:2", "x"), ("a:1", "y")))
    assert (one == moved, one == other, evaluation_digest(())) == (True, False, "")


@pytest.mark.parametrize("text", ["[" * 100_000, '{"question": ' + "9" * 5000 + "}"])
def test_what_nobody_can_read_is_refused_by_its_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "e.jsonl").write_text(text)
    with pytest.raises(UsageError, match=r"e\.jsonl:1: (nested too deeply|a number of too many digits)"):
        read_evaluation([tmp_path / "e.jsonl"])
