"""Values as people read them: text that cannot play tricks on a terminal, numbers with units. Consoles interpret no markup, so brackets
are brackets.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from seedgen.cli.plain import block, print_json
from seedgen.cli.streams import errors

if TYPE_CHECKING:
    from seedgen.ask.limits import Spend

PIPED_WIDTH = 120


class Output(Console):
    """A console that says when nobody reads it any more, and whose sentences break between words.

    With `soft_wrap`, text stays on one line where it is read by programs, and breaks at the width of a terminal between words.
    """

    def print(self, *objects: Any, soft_wrap: bool | None = None, **settings: Any) -> None:
        sentences = all(isinstance(each, str | Text) for each in objects)
        super().print(*objects, soft_wrap=soft_wrap and not (sentences and self.is_terminal), **settings)

    def on_broken_pipe(self) -> None:
        raise  # the error that rich is about to make an exit of


def console(*, err: bool = False) -> Console:
    """Standard output (or error) without markup, highlighting or emoji codes. Where it is no terminal, lines are 120 wide.

    Printing on standard output raises `BrokenPipeError` when nobody reads any more; on standard error it never fails.
    """
    stream = errors() if err else sys.stdout
    out = Output(file=stream, markup=False, highlight=False, emoji=False, soft_wrap=False)
    if not out.is_terminal and "COLUMNS" not in os.environ:
        out.width = PIPED_WIDTH
    return out


def shown(text: str, width: int | None = None) -> str:
    """The text on one line, at most `width` terminal cells wide, as `block` shows it; line ends become "⏎"."""
    line = " ".join(block(text.strip().replace("\n", " ⏎ ")).split())
    if width is None or cell_len(line) <= width:
        return line
    return set_cell_size(line, max(0, width - 1)).rstrip() + "…"


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


def answer(words: str, value: Any, *, as_json: bool) -> None:
    """What came of a command: a sentence for people, a value for programs."""
    if as_json:
        print_json(value)
    else:
        console().print(shown(words), soft_wrap=True)
