"""A teacher without a model: from an OpenAI-compatible request to the bytes of its answer, as a pure function.

It knows the bundled templates by their shape, as messages and as text to be continued, and plays the part: goes on with the numbering,
makes tasks of the kind and tier asked for, with other verbs than those named (but for the share that strays),
runs past the end until a stop string or `max_tokens` ends it, repeats itself, breaks the form, refuses, at the given rates. All chance
comes from the prompt's text with `temperature` and `seed`, so the same request gets the same bytes from any process. Tokens are counted
as 1.3 a word.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any

from seedgen.errors import UsageError
from seedgen.scripted import grammar
from seedgen.scripted.faults import FaultRates
from seedgen.scripted.grammar import ANY, Task, Wish
from seedgen.scripted.prose import passage

TOKENS_PER_WORD = 1.3
MODEL = "scripted"
NO_STOP_COUNT = 8
LISTED = re.compile(r"^Task (\d+):", re.MULTILINE)
BLOCK = re.compile(r"^(\d+)\. Instruction:", re.MULTILINE)
BLOCK_END = re.compile(r"^\d+\. Input:", re.MULTILINE)
KIND = re.compile(r"\bof this kind: (\w+)")
TIER = re.compile(r"\bMake them (simple|moderate|complex)\b")
AVOID = re.compile(r"\bOther verbs than: ([\w, -]+)\.")
WANTED = re.compile(r"\bWrite (\d+) new\b")
LABELS = re.compile(r"((?:[\w-]+, )*[\w-]+),? or ([\w-]+)")
LAST_LABEL = re.compile(r"(?<=[\w-]),? or [\w-]")
LABELS_BACKWARDS = re.compile(r"[\w-]+(?: ,[\w-]+)*")
MARK = re.compile(r"(?:Task \d+|\d+\. Instruction|Input|Class label):")
WORD = re.compile(r"\S+")
REFUSALS = (
    "I'm sorry, I can't help with that.",
    "I'm sorry, but as an AI language model I cannot fulfil this request.",
    "I can't assist with that. Is there something else you would like to talk about?",
)
REWORDINGS: tuple[Callable[[str], str], ...] = (
    lambda text: f"Next: {text}",
    lambda text: f"Now this: {text}",
    lambda text: f"{text} Thank you.",
    lambda text: f"{text} Please.",
)
BROKEN_LINES: tuple[Callable[[str, str], str], ...] = (
    lambda _, text: text,
    lambda mark, text: f"{mark} ### Instruction: {text}",
    lambda mark, text: f"{mark} {text[: len(text) // 2].rstrip()} and the",
    lambda mark, _: mark,
)
BROKEN_ANSWERS: tuple[Callable[[str, str], tuple[str, str]], ...] = (
    lambda head, _: (head, ""),
    lambda head, tail: (head, f"{tail} <|im_end|>"),
    lambda head, tail: (head, f"{tail}\n18. Instruction: Write another one."),
    lambda _, tail: ("", tail),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A prompt with all that shapes its answer. `marked` says that the prompt's end already holds the first marker of the answer."""

    prompt: str
    stop: tuple[str, ...]
    rng: Random
    faults: FaultRates

    @property
    def marked(self) -> bool:
        return MARK.fullmatch(self.prompt.rpartition("\n")[2]) is not None

    def hit(self, rate: float) -> bool:
        return self.rng.random() < rate


def reply(request: Mapping[str, Any], faults: FaultRates | None = None) -> bytes:
    """The whole body of the answer to a chat or completion request. Raises `UsageError` if it holds no prompt."""
    prompt, stop = prompt_text(request), stops(request)
    digest = prompt_digest(prompt)
    rng = Random(f"{digest}:{request.get('temperature')}:{request.get('seed')}")
    asked = Asked(prompt, stop, rng, faults or FaultRates())
    text = rng.choice(REFUSALS) if asked.hit(asked.faults.refused) else answer(asked)
    text, finish = end(text, stop, limit(request))
    return json.dumps(body(request, prompt, text, finish, digest)).encode()


def prompt_text(request: Mapping[str, Any]) -> str:
    """What is asked: the prompt to be continued, or the messages' texts."""
    if isinstance(prompt := request.get("prompt"), str):
        return prompt.rstrip()
    messages = request.get("messages")
    if not isinstance(messages, list) or not messages or not all(isinstance(m, Mapping) for m in messages):
        raise UsageError('the request holds no prompt; give "messages" (a list of objects) or "prompt" (a text)')
    return "\n\n".join(content(message.get("content")) for message in messages).rstrip()


