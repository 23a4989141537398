"""JSON text gone through value by value, so that what is in a file knows the line it stands in, and so does what is wrong with it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from seedgen.inputs.contents import Malformed

SPACE = tuple(" \t\n\r\ufeff")
BETTER = "write one JSON object a line"


@dataclass(frozen=True, slots=True)
class Located:
    """A value of a file, the line it begins in, and the lines of what is in it, if it is a list or an object: by place or key."""

    line: int
    value: Any
    lines: dict[int | str, int]
    inner: dict[str, list[int]]


def unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these pairs. Raises `Malformed` if a key is there twice."""
    value = dict(pairs)
    if any(key[:1] == "\ufeff" for key in value):  # a mark that a program took for a part of the first name
        return unambiguous([(key.lstrip("\ufeff"), each) for key, each in pairs])
    if len(value) != len(pairs):
        ((twice, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise Malformed(f'"{twice}" is given twice', "keep one of them")
    return value


DECODER = json.JSONDecoder(object_pairs_hook=unambiguous)


class Scanner:
    """Goes through JSON text value by value, and knows where it is. Its methods raise `Malformed`, with the line.

    One array or object is gone through by its members, so that each has its line; what is in them is left to `json`.
    """

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.counted, self.line_there = 0, 1

    def peek(self) -> str:
        """The next character that is no white space, "" at the end."""
        while self.text[self.at : self.at + 1] in SPACE:
            self.at += 1
        return self.text[self.at : self.at + 1]

    @property
    def line(self) -> int:
        self.line_there += self.text.count("\n", self.counted, self.at)
        self.counted = self.at
        return self.line_there

    def value(self) -> Any:
        self.peek()
        try:
            value, self.at = DECODER.raw_decode(self.text, self.at)
        except json.JSONDecodeError as exc:
            raise self.fault(exc.msg, exc.pos) from exc
        except RecursionError as exc:
            raise Malformed("nested too deeply", "write one flat JSON object a line", self.line) from exc
        except Malformed as exc:
            raise Malformed(exc.problem, exc.remedy, self.line) from exc
        except ValueError as exc:  # the one thing that is JSON and yet no value here
            raise Malformed("a number of too many digits", "write it as text, in quotes", self.line) from exc
        return value

    def located(self) -> Located:
        kind, line = self.peek(), self.line
        if kind == "[":
            found = list(self.elements())
            return Located(line, [value for _, value in found], {n: at for n, (at, _) in enumerate(found)}, {})
        return self.object(line) if kind == "{" else Located(line, self.value(), {}, {})

    def object(self, line: int) -> Located:
        pairs: list[tuple[str, Any]] = []
        lines: dict[int | str, int] = {}
        inner: dict[str, list[int]] = {}
        for _ in self.parts("{}"):
            if self.peek() != '"':
                raise self.fault("Expecting property name enclosed in double quotes", self.at)
            key = self.value()
            if self.peek() != ":":
                raise self.fault("Expecting ':' delimiter", self.at)
            self.at += 1
            kind = self.peek()
            lines[key] = self.line
            if kind == "[":
                found = list(self.elements())
                inner[key] = [at for at, _ in found]
                pairs.append((key, [value for _, value in found]))
            else:
                pairs.append((key, self.value()))
        try:
            return Located(line, unambiguous(pairs), lines, inner)
        except Malformed as exc:
            raise Malformed(exc.problem, exc.remedy, line) from exc

    def elements(self) -> Iterator[tuple[int, Any]]:
        for _ in self.parts("[]"):
            self.peek()
            yield self.line, self.value()

    def parts(self, brackets: str) -> Iterator[None]:
        """Stops before each part between these brackets, and after the last of them behind the closing one."""
        self.at += 1
        if self.peek() == brackets[1]:
            self.at += 1
            return
        while True:
            yield
            if self.peek() not in (",", brackets[1]) or not self.peek():
                raise self.fault("Expecting ',' delimiter", self.at)
            self.at += 1
            if self.text[self.at - 1] == brackets[1]:
                return
            if self.peek() == brackets[1]:
                raise self.fault("", self.at)

    def only(self) -> Any:
        """The one value that the text is."""
        value = self.value()
        if self.peek() == "," and not self.text[self.at + 1 :].strip():
            raise Malformed("not JSON: a comma at the end of the line", "remove the comma", self.line)
        if self.peek():
            raise self.fault("Extra data", self.at)
        return value

    def all(self) -> Iterator[Located]:
        """Every value of the text, one after the other."""
        while self.peek():
            yield self.located()

    def fault(self, message: str, at: int) -> Malformed:
        """What is wrong at this place, in words; a comma before a closing bracket by the line it stands in."""
        before = self.text[: at + (self.text[at : at + 1] == ",")].rstrip()
        behind = self.text[len(before) :].lstrip()[:1] if before.endswith(",") else ""
        if behind and behind in "]}":
            line = 1 + before.count("\n")
            closing = line + self.text.count("\n", len(before), self.text.index(behind, len(before)))
            end = f" in line {closing}" if closing != line else ""
            return Malformed(f'not JSON: a comma before the closing "{behind}"{end}', "remove the comma", line)
        column = at - self.text.rfind("\n", 0, at)
        line = 1 + self.text.count("\n", 0, at)
        if at >= len(self.text.rstrip()):
            return Malformed(f"not JSON: {message.removesuffix(' at')} at column {column}, where it ends", "write the whole of it", line)
        return Malformed(f"not JSON: {message.removesuffix(' at')} at column {column}", BETTER, line)
