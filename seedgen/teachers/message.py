"""A choice of a chat or completion reply, as any server spells it: what was said, what was thought before that, and how it ended.

Pure functions of decoded JSON, whatever is in it. These are the rules of reading from "2" on (`records.READER`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from seedgen.language.control import untokened
from seedgen.language.text import clean, visible
from seedgen.teachers.reasoning import joined, unthought

WORDS = {
    "stop": (
        "", "stop", "eos", "eos_token", "eosfound", "eod", "end", "end_turn", "stop_sequence", "stop_token", "stop_string",
        "stopstringfound", "complete", "completed", "finished", "done", "null", "none",
    ),
    "length": (
        "length", "max_tokens", "max_new_tokens", "max_output_tokens", "max_length", "max_len", "model_length", "limit", "token_limit",
        "maxpredictedtokensreached", "contextlengthreached", "model_context_window_exceeded", "context_length_exceeded",
    ),
    "content_filter": (
        "content_filter", "content_filtered", "safety", "recitation", "refusal", "blocklist", "prohibited_content", "spii", "sensitive",
        "guardrail_intervened", "error_toxic",
    ),
}  # fmt: skip
"""Words of servers for a whole answer, for one that the token limit cut, and for one that a filter stopped. After any other an answer is
not whole, and the word is kept.
"""
FINISH = {word: finish for finish, words in WORDS.items() for word in words}
FAILED = re.compile(r"error|fail|abort|cancel|insufficient|unavailable|timeout|interrupt|preempt|(un)?load|unfinished|other|userstopped")
"""How a server says that it did not get to the end."""
REASONING = ("reasoning_content", "reasoning", "thinking", "thought", "thoughts", "reasoning_text", "reasoning_details")
THOUGHT_PARTS = (
    "reasoning",
    "thinking",
    "reasoning_content",
    "thought",
    "summary_text",
    "reasoning.text",
    "reasoning.summary",
    "redacted_thinking",
)


@dataclass(frozen=True, slots=True)
class Said:
    """`raw` is the text as it came."""

    text: str
    reasoning: str
    finish: str
    raw: str

    @property
    def failed(self) -> bool:
        """Whether the server gave up before there was anything."""
        return not self.text and not self.reasoning and bool(FAILED.search(self.finish))


def read_choice(choice: Mapping[str, Any]) -> Said:
    """Of a message, of the delta that stands for one where an answer was streamed, or of a completion's text."""
    message = message_of(choice)
    raw = content(message.get("content")) or content(message.get("text")) or content(choice.get("text"))
    thoughts, text = unthought(visible(clean(raw)))
    beside = [clean(reasoning(message.get(name))) for name in REASONING] + [clean(thought_parts(message.get("content")))]
    return Said(untokened(text), joined([*dict.fromkeys(beside), thoughts]), finish_of(choice), raw)


def has_message(choice: Mapping[str, Any]) -> bool:
    held = [choice[name] for name in ("message", "delta") if choice.get(name) is not None]
    return all(isinstance(each, dict) for each in held) and bool(held or "message" not in choice or "text" in choice)


def message_of(choice: Mapping[str, Any]) -> Mapping[str, Any]:
    message = choice.get("message") or choice.get("delta") or choice
    return message if isinstance(message, dict) else {}


def finish_of(choice: Mapping[str, Any]) -> str:
    """One of ours for the server's word (`FinishReason.MAX_TOKENS`, `eosFound`), or that word."""
    said = choice.get("finish_reason")
    word = clean(said)[:200].lower().rpartition(".")[2].removeprefix("finish_reason_") if isinstance(said, str) else ""
    return FINISH.get(word, word)


def content(value: Any) -> str:
    """The text of a content: a string, or parts of which some are text. None and the like are ""."""
    parts = value if isinstance(value, list) else [value]
    return "".join(part if isinstance(part, str) else str_of(part, "text") for part in parts if isinstance(part, str) or is_text(part))


def is_text(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type", "text") in ("text", "output_text") and part.get("thought") is not True


def thought_parts(value: Any) -> str:
    """The reasoning among the parts of a content."""
    parts = [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []
    return "\n\n".join(filter(None, (reasoning(part) for part in parts if not is_text(part))))


def reasoning(value: Any) -> str:
    """Reasoning as text, as a part that holds it under one of its names, or as a list of such."""
    return "".join(flattened(value, 0))


def flattened(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and depth < DEEPEST:
        for part in value:
            yield from flattened(part, depth + 1)
    elif (
        isinstance(value, dict)
        and depth < DEEPEST
        and (value.get("thought") is True or value.get("type", "text") in (*THOUGHT_PARTS, "text"))
    ):
        held = (value[name] for name in ("text", "thinking", "reasoning", "content", "summary") if value.get(name))
        yield from flattened(next(held, ""), depth + 1)


DEEPEST = 4


def str_of(part: Mapping[str, Any], name: str) -> str:
    value = part.get(name)
    return value if isinstance(value, str) else ""
