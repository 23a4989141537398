"""The forms that tasks have in files: from a row to an instruction with its instances, or to a `Malformed` that says what the row is.

`SHAPES` is the table: a row is read by the first shape whose keys it has. Null counts as absent. What a row holds besides, in text, is
never dropped in silence: `Read.left` names it, so that people can be told.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from seedgen.inputs.contents import Malformed
from seedgen.inputs.rows import SPEAKER, Row
from seedgen.language.text import LARGEST, clean, word_count
from seedgen.records import Instance

Object = Mapping[str, Any]

INSTRUCTIONS = ("instruction", "prompt", "question", "query", "problem", "inputs_pretokenized", "inputs", "user", "human")
INPUTS = ("input", "context")
OUTPUTS = (
    "output", "response", "completion", "answer", "targets_pretokenized", "targets", "target", "solution", "chosen", "assistant",
)  # fmt: skip
LABELS = frozenset({"id", "category", "tier", "license", "is_classification"})
COLUMNS = frozenset({*INSTRUCTIONS, *INPUTS, *OUTPUTS, *LABELS})
"""The keys of plain rows, and the columns of tables, that mean something."""
SPEAKERS = {
    **dict.fromkeys(("user", "human", "prompter"), "user"),
    **dict.fromkeys(("assistant", "gpt", "chatgpt", "bing", "bard", "model", "bot"), "assistant"),
    **dict.fromkeys(("system", "developer"), "system"),
}
LATER, SYSTEM = "later turns", "the system message"
"""What of a conversation is left, in words; anything else that is left is a key."""
EXAMPLE = 'write {"instruction": …, "output": …}'
ROWS = 'write one task a row (pandas: to_json("rows.jsonl", orient="records", lines=True))'
KINDS = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
TURNS = 'write [{"role": "user", "content": …}, {"role": "assistant", "content": …}]'


@dataclass(frozen=True, slots=True)
class Read:
    """What a row says. `shape` is the name of its form, `keys` are those it was read from, `left` is what else of it has text."""

    instruction: str
    instances: tuple[Instance, ...]
    shape: str = ""
    keys: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """A form of row. `fits` says whether a row has it; `read` reads one that does, and raises `Malformed`."""

    name: str
    fits: Callable[[Object], bool]
    read: Callable[[Object], Read]


def read_row(value: Any) -> Read:
    """The task in one row. Raises `Malformed`."""
    row = folded(value)
    shape = shape_of(row)
    found = shape.read(row)
    return replace(found, shape=found.shape or shape.name, left=tuple(dict.fromkeys((*found.left, *unread(row, found)))))


def shape_of(row: Object) -> Shape:
    return next(shape for shape in SHAPES if shape.fits(row))


def instruction_in(value: Any) -> str:
    """The instruction of a row, whether or not it has an output; "" if there is none that can be read."""
    try:
        row = folded(value)
        return text(row, named(row, INSTRUCTIONS) or "") if shape_of(row).read is read_flat else read_row(value).instruction
    except Malformed:
        return ""


def folded(value: Any) -> Object:
    """The row without its nulls; its keys in lower case, unless it says "instruction" or "messages" as we do.

    A list of messages is a row that has only these. Raises `Malformed`.
    """
    if isinstance(value, list) and value and all(isinstance(each, dict) and not SPEAKER.isdisjoint(each) for each in value):
        return {"messages": value}
    if not isinstance(value, dict):
        raise Malformed(f"{KINDS.get(type(value), 'a number')}, not an object", EXAMPLE)
    row = {key: each for key, each in value.items() if each is not None}
    return row if {"instruction", "messages"} & row.keys() else {key.strip().lower(): each for key, each in row.items()}


def unread(row: Object, found: Read) -> Iterator[str]:
    """The keys with text in it that is nowhere in what was read."""
    said = {found.instruction, *chain.from_iterable((i.input, i.output) for i in found.instances)}
    return (key for key, value in row.items() if key not in LABELS and key not in found.keys and holds_text(value, said))


def holds_text(value: Any, said: Container[str]) -> bool:
    """Whether there is text in a value (words, not one) that has not been said yet."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str() as each if word_count(each[:LARGEST]) > 1 and clean(each) not in said:
                return True
            case list() as inner:
                waiting += inner
            case dict() as inner:
                waiting += inner.values()
    return False


# Rows with a text under each key


def read_flat(row: Object) -> Read:
    """Instruction, input and output, each under one of the names it has in the data sets that people have."""
    instruction = named(row, INSTRUCTIONS)
    if instruction is None:
        raise Malformed(f'no "instruction"{listed(row)}', remedy_for(row))
    said = text(row, instruction)
    output, given = named(row, OUTPUTS), named(row, INPUTS)
    if output is None:
        raise Malformed(f'no "output"{listed(row, besides=instruction)}', 'add "output" with its text')
    instance = Instance(text(row, given, default="") if given else "", text(row, output))
    parts = {"instruction": instruction, "input": given, "output": output}
    renamed = ", ".join(f'"{key}" as {part}' for part, key in parts.items() if key not in (part, None))
    return Read(said, (instance,), renamed, tuple(filter(None, parts.values())))


