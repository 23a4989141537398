"""What a model thought before it answered, taken off its text: a pure function of it, in linear time.

Reasoning stands at the start of an answer, in tags or channels that each family of models spells otherwise, or up to a closing tag whose
opening was part of the prompt. A tag that an answer only speaks of (in code, in the middle of a sentence) is text.
"""

from __future__ import annotations

import re
from itertools import islice

from seedgen.language.control import SPOKEN_OF, bare, has_sign, header

WORD = (
    r"(?:(?:[a-z]{2,12}[_ -])?(?:think|thinking|thoughts?|reasoning|monologue)(?:[_ -](?:process|content|steps?|block))?"
    r"|scratchpad|antthinking|chain[_-]of[_-]thoughts?|cot)"
)
"""What reasoning is called, also with a word of its own before it (inner_thoughts, redacted_thinking, longcat_think)."""
OPEN = re.compile(
    rf"<[ ]?(?:\w{{1,12}}:)?{WORD}(?: [\w-]{{1,20}}=[^<>\n]{{1,40}})?[ ]?/?>|<details type=[\"']?reasoning[^<>\n]{{0,40}}>"
    rf"|◁{WORD}▷|<[|｜](?:begin[_▁]of[_▁]|start_)?{WORD}(?:_start|_begin)?[|｜]>|<\|inner_prefix\|>|<\|channel>\s{{0,4}}thought\b"
    r"|<unused94>(?:thought\b)?|(?-i:\[(?:THINK|THINKING|THOUGHT|REASONING)\])"
    r"|<details(?: open)?>\s{0,4}<summary>[^<\n]{0,40}(?:think|thought|reason)[^<\n]{0,40}</summary>",
    re.IGNORECASE,
)
CLOSE = re.compile(
    rf"</[ ]?(?:\w{{1,12}}:)?{WORD}[ ]?>|◁/{WORD}▷|<[|｜](?:/|end[_▁]of[_▁]|end_){WORD}[|｜]>|<\|{WORD}_end\|>|<\|inner_suffix\|>"
    r"|<channel\|>|<unused95>|(?-i:\[/(?:THINK|THINKING|THOUGHT|REASONING)\])|<\|end\|><\|begin\|>assistant<\|content\|>",
    re.IGNORECASE,
)
PAIRED = re.compile(
    r"<(?P<tag>analysis|reflections?|planning|plan|rationale|brainstorm(?:ing)?|deliberation|considerations?)>"
    r"|\[(?P<code>think|thinking|thought)\]"
    r"|(?P<fence>```)[ \t]?(?:think|thinking|thoughts?|reasoning)[ \t]*\n|&lt;(?P<entity>think|thinking)&gt;",
    re.IGNORECASE,
)
"""What is a thought only if it is closed, and something follows."""
PAIRS = {"tag": "</{}>", "code": "[/{}]", "fence": "\n{}", "entity": "&lt;/{}&gt;"}
EITHER = re.compile(rf"(?P<open>{OPEN.pattern})|(?P<close>{CLOSE.pattern})", re.IGNORECASE)
BLOCK = re.compile(r"(?m:^)[ \t]{0,8}(?:<think(?:ing)?>|\[THINK\]|◁think▷)(?!`)")
QUOTED = "`\"'"
MOST_QUOTED = 20
DETAILS, NOTHING = re.compile(r"</details>", re.IGNORECASE), re.compile("")
WRAPPED = re.compile(r"\s*+<(answer|response|final|final_answer|solution|output)>", re.IGNORECASE)

NEAR = 80
"""Characters of a line that are looked at."""
BLANK = re.compile(r"\s*+")
GREETING = re.compile(rf"[^\n<`\d]{{1,80}}(?:[.!:]\n\s{{0,4}}(?=(?:{OPEN.pattern})\s)|![ ](?=<think>))", re.IGNORECASE)
"""One short line before a thought that begins on the next, or a greeting on the same."""
CHANNEL = re.compile(r"<\|channel\|>\s{0,4}(?P<name>\w{1,20})[^<\n]{0,100}(?:<\|constrain\|>\w{0,20}\s{0,4})?<\|message\|>")
CHANNEL_END = re.compile(r"<\|(?:end|start|return|call)\|>")
OPENS_CHANNEL = re.compile(r"\s*+(?:<\|start\|>)?(?:\s{0,4}assistant\s{0,4})?<\|channel\|>")
FINAL = re.compile(r"(?:<\|end\|>)?<\|start\|>assistant(?=<\|channel\|>\s{0,4}final)|(?<=[.!?:)\n*`])assistantfinal(?=[A-Z0-9\n\[{*#])")
"""Where the last channel begins of an answer that lost the beginning of its first."""
THINKS = "thinking|thoughts?|reasoning|thought process|thinking process|chain of thought|scratchpad"
SPOKEN = (
    (re.compile(r"\s*+(?:assistant\s{0,4})?(?:analysis|commentary)"), re.compile(r"assistant(?:\n\s{0,3})?final")),
    (re.compile(r"\s*+analysis[ \t]*\n"), re.compile(r"\n(?:assistant)?final[ \t]*\n")),
    (
        re.compile(
            rf"\s*+[#*_ ]{{0,6}}(?:(?:my|internal) )?(?:{THINKS})(?P<mark>[:：]?[*_]{{0,3}}[:：]?)[ \t]*(?:\n|(?<=[:：*_][ \t]))",
            re.IGNORECASE,
        ),
        re.compile(
            r"\n(?:[#*_ ]{0,6}(?:(?:my|the) )?(?:final )?(?:answer|response)[:：]?[*_]{0,3}[:：]?[ \t]*\n"
            r"|[#*_ ]{0,6}(?:(?:my|the) )?final (?:answer|response)[*_]{0,3}[:：][*_]{0,3}|(?=[*_]{0,3}answer[*_]{0,3}[:：]))",
            re.IGNORECASE,
        ),
    ),
    (re.compile(r"\s*+Here(?: is|['’]s) my thought process:"), re.compile(r"Here(?: is|['’]s) my (?:response|answer):")),
    (re.compile(r"\s*+Thinking\.\.\.[ \t]*\n"), re.compile(r"\.\.\.done thinking\.")),
)
"""Reasoning that is marked by words alone, where both are there: channels whose markers were taken off, Granite, a terminal's."""
GLUED = re.compile(r"\s*+(?:assistant)?analysis[A-Z]")
"""A channel without markers that never got to another."""


