"""A streamed answer put together: the chunks in a body, as server-sent events or a line each, become the one reply they are parts of.

A stream that breaks off (no finish, no "[DONE]") has the finish "unfinished". Pure, linear, and never raises on any text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from seedgen.teachers.message import REASONING, content, message_of, reasoning, thought_parts

DONE = "[DONE]"


@dataclass
class Streamed:
    """One choice of a stream, as far as it has come."""

    text: list[str] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    finish: Any = None
    refusal: str = ""

    def add(self, choice: Mapping[str, Any]) -> None:
        message = message_of(choice)
        self.text.append(content(message.get("content")) or content(message.get("text")))
        thought = next(filter(None, (reasoning(message.get(name)) for name in REASONING)), "")
        self.thoughts.append(thought or thought_parts(message.get("content")))
        self.finish = choice.get("finish_reason") or self.finish
        self.refusal += message["refusal"] if isinstance(message.get("refusal"), str) else ""


def in_utf8(body: bytes) -> bytes:
    """A body in UTF-8 without a byte order mark, which it may have had in another of Unicode's encodings."""
    try:
        return body.decode(json.detect_encoding(body)).encode().removeprefix(b"\xef\xbb\xbf")
    except ValueError:
        return body


def is_stream(body: bytes) -> bool:
    """Whether it is not one JSON value, but events."""
    return body[:1000].lstrip().startswith((b"data:", b"event:", b"id:", b"retry:", b": ", b":\n"))


def assembled(text: str) -> dict[str, Any]:
    """The reply that the chunks in a body make: its choices by their index, the model, the last usage that was told, or an error."""
    reply: dict[str, Any] = {}
    choices: dict[int, Streamed] = {}
    done = False
    for chunk in chunks(text):
        done = done or chunk is None
        if chunk is None or reply.get("error"):
            continue
        for name in ("model", "usage", "error"):
            reply[name] = chunk.get(name) or reply.get(name)
        parts = chunk.get("choices")
        for choice in parts if isinstance(parts, list) else ():
            if isinstance(choice, dict):
                index = choice.get("index")
                choices.setdefault(index if isinstance(index, int) else 0, Streamed()).add(choice)
                reply["error"] = choice.get("error") or reply.get("error")
    return {**{k: v for k, v in reply.items() if v}, "choices": [whole(each, done) for _, each in sorted(choices.items())]}


def whole(each: Streamed, done: bool) -> dict[str, Any]:
    """A choice as one that was not streamed has it."""
    finish = each.finish or ("stop" if done else "unfinished")
    message = {"content": "".join(each.text), "reasoning_content": "".join(each.thoughts), "refusal": each.refusal}
    return {"message": message, "finish_reason": finish}


def chunks(text: str) -> Iterator[dict[str, Any] | None]:
    """The objects in the data of events; None for the end. What is torn or no object is passed over."""
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        name, _, data = line.partition(":")
        if name.strip() != "data":
            continue
        if data.strip() == DONE:
            yield None
        else:
            yield from parsed(data)


def parsed(data: str) -> Iterator[dict[str, Any]]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return
    if isinstance(value, dict):
        yield value
