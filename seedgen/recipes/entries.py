"""Tasks of an answer that is data: JSON (whole, broken off, nearly, or in lines), or elements in tags. See also `columns`.

Each reader gives the entries that it finds, as parts by name ("instruction", "input", "output", "class label"), or None where the answer is
no such data. It has to begin the answer, a few lines of remarks aside: what stands in a list is part of a task.
"""

from __future__ import annotations

import json
import re
from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from seedgen.language.text import LARGEST, clean, visible, word_count
from seedgen.language.verbs import asks
from seedgen.recipes.forms import LOOKED_AT, marks
from seedgen.recipes.labels import PARTS, is_closer, is_opener, key_part, label
from seedgen.recipes.lists import RULE, is_title

Entry = Mapping[str, str]
PREFACE = 5
"""Most lines of remarks before data."""
MOST = 200
MOST_LINES = 20_000
"""Lines of an answer that are looked at; those of an honest one are far fewer."""
TRIES = 20
"""How often reading goes on after a broken entry."""
DECODER = json.JSONDecoder(strict=False)  # teachers break lines within strings


@dataclass(frozen=True, slots=True)
class Entries:
    """What was read, and what was left: the text of a broken entry, "" if there is none. `open`: the last may not be at its end.
    `after` is what follows the data.
    """

    whole: Sequence[Entry]
    rest: str = ""
    open: bool = False
    after: str = ""


def begins(text: str, sign: re.Pattern[str]) -> re.Match[str] | None:
    """Where data begins in a text: at its first line that has this sign, if nothing before it looks like a task in a list."""
    start = 0
    for _ in range(PREFACE):
        if match := sign.match(text, start):
            return match
        end = text.find("\n", start)
        line = text[start : end if end >= 0 else len(text)]
        if sign is JSON and (match := sign.match(text, start + after_number(line))):
            return match
        if end < 0 or ((label(line) or any(mark.counts for mark in marks(line))) and not is_head(line, text[end + 1 : end + 4])):
            return None
        start = end + 1
    return None


def is_head(line: str, below: str) -> bool:
    """Whether this is no more than the number of a task that stands in a fence below."""
    return below == "```" and is_numbered(line)


def is_numbered(line: str) -> bool:
    """Whether a line is the number of a task, with a title or without."""
    rests = [line[mark.end :].strip(" \t*_#") for mark in marks(line) if mark.counts and mark.form[1] != "any"]
    return any(not rest or is_title(rest) for rest in rests)


def after_number(line: str) -> int:
    """Where an object begins right after the number of a task: 9. {"instruction": …}"""
    ends = [mark.end for mark in marks(line) if mark.counts and KEYED.match(line, mark.end)]
    return min(ends, default=0)


# ---- JSON --------------------------------------------------------------------------------------------------------------------------

JSON = re.compile(r"[ \t]{0,8}(?:```[\w+-]{0,20}[ \t]*\n\s{0,8})?(?:\w{1,20}[ ]?=[ ]?)?(?=[\[{])")
BESIDE = re.compile(r"think|thought|reason|analysis|plan\b|error|refusal", re.IGNORECASE)
"""Keys of what stands beside tasks."""
BETWEEN = re.compile(r"[, \t\n]*+")
FURTHER = re.compile(r"[ \t]{0,8}(?:```[\w+-]{0,20}[ \t]*\n\s{0,8})?(?=[\[{])")
"""Where data goes on after something else."""
KEYED = re.compile(r'[\[\s]{0,99}\{\s{0,99}"(?P<name>[^"\n]{1,40})"\s{0,9}:')


def from_json(text: str) -> Entries | None:
    start = begins(text, JSON)
    if not start:
        return None
    body = text[start.end() :]
    values, end = decoded(body)
    found, rest = ([], body) if values else salvaged(body)
    if not values and not found:
        rest = rest or body
        body = repaired(body) or body
        values, end = decoded(body)
    while values and len(values) <= MOST and (further := FURTHER.match(body, beside(body, end))):
        more, stop = decoded(body, further.end())
        if not more or not all(map(is_task, more)):
            break
        values, end = values + more, stop
    at = beside(body, end)
    numbered, after = any(map(is_numbered, text[: start.start()].split("\n"))), body[at:] if values else ""
    asked = is_asked(after)
    if (numbered and (after.strip() or not values)) or ((numbered or asked) and not all(map(is_task, values))):
        return None  # a task of which data is a part
    if asked and not is_asked(after.partition("\n")[0]):
        return None  # a task of which data is a part
    if values and body[end:].split("\n", 1)[0].strip(" ,`;"):
        return None  # it begins a sentence: "[3, 5, 9]: which number comes next?"
    if values:
        found = list(islice((entry for value in values for entry in json_entries(value)), MOST + 1))
        rest = body[end:].lstrip(", \t\n")
        rest = rest if rest.startswith("{") else ""
    keyed = KEYED.match(body)
    named = keyed is not None and (bool(key_part(keyed["name"])) or keyed["name"].lower() == "id")
    return Entries(found, rest, after="" if rest else after) if named or any(map(plausible, found)) else None


