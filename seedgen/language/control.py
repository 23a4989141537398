"""Control tokens of chat templates, as servers let them leak into a text: by their shape, for every family of models brings its own.

A token that somebody writes about (in code, within quotation marks, in the middle of a sentence) is no leak. Linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

TOKEN = re.compile(
    r"<\|/?[\w▁:.-]{1,40}\|>"  # ChatML, Llama 3, Phi, Granite, Command R, harmony
    r"|<｜[\w▁:.-]{1,40}｜>"  # DeepSeek
    r"|<\|[a-z_]{3,20}>|<[a-z_]{3,20}\|>"  # Gemma 4
    r"|\[\|[\w-]{1,20}\|\]"  # EXAONE
    r"|</s>|<(?:bos|eos|eot|eom|eod|eoa|eoh|im_end|im_start|pad|unk|endoftext|(?:start|begin|end)_of_[a-z_]{1,20}|extra_id_\d{1,3}|unused\d{1,3})>"
    r"|<?\[(?:EOS|EOT)\]>?|\[/?INST\]|<</?SYS>>|\[/?SYSTEM_PROMPT\]",
    re.IGNORECASE,
)
SIGNS = ("<", "[", "◁", "assistantfinal")
"""Every token, every tag around reasoning and whatever is looked for as bare holds one: most texts have none, and need no search."""
ENDS = re.compile(r"</s>|[<\[].{0,30}?(?:(?<![a-z])(?:end|eo[astmhd](?![a-z])|return|stop)|turn\|>)", re.IGNORECASE)
"""Tokens after which a model has said what it had to say."""
BROKEN_OFF = re.compile(r"<(?:[|｜][a-z▁_]{2,30}[|｜]?|(?:end|start)_of_[a-z_]{0,20}|/s)\Z", re.IGNORECASE)
LONGEST_BROKEN_OFF = 34
"""Characters that are looked at for what is left of a token where an answer stops within it."""
OURS = re.compile(r"think|thought|channel|inner_|reason|unused", re.IGNORECASE)
"""Tokens around reasoning, which are read before (see `teachers.reasoning`)."""
THOUGHT = re.compile(r"</?(?:\w{1,12}:)?(?:think|thinking)>|\[/?THINK\]|◁/?think▷")
HEADER = re.compile(rf"\s*+(?P<token>{TOKEN.pattern})(?-i:(?:assistant|model|bot)(?=\n|<))?", re.IGNORECASE)
ROLE_OPENS = re.compile(r"<\|start_(?:header_id|of_role)\|>")
SPOKEN_OF = re.compile(r"[ \t]{1,8}(?:tags?|elements?|tokens?|blocks?|is|are|was|means?|marks?|opens?|and|or)\b|[,;:?!)'\"`]")
"""How a sentence goes on that begins with a tag."""
QUOTES = frozenset("\"'`“”‘’«»„()[]")
GOES_ON = re.compile(r"[ \t]{1,8}[a-z]|[ \t]{0,8}[,.;:?!)]")
"""How a sentence goes on after a word in its middle."""


def untokened(text: str) -> str:
    """The text without the turn's header at its start, and without an end token and whatever was let run on after it."""
    at = header(text)
    struck = "<s>" in text.lower()
    end = next((found.start() for found in bare(TOKEN, text, at) if ends(found[0], struck=struck)), whole(text))
    return text[at : trailing(text, end, at, struck=struck)].strip()


def whole(text: str) -> int:
    """Where a text ends without a token that is broken off: "<|im_end", "</s" (unless that ends another tag)."""
    found = BROKEN_OFF.search(text, max(0, len(text) - LONGEST_BROKEN_OFF))
    return found.start() if found and not (found[0].lower() == "</s" and "<s" in text.lower()) else len(text)


def header(text: str) -> int:
    """Where a text begins after the header of the turn, which is none of it."""
    at, named = 0, False
    while found := HEADER.match(text, at):
        token = found["token"]
        if (ends(token) and not named) or OURS.search(token) or SPOKEN_OF.match(text, found.end("token")):
            break
        at, named = found.end(), bool(ROLE_OPENS.match(token))
    return at


def ends(token: str, *, struck: bool = False) -> bool:
    """Whether a model has said what it had to say; `</s>` is another thing where text is `struck` out."""
    return bool(ENDS.match(token)) and not (struck and token.lower() == "</s>")


def trailing(text: str, last: int, first: int, *, struck: bool) -> int:
    """Where the control tokens begin that stand last before `last`; of a prompt's form ([/INST]) they are a leak, not an end."""
    if text[last - 1 : last] not in (">", "]") and not text[last - 1 : last].isspace():
        return last
    tokens = (found for found in TOKEN.finditer(text, first, last) if found[0][0] == "<" or ends(found[0]))
    spans = [found.span() for found in tokens if not (struck and found[0].lower() == "</s>")]
    while True:
        while last > first and text[last - 1].isspace():
            last -= 1
        if not spans or spans[-1][1] != last:
            return last
        last = spans.pop()[0]


def leaked(text: str) -> str:
    """The first control token in a text; "" if there is none. `</s>` ends what is struck out in HTML if `<s>` began it."""
    struck = "<s>" in text.lower()
    found = (match[0] for match in TOKEN.finditer(text) if not (struck and match[0].lower() == "</s>"))
    return next(found, "")


def thought_tag(text: str) -> str:
    """The first tag around reasoning; "" if there is none."""
    found = THOUGHT.search(text)
    return found[0] if found else ""


def has_sign(text: str) -> bool:
    return any(sign in text for sign in SIGNS)


def bare(pattern: re.Pattern[str], text: str, at: int = 0) -> Iterator[re.Match[str]]:
    """What matches from there on, but in code, within quotation marks, or in the middle of a sentence."""
    if not (has_sign(text) and pattern.search(text, at)):
        return
    fenced = ticked = False
    for found in scanner(pattern).finditer(text, at):
        if found["fence"]:
            fenced, ticked = not fenced, False
        elif found["tick"]:
            ticked = not ticked
        elif found["line"]:
            ticked = False
        elif not (fenced or ticked or mentioned(text, *found.span())):
            yield found


@cache
def scanner(pattern: re.Pattern[str]) -> re.Pattern[str]:
    return re.compile(rf"(?P<fence>```)|(?P<tick>`)|(?P<line>\n)|(?:{pattern.pattern})", pattern.flags)


def mentioned(text: str, start: int, end: int) -> bool:
    """Whether a sentence speaks of what stands there."""
    before, after = text[max(0, start - 20) : start], text[end : end + 20]
    if not before.strip():
        return bool(SPOKEN_OF.match(after))
    if before[-1:] in QUOTES and after[:1] in QUOTES and before and after:
        return True
    word = before.rstrip(" \t")
    return before != word and word[-1:] not in ("", "\n", *".!?:…") and bool(GOES_ON.match(after))
