from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from seedgen.ask.limits import Spend
from seedgen.cli.plain import UNSAFE, block, folded, plain, print_json
from seedgen.cli.shown import console, cost, money, shown, span
from seedgen.records import Usage


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("abc\u202edef", "abc\\u202edef"),
        ("a\x07b\x9bc\x7f", "a\\x07b\\x9bc\\x7f"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("one\n two\n\nthree", "one ⏎ two ⏎ ⏎ three"),
        ("[bold]no markup[/bold] :smile:", "[bold]no markup[/bold] :smile:"),
        ("über Ελλάδα 漢字 👩‍🔧", "über Ελλάδα 漢字 👩‍🔧"),
        ("lone \ud800", "lone \\ud800"),
    ],
)
def test_text_is_shown_and_not_obeyed(text: str, seen: str) -> None:
    assert shown(text) == seen


@given(st.text(), st.integers(1, 30))
def test_shown_text_is_safe_on_one_line_and_fits(text: str, width: int) -> None:
    seen = shown(text, width)
    assert not UNSAFE.search(seen)
    assert "\n" not in seen
    assert cell_len(seen) <= width


@given(st.text())
def test_a_block_keeps_its_lines(text: str) -> None:
    assert block(text).count("\n") == text.count("\n")


def test_a_console_takes_brackets_and_colons_as_they_are() -> None:
    out = io.StringIO()
    ours = console()
    ours.file = out
    ours.print("[red]x[/red] :smile: 12")
    assert out.getvalue() == "[red]x[/red] :smile: 12\n"


def test_where_there_is_no_terminal_lines_are_wide() -> None:
    assert isinstance(console(err=True), Console)


@pytest.mark.parametrize(
    ("dollars", "text"), [(0, "$0.00"), (12.3, "$12.30"), (0.5, "$0.50"), (0.0042, "$0.0042"), (0.00001234, "$1.2e-05")]
)
def test_money_has_the_digits_that_matter(dollars: float, text: str) -> None:
    assert money(dollars) == text


@pytest.mark.parametrize(
    ("spend", "text"),
    [
        (Spend(), "$0.00"),
        (Spend(cost=1.5), "$1.50"),
        (Spend(unpriced=3), "unknown"),
        (Spend(cost=1.5, unpriced=3), "$1.50 and 3 answers of unknown price"),
    ],
)
def test_an_unknown_cost_is_never_zero(spend: Spend, text: str) -> None:
    assert cost(spend) == text


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (42.4, "0:42"), (725, "12:05"), (10800, "3:00:00"), (187200, "2d 04:00:00")])
def test_spans(seconds: float, text: str) -> None:
    assert span(seconds) == text


def test_values_become_plain_data() -> None:
    assert plain({1: (Usage(1), b"caf\xc3\xa9")}) == {
        "1": [{"prompt_tokens": 1, "completion_tokens": None, "cached_tokens": None, "reasoning_tokens": None}, "café"]
    }


@given(st.text())
def test_json_says_the_same_and_is_safe_on_a_terminal(text: str) -> None:
    out = io.StringIO()
    from contextlib import redirect_stdout

    with redirect_stdout(out):
        print_json({"text": text}, indent=None)
    assert json.loads(out.getvalue()) == {"text": text}
    assert not UNSAFE.search(out.getvalue())


def test_lines_break_between_words_and_long_words_stay_whole() -> None:
    assert folded("no such run here\n\nsee /a/long-path/to/it", 9) == "no such\nrun here\n\nsee\n/a/long-path/to/it"
