"""Words that teachers put around tasks: the names of a task's parts, and remarks before and after a list.

The names are looked up in a table of languages; `parse` goes by position first, where lines repeat in one order. A remark is told by its
first words; in doubt it is none.
"""

from __future__ import annotations

import re

NAMES = {
    "instruction": "instruction instructions task tasks question prompt query request problem exercise command challenge"
    " 指令 任务 任務 问题 問題 题目 題目 指示 命令 タスク 課題 質問 지시 지시문 지시사항 과제 작업 질문 문제"
    " anweisung aufgabe aufgabenstellung frage instrucción instrucciones tarea pregunta consigne tâche question instruction"
    " istruzione istruzioni compito domanda instrução instruções tarefa pergunta instructie opdracht taak vraag инструкция задание задача"
    " вопрос інструкція завдання instrukcja polecenie zadanie pytanie instruktion uppgift fråga talimat görev soru تعليمات التعليمات"
    " مهمة المهمة سؤال"
    " निर्देश कार्य प्रश्न hướng_dẫn nhiệm_vụ câu_hỏi instruksi tugas pertanyaan",
    "input": "input inputs 输入 輸入 入力 입력 eingabe eingang entrada entrée ingresso invoer вход ввод входные_данные входной_текст"
    " вхід wejście dane_wejściowe indata inmatning girdi girdisi مدخل المدخل المدخلات الإدخال इनपुट đầu_vào masukan",
    "output": "output outputs answer response completion solution expected_output reply 输出 輸出 答案 回答 出力 答え 출력 답변 정답"
    " ausgabe antwort lösung salida respuesta sortie réponse uscita risposta saída resposta uitvoer antwoord вывод выход ответ вихід"
    " відповідь wyjście odpowiedź utdata svar çıktı cevap yanıt مخرج المخرج المخرجات الإخراج الجواب आउटपुट उत्तर đầu_ra câu_trả_lời"
    " keluaran jawaban",
    "class label": "class_label label class 标签 標籤 类别 類別 ラベル 分類 레이블 라벨 klasse klassenlabel etiqueta clase étiquette classe"
    " etichetta rótulo класс метка etykieta etikett etiket",
}
PARTS = {name.replace("_", " "): part for part, names in NAMES.items() for name in names.split()}
"""The part of a task that a name stands for, by the name in lower case."""

KEYS = {"context": "input", "input text": "input", "expected response": "output", "text": "instruction", "description": "instruction"}
"""Names that mean a part where they are a key, but may be words of a task where they open a line."""

WORD = r"[^\s\d!-/:-@\[-`{-~：．、。，）（［］【】「」〔〕–—•·①-⓿❶-➓]"
"""A character of a word in any script, with its marks."""
WORDS = rf"{WORD}{{1,20}}+(?:[ _]{WORD}{{1,20}}+){{0,2}}+"
BOLD = r"[*_]{0,3}+"
MARKUP = r"[ \t\u3000]{0,16}+(?:[*_>#•|`-]{1,6}+[ \t]{0,4}+){0,3}+"
LABEL = re.compile(
    rf"{MARKUP}(?P<ordinal>[(\[]?\d{{1,4}}[.):、．：\]][ \t]{{0,8}}+{BOLD})?[\[【]?(?P<name>{WORDS})"
    rf"(?:[ \t]?#?(?P<number>\d{{1,4}}))?{BOLD}[\]】]?{BOLD}[ \t]{{0,2}}[:：]{BOLD}"
)

CHATTY = re.compile(
    r"(?:(?:sure|certainly|of course|absolutely|okay|ok|great|here you (?:go|are)|natürlich|gerne|bien sûr|claro"
    r"|por supuesto|certo|конечно)(?: thing)?[!,.:—–-]|(?:当然|好的|もちろん|はい|물론)[^\n]{0,4}[!,.:！，。：])[^\n]{0,300}",
    re.IGNORECASE,
)
PRESENTING = re.compile(
    r"(?:(?:sure|certainly|of course|okay|ok|here(?:.s| (?:they are|are|is))|below|these are|the following|hier (?:sind|ist|kommen)|voici"
    r"|aquí (?:están|tienes|hay)|ecco|aqui estão|вот)\b|以下|下面|这里|次の|다음은)[^\n]{0,300}[:：]",
    re.IGNORECASE,
)
ABOUT = (
    r"more\b|any (?:changes|other|more|further|adjust)|me to\b|further\b|additional\b|anything else\b|another\b|help with\b"
    r"|to (?:adjust|change|modify)\b"
)
WISH = rf"if you(?:.d like|\W+would like| want| need) (?:{ABOUT})"
CLOSER = re.compile(
    rf"(?:(?:i )?hope (?:this|these|that|it)(?: [a-z]+)? (?:help|is|are|meet|work|match|suit)|let me know {WISH}"
    rf"|{WISH}[^\n]{{0,200}}(?:let me know|just ask|tell me)"
    r"|let me know (?:if (?:these|this|that)|your thoughts|what you think)"
    r"|feel free to (?:ask|reach out|let me|adjust|modify|use (?:these|them|this))\b"
    r"|would you like (?:me to|more|another|any (?:more|other|changes))\b|do you (?:want|need) (?:me to|more|any (?:more|other|changes))\b"
    r"|these (?:\w+ )?(?:tasks|examples|instructions|questions|prompts) (?:are|cover|should|vary|range|aim|will)\b|enjoy[!.]"
    r"|is there anything else\b|(?:ich )?hoffe,? (?:das|dies|diese|es)\b|lass(?:en sie)? (?:es )?mich wissen\b"
    r"|j.espère que (?:cela|ces|ça)\b|n.hésitez pas à\b|espero que (?:esto|estas|estos|te|le)\b|avísame si\b"
    r"|spero che (?:questo|queste|questi|ti|vi)\b|fammi sapere\b"
    r"|надеюсь, (?:это|эти|что)|希望(?:这|這|以上|对你|能)|如果您?(?:还|需)|ご(?:参考|不明))[^\n]{0,300}",
    re.IGNORECASE,
)
LETTER_HEAD = re.compile(r"(?:subject|dear|hi|hello|hey|to)\b", re.IGNORECASE)
"""What a letter opens with: "Let me know if you need more" belongs to it."""


def part(name: str) -> str:
    """The part of a task ("instruction", "input", "output", "class label") that a name stands for, "" if it is none."""
    return PARTS.get(name.casefold().replace("_", " ").strip(), "")


def key_part(name: str) -> str:
    """The part that a key, a tag or the head of a column stands for, "" if it is none."""
    plain = name.casefold().replace("_", " ").strip(" *:#")
    return PARTS.get(plain) or KEYS.get(plain, "")


def label(line: str) -> re.Match[str] | None:
    """A name of a part with a colon at the start of a line."""
    match = LABEL.match(line)
    return match if match and part(match["name"]) else None


def is_opener(text: str) -> bool:
    """Whether this is a remark before a list: "Here are 8 new tasks:"."""
    text = text.strip().strip("*_#> ")
    return bool(CHATTY.fullmatch(text) or PRESENTING.fullmatch(text))


def is_closer(text: str) -> bool:
    """Whether this is a remark after an answer: "Hope this helps!"."""
    return bool(CLOSER.fullmatch(text.strip().strip("*_#> ")))


def without_closer(text: str) -> tuple[str, str]:
    """A text and the remark that is its last line, "" if it is none; a letter keeps its own."""
    body, _, last = text.rpartition("\n")
    if body.strip() and is_closer(last) and not LETTER_HEAD.match(text):
        return body.rstrip(), last.strip()
    return text, ""
