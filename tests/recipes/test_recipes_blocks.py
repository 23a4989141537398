"""Whole tasks under labels in many languages, with and without numbers, headings and remarks."""

from __future__ import annotations

import pytest

from seedgen.recipes.parse import parse_blocks, parse_input_output, parse_label_input
from seedgen.records import Instance, Proposal, Response

TASKS = [("Translate the sentence.", "Good morning.", "Bonjour."), ("Is 7 prime?", "", "Yes, 7 is prime.")]
WORDS = {
    "English": ("Instruction", "Input", "Output", ":", "<noinput>"),
    "question": ("Question", "Input", "Answer", ":", "None"),
    "Chinese": ("指令", "输入", "输出", "：", "无"),
    "Japanese": ("指示", "入力", "出力", "：", "なし"),
    "Korean": ("지시", "입력", "출력", ":", "없음"),
    "German": ("Anweisung", "Eingabe", "Ausgabe", ":", "Keine"),
    "Spanish": ("Instrucción", "Entrada", "Salida", ":", "Ninguna"),
    "French": ("Consigne", "Entrée", "Sortie", " :", "Aucune"),
    "Russian": ("Инструкция", "Ввод", "Вывод", ":", "нет"),
    "Arabic": ("التعليمات", "المدخل", "المخرج", ":", "None"),
    "none that is known": ("Kérés", "Szöveg", "Eredmény", ":", "None"),
}
FORMS = {
    "numbered": "{n}. {a}{s} {i}\n{n}. {b}{s} {x}\n{n}. {c}{s} {o}\n###\n",
    "bold": "**{a}{s}** {i}\n**{b}{s}** {x}\n**{c}{s}** {o}\n\n---\n\n",
    "numbers after": "{a} {n}{s} {i}\n{b} {n}{s} {x}\n{c} {n}{s} {o}\n\n",
    "headings": "### Task {n}: Kind\n{a}{s} {i}\n{b}{s} {x}\n{c}{s} {o}\n\n",
    "lines of their own": "{a}{s}\n{i}\n{b}{s}\n{x}\n{c}{s}\n{o}\n\n",
    "indented": "{n}. **{a}{s}** {i}\n   **{b}{s}** {x}\n   **{c}{s}** {o}\n\n",
}


def written(words: tuple[str, ...], form: str) -> str:
    a, b, c, s, none = words
    return "".join(form.format(n=n, a=a, b=b, c=c, s=s, i=i, x=x or none, o=o) for n, (i, x, o) in enumerate(TASKS, 4))


@pytest.mark.parametrize("remark", ["", "Let me know if you'd like more examples!", "希望这些任务对您有帮助！"])
@pytest.mark.parametrize("words", WORDS.values(), ids=list(WORDS))
@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
def test_whole_tasks_are_found_under_any_labels(words: tuple[str, ...], form: str, remark: str) -> None:
    found = [(p.instruction, p.input, p.output) for p in parse_blocks(written(words, form) + remark, 4, count=2) if not p.fault]
    assert found == TASKS


@pytest.mark.parametrize(
    "text",
    [
        "4. Translate.\n   Input: a b\n   Output: c\n5. Sing.\n   Input: None\n   Output: La.",
        "**Task 4: Translate.**\nInput: a b\nOutput: c\n\n**Task 5: Sing.**\nInput: None\nOutput: La.",
        "Aufgabe 4: Translate.\nEingabe: a b\nAusgabe: c\n\nAufgabe 5: Sing.\nAusgabe: La.",
        "- Translate.\n  Input: a b\n  Output: c\n- Sing.\n  Output: La.",
    ],
)
def test_tasks_without_a_label_are_those_of_the_list(text: str) -> None:
    assert parse_blocks(text, 4, count=2) == [Proposal("Translate.", "a b", "c"), Proposal("Sing.", "", "La.")]


@pytest.mark.parametrize(
    "last",
    ["So there are 92 - 35 = 57 seats left.", "Day 2: Depart.", "Roy T. Bennett, 1970", "**Total: 57**", "\n**Total: 57**", "- [A 1](b)"],
)
def test_the_last_line_of_an_output_is_no_heading_of_the_next_task(last: str) -> None:
    text = f"4. Instruction: Count the seats.\n4. Output: There are 92.\n{last}\n\n5. Instruction: Sing.\n5. Output: La."
    assert parse_blocks(text, 4, count=2)[0] == Proposal("Count the seats.", "", f"There are 92.\n{last}")


def test_a_label_of_another_kind_stays_in_the_input() -> None:
    text = "4. Instruction: Answer.\n4. Input: The cat sat.\nQuestion: Who sat?\n4. Output: The cat."
    assert parse_blocks(text, 4) == [Proposal("Answer.", "The cat sat.\nQuestion: Who sat?", "The cat.")]


def test_a_remark_after_the_last_output_is_none_of_it() -> None:
    text = "4. Instruction: Sing.\n4. Output: La.\n\nI hope this helps!"
    assert parse_blocks(text, 4) == [Proposal("Sing.", "", "La."), Proposal("I hope this helps!", fault="not_a_task")]


@pytest.mark.parametrize(
    ("text", "instance"),
    [
        ("输入：3, 1\n输出：1, 3", Instance("3, 1", "1, 3")),
        ("Eingabe: Keine\nAusgabe: Paris.", Instance("", "Paris.")),
        ("Sure, here it is:\nOutput: Paris.\n\nLet me know if you need anything else!", Instance("", "Paris.")),
        (
            " None\nOutput: Dear Tom,\nit is done.\n\nLet me know if you need more.",
            Instance("", "Dear Tom,\nit is done.\n\nLet me know if you need more."),
        ),
    ],
)
def test_an_instance_is_read_under_any_labels(text: str, instance: Instance) -> None:
    assert parse_input_output(text) == Response((instance,))


def test_a_class_label_is_read_in_any_language() -> None:
    assert parse_label_input("标签：垃圾\n输入：立即获奖！") == Response((Instance("立即获奖！", "垃圾"),))
