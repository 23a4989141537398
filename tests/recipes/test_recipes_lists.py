"""Lists in every form that teachers give them, and in several languages: the tasks are found again exactly, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product

import pytest

from seedgen.recipes.numbers import han, letter, roman, sign, spelt
from seedgen.recipes.parse import parse_list
from seedgen.records import Proposal

STEPS = "Put these steps in order:\n{}Boil the water first.\n{}Pour the tea slowly."
TASKS = {
    "en": [
        *("Write a poem about the sea.", "Name three rivers in Asia.", "Is 7 a prime number?", "Explain why bread rises so well."),
        *("List five uses of salt.", 'Translate "good morning" to French.', "Summarize the plot of Hamlet.", "What causes a rainbow?"),
    ],
    "de": [
        *("Schreibe ein Gedicht über das Meer.", "Nenne drei Flüsse in Asien.", "Ist 7 eine Primzahl?", "Erkläre, warum Brot aufgeht."),
        *("Liste fünf Verwendungen von Salz auf.", "Übersetze den Satz.", "Fasse Hamlet zusammen.", "Was verursacht einen Regenbogen?"),
    ],
    "ru": [
        *("Напиши стихотворение о море.", "Назови три реки в Азии.", "Является ли число 7 простым?", "Объясни, почему поднимается хлеб."),
        *("Перечисли пять применений соли.", "Переведи «доброе утро».", "Перескажи сюжет «Гамлета».", "Отчего появляется радуга?"),
    ],
    "zh": [
        *("写一首关于大海的诗。", "列出亚洲的三条河流。", "七是质数吗？", "解释面包为什么会发酵。"),
        *("列举盐的五种用途。", "把“早上好”翻译成法语。", "概括《哈姆雷特》的情节。", "彩虹是怎样形成的？"),
    ],
    "hi": [
        *("समुद्र पर एक कविता लिखिए।", "एशिया की तीन नदियों के नाम बताइए।", "क्या 7 एक अभाज्य संख्या है?", "समझाइए कि रोटी क्यों फूलती है।"),
        *("नमक के पाँच उपयोग लिखिए।", "इस वाक्य का अनुवाद कीजिए।", "हैमलेट की कहानी का सार लिखिए।", "इंद्रधनुष क्यों बनता है?"),
    ],
    "ar": [
        *("اكتب قصيدة عن البحر.", "اذكر ثلاثة أنهار في آسيا.", "هل العدد 7 أولي؟", "اشرح لماذا يرتفع الخبز."),
        *("عدد خمسة استخدامات للملح.", "ترجم هذه الجملة كلها.", "لخص قصة هاملت.", "ما سبب قوس قزح؟"),
    ],
}
ROMAN = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV", "XVI"]
SPELT = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
]
HAN = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二", "十三", "十四", "十五", "十六"]
WIDE, ARABIC = (str.maketrans("0123456789", digits) for digits in ("０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩"))
PLAIN = (
    *(
        "Task {n}: {t}",
        "Task {n}： {t}",
        "Task {n} — {t}",
        "Task {n} - {t}",
        "Task {n}. {t}",
        "Task {n}) {t}",
        "Task {n} {t}",
        "TASK {n}: {t}",
    ),
    *("Task #{n}: {t}", "Task No. {n}: {t}", "Task ({n}): {t}", "Task_{n}: {t}", "Task-{n}: {t}", "T{n}: {t}", "Task {n}/16: {t}"),
    *("Task {n} (easy): {t}", "Task {n} => {t}", "{n}. {t}", "{n}) {t}", "({n}) {t}", "[{n}] {t}", "{n}: {t}", "{n} - {t}", "{n} – {t}"),
    *(
        "{n} | {t}",
        "{n}/ {t}",
        "{n}; {t}",
        "#{n} {t}",
        "#{n}: {t}",
        "<{n}> {t}",
        "1.{n} {t}",
        "{n}.\t{t}",
        "{n}、{t}",
        "（{n}）{t}",
        "> {n}. {t}",
    ),
    *("Question {n}: {t}", "Q{n}. {t}", "Prompt {n}) {t}", "New Task {n}: {t}", "The {n}th task: {t}", "{n}th task: {t}", "  {n}. {t}"),
    *(
        "任务 {n}：{t}",
        "第{n}题：{t}",
        "【任务{n}】{t}",
        "問題{n}: {t}",
        "{n}번: {t}",
        "과제 {n}: {t}",
        "Aufgabe {n}: {t}",
        "Tarea nº {n}: {t}",
    ),
    *(
        "Задача {n}. {t}",
        "Задание №{n}: {t}",
        "Tâche {n} : {t}",
        "Exercice n° {n} : {t}",
        "कार्य {n}: {t}",
        "Nhiệm vụ {n}: {t}",
        "Feladat {n}: {t}",
    ),
    *(
        "**Task {n}:** {t}",
        "**Task {n}**: {t}",
        "**Task {n}: {t}**",
        "**{n}.** {t}",
        "**{n}** {t}",
        "**{n}. {t}**",
        "## {n}. {t}",
        "*Task {n}*: {t}",
    ),
    *(
        "### Task {n}\n{t}",
        "### Task {n}\n\n{t}",
        "`Task {n}:` {t}",
        "__Task {n}__: {t}",
        "📝 Task {n}: {t}",
        "{n}. Task: {t}",
        "{n}. Instruction: {t}",
    ),
    *("- Task {n}: {t}", "7. **Task {n}:** {t}", "{n}. **Kind:** {t}", "{n}. **Kind**: {t}", "{n}. “{t}”"),
    *("- {t}", "* {t}", "• {t}", "→ {t}", "🔹 {t}", "- [ ] {t}", "1. {t}", "Task: {t}", "Instruction: {t}", "{t}", "“{t}”"),
)
Form = Callable[[int, str], str]


def plainly(form: str, n: int, task: str) -> str:
    return form.format(n=n, t=task)


def numbered(form: str, numbers: list[str], n: int, task: str) -> str:
    return form.format(numbers[n - 1], task)


FORMS: dict[str, Form] = {
    **{form: partial(plainly, form) for form in PLAIN},
    **{f"Roman {form}": partial(numbered, form, ROMAN) for form in ("{}. {}", "{}) {}", "Task {}: {}", "Frage {}: {}")},
    **{f"Han {form}": partial(numbered, form, HAN) for form in ("{}、{}", "任务{}：{}", "第{}个任务：{}", "（{}）{}")},
    **{f"spelt {form}": partial(numbered, form, SPELT) for form in ("Task {}: {}", "**Question {}.** {}")},
    **{f"wide {form}": partial(numbered, form, [str(n).translate(WIDE) for n in range(1, 17)]) for form in ("{}．{}", "任务{}：{}")},
    "Arabic digits": lambda n, task: f"المهمة {str(n).translate(ARABIC)}: {task}",
    "circled": lambda n, task: f"{chr(0x245F + n)} {task}",
    "circled, no space": lambda n, task: f"{chr(0x245F + n)}{task}",
}
FROM_ONE: dict[str, Form] = {
    "a)": lambda n, task: f"{chr(0x60 + n)}) {task}",
    "A.": lambda n, task: f"{chr(0x40 + n)}. {task}",
    "(a)": lambda n, task: f"({chr(0x60 + n)}) {task}",
    "Cyrillic": lambda n, task: f"{chr(0x42F + n)}) {task}",
    "key caps": lambda n, task: f"{n}\ufe0f\u20e3 {task}",
}
TITLED = ("**Task {n}: Sea things**\n{t}", "**Task {n}: Sea things**\n\n{t}", "## Task {n}: Sea things\n{t}", "{n}. **Sea things**\n   {t}")
BEFORE = (
    "",
    "Sure! Here are 8 new tasks:\n\n",
    "Here are the tasks:\n",
    "I made these for you.\n\n",
    "好的，以下是八个任务：\n",
    "Ecco otto compiti per te:\n",
)
AFTER = (
    "",
    "\n\nI hope these tasks help!",
    "\nHope this helps!",
    "\n\nLet me know if you'd like more tasks.",
    "\n\n希望这些任务对您有帮助！",
)
PARTED = ("\n", "\n\n", "\n\n---\n\n")


def tasks_in(text: str, count: int = 8) -> list[str]:
    return [proposal.instruction for proposal in parse_list(text, 9, count=count) if not proposal.fault]


def written(form: Form, tasks: list[str], start: int, parted: str = "\n") -> str:
    return parted.join(form(n, task) for n, task in enumerate(tasks, start))


def surroundings() -> Iterator[tuple[str, str, str]]:
    """Each with at most one of them unlike the plainest."""
    return ((b, a, p) for b, a, p in product(BEFORE, AFTER, PARTED) if (b != "") + (a != "") + (p != "\n") <= 1)


@pytest.mark.parametrize("form", {**FORMS, **FROM_ONE}.items(), ids=lambda form: form[0])
def test_every_task_of_a_list_is_found(form: tuple[str, Form]) -> None:
    starts = (1,) if form[0] in FROM_ONE else (1, 9)
    lost = [
        (language, start, before, after, parted, found)
        for (language, tasks), start, (before, after, parted) in product(TASKS.items(), starts, surroundings())
        if (found := tasks_in(before + written(form[1], tasks, start, parted) + after)) != tasks
    ]
    assert lost == []


@pytest.mark.parametrize("form", TITLED)
def test_titles_over_tasks_are_none(form: str) -> None:
    tasks = TASKS["en"]
    assert tasks_in(written(partial(plainly, form), tasks, 9, "\n\n")) == tasks


NUMBERED = [name for name in FORMS if name not in PLAIN or "{n}" in name]
STEP_MARKS = (
    ("1. ", "2. "),
    ("   1. ", "   2. "),
    ("- ", "- "),
    ("a) ", "b) "),
    ("Step 1: ", "Step 2: "),
    ("  - ", "  - "),
    ("① ", "② "),
    ("I. ", "II. "),
)


@pytest.mark.parametrize("name", [*NUMBERED, *FROM_ONE])
def test_steps_stay_with_their_task(name: str) -> None:
    form = {**FORMS, **FROM_ONE}[name]
    lost = []
    for marks, start in product(STEP_MARKS, (1, 9) if name in FORMS else (1,)):
        tasks = [*TASKS["en"][:2], STEPS.format(*marks), *TASKS["en"][2:4], STEPS.format(*marks), *TASKS["en"][4:6]]
        if form(1, "").strip() == form(2, "").strip() or (name == "1.{n} {t}" and marks[0] == "1. "):
            continue
        if (found := tasks_in(written(form, tasks, start))) != [task.strip() for task in tasks]:
            lost.append((marks, start, found))
    assert lost == []


@pytest.mark.parametrize(
    "text",
    [
        "Put these in order:\n1. apple\n2. pear",
        "Put the steps of making tea in order:\n1. Boil the water.\n2. Pour the tea.\n3. Drink it.",
        "Which of these is a mammal?\na) a blue shark\nb) a blue whale\nc) a brown trout",
        "Translate the sentence.\nGood morning, Tom.",
        "Read the passage and answer.\nThe cat sat on the mat. It was warm.\nWho sat there?",
        "Fill in the table:\n| Name | Age |\n|---|---|\n| Bob | 5 |\n| Tom | 7 |",
        "Micah drank 1.5 liters of water. How much is that in pints?",
        "A train leaves 1:30 hours late. When does it come?",
        "Windows 10: how is it updated?",
        "[3, 5, 9]: which number comes next?",
        "What does this print?\n```python\nx = 1\n\nprint(x)\n```",
    ],
)
def test_one_task_of_several_lines_is_one(text: str) -> None:
    assert tasks_in(text) == [text]
    assert tasks_in(f"{text}\nTask 10: Is 7 prime?") == [text, "Is 7 prime?"]


@pytest.mark.parametrize(
    "text",
    [
        "Task 9: Write a poem. Task 10: Name three rivers. Task 11: Is 7 prime?",
        "9. Write a poem. 10. Name three rivers. 11. Is 7 prime?",
        "Frage 9: Schreibe ein Gedicht. Frage 10: Nenne drei Flüsse.",
        "Write a poem about the sea\nName three rivers in Asia\nIs 7 a prime number\nExplain why bread rises",
    ],
)
def test_several_tasks_in_one_are_refused_as_that(text: str) -> None:
    assert [proposal.fault for proposal in parse_list(text, 9, count=8)] == ["several_tasks"]


@pytest.mark.parametrize(
    "form",
    [
        *("{n} {t}", "{n}\t{t}", '{n},"{t}"', "**{n}\\.** {t}", "1. {n}. {t}", "{first} task: {t}", "{first}: {t}", "{first}ly, {t}"),
        *(
            "Next task: {t}",
            "User: {t}",
            "{n}. Math: {t}",
            "{n}. tehtävä: {t}",
            "{heb}. {t}",
            "{kor}. {t}",
            "{kana}、{t}",
            "Aufgabe {kor}: {t}",
        ),
        *("> {t}", "\\item {t}", "Task {n} (Math) - {t}", "{n}. [{kor}] {t}", "<b>Task {n}:</b> {t}", "Title: Sea thing\nDescription: {t}"),
    ],
)
@pytest.mark.parametrize("language", ["en", "ru", "zh"])
def test_what_all_tasks_open_with_is_left_out(form: str, language: str) -> None:
    firsts = ["First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth"]
    signs = zip(firsts, "אבגדהוזח", "가나다라마바사아", "アイウエオカキク", strict=True)
    marked = zip(range(9, 17), signs, TASKS[language], strict=True)
    lines = (form.format(n=n, first=first, heb=heb, kor=kor, kana=kana, t=t) for n, (first, heb, kor, kana), t in marked)
    assert tasks_in("\n\n".join(lines)) == TASKS[language]


def test_what_is_an_order_or_not_in_all_is_left_in() -> None:
    for tasks in (
        ["Translate: a b c.", "Translate: d e f.", "Translate: g h i."],
        ["3 cats sing. Why?", "4 dogs bark. Why?", "Why is it so?"],
    ):
        assert tasks_in("\n\n".join(tasks)) == tasks


def test_two_lines_are_two_tasks_if_both_ask_for_something() -> None:
    assert tasks_in("Write a poem.\nName three rivers.") == ["Write a poem.", "Name three rivers."]


def test_lists_under_headings_are_one_list() -> None:
    text = "## Art\n\n1. Write a poem.\n2. Draw up a plan.\n\n## Facts\n\n1. Name three rivers.\n2. Is 7 prime?"
    assert tasks_in(text) == ["Write a poem.", "Draw up a plan.", "Name three rivers.", "Is 7 prime?"]


@pytest.mark.parametrize("between", ["\n", "\n\n"])
def test_a_thought_in_a_quotation_before_the_tasks_is_none(between: str) -> None:
    thought, tasks = "> They want new tasks.\n>\n> I vary them.", ["Write a poem of the sea.", "Name three rivers.", "Explain a tide."]
    assert parse_list(f"{thought}\n\n{between.join(tasks)}", 9, count=3) == [Proposal(thought, fault="not_a_task"), *map(Proposal, tasks)]
    assert tasks_in("\n\n".join(f"> {task}" for task in tasks)) == tasks


def test_what_latex_puts_around_a_list_is_none_of_it() -> None:
    tasks = ["Write a poem of the sea.", "Name three rivers.", "Explain a tide."]
    assert tasks_in("\\begin{enumerate}\n" + "\n".join(f"\\item {task}" for task in tasks) + "\n\\end{enumerate}", 3) == tasks


def test_what_is_not_a_task_is_kept_as_that() -> None:
    text = "Ecco:\n\n## Art\n\n9. Write a poem.\n10. Sing a song.\n\nHope this helps!"
    refused = [proposal.instruction for proposal in parse_list(text, 9, count=2) if proposal.fault]
    assert refused == ["Ecco:", "## Art", "Hope this helps!"]


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        *((roman, "IX", 9), (roman, "iv", 4), (roman, "IIII", 0), (roman, "civic", 0), (roman, "CCCCCC", 0)),
        *((han, "九", 9), (han, "十", 10), (han, "十一", 11), (han, "二十", 20), (han, "二十三", 23), (han, "三三", 0)),
        *((spelt, "Nine", 9), (spelt, "twenty-one", 21), (spelt, "none", 0)),
        *((letter, "a", 1), (letter, "Б", 2), (letter, "文", 0)),
        *((sign, "⑨", 9), (sign, "Ⅸ", 9), (sign, "⑴", 1), (sign, "㈨", 9), (sign, "9\ufe0f\u20e3", 9)),
    ],
)
def test_a_number_is_read(read: Callable[[str], int], text: str, value: int) -> None:
    assert read(text) == value
