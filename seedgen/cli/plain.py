"""Values as programs read them, and text that cannot play tricks on a terminal.

Model text goes through `block` (or `shown`, on one line) wherever a person sees it: control characters, escape sequences and bidirectional
controls appear as `\\x1b` or `\\u202e`, and are not obeyed.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

# Controls but tab and newline; Arabic letter mark, directional marks, embeddings, overrides and isolates; line and paragraph separators;
# lone surrogates; byte order mark; the invisible tag characters.
UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff\U000e0000-\U000e007f]"
)


def block(text: str) -> str:
    """The text on its own lines, with whatever a terminal would obey made visible."""
    return UNSAFE.sub(lambda m: escape(m[0]), text).expandtabs(4)


def folded(text: str, width: int) -> str:
    """The text with its lines broken between words at this width; a word that is longer stays whole."""
    return "\n".join(textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False) for line in text.split("\n"))


def escape(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


HOLD_JSON = ("config", "taxonomy", "payload")
"""Fields of ours that are kept as JSON text."""


def plain(value: Any) -> Any:
    """The value as JSON has it (docs/json.md): dataclasses as objects, bytes as text, JSON that is kept as text as what it says.

    What names an item is called `item` everywhere.
    """
    if is_dataclass(value) and not isinstance(value, type):
        held = {each.name: getattr(value, each.name) for each in fields(value)}
        item = {"item": value.ref} if hasattr(value, "ref") else {}
        rest = {name: decoded(inner) if name in HOLD_JSON else plain(inner) for name, inner in held.items() if name != "ref"}
        return {**item, **rest}
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def decoded(text: str) -> Any:
    """What a text of JSON says; null for "", and the text itself if it is none."""
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return text


def print_json(value: Any, *, indent: int | None = 2) -> None:
    """The value as one JSON document on standard output. What a terminal would obey is written as \\uXXXX, which means the same."""
    text = json.dumps(plain(value), ensure_ascii=False, indent=indent)
    print(UNSAFE.sub(lambda m: json.dumps(m[0])[1:-1], text))  # noqa: T201 - this is how a command speaks