def beside(text: str, at: int) -> int:
    """Where something stands from there on that is more than the end of a fence, a heading, a number or a remark."""
    while at < len(text) and not FURTHER.match(text, at):
        end = text.find("\n", at)
        line = text[at : end if end >= 0 else len(text)].strip(" \t,")[:LOOKED_AT]
        announced = line.endswith((":", "：")) and not asks(line)
        plain = not line or line.startswith(("```", "#")) or RULE.fullmatch(line) or is_opener(line) or is_closer(line)
        if (number := after_number(line)) or not (plain or announced or is_numbered(line)):
            return at + number
        at = end + 1 if end >= 0 else len(text)
    return at


def is_asked(text: str) -> bool:
    """Whether a task is in a text that is marked as was asked for."""
    return any(mark.asked for line in text.split("\n", MOST_LINES)[:MOST_LINES] for mark in marks(line))


def is_task(value: Any) -> bool:
    """Whether a decoded value is a task by its keys, or a list of tasks."""
    if isinstance(value, list):
        return bool(value) and all(isinstance(each, dict) and is_task(each) for each in value)
    return isinstance(value, dict) and any(key_part(key) == "instruction" for key in value)


def plausible(entry: Entry) -> bool:
    """Whether what was decoded may be a task, and not numbers in the text of one."""
    return word_count(entry.get("instruction", "")[:LOOKED_AT]) > 1 or "output" in entry


def decoded(text: str, start: int = 0) -> tuple[list[Any], int]:
    """The values that stand one after the other from there on, and where the last of them ends."""
    values: list[Any] = []
    end = start
    while start < len(text) and text[start] in "[{" and len(values) <= MOST:
        try:
            value, end = DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):  # RecursionError: thousands of open brackets
            break
        values.append(value)
        start = BETWEEN.match(text, end).end()  # type: ignore[union-attr]  # it matches anything
    return values, end


NEARLY = re.compile(
    r"""\\.|"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|(?://|\#)[^\n]*|,(?=(?:\s{0,99}(?://|\#)[^\n]*+){0,3}\s{0,99}[\]}])"""
    r"|\b(?P<key>[a-zA-Z_]\w{0,30})(?=[ ]?:)|\b(?:None|True|False)\b",
    re.DOTALL,
)
STRAIGHT = {ord(mark): '"' for mark in "“”„"}
QUOTED = re.compile(r'\\.|"', re.DOTALL)


def repaired(text: str) -> str:
    """What is nearly JSON as JSON: as Python or JavaScript write it, with comments, or with the quotation marks of texts."""
    if not text[:1] or len(text) > LARGEST:
        return ""
    return NEARLY.sub(as_json, text if '"' in text else text.translate(STRAIGHT))


def as_json(found: re.Match[str]) -> str:
    said = found[0]
    if found["key"]:
        return f'"{said}"'
    if said[0] == "'":
        return '"' + QUOTED.sub(lambda each: {"\\'": "'", '"': '\\"'}.get(each[0], each[0]), said[1:-1]) + '"'
    return {"None": "null", "True": "true", "False": "false"}.get(said, said if said[0] in '"\\' else "")


def salvaged(text: str) -> tuple[list[Entry], str]:
    """The whole entries of a list that is broken, or broken off, and the text of the first that is not."""
    found: list[Entry] = []
    rest = ""
    position, tries = entries_start(text), 0
    while tries < TRIES and len(found) <= MOST:
        position = BETWEEN.match(text, position).end()  # type: ignore[union-attr]
        if position >= len(text) or text[position] not in '{["':
            break
        try:
            value, position = DECODER.raw_decode(text, position)
            found.extend(json_entries(value if isinstance(value, dict) else [value]))
        except (ValueError, RecursionError) as exc:
            tries += 1
            following = text.find('{"', max(position + 1, exc.pos if isinstance(exc, json.JSONDecodeError) else len(text)))
            rest = rest or text[position : following if following >= 0 else None].rstrip(", \n")
            if following < 0:
                break
            position = following
    return found, rest


def entries_start(text: str) -> int:
    """Where the first entry of a list begins: after the brackets that are around it, and the key that names it."""
    opening = re.compile(r'\s{0,99}\{?\s{0,99}(?:"[^"\n]{1,40}"\s{0,9}:\s{0,9}(?:"(?:[^"\\]|\\.){0,999}"\s{0,9},\s{0,99})?){0,4}?\[').match(
        text
    )
    return opening.end() if opening else 0


