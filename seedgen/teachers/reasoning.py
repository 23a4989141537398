"""What a model thought before it answered, taken off its text: a pure function of it, in linear time.

Reasoning stands at the start of an answer, in tags or channels that each family of models spells otherwise, or up to a closing tag whose
opening was part of the prompt. A tag that an answer only speaks of (in code, in the middle of a sentence) is text.
"""

from __future__ import annotations

import re

from seedgen.language.control import SPOKEN_OF, bare, header

WORD = (
    r"(?:think|thinking|thoughts?|thought[_ ]process|reasoning|reasoning_(?:process|content)|inner_thoughts?|inner_monologue|scratchpad"
    r"|antthinking)"
)
OPEN = re.compile(
    rf"<(?:\w{{1,12}}:)?{WORD}(?: [\w-]{{1,20}}=[^<>\n]{{1,40}})?/?>|<details type=[\"']?reasoning[^<>\n]{{0,40}}>"
    rf"|◁{WORD}▷|<\|(?:begin_of_|start_)?{WORD}\|>|<\|inner_prefix\|>|<\|channel>\s{{0,4}}thought\b"
    r"|<unused94>(?:thought\b)?|(?-i:\[(?:THINK|THINKING|THOUGHT|REASONING)\])",
    re.IGNORECASE,
)
CLOSE = re.compile(
    rf"</(?:\w{{1,12}}:)?{WORD}>|◁/{WORD}▷|<\|(?:/|end_of_|end_){WORD}\|>|<\|inner_suffix\|>|<channel\|>|<unused95>"
    r"|(?-i:\[/(?:THINK|THINKING|THOUGHT|REASONING)\])",
    re.IGNORECASE,
)
EITHER = re.compile(rf"(?P<open>{OPEN.pattern})|(?P<close>{CLOSE.pattern})", re.IGNORECASE)
DETAILS, NOTHING = re.compile(r"</details>", re.IGNORECASE), re.compile("")
WRAPPED = re.compile(r"\s*+<(answer|response|final|final_answer|solution)>", re.IGNORECASE)

NEAR = 80
"""Characters of a line that are looked at."""
BLANK = re.compile(r"\s*+")
GREETING = re.compile(rf"[^\n<`]{{1,80}}[.!:]\n\s{{0,4}}(?=(?:{OPEN.pattern})\s)", re.IGNORECASE)
"""One short line before a thought that begins on the next."""
CHANNEL = re.compile(r"<\|channel\|>\s{0,4}(?P<name>\w{1,20})[^<\n]{0,100}(?:<\|constrain\|>\w{0,20}\s{0,4})?<\|message\|>")
CHANNEL_END = re.compile(r"<\|(?:end|start|return|call)\|>")
OPENS_CHANNEL = re.compile(r"\s*+(?:<\|start\|>\s{0,4}assistant\s{0,4})?<\|channel\|>")
SPOKEN = (
    (re.compile(r"\s*+(?:assistant\s{0,4})?(?:analysis|commentary)"), re.compile(r"assistant(?:\n\s{0,3})?final")),
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
        opened = OPEN.match(text, blank.end() if blank else at)
        if opened and not SPOKEN_OF.match(text, opened.end()):
            closed = closing(opened[0]).search(text, opened.end())
            thoughts.append(text[opened.end() : closed.start() if closed else len(text)])
            at = closed.end() if closed else len(text)
        elif closed := lone_closing(text, at):
            thoughts.append(text[at : closed.start()])
            at = closed.end()
        else:
            break
    return (joined(thoughts), unwrapped(text[at:]).strip()) if thoughts else ("", text)


def closing(opening: str) -> re.Pattern[str]:
    """What closes this tag: nothing, where it closes itself."""
    return NOTHING if opening.endswith("/>") else DETAILS if opening.lower().startswith("<details") else CLOSE


def lone_closing(text: str, at: int) -> re.Match[str] | None:
    """The next closing tag, if no tag was opened before it and it is not only spoken of."""
    first = EITHER.search(text, at)
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
