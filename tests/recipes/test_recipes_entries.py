"""Tasks of answers that are data: JSON as it comes, tags, tables."""

from __future__ import annotations

import pytest

from seedgen.recipes.parse import parse_blocks, parse_input_output, parse_label_input, parse_list
from seedgen.records import Instance, Proposal, Response

TWO = ["Write a poem.", "Name three rivers."]
LISTS = {
    "entries": '[{"instruction": "Write a poem."}, {"instruction": "Name three rivers."}]',
    "texts": '["Write a poem.", "Name three rivers."]',
    "a note beside": '{"note": "varied", "tasks": [{"instruction": "Write a poem."}, {"instruction": "Name three rivers."}]}',
    "a list beside": '{"kinds": ["art", "facts"], "tasks": [{"task": "Write a poem."}, {"task": "Name three rivers."}]}',
    "question, prompt": '[{"question": "Write a poem."}, {"prompt": "Name three rivers."}]',
    "task as number and text": '[{"task": 9, "instruction": "Write a poem."}, {"task": 10, "instruction": "Name three rivers."}]',
    "ids and kinds": '[{"id": 9, "kind": "art", "task": "Write a poem."}, {"id": 10, "kind": "facts", "task": "Name three rivers."}]',
    "lines": '{"question": "Write a poem."}\n{"question": "Name three rivers."}',
    "lines apart": '{"question": "Write a poem."}\n\n{"question": "Name three rivers."}',
    "numbered keys": '{"Task 9": "Write a poem.", "Task 10": "Name three rivers."}',
    "numbered keys within": '{"tasks": {"9": "Write a poem.", "10": "Name three rivers."}}',
    "nested": '{"response": {"tasks": ["Write a poem.", "Name three rivers."]}}',
    "in another language": '[{"Aufgabe": "Write a poem."}, {"Aufgabe": "Name three rivers."}]',
    "broken lines in texts": '[{"instruction": "Write a poem.\n"}, {"instruction": "Name three rivers."}]',
    "comma at the end": '[{"instruction": "Write a poem."}, {"instruction": "Name three rivers."},]',
    "tags": "<task>Write a poem.</task>\n<task>Name three rivers.</task>",
    "tags in a tag": "<tasks>\n  <task id='9'>Write a poem.</task>\n  <task id='10'>Name three rivers.</task>\n</tasks>",
    "tags in tags": "<task><question>Write a poem.</question></task><task><question>Name three rivers.</question></task>",
    "unknown tags": "<entry>Write a poem.</entry>\n<entry>Name three rivers.</entry>",
    "table": "| # | Task |\n|---|---|\n| 9 | Write a poem. |\n| 10 | Name three rivers. |",
    "table of tasks": "| Instruction |\n|:---|\n| Write a poem. |\n| Name three rivers. |",
    "a fence each": '```json\n{"task": "Write a poem."}\n```\n\nAnd one more:\n\n```json\n{"task": "Name three rivers."}\n```',
    "a fence each, numbered": 'Task 9:\n```json\n{"task": "Write a poem."}\n```\n\nTask 10:\n```json\n{"task": "Name three rivers."}\n```',
    "numbered objects": '9. {"instruction": "Write a poem."}\n10. {"instruction": "Name three rivers."}',
    "a task behind": '[{"task": "Write a poem."}]\n\nTask 10: Name three rivers.',
    "as Python writes it": "[{'task': 'Write a poem.', 'input': None}, {'task': \"Name three rivers.\"}]",
    "as JavaScript writes it": 'tasks = [\n  // a poem\n  {task: "Write a poem."},\n  {task: "Name three rivers."}, // easy\n];',
    "typographic": "[{“instruction”: “Write a poem.”}, {“instruction”: “Name three rivers.”}]",
    "CSV": 'id,instruction\n9,Write a poem.\n10,"Name three rivers."',
    "CSV with semicolons": 'task;category\n"Write a poem.";art\n"Name three rivers.";facts',
    "YAML": '- id: 9\n  instruction: "Write a poem."\n- id: 10\n  instruction: Name three\n    rivers.',
    "YAML in blocks": "tasks:\n  - task: |\n      Write a poem.\n    kind: art\n\n  - task: >-\n      Name three\n      rivers.",
    "table in unknown words": "| Nº | Szöveg |\n|---|---|\n| 9 | Write a poem. |\n| 10 | Name three rivers. |",
}
AROUND = {
    "alone": "{}",
    "fence": "```json\n{}\n```",
    "sentence, fence, remark": "I have tried to make these varied.\n\n```json\n{}\n```\n\nLet me know if you'd like more!",
    "sentence": "Here are two tasks:\n{}",
    "remark": "{}\n\nHope this helps!",
}


