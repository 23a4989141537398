import json
from pathlib import Path

import pytest

from seedgen.audit import survey_seeds
from seedgen.errors import UsageError
from seedgen.inputs.seeds import load, load_seeds, read_seeds
from seedgen.records import Instance

OURS = {
    "id": "a",
    "instruction": "Name a prime.",
    "instances": [{"input": "", "output": "7"}],
    "is_classification": False,
    "category": "math",
}
ALPACA = {"instruction": "Name a prime.", "input": "", "output": "7"}
CHAT = {
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Name a prime."},
        {"role": "assistant", "content": "7"},
    ]
}


def written(path: Path, *lines: object) -> Path:
    path.write_text("\n".join(x if isinstance(x, str) else json.dumps(x) for x in lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("shape", [OURS, ALPACA, CHAT], ids=["self-instruct", "alpaca", "messages"])
def test_each_shape_people_have_becomes_the_same_task(tmp_path: Path, shape: object) -> None:
    [task] = read_seeds([written(tmp_path / "s.jsonl", shape)])
    assert (task.instruction, task.instances) == ("Name a prime.", (Instance("", "7"),))


def test_a_json_array_is_read_as_tasks(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_text(json.dumps([ALPACA, {**ALPACA, "instruction": "Name a colour."}]))
    assert [t.source for t in read_seeds([path])] == [f"{path}, element 1", f"{path}, element 2"]


def test_the_same_instruction_twice_is_one_task_with_two_instances(tmp_path: Path) -> None:
    [task] = read_seeds([written(tmp_path / "s.jsonl", ALPACA, {**ALPACA, "instruction": "name a PRIME", "output": "11"})])
    assert task.instances == (Instance("", "7"), Instance("", "11"))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "not JSON"),
        ("[1]", "a list, not an object"),
        ("[" * 100_000, "nested too deeply"),
        ({"output": "x"}, 'no "instruction"'),
        ({"instruction": " ", "output": "x"}, 'empty "instruction"'),
        ({"instruction": 7, "output": "x"}, '"instruction" is of type int, not a string'),
        ({"instruction": "Name a prime."}, 'no "output"'),
        ({"instruction": "Name a prime.", "instances": []}, '"instances" is empty or no list'),
        ({"instruction": "Name a prime.", "instances": [3]}, "an instance is no object"),
        ({"messages": [{"role": "assistant", "content": "7"}]}, "messages do not open with user, then assistant"),
        ({**ALPACA, "is_classification": "yes"}, '"is_classification" is "yes"'),
    ],
)
def test_a_broken_line_is_named_with_file_line_and_remedy(tmp_path: Path, line: object, problem: str) -> None:
    path = written(tmp_path / "s.jsonl", OURS, line)
    tasks, [fault] = load_seeds([path])
    assert (len(tasks), fault.where, bool(fault.remedy)) == (1, f"{path}:2", True)
    assert problem in fault.problem


def test_bytes_that_are_not_utf8_are_a_fault_of_their_line(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    path.write_bytes(json.dumps(OURS).encode() + b'\n{"instruction": "caf\xe9"}\n')
    assert [str(f) for f in load_seeds([path])[1]] == [f"{path}:2: not UTF-8 (byte 20); save the file as UTF-8"]


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    path = written(tmp_path / "s.jsonl", "{", OURS, "}", OURS)
    with pytest.raises(UsageError) as caught:
        read_seeds([path])
    assert [line.split(": ")[0] for line in str(caught.value).splitlines()] == [f"{path}:1", f"{path}:3", f"{path}:4"]


@pytest.mark.parametrize("name", ["missing.jsonl", "empty"])
def test_a_path_without_tasks_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=name):
        read_seeds([tmp_path / name])


def test_the_bundled_seeds_are_many_varied_and_licensed() -> None:
    tasks = read_seeds(["bundled"])
    categories = {t.category for t in tasks}
    assert len(tasks) >= 200
    assert len(categories) >= 14
    assert {t.tier for t in tasks} == {"simple", "moderate", "complex"}
    assert {t.license for t in tasks} == {"Apache-2.0"}
    assert 0.2 <= sum(bool(t.is_classification) for t in tasks) / len(tasks) <= 0.3
    assert 0.4 <= sum(bool(t.instances[0].input) for t in tasks) / len(tasks) <= 0.6


def test_no_two_bundled_seeds_are_alike() -> None:
    assert survey_seeds(read_seeds(["bundled"]), threshold=0.5).near == ()


@pytest.mark.parametrize("key", ["id", "category", "tier", "license"])
@pytest.mark.parametrize(
    ("value", "says"),
    [
        ('"\\ud83d"', "holds U+D83D, which cannot be shown"),
        ('"a\\nb"', "holds U+000A, which cannot be shown"),
        ('"\\u0007"', "holds U+0007, which cannot be shown"),
        ('["a"]', "is of type list, not a string"),
        ("true", None),
        ("7", None),
        ('"  "', None),
    ],
)
def test_a_label_that_cannot_be_shown_is_a_fault_of_its_line(tmp_path: Path, key: str, value: str, says: str | None) -> None:
    path = written(tmp_path / "s.jsonl", f'{{"instruction": "Add.", "output": "3", "{key}": {value}}}')
    faults = [str(fault) for fault in load_seeds([path])[1]]
    assert [fault.split(";")[0] for fault in faults] == ([] if says is None else [f'{path}:1: "{key}" {says}'])