def content(value: Any) -> str:
    """The text of a message: a string, or a list of parts."""
    if isinstance(value, list):
        return "".join(part["text"] for part in value if isinstance(part, Mapping) and isinstance(part.get("text"), str))
    return value if isinstance(value, str) else ""


def stops(request: Mapping[str, Any]) -> tuple[str, ...]:
    stop = request.get("stop") or []
    given = stop if isinstance(stop, list) else [stop]
    if not all(isinstance(s, str) and s for s in given):
        raise UsageError('"stop" must be a text or a list of texts, none empty')
    return tuple(given)


def limit(request: Mapping[str, Any]) -> int | None:
    most = request.get("max_completion_tokens", request.get("max_tokens"))
    if most is not None and (type(most) is not int or most < 1):
        raise UsageError('"max_tokens" must be a whole number of at least 1')
    return most


def prompt_digest(prompt: str) -> str:
    """SHA-256 (hex) of a prompt's text, by which the scripted server counts."""
    return hashlib.sha256(prompt.encode(errors="surrogatepass")).hexdigest()


def answer(asked: Asked) -> str:
    """What a model would write, on and on."""
    for shape, write in SHAPES:
        if shape.search(asked.prompt):
            return write(asked)
    return passage("what you asked", asked.rng)


def propose(asked: Asked) -> str:
    """A numbered list of instructions, going on where the examples end."""
    first, count, examples = numbering(asked, LISTED)
    lines = [listed(asked, f"Task {n}:", examples) for n in range(first, first + count)]
    text = "\n".join(lines)
    return " " + text.removeprefix(f"Task {first}:").lstrip() if asked.marked else text


def numbering(asked: Asked, marker: re.Pattern[str]) -> tuple[int, int, list[str]]:
    """First number to write, how many items, and the examples shown. What is only continued runs one item over."""
    found = list(marker.finditer(asked.prompt))
    last = int(found[-1][1]) if found else 0
    first = last if asked.marked else last + 1
    wanted = WANTED.search(asked.prompt)
    ends = [int(number) for stop in asked.stop for number in re.findall(r"\d+", stop)]
    count = int(wanted[1]) if wanted else ends[0] - first if ends else NO_STOP_COUNT
    edges = [*(match.start() for match in found[1:]), len(asked.prompt)]
    examples = [BLOCK_END.split(asked.prompt[match.end() : edge])[0] for match, edge in zip(found, edges, strict=True)]
    return first, min(max(count, 1), 100) + asked.marked, [" ".join(text.split()) for text in examples if text.strip()]


def listed(asked: Asked, mark: str, examples: Sequence[str]) -> str:
    text = repetition(asked, examples) or grammar.instruct(asked.rng, wish(asked))
    if asked.hit(asked.faults.malformed):
        return asked.rng.choice(BROKEN_LINES)(mark, text)
    return f"{mark} {text}"


def repetition(asked: Asked, examples: Sequence[str]) -> str | None:
    """At the rate of duplicates, an example in slightly other words."""
    if examples and asked.hit(asked.faults.duplicates):
        return asked.rng.choice(REWORDINGS)(asked.rng.choice(examples))
    return None


def wish(asked: Asked) -> Wish:
    """What the next task is to be: as the prompt asks or, where it strays, anything. A prompt that asks for nothing takes no chance."""
    wanted = wish_in(asked.prompt)
    return ANY if wanted is None or asked.hit(asked.faults.stray) else wanted


@lru_cache(maxsize=8)
def wish_in(prompt: str) -> Wish | None:
    """What a prompt asks for, read once for all its tasks."""
    kind, tier, avoid = (pattern.search(prompt) for pattern in (KIND, TIER, AVOID))
    if not (kind or tier or avoid):
        return None
    return Wish(kind[1] if kind else "", tier[1] if tier else "", frozenset(avoid[1].split(", ") if avoid else ()))


def blocks(asked: Asked) -> str:
    """Whole tasks in Alpaca's form."""
    first, count, examples = numbering(asked, BLOCK)
    text = "".join(block(asked, n, examples) for n in range(first, first + count))
    return text.removeprefix(f"{first}. Instruction:") if asked.marked else text


