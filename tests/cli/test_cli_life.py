"""What a model thought before its answer is shown, and is no part of it."""

from __future__ import annotations

import io
import json
from typing import Any

from rich.console import Console

from seedgen import answer_of
from seedgen.cli.life import print_exchange
from seedgen.store.ports import Call

THOUGHT = "Let me see. " * 60


def call(reader: str = "2") -> Call:
    body = json.dumps({"choices": [{"message": {"content": f"<think>{THOUGHT}</think>Yes"}, "finish_reason": "stop"}]}).encode()
    return Call("classify", "classify", 0, 1, "main", "m", "t", "", "", "answered", "", 1.0, 1, 1, 0.0, "", "", {}, body, reader)


def told(**how: Any) -> str:
    out = io.StringIO()
    print_exchange(Console(file=out, width=120), call(), **how)
    return out.getvalue()


def test_reasoning_is_shown_shortened_before_the_answer() -> None:
    thought, _, answer = told(raw=False, full=False).partition("Answer to classify.0")
    assert ("Reasoning before the answer to classify.0" in thought, "…" in thought, answer.splitlines()[1].strip()) == (True, True, "Yes")
    assert "…" not in told(raw=False, full=True)


def test_what_came_is_read_by_the_rules_of_its_time() -> None:
    today, then = answer_of(call()), answer_of(call("1"))
    assert today is not None
    assert then is not None
    assert (today.text, today.reasoning, then.reasoning) == ("Yes", THOUGHT.strip(), "")
    assert then.text.startswith("<think>")