@pytest.mark.parametrize("around", AROUND.values(), ids=list(AROUND))
@pytest.mark.parametrize("data", LISTS.values(), ids=list(LISTS))
def test_a_list_that_is_data_is_read(data: str, around: str) -> None:
    found = [proposal.instruction for proposal in parse_list(around.format(data), 9, count=2) if not proposal.fault]
    assert found == TWO


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ('[{"instruction": "Write a poem."}, {"instruction": "Na', '{"instruction": "Na'),
        ('{"note": "x", "tasks": [{"instruction": "Write a poem."}, {"instr', '{"instr'),
        ('{"tasks": ["Write a poem.", "Name thr', '"Name thr'),
        ('{"question": "Write a poem."}\n{"quest', '{"quest'),
        ('Here:\n```json\n[{"instruction": "Write a poem."}, {"in', '{"in'),
    ],
)
def test_of_json_that_is_cut_the_whole_entries_count(text: str, rest: str) -> None:
    assert parse_list(text, 9, cut=True) == [Proposal("Write a poem."), Proposal(rest, fault="cut")]
    assert parse_list(text, 9) == [Proposal("Write a poem."), Proposal(rest, fault="broken_json")]


def test_a_marker_within_an_entry_is_none_of_it() -> None:
    assert parse_list('{"tasks": [{"instruction": "Task 9: Write a poem."}]}', 9) == [Proposal("Write a poem.")]


def test_tags_without_ends_go_to_the_next() -> None:
    assert parse_list("<task>Write a poem.\n<task>Name three rivers.", 9) == [Proposal(task) for task in TWO]


def test_what_follows_a_broken_entry_counts() -> None:
    text = '[{"task": "Say "hi" to me."}, {"task": "Write a poem."}]'
    assert parse_list(text, 9) == [Proposal("Write a poem."), Proposal('{"task": "Say "hi" to me."}', fault="broken_json")]


def test_the_last_row_or_element_of_an_answer_that_is_cut_is_cut() -> None:
    for text in ("<task>Write a poem.</task>\n<task>Name thr", "| Task |\n|---|\n| Write a poem. |\n| Name thr"):
        assert parse_list(text, 9, cut=True) == [Proposal("Write a poem."), Proposal("Name thr", fault="cut")]


@pytest.mark.parametrize(
    "text",
    [
        '[{"instruction": "Translate.", "input": "a b", "output": "c"}]',
        '{"tasks": [{"指令": "Translate.", "输入": "a b", "输出": "c"}]}',
        '[{"question": "Translate.", "context": "a b", "answer": "c"}]',
        "<task><instruction>Translate.</instruction><input>a b</input><output>c</output></task>",
        "<instruction>Translate.</instruction>\n<input>a b</input>\n<output>c</output>",
        "| Instruction | Input | Output |\n|---|---|---|\n| Translate. | a b | c |",
        "| 指令 | 输入 | 输出 |\n|---|---|---|\n| Translate. | a b | c |",
        'instruction,input,output\n"Translate.","a b",c',
        '- instruction: Translate.\n  input: "a b"\n  output: |\n    c',
    ],
)
def test_whole_tasks_that_are_data_are_read(text: str) -> None:
    assert parse_blocks(text) == [Proposal("Translate.", "a b", "c")]


