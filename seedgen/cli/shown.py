"""Values as people and programs read them: text that cannot play tricks on a terminal, numbers with units, JSON.

Model text goes through `shown` or `block` wherever a person sees it: control characters, escape sequences and bidirectional controls
appear as `\\x1b` or `\\u202e`, and are not obeyed. Consoles interpret no markup, so brackets are brackets.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any

from seedgen.cli.streams import errors

if TYPE_CHECKING:
    from rich.console import Console

    from seedgen.ask.limits import Spend

# Controls but tab and newline; Arabic letter mark, directional marks, embeddings, overrides and isolates; line and paragraph separators;
# lone surrogates; byte order mark; the invisible tag characters.
UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff\U000e0000-\U000e007f]"
)
PIPED_WIDTH = 120


def console(*, err: bool = False) -> Console:
    """Standard output (or error) without markup, highlighting or emoji codes. Where it is no terminal, lines are 120 wide.

    Printing on standard output raises `BrokenPipeError` when nobody reads any more; on standard error it never fails.
    """
    from rich.console import Console

    class Output(Console):
        def on_broken_pipe(self) -> None:
            raise  # the error that rich is about to make an exit of

    stream = errors() if err else sys.stdout
    out = Output(file=stream, markup=False, highlight=False, emoji=False, soft_wrap=False)
    if not out.is_terminal and "COLUMNS" not in os.environ:
        out.width = PIPED_WIDTH
    return out


def block(text: str) -> str:
    """The text on its own lines, with whatever a terminal would obey made visible."""
    return UNSAFE.sub(lambda m: escape(m[0]), text).expandtabs(4)


def shown(text: str, width: int | None = None) -> str:
    """The text on one line, at most `width` terminal cells wide, as `block` shows it; line ends become "⏎"."""
    from rich.cells import cell_len, set_cell_size

    line = " ".join(block(text.strip().replace("\n", " ⏎ ")).split())
    if width is None or cell_len(line) <= width:
        return line
    return set_cell_size(line, max(0, width - 1)).rstrip() + "…"


def escape(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def money(dollars: float) -> str:
    """Dollars with the digits that matter: $12.30, $0.0042, $0.00."""
    return f"${dollars:.2f}" if not dollars or dollars >= 0.1 else f"${dollars:.2g}" if dollars >= 1e-4 else f"${dollars:.1e}"


def cost(spend: Spend) -> str:
    """What was spent, as far as it is known."""
    if not spend.unpriced:
        return money(spend.cost)
    return f"{money(spend.cost)} and {spend.unpriced:,} answers of unknown price" if spend.cost else "unknown"


def span(seconds: float) -> str:
    """Seconds as 0:42, 12:05, 3:00:00 or 2d 04:00:00."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}d {hours:02}:{minutes:02}:{rest:02}"
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def plain(value: Any) -> Any:
    """The value as JSON has it: dataclasses as objects, bytes as text."""
    if is_dataclass(value) and not isinstance(value, type):
        return {key: plain(inner) for key, inner in asdict(value).items()}
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def print_json(value: Any, *, indent: int | None = 2) -> None:
    """The value as one JSON document on standard output. What a terminal would obey is written as \\uXXXX, which means the same."""
    text = json.dumps(plain(value), ensure_ascii=False, indent=indent)
    print(UNSAFE.sub(lambda m: json.dumps(m[0])[1:-1], text))  # noqa: T201 - this is how a command speaks