def json_entries(value: Any, depth: int = 3) -> Iterator[Entry]:
    """The tasks in a decoded value: itself, the members of the list that it is or holds, or the texts under numbered keys."""
    if isinstance(value, dict):
        parts = parts_of(value)
        lists = [
            inner
            for key, inner in value.items()
            if not BESIDE.search(key) and isinstance(inner, list) and any(isinstance(each, dict | str) for each in inner)
        ]
        if isinstance(parts.get("instruction"), str) or not (lists or (depth and numbered_or_nested(value))):
            yield {name: json_text(inner) for name, inner in parts.items()}
        elif lists:
            yield from json_entries(max(lists, key=lambda each: isinstance(each[0], dict)), depth)
        else:
            for inner in value.values():
                yield from json_entries([inner] if isinstance(inner, str) else inner, depth - 1)
    for entry in value if isinstance(value, list) else []:
        if isinstance(entry, str):
            yield {"instruction": visible(clean(entry))}
        elif isinstance(entry, dict):
            yield {name: json_text(inner) for name, inner in parts_of(entry).items()}


def numbered_or_nested(value: Mapping[str, Any]) -> bool:
    """Whether the members of an object are tasks: {"Task 9": "…", "Task 10": "…"}; or it only holds another one."""
    return any(isinstance(inner, dict) for inner in value.values()) or (
        len(value) > 1 and all(isinstance(inner, str) and key.rstrip(" .:")[-1:].isdigit() for key, inner in value.items())
    )


def parts_of(value: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a task, by name: of two keys that mean one, the first that holds a text, and the plainest name before others."""
    parts: dict[str, Any] = {}
    for key, inner in sorted(value.items(), key=lambda item: item[0].casefold() != key_part(item[0])):
        name = key_part(key)
        if name and (name not in parts or not isinstance(parts[name], str)):
            parts[name] = inner
    texts = [inner for key, inner in value.items() if isinstance(inner, str) and not BESIDE.search(key)]
    return parts or ({"instruction": texts[0]} if len(texts) == 1 else {})


def json_text(value: Any) -> str:
    """A decoded value as text: a list of texts by lines, any other list or object as JSON, null as ""."""
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        value = "\n".join(value)
    return "" if value is None else visible(clean(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)))


# ---- tags --------------------------------------------------------------------------------------------------------------------------

TAG = re.compile(r"[ \t]{0,8}(?:```[\w+-]{0,20}[ \t]*\n[ \t]{0,8})?(?=<[^\W\d_][\w-]{0,30}[^<>\n]{0,100}>)")
TAGS = re.compile(r"<(?P<close>/?)(?P<name>[^\W\d_][\w-]{0,30})(?: [^<>\n]{0,100})?>")


def from_tags(text: str) -> Entries | None:
    """Elements in tags: one name that comes again and again, or the parts of tasks within or without one around each."""
    start = begins(text, TAG)
    if not start:
        return None
    body, fence, after = text[start.end() :].partition("\n```")
    leaves = list(islice(elements(body), 4 * MOST))
    named = bool({key_part(name) for name, _ in leaves} & {"instruction", "output", "class label"})
    alike = len(leaves) > 1 and len({name for name, _ in leaves}) == 1 and all(word_count(inner[:LOOKED_AT]) > 2 for _, inner in leaves)
    before = text[: start.start()].strip()
    if not named and (not alike or (before and not is_opener(before) and not (fence and (not after.strip() or is_closer(after))))):
        return None
    entries: list[dict[str, str]] = []
    for name, inner in leaves:
        part = "instruction" if alike else key_part(name)
        if part and (part == "instruction" or not entries or part in entries[-1]):
            entries.append({})
        if part:
            entries[-1][part] = inner.strip()
    return Entries(entries, open=not body.endswith(">"))


def elements(text: str) -> Iterator[tuple[str, str]]:
    """Name and text of each element that holds the part of a task, or no elements at all. One without an end goes to the next start."""
    tags = list(TAGS.finditer(text))
    closing: dict[str, list[int]] = {}
    for at, tag in enumerate(tags):
        if tag["close"]:
            closing.setdefault(tag["name"], []).append(at)
    at = 0
    while at < len(tags):
        tag, at = tags[at], at + 1
        if tag["close"]:
            continue
        ends = closing.get(tag["name"], [])
        place = bisect(ends, at - 1)
        end = ends[place] if place < len(ends) else next_start(tags, at, tag["name"])
        if key_part(tag["name"]) and holds_part(tags, at, end):
            continue
        if not key_part(tag["name"]) and end > at:
            continue
        yield tag["name"], text[tag.end() : tags[end].start() if end < len(tags) else len(text)]
        at = end


def next_start(tags: Sequence[re.Match[str]], at: int, name: str) -> int:
    return at if at < len(tags) and tags[at]["name"] == name else len(tags)


def holds_part(tags: Sequence[re.Match[str]], at: int, end: int) -> bool:
    """Whether one of the first elements within another is the part of a task: <task><instruction>…"""
    inner = tags[at : min(end, at + 8)]
    return any(tag["name"].casefold() in PARTS for tag in inner if not tag["close"])