def unthought(text: str) -> tuple[str, str]:
    """The reasoning at the start of a text, and what is left: the answer."""
    if OPENS_CHANNEL.match(text):
        return channels(text)
    text = text[header(text) :]
    for opens, closes in SPOKEN:
        if (start := opens.match(text)) and (end := closes.search(text, start.end())):
            return joined([text[start.end() : end.start()]]), text[end.end() :].strip()
    if final := next(bare(FINAL, text), None):
        rest = text[final.end() :]
        return text[: final.start()].strip(), channels(rest)[1] if rest.startswith("<") else rest.strip()
    if GLUED.match(text):
        return text.strip(), ""
    return tagged(text)


def channels(text: str) -> tuple[str, str]:
    """Of an answer in channels, what is no answer, and what is: the one called final."""
    found = list(CHANNEL.finditer(text))
    if not found:
        return text.strip(), ""
    ends = [*(later.start() for later in found[1:]), len(text)]
    parts = [(part["name"], CHANNEL_END.split(text[part.end() : end], maxsplit=1)[0]) for part, end in zip(found, ends, strict=True)]
    return joined([said for name, said in parts if name != "final"]), "".join(said for name, said in parts if name == "final").strip()


def tagged(text: str) -> tuple[str, str]:
    """Thoughts one after the other, in tags or up to a closing one, then the answer. A thought that is never closed is all there is."""
    thoughts, greeting = [], GREETING.match(text)
    at = greeting.end() if greeting and CLOSE.search(text, greeting.end()) else 0
    while True:
        blank = BLANK.match(text, at)
        start = blank.end() if blank else at
        opened = OPEN.match(text, start)
        if opened and not SPOKEN_OF.match(text, opened.end()):
            closed = closing(opened, text)
            thoughts.append(text[opened.end() : closed.start() if closed else len(text)])
            at = closed.end() if closed else len(text)
        elif span := paired(text, start):
            thoughts.append(text[span[0] : span[1]])
            at = span[2]
        elif closed := lone_closing(text, at):
            thoughts.append(text[at : closed.start()])
            at = closed.end()
        else:
            break
    within, rest = parted(text[at:])
    thoughts += within
    return (joined(thoughts), unwrapped(rest).strip()) if thoughts else ("", text)


def parted(text: str) -> tuple[list[str], str]:
    """Thoughts between the lines of an answer, and the answer without them."""
    thoughts, kept, at = [], [], 0
    for opened in bare(BLOCK, text):
        if opened.start() >= at:
            closed = closing(opened, text)
            kept.append(text[at : opened.start()])
            thoughts.append(text[opened.end() : closed.start() if closed else len(text)])
            at = closed.end() if closed else len(text)
    return thoughts, "".join([*kept, text[at:]])


def closing(opened: re.Match[str], text: str) -> re.Match[str] | None:
    """What closes this tag: nothing, where it closes itself; what is between quotation marks only if there is no other."""
    tag = opened[0].lower()
    if tag.endswith("/>"):
        return NOTHING.match(text, opened.end())
    pattern, first = DETAILS if tag.lstrip().startswith("<details") else CLOSE, None
    for found in islice(pattern.finditer(text, opened.end()), MOST_QUOTED):
        if text[found.start() - 1] not in QUOTED or text[found.end() : found.end() + 1] != text[found.start() - 1]:
            return found
        first = first or found
    return first


def paired(text: str, at: int) -> tuple[int, int, int] | None:
    """Where a thought begins and ends in the first of `PAIRED`, and where what follows it begins; None if it is not closed, or is all."""
    opened = PAIRED.match(text, at)
    if not opened or not opened.lastgroup:
        return None
    closer = PAIRS[opened.lastgroup].format(opened[opened.lastgroup])
    end = text.find(closer, opened.end())
    after = end + len(closer)
    return (opened.end(), end, after) if end >= 0 and BLANK.fullmatch(text, after) is None else None


def lone_closing(text: str, at: int) -> re.Match[str] | None:
    """The next closing tag, if no tag was opened before it and it is not only spoken of."""
    first = EITHER.search(text, at) if has_sign(text) else None
    if first and first["close"] and alone(text, first):
        return first
    found = next(bare(EITHER, text, at), None)
    return found if found and found["close"] and first and first["close"] else None


def alone(text: str, found: re.Match[str]) -> bool:
    """Whether it has a line to itself."""
    before, after = text[max(0, found.start() - NEAR) : found.start()], text[found.end() : found.end() + NEAR]
    return not (before.rpartition("\n")[2] + after.partition("\n")[0]).strip()


def unwrapped(text: str) -> str:
    """An answer without the tags around it that some models put after their thoughts."""
    opened = WRAPPED.match(text)
    return text[opened.end() :].rstrip().removesuffix(f"</{opened[1]}>") if opened else text


def joined(thoughts: list[str]) -> str:
    return "\n\n".join(filter(None, (thought.strip() for thought in thoughts)))