def block(asked: Asked, n: int, examples: Sequence[str]) -> str:
    repeated = repetition(asked, examples)
    task = improvised(repeated) if repeated else next(grammar.tasks(asked.rng, wish(asked)))
    head, tail = f"{n}. Input: {task.input or '<noinput>'}\n", task.output
    if asked.hit(asked.faults.malformed):
        head, tail = asked.rng.choice(BROKEN_ANSWERS)(head, tail)
    return f"{n}. Instruction: {task.instruction}\n{head}" + (f"{n}. Output: {tail}\n" if tail else "") + "###\n"


def classify(asked: Asked) -> str:
    text = asked.prompt.rpartition("\nTask:")[2].rpartition("\n")[0]
    verdict = "Yes" if respond_to(text.strip()).is_classification else "No"
    return f" {verdict}\n\nTask:"


def input_first(asked: Asked) -> str:
    task = respond_to(last_task(asked.prompt, "Input:"))
    return instance(asked, "Input:", task.input or "None", "Output:", task.output)


def output_first(asked: Asked) -> str:
    task = respond_to(last_task(asked.prompt, "Class label:"))
    return instance(asked, "Class label:", task.output, "Input:", task.input or "None")


def last_task(prompt: str, marker: str) -> str:
    return prompt.rpartition("\nTask:")[2].removesuffix(marker).strip()


def instance(asked: Asked, mark: str, first: str, second_mark: str, second: str) -> str:
    if asked.hit(asked.faults.malformed):
        first, second = asked.rng.choice(BROKEN_ANSWERS)(first, second)
    text = f"{mark} {first}" + (f"\n{second_mark} {second}" if second else "")
    return text.removeprefix(mark) + "\n###\n\nTask:" if asked.marked else text


SHAPES: tuple[tuple[re.Pattern[str], Callable[[Asked], str]], ...] = (
    (re.compile(r"\nIs it classification\?\Z"), classify),
    (LISTED, propose),
    (BLOCK, blocks),
    (re.compile(r"^Class label:", re.MULTILINE), output_first),
    (re.compile(r"^Input:.*^Output:.*^Task: ", re.MULTILINE | re.DOTALL), input_first),
)


def respond_to(text: str) -> Task:
    """The task of an instruction: what the grammar knows, or else something that looks like an answer."""
    return grammar.solve(text) or improvised(text)


def improvised(text: str) -> Task:
    rng = Random(prompt_digest(text))
    if choices := labels(text):
        return Task(text, passage("the case in hand", rng, 1), rng.choice(choices), True, "unknown")
    longest = sorted(set(re.findall(r"\w+", text)), key=lambda word: (-len(word), word))[:2]
    return Task(text, "", passage(" and ".join(longest).lower() or "this", rng), False, "unknown")


def labels(text: str) -> list[str]:
    """The choices that a text offers as "a, b or c", the first ones if it does so more than once.

    Looking for the whole from every word on would take hours in a text of a megabyte.
    """
    last = LAST_LABEL.search(text)
    before = last and LABELS_BACKWARDS.match(text[: last.start()][::-1])
    found = last and before and LABELS.match(text, last.start() - before.end())
    return [*found[1].split(", "), found[2]] if found else []


def end(text: str, stop: Sequence[str], max_tokens: int | None) -> tuple[str, str]:
    """The text up to the first stop string or the token limit, and the finish reason."""
    text = text[: min((at for s in stop if (at := text.find(s)) >= 0), default=len(text))]
    if max_tokens is None or tokens(text) <= max_tokens:
        return text, "stop"
    ends = [match.end() for match in WORD.finditer(text)]
    return text[: ends[max(1, int(max_tokens / TOKENS_PER_WORD)) - 1]], "length"


def tokens(text: str) -> int:
    return math.ceil(len(text.split()) * TOKENS_PER_WORD)


def body(request: Mapping[str, Any], prompt: str, text: str, finish: str, digest: str) -> dict[str, Any]:
    asked, said = tokens(prompt), tokens(text)
    chat = "prompt" not in request
    choice = {"message": {"role": "assistant", "content": text.strip()}} if chat else {"text": text}
    return {
        "id": f"{'chatcmpl' if chat else 'cmpl'}-{digest[:24]}",
        "object": "chat.completion" if chat else "text_completion",
        "created": 0,
        "model": request.get("model") or MODEL,
        "choices": [{"index": 0, **choice, "finish_reason": finish, "logprobs": None}],
        "usage": {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said},
    }