def test_an_input_that_is_data_itself_is_kept() -> None:
    text = (
        '[{"instruction": "Add.", "input": [1, 2], "output": ["3", "in all"]}, {"instruction": "Who?", "input": {"a": "é"}, "output": "x"}]'
    )
    assert parse_blocks(text) == [Proposal("Add.", "[1, 2]", "3\nin all"), Proposal("Who?", '{"a": "é"}', "x")]


@pytest.mark.parametrize(
    "data",
    [
        '{"name": "Bob Smith"}',
        "text,label\ngood,pos\nbad,neg",
        "- task: Buy milk\n  note: soon",
        "<task>Buy it</task>\n<task>Sell it</task>",
    ],
)
def test_an_input_that_is_data_is_none_of_tasks(data: str) -> None:
    for parted in ("\n", "\n\n"):
        assert parse_input_output(f"{data}{parted}Output: 1") == Response((Instance(data, "1"),))


@pytest.mark.parametrize("data", ["- task: Buy milk\n  note: soon\n\nWhich is first?", "id,task\n1,Buy milk\n\nWhich is longest?"])
def test_no_task_behind_data_is_lost(data: str) -> None:
    assert Proposal("Is 7 prime?") in parse_list(f"\n{data}\nTask 10: Is 7 prime?", 9)


def test_rows_that_are_cut_are_read_up_to_there() -> None:
    assert parse_list("id,task\n9,Name a river.\n10", 9, cut=True) == [Proposal("Name a river."), Proposal("10", fault="cut")]


def test_a_row_that_has_other_cells_is_left() -> None:
    text = 'instruction,input,output\nTranslate.,a b,c\nAdd, then say it.,1 2,3\nName one.,,"x'
    assert parse_blocks(text) == [
        Proposal("Translate.", "a b", "c"),
        Proposal('Add, then say it.,1 2,3\nName one.,,"x', fault="broken_json"),
    ]
    assert parse_list("id,task\n9,Add, then say it.", 9) == [Proposal("Add, then say it.")]


def test_instances_that_are_data_are_read() -> None:
    instance = Response((Instance("a b", "c"),))
    assert parse_input_output('Here:\n```json\n{"input": "a b", "output": "c"}\n```') == instance
    assert parse_input_output("<input>a b</input>\n<output>c</output>") == instance
    assert parse_label_input('{"class_label": "c", "input": "a b"}') == instance


@pytest.mark.parametrize(
    "text",
    [
        ' Repair this:\n```json\n{"a": 1,}\n```',
        " Say what this shows:\n<p>Hello there, you</p>\n<p>Hello there, me</p>",
        ' ["red", "blue sky"]: which has more letters?',
        ' {"a": 1} Is this valid JSON?',
        '\n```json\n{"id": 7, "name": "Bob Smith"}\n```\nConvert it to CSV.',
        ' {"question": "Who is Bob?"} Is this valid JSON?',
        "\n- who: the old king\n- what: a golden sword\nTell a story of them.",
        "\nname,age\nBob,5\nTell me who is the oldest.",
        " text,label\ngood one,pos\nHow many are positive?",
        "\n{'question': 'Who is Bob?'}\nTranslate it.",
        " Add up the ages:\n| Name | Age |\n|---|---|\n| Bob | 5 |\n| Tom | 6 |",
    ],
)
def test_data_within_a_task_is_its_own(text: str) -> None:
    assert parse_list(f"{text}\nTask 10: Is 7 prime?", 9) == [Proposal(text.strip()), Proposal("Is 7 prime?")]


def test_thoughts_and_errors_beside_tasks_are_none() -> None:
    thoughts = '{"thoughts": ["First consider the sea.", "Then rivers."], "tasks": ["Name a river.", "Sing of it."]}'
    for text in (thoughts, 'tasks = ["Name a river.", "Sing of it."]'):
        assert [proposal.instruction for proposal in parse_list(text, 9, count=2)] == ["Name a river.", "Sing of it."]
    refused = '{"error": "I cannot help you with that."}'
    assert [proposal.instruction for proposal in parse_list(refused, 9, count=2)] == [refused]  # which the gate refuses by its start