def named(row: Object, names: Sequence[str]) -> str | None:
    """The first of these keys that has a value, of those that have text if there are any."""
    there = [name for name in names if name in row and not is_numbers(row[name])]
    return next((name for name in there if row[name] not in ("", [])), there[0] if there else None)


def is_numbers(value: Any) -> bool:
    """Tokens, where a row has its text beside them."""
    return isinstance(value, list) and bool(value) and isinstance(value[0], int)


def listed(row: Object, besides: str = "") -> str:
    """The keys of a row that has none that is wanted."""
    keys = [f'"{key}"' for key in row if key not in LABELS and key != besides]
    return f" (it has {', '.join(keys[:8])}{' …' if len(keys) > 8 else ''})" if keys else ""


def remedy_for(row: Object) -> str:
    if "input" in row and named(row, OUTPUTS):
        return 'rename "input" to "instruction" if it says what is to be done, or add "instruction"'
    if "text" in row:
        return 'a "text" is not taken apart; write {"instruction": …, "output": …}'
    if "chosen" in row:
        return 'a conversation in one text is not taken apart; write {"prompt": …, "chosen": …}'
    return 'add "instruction" with its text, or rename the key that has it'


def read_self_instruct(row: Object) -> Read:
    instances = row["instances"]
    if not isinstance(instances, list) or not instances:
        raise Malformed('"instances" is empty or no list', 'give at least one {"input": "", "output": …}')
    return Read(text(row, "instruction"), tuple(map(read_instance, instances)), keys=("instruction", "instances"))


def read_instance(value: Any) -> Instance:
    if not isinstance(value, dict):
        raise Malformed("an instance is no object", 'write {"input": "", "output": …}')
    return Instance(text(value, "input", default=""), text(value, "output"))


def read_natural_instructions(row: Object) -> Read:
    """Super-NaturalInstructions: its positive examples, or if it has none its instances, of whose outputs the first counts."""
    key = "positive examples" if row.get("positive examples") else "instances"
    if not isinstance(examples := row.get(key), list) or not examples:
        raise Malformed("no positive examples and no instances", 'add "Positive Examples" with {"input": …, "output": …}')
    first = [{**each, "output": each["output"][:1]} if isinstance(each.get("output"), list) else each for each in objects(examples)]
    return Read(text(row, "definition"), tuple(map(read_instance, first)), keys=("definition", key))


def read_defined(row: Object) -> Read:
    """The same data set, one instance a row."""
    instance = Instance(text(row, "inputs", default=""), text(row, "targets"))
    return Read(text(row, "definition"), (instance,), keys=("definition", "inputs", "targets"))


# Conversations


def read_conversation(row: Object, *keys: str) -> Read:
    """The first user message under these keys is the instruction, the assistant's reply to it the output."""
    messages = [row[key] for key in keys]
    if not all(isinstance(each, list) for each in messages):
        raise Malformed(f'"{keys[0]}" is no list of objects', TURNS)
    return replace(read_turns(list(chain.from_iterable(messages)), keys[0]), keys=keys)


def read_turns(messages: Sequence[Any], key: str = "messages") -> Read:
    """The first exchange of a conversation: objects with a speaker, pairs, or texts in turn. Raises `Malformed`."""
    if not all(isinstance(m, dict | str) for m in messages):
        raise Malformed(f'"{key}" is no list of objects', TURNS)
    turns = [each for n, m in enumerate(messages) for each in turns_of(m, n)]
    spoken = [(who, said) for who, said in turns if who != "system"]
    if [who for who, _ in spoken[:2]] != ["user", "assistant"]:
        raise Malformed("messages do not open with user, then assistant", "put the task first and its answer second")
    (asked, question), (answered, answer) = ((said, content_key(said)) for _, said in spoken[:2])
    instruction, output = text(asked, question), text(answered, answer)
    beside = [key for said in (asked, answered) for key, value in said.items() if key != content_key(said) and holds_text(value, ())]
    left = [*[SYSTEM] * (len(turns) > len(spoken)), *[LATER] * (len(spoken) > 2), *beside]
    return Read(instruction, (Instance("", output),), left=tuple(left))


def turns_of(message: Any, place: int) -> Iterator[tuple[str, Object]]:
    """Who speaks, and the message; twice if it is a pair of both."""
    if isinstance(message, str):
        yield ("user", "assistant")[place % 2], {"content": message}
    elif message.keys() >= {"input", "output"}:
        yield "user", {"content": message["input"]}
        yield "assistant", {"content": message["output"]}
    else:
        who = message.get("role", message.get("from"))
        yield SPEAKERS.get(who, who) if isinstance(who, str) else "", message


def content_key(message: Object) -> str:
    return next((key for key in ("content", "value", "text", "parts") if message.get(key) is not None), "content")


def read_tree(row: Object) -> Read:
    """OpenAssistant: the prompt, and the best reply to it."""
    prompt = row["prompt"]
    replies = sorted(objects(prompt["replies"]), key=rank)
    if not replies:
        raise Malformed("a prompt without a reply", "remove it")
    left = [LATER] if any(reply.get("replies") for reply in replies) else []
    return Read(text(prompt, "text"), (Instance("", text(replies[0], "text")),), keys=("prompt",), left=tuple(left))


