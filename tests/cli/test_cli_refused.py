from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from seedgen.audit.common import Span, in_order
from seedgen.audit.refusals import compare
from seedgen.audit.scores import Bin, Histogram, binned
from seedgen.cli.plain import UNSAFE, block
from seedgen.cli.refused import footnote, marked, plain_comparison, print_beside, print_histogram, refusal_table, sparks
from seedgen.records import Verdict
from seedgen.store.figures import Refused, Scored
from seedgen.store.ports import ItemView, Near

HOSTILE = st.text(st.sampled_from("ab \n\t[]\x1b\u202e\U000e0041é海"))


def screen(width: int = 80, **settings: Any) -> Console:
    return Console(file=io.StringIO(), width=width, markup=False, highlight=False, emoji=False, **settings)


def seen(out: Console) -> str:
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


@pytest.mark.parametrize(
    ("text", "spans", "shown"),
    [
        ("Write a short poem.", [(0, 5), (6, 7), (14, 18)], "[Write a] short [poem]."),
        ("one, two", [(0, 3), (5, 8)], "[one, two]"),
        ("[bold]x[/bold]", [(6, 7)], "[bold][x][/bold]"),
        ("\x1b[1mred\u202e", [(4, 7)], "\\x1b[1m[red]\\u202e"),
        ("def f():\n\treturn", [(10, 16)], "def f():\n    [return]"),
        ("nothing", [], "nothing"),
    ],
)
def test_without_styles_common_words_stand_in_brackets(text: str, spans: Sequence[Span], shown: str) -> None:
    assert marked(screen(), text, spans).plain == shown


def test_on_a_terminal_each_common_word_is_bold_and_underlined() -> None:
    out = screen(force_terminal=True, color_system="standard")
    out.print(marked(out, "a short poem", [(0, 1), (8, 12)]))
    assert seen(out) == "\x1b[1;4ma\x1b[0m short \x1b[1;4mpoem\x1b[0m\n"


@given(HOSTILE, HOSTILE)
def test_marked_text_is_shown_and_not_obeyed(one: str, other: str) -> None:
    out = screen(force_terminal=True, color_system="standard")
    found = marked(out, one, in_order(one, other).one)
    assert not UNSAFE.search(found.plain)
    assert found.plain.split() == block(one).split()


@pytest.mark.parametrize("width", [40, 80, 120])
def test_both_texts_stand_whole_beside_each_other(width: int) -> None:
    mine, theirs = "Name a river " * 30, "Name a lake " * 30
    line = ItemView("3.1", "refused", mine, refusal=Verdict("rouge", False, "near_duplicate", 0.71, 5), near=Near("seed:x", theirs))
    out = screen(width)
    print_beside(out, [(line, compare(mine, line.refusal, line.near, {}))])
    text = seen(out)
    assert (text.count("river"), text.count("lake"), "3.1  rouge:" in text, "seed:x" in text) == (30, 30, True, True)
    assert max(map(cell_len, text.splitlines())) <= width


def test_where_there_is_no_neighbour_the_evidence_stands_whole() -> None:
    evidence = "eval.jsonl:12: " + "What is the capital of France? " * 20
    line = ItemView("3.1", "refused", "What is the capital?", refusal=Verdict("decontamination", False, "overlap", 0.8, None, evidence))
    out = screen()
    print_beside(out, [(line, None)])
    assert seen(out).count("France") == 20


def test_as_json_a_comparison_is_spans_and_the_threshold() -> None:
    found = compare("Say hi", Verdict("rouge", False, "near_duplicate", 0.8, 1), Near("0.1", "say it"), {"rouge": 0.7})
    assert plain_comparison(found) == {"threshold": 0.7, "common": {"instruction": ((0, 3),), "near": ((0, 3),)}}
    assert plain_comparison(None) == {"threshold": None, "common": None}


def test_refusals_are_listed_with_count_and_share() -> None:
    out = screen()
    out.print(refusal_table([Refused("gate", "rouge", "near_duplicate", 1200, 0.12), Refused("output", "output", "loop", 3, 0.0003)]))
    assert [line.split() for line in seen(out).splitlines()[1:]] == [
        ["gate", "rouge", "near_duplicate", "1,200", "12.0", "%"],
        ["output", "output", "loop", "3", "0.0", "%"],
    ]


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (
            binned("semantic", 0.9, [Scored(True, 0.85, 8), Scored(True, 0.3, 99), Scored(False, 0.91, 1)]),
            "0.80   █  │▁     1.00  near 0.9: 1 refused, 8 passed",
        ),
        (binned("rouge", 0.7, [Scored(False, 0.71, 2)]), "0.60      │█     0.80  near 0.7: 2 refused, passes have no score"),
        (binned("semantic", 1.0, [Scored(True, 0.99, 2)]), "0.90     █ 1.00  near 1: 0 refused, 2 passed"),
    ],
)
def test_a_histogram_on_one_line(found: Histogram, line: str) -> None:
    assert sparks(found) == line


def test_a_histogram_has_a_line_a_bin_and_one_for_the_threshold() -> None:
    out = screen()
    print_histogram(out, binned("semantic", 0.9, [Scored(True, 0.89, 4), Scored(True, 0.3, 99), Scored(False, 0.91, 2)]))
    lines = [line.rstrip() for line in seen(out).splitlines()]
    assert (lines[0], lines[5], lines[7]) == ("0.00–0.80  99", f"0.88–0.90   4  {'█' * 30}", f"0.90–0.92   2  {'█' * 15}")
    assert "refused above 0.9" in lines[6]


@pytest.mark.parametrize(
    ("sample", "admitted", "note"),
    [
        (None, None, ""),
        (8, 8, "passes have no stored score: these were computed now, for all 8 admitted"),
        (2, 8, "passes have no stored score: these are estimated from a sample of 2 of the 8 admitted"),
    ],
)
def test_what_is_not_stored_is_said_openly(sample: int | None, admitted: int | None, note: str) -> None:
    assert footnote(Histogram("rouge", 0.7, (Bin(0, 0.7, 2, 0), Bin(0.7, 1, 0, 1)), sample, admitted)) == note
