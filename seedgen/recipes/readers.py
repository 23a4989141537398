"""The parsers that an answer is read by, by the reader that made a text of its bytes (`records.Answer.reader`).

What was read by reader "1" is parsed as it was then, whatever has been learned since; anything else by the rules of today.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from seedgen.recipes import parse, parse_1
from seedgen.records import Answer, Proposal, Response


class ReadTasks(Protocol):
    """Tasks from an answer: `first` is the number that the first should bear, `count` how many were asked for."""

    def __call__(self, text: str, first: int, *, cut: bool, count: int) -> list[Proposal]: ...


class ReadResponse(Protocol):
    def __call__(self, text: str, *, cut: bool) -> Response: ...


@dataclass(frozen=True, slots=True)
class Parsers:
    """See the functions of these names in `parse`."""

    list: ReadTasks
    blocks: ReadTasks
    input_output: ReadResponse
    label_input: ReadResponse
    yes_no: Callable[[str], bool | None]


def list_1(text: str, first: int, *, cut: bool, count: int) -> list[Proposal]:  # noqa: ARG001 (all readers are given the same)
    return parse_1.parse_list(text, first, cut=cut)


def blocks_1(text: str, first: int, *, cut: bool, count: int) -> list[Proposal]:  # noqa: ARG001
    return parse_1.parse_blocks(text, cut=cut)


FIRST = Parsers(list_1, blocks_1, parse_1.parse_input_output, parse_1.parse_label_input, parse_1.parse_yes_no)
TODAY = Parsers(parse.parse_list, parse.parse_blocks, parse.parse_input_output, parse.parse_label_input, parse.parse_yes_no)


def parsers(answer: Answer) -> Parsers:
    return FIRST if answer.reader == "1" else TODAY
