"""What is wrong with a value, in words: the validator's sentences as we say them, and the faults of a union told as one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

SENTENCES = (
    (r"Input should be greater than or equal to (.+)", r"must be at least \1"),
    (r"Input should be greater than (.+)", r"must be more than \1"),
    (r"Input should be less than or equal to (.+)", r"must be at most \1"),
    (r"Input should be less than (.+)", r"must be less than \1"),
    (r"Input should be a finite number", "must be a finite number"),
    (r"(?:Input should be a valid|Unable to parse input string as an) integer.*", "must be a whole number"),
    (r"(?:Input should be a valid|Unable to parse input string as a) number.*", "must be a number"),
    (r"Input should be a valid boolean.*", "must be true or false"),
    (r"Input should be a valid string.*", "must be a text"),
    (r"Input should be a valid (?:tuple|list|set).*", 'must be a list, as ["one", "two"]'),
    (r"Input should be (?:a valid (?:dictionary|mapping)|an object).*", "must be a section of settings of its own"),
    (r"Input should be a valid (\w+).*", r"must be a \1"),
    (r"\w+ should have at least 1 (?:item|character).*", "must not be empty"),
    (r"\w+ should have at (least|most) (\d+) items?.*", r"must have at \1 \2 entries"),
    (r"String should have at (least|most) (\d+) characters?", r"must have at \1 \2 characters"),
    (r"String should match pattern .*", "is not written as it must be"),
    (r"Field required", "is missing"),
    (r"Extra inputs are not permitted", "is not known"),
    (r"Input should be (.+)", r"must be \1"),
)
TAG = re.compile(r"(?:constrained-\w+|function-\w+|[\w-]+\[.*\]|int|float|str|bool|none|\w+Config)\Z")
"""What a validator adds to a place: which one of several kinds of value it tried."""
UNTOLD = ("must be a text", "must be a list", "must be a section")
"""Where a text was given for one of these, it may be anything: a key, a header."""
LONGEST, LARGEST = 30, 10**12


def in_words(message: str) -> str:
    """A text with the validator's sentence in it, where there is one, as we say it; the text itself otherwise."""
    for pattern, ours in SENTENCES:
        if found := re.search(pattern, message):
            return message[: found.start()] + found.expand(ours).replace("'", '"') + message[found.end() :]
    return message.removeprefix("Value error, ")


def fault(error: Mapping[str, Any]) -> str:
    """What is wrong at the place of this error, with the value that is there if that is short and no text that could be a secret."""
    said, given = in_words(str(error["msg"])), error.get("input")
    if said == error["msg"] or not said.startswith("must be ") or said.startswith(UNTOLD):
        return said
    if isinstance(given, bool):
        return f"{said}, not {str(given).lower()}"
    if isinstance(given, int | float) and abs(given) < LARGEST:
        return f"{said}, not {given}"
    return f'{said}, not "{given}"' if isinstance(given, str) and len(given) <= LONGEST else said


def merged(errors: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The errors, those of one place as one, which is of none of several kinds."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for error in errors:
        place = tuple(error["loc"])
        while len(place) > 1 and isinstance(place[-1], str) and TAG.match(place[-1]):
            place = place[:-1]
        if place in found and place != error["loc"]:
            other = in_words(str(error["msg"])).removeprefix("must be ")
            found[place]["msg"] = f"{in_words(str(found[place]['msg']))} or {other}"
        else:
            found[place] = {**error, "loc": place}
    return list(found.values())