@pytest.mark.parametrize(
    ("line", "says"), [("[" * 100_000, "nested too deeply"), ('{"id": ' + "9" * 5000 + "}", "a number of too many digits")]
)
def test_what_json_allows_and_nobody_can_read_is_a_fault_of_its_line(tmp_path: Path, line: str, says: str) -> None:
    path = written(tmp_path / "s.jsonl", OURS, line)
    assert [str(fault).split(";")[0] for fault in load_seeds([path])[1]] == [f"{path}:2: {says}"]


def test_an_array_keeps_the_names_of_its_tasks_and_tells_lines(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_text(json.dumps([ALPACA, {"instruction": "Name a colour."}], indent=1))
    loaded = load([path])
    assert [(task.id, task.source) for task in loaded.tasks] == [(f"{path}, element 1",) * 2]
    assert [fault.where for fault in loaded.faults] == [f"{path}:7, element 2"]


def test_what_many_rows_have_is_one_fault(tmp_path: Path) -> None:
    path = written(tmp_path / "s.jsonl", OURS, *[{"chosen": "x", "rejected": "y"}] * 3)
    assert [(f.where, f.problem) for f in load([path]).faults] == [
        (f"{path}:2", 'no "instruction" (it has "chosen", "rejected"), as in 2 more (at 3, 4)')
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bundled-run/run.db", ""),
        ("old-run/seeds.jsonl", "{"),
        (".cache/a.jsonl", "{"),
        (".ipynb_checkpoints/a-checkpoint.jsonl", "{"),
        (".hidden.jsonl", "{"),
        ("dataset_infos.json", "{}"),
        ("state.json", "{}"),
        ("out.provenance.jsonl", "{}"),
        ("README.md", "# Seeds"),
    ],
)
def test_what_lies_beside_seeds_in_a_folder_is_none(tmp_path: Path, name: str, content: str) -> None:
    written(tmp_path / "s.jsonl", ALPACA)
    (tmp_path / "old-run").mkdir()
    (tmp_path / "old-run" / "run.db").touch()
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(content)
    assert [task.source for task in read_seeds([tmp_path])] == [f"{tmp_path}/s.jsonl:1"]


def test_tables_of_a_folder_are_read_where_there_is_nothing_else_and_told_of_otherwise(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("instruction,output\nName a prime.,7\n")
    assert [task.source for task in read_seeds([tmp_path])] == [f"{tmp_path}/s.csv:2"]
    written(tmp_path / "s.jsonl", ALPACA)
    assert load([tmp_path]).notes == (f"{tmp_path}: s.csv in this folder: not read",)


def test_a_run_is_no_folder_of_seeds(tmp_path: Path) -> None:
    written(tmp_path / "out.jsonl", ALPACA)
    (tmp_path / "run.db").touch()
    with pytest.raises(UsageError, match=r"no \.jsonl or \.json file in this folder; runs are no seeds"):
        read_seeds([tmp_path])


def test_a_folder_of_parquet_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "train.parquet").write_bytes(b"PAR1")
    with pytest.raises(UsageError, match=r"no \.jsonl or \.json file in this folder; train\.parquet has to be converted"):
        read_seeds([tmp_path])


def test_what_is_left_is_told_when_seeds_are_read(tmp_path: Path) -> None:
    notes: list[str] = []
    path = written(tmp_path / "s.jsonl", ALPACA, {**ALPACA, "history": [["Hello there", "Hello"]], "system": "Be brief."}, CHAT)
    read_seeds([path], notes.append)
    assert notes == [
        f'{path}: "history" is not read (1 row, the first in line 2)',
        f'{path}: "system" is not read (1 row, the first in line 2)',
        f"{path}: the system message is not kept (1 row, the first in line 3)",
    ]


def test_text_without_spaces_is_text_that_is_left(tmp_path: Path) -> None:
    path = written(tmp_path / "s.jsonl", {**ALPACA, "system": "你是一个海盗", "history": [["สวัสดีครับ"]], "image": "a/b.png"})
    assert load([path]).notes == (
        f'{path}: "system" is not read (1 row, the first in line 1)',
        f'{path}: "history" is not read (1 row, the first in line 1)',
    )


def test_a_byte_order_mark_in_the_first_name_is_none_of_its_letters(tmp_path: Path) -> None:
    path = written(tmp_path / "s.jsonl", {f"\ufeff{key}": value for key, value in ALPACA.items()})
    assert [task.instruction for task in read_seeds([path])] == [ALPACA["instruction"]]


def test_an_id_that_many_rows_have_is_told_once(tmp_path: Path) -> None:
    path = written(tmp_path / "s.jsonl", *({**ALPACA, "id": "same"} for _ in range(30)))
    (fault,) = load([path]).faults
    assert str(fault).startswith(f'{path}:2: id "same" was used at {path}:1, as in 28 more (at 3, 4, 5')


def test_a_file_without_rows_and_a_link_to_nothing_are_told_of(tmp_path: Path) -> None:
    written(tmp_path / "a.jsonl", ALPACA)
    (tmp_path / "b.jsonl").touch()
    (tmp_path / "c.jsonl").symlink_to("nowhere")
    (tmp_path / ".d.jsonl").symlink_to("nowhere")
    found = load([tmp_path])
    assert (len(found.tasks), found.faults) == (1, ())
    assert [note.removeprefix(str(tmp_path)) for note in found.notes] == [
        ": c.jsonl: no regular file, or a link to nothing: not read",
        "/b.jsonl: there is no row in this file",
    ]
