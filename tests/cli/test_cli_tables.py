from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from seedgen.cli.costs import FIGURES, print_bills
from seedgen.cli.shown import Output
from seedgen.cli.summary import print_hints
from seedgen.cli.tables import print_table
from seedgen.store.figures import Bill

COLUMNS = {
    "name": ["self-instruct", "an unusually long name of a recipe"],
    "count": ["1", "1,000,000"],
    "less": ["x" * 20, ""],
    "least": ["y" * 20, ""],
}


def screen(width: int, kind: type[Console] = Console) -> tuple[Console, io.StringIO]:
    written = io.StringIO()
    return kind(file=written, width=width, force_terminal=True, color_system=None, markup=False, highlight=False), written


@pytest.mark.parametrize(("width", "left_out"), [(80, []), (70, ["least"]), (50, ["least", "less"]), (25, ["least", "less"])])
def test_columns_that_matter_less_give_way(width: int, left_out: list[str]) -> None:
    out, written = screen(width)
    assert print_table(out, COLUMNS, cut=["name"], spare=("least", "less"), right=["count"]) == left_out
    lines = written.getvalue().splitlines()
    assert (len(lines), max(map(cell_len, lines)) <= width, "1,000,000" in lines[2]) == (3, True, True)


def test_a_long_text_is_cut_to_the_room_there_is() -> None:
    out, written = screen(30)
    print_table(out, {"name": ["an unusually long name of a recipe"], "count": ["1,000,000"]}, cut=["name"])
    assert written.getvalue().splitlines()[1].split("  ") == ["an unusually long…", "1,000,000"]


def test_costs_fit_a_screen_of_80() -> None:
    bill = replace(Bill(), candidates=123_456, accepted=100_000, requests=345_678, tokens=87_654_321, cost=1234.56, refused_cost=123.45)
    out, written = screen(80)
    left_out = print_bills(out, "recipe", {"self-instruct": bill, "for tickets of a recipe with a long name": bill})
    lines = written.getvalue().splitlines()
    assert ([cell_len(line) <= 80 for line in lines], {"accepted", "tokens", "cost"} & set(left_out)) == ([True] * 3, set())
    assert set(lines[0].split()) - {"recipe", "tokens"} <= set(FIGURES)


def test_sentences_break_between_words_on_a_terminal_and_nowhere_else() -> None:
    sentence = "nothing was accepted, so nothing can be said"
    out, written = screen(24, Output)
    out.print(sentence, soft_wrap=True)
    piped = Output(file=io.StringIO(), width=24)
    piped.print(sentence, soft_wrap=True)
    assert written.getvalue().split("\n")[:2] == ["nothing was accepted, so", "nothing can be said"]
    assert piped.file.getvalue() == f"{sentence}\n"  # type: ignore[attr-defined]


@pytest.mark.parametrize(("width", "lines"), [(80, ["seedgen items first  what it has"]), (30, ["seedgen items first", "  what it has"])])
def test_what_a_command_does_stands_beside_it_or_beneath(width: int, lines: list[str]) -> None:
    out, written = screen(width)
    print_hints(out, {"seedgen items first": "what it has"})
    assert [line.rstrip() for line in written.getvalue().splitlines()] == lines