def rank(reply: Object) -> float:
    found = reply.get("rank")
    return found if isinstance(found, int | float) else float("inf")


def threads(rows: Iterable[Row]) -> Iterator[Row]:
    """OpenAssistant's rows of one message each put together, so that each prompt has its replies; other rows as they are. A reply to what
    is not there is `Malformed`.
    """
    kept, later, replies = list[Row](), list[Row](), dict[str, list[dict[str, Any]]]()
    for row in rows:
        if is_message(row.value) and row.value["parent_id"]:
            replies.setdefault(str(row.value["parent_id"]), []).append({**row.value, "replies": ()})
            later.append(row)
        else:
            kept.append(row)
    there = {str(row.value["message_id"]) for row in chain(kept, later) if is_message(row.value)}
    alone = Malformed("a reply to a message that is not in this file", "add that message, or remove the reply")
    yield from (replace(row, value=alone) for row in later if str(row.value["parent_id"]) not in there)
    for reply in chain.from_iterable(replies.values()):
        reply["replies"] = replies.get(str(reply["message_id"]), ())
    for row in kept:
        ours = replies.get(str(row.value["message_id"]), []) if is_message(row.value) else ()
        yield replace(row, value={"prompt": {**row.value, "replies": ours}}) if is_message(row.value) else row


def is_message(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() >= {"message_id", "parent_id", "text", "role"}


# Texts


def text(value: Object, key: str, default: str | None = None) -> str:
    """The text under a key. Raises `Malformed` if there is none, or what is there is none."""
    found = value.get(key)
    if found is None:
        found = default
    if found is None:
        raise Malformed(f'no "{key}"', f'add "{key}" with its text')
    if isinstance(found, list):
        found = joined(found, key)
    if isinstance(found, float) and math.isnan(found):  # as some programs write null
        raise Malformed(f'"{key}" is NaN, which is no text', "write null where there is nothing")
    if isinstance(found, dict) and found and all(isinstance(each, str | None) for each in found.values()):
        raise Malformed(f'"{key}" is of type dict, not a string: {len(found):,} texts', ROWS)
    if not isinstance(found, str):
        raise Malformed(f'"{key}" is of type {type(found).__name__}, not a string', "put it in quotes")
    if len(found) > LARGEST:
        raise Malformed(f'"{key}" has {len(found):,} characters', f"give at most {LARGEST:,}, or remove the task")
    if not (found := clean(found)) and default is None:
        raise Malformed(f'empty "{key}"', "write its text or remove the task")
    return found


def joined(parts: list[Any], key: str) -> str:
    """The text of content parts, as chat servers take it, or of a list of one text. Raises `Malformed`."""
    if len(parts) > 1 and all(isinstance(part, str) for part in parts):
        raise Malformed(f'"{key}" is a list of {len(parts):,} texts, not one', ROWS)
    texts = [part.get("text") if isinstance(part, dict) else part for part in parts]
    if odd := next((part for part, said in zip(parts, texts, strict=True) if not isinstance(said, str)), None):
        kind = odd.get("type") if isinstance(odd, dict) else type(odd).__name__
        raise Malformed(f'"{key}" has a part that is no text ({kind})', "give text alone, or remove the task")
    return "\n".join(map(str, texts))


def objects(values: Sequence[Any]) -> list[dict[str, Any]]:
    if not all(isinstance(each, dict) for each in values):
        raise Malformed("a list of objects is wanted, and there is something else in it", "write objects in braces")
    return list(values)


def conversation(*keys: str) -> Callable[[Object], bool]:
    """Whether there are lists of turns under all of these keys: of objects or, where there is one key, of texts."""
    kinds = (dict, str) if len(keys) == 1 else (dict,)
    return lambda row: all(isinstance(row.get(key), list) and row[key] and isinstance(row[key][0], kinds) for key in keys)


def turns_under(name: str, *keys: str) -> Shape:
    return Shape(name, conversation(*keys), lambda row: read_conversation(row, *keys))


def has(*keys: str) -> Callable[[Object], bool]:
    return lambda row: all(key in row for key in keys)


SHAPES = (
    Shape("messages", has("messages"), lambda row: read_conversation(row, "messages")),
    Shape("Self-Instruct", has("instruction", "instances"), read_self_instruct),
    Shape("instruction and output", has("instruction"), read_flat),
    Shape("Natural Instructions, rows", has("definition", "inputs", "targets"), read_defined),
    Shape("Natural Instructions", has("definition"), read_natural_instructions),
    *(turns_under(key, key) for key in ("conversations", "conversation", "dialogue", "dialog", "items", "contents", "data")),
    turns_under("prompt and completion in messages", "prompt", "completion"),
    turns_under("preferences in messages", "chosen"),
    Shape("OpenAssistant", lambda row: isinstance(row.get("prompt"), dict) and "replies" in row["prompt"], read_tree),
    Shape("renamed", lambda _: True, read_flat),
)
"""Tried in this order: what meant something before others were added still means the same."""
