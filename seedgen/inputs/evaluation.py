"""Evaluation files: the questions and answers of a benchmark, as texts that no task of a run may overlap with.

Files of rows (`seedgen.inputs.rows`), or `.txt` with one item a line. The texts of a row are looked for wherever they are, by what their
keys say: of what asks ("question", "passage", "sol1", "inputs_pretokenized" …) all is taken, of anything else what is as long as an answer
that could be told from others. Each is an item of its own. A row or a file without any is an error, so that nothing is compared with
nothing. What overlaps is left to `seedgen.gate.decontamination`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from seedgen.errors import UsageError
from seedgen.inputs.contents import Malformed, contents, unpacked_name
from seedgen.inputs.rows import Row, decoded, rows
from seedgen.language.text import clean, tokens
from seedgen.records import EvaluationItem

SHORTEST_ANSWER = 8
"""Answers of fewer words ("Paris", "the second one") stand in many a text that has nothing to do with the question."""
ASKING = frozenset({
    "question", "query", "q", "instruction", "prompt", "input", "problem", "task", "goal", "text", "content", "value", "turn", "message",
    "conversation", "instance", "data", "context", "ctx", "passage", "story", "article", "document", "paragraph", "sentence", "premise",
    "hypothesis", "claim", "stem", "statement", "utterance", "request", "dialogue", "dialog", "sol", "user", "human", "body", "scenario",
    "situation",
})  # fmt: skip
"""Words that keys of texts which ask something have in them, or of texts that are asked about."""
ANSWERING = frozenset({
    "answer", "output", "response", "completion", "chosen", "rejected", "target", "reference", "solution", "rationale", "explanation",
    "choice", "option", "ending", "concept", "label", "type", "id", "name", "category", "subject", "topic",
})  # fmt: skip
"""Words of keys whose texts answer, or only say what kind of row it is."""
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
ADDRESS = re.compile(r"\w{2,10}://\S*")


def read_evaluation(paths: Sequence[str | Path]) -> tuple[EvaluationItem, ...]:
    """The items of these files, in order. Raises `UsageError` naming the first file or line that cannot be read."""
    return tuple(item for path in paths for item in items_of(Path(path).expanduser()))


def evaluation_digest(items: Sequence[EvaluationItem]) -> str:
    """SHA-256 (hex) over the texts, in order; where they were read from does not matter. "" if there are none."""
    return hashlib.sha256(json.dumps([item.text for item in items]).encode()).hexdigest() if items else ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How much there is to compare with."""

    texts: int
    rows: int

    def __str__(self) -> str:
        texts, rows = ("text" if self.texts == 1 else "texts"), ("row" if self.rows == 1 else "rows")
        return f"{self.texts:,} {texts} from {self.rows:,} {rows} of evaluation files to compare with"


def evaluation(items: Sequence[EvaluationItem]) -> Evaluation | None:
    """How much these are; None if there is nothing to compare with."""
    return Evaluation(len(items), len({item.source for item in items})) if items else None


def items_of(path: Path) -> Iterator[EvaluationItem]:
    if not path.is_file():
        raise UsageError(f"{path}: no such evaluation file; see gate.decontamination.files")
    count = 0
    for row in lines(path) if unpacked_name(path.name).endswith(".txt") else rows(path, asks, headed=False):
        for text in found_in(row):
            count += 1
            yield EvaluationItem(row.place, text)
    if not count:
        raise UsageError(f"{path}: no text to compare with; give JSON lines, JSON, CSV, or .txt with one item a line")


def lines(path: Path) -> Iterator[Row]:
    """Each line that has words. Raises `UsageError`."""
    try:
        written = decoded(contents(path)).split("\n")
    except Malformed as exc:
        raise UsageError(f"{path}{f':{exc.line}' if exc.line else ''}: {exc.problem}; {exc.remedy}") from exc
    return (Row(f"{path}:{n}", f"{path}:{n}", line) for n, line in enumerate(written, 1) if tokens(line))


def found_in(row: Row) -> list[str]:
    """The texts of a row, each once. Raises `UsageError` if it has none, or cannot be read."""
    value = row.value
    if isinstance(value, Malformed):
        raise UsageError(f"{row.where}: {value.problem}; {value.remedy}")
    if isinstance(value, list) and all(isinstance(each, str) for each in value):  # a table without a header, such as MMLU's
        value = {"question": value[:1], "choices": value[1:]}
    try:
        found = list(dict.fromkeys(texts(value)))
    except RecursionError as exc:
        raise UsageError(f"{row.where}: nested too deeply; write one flat JSON object a line") from exc
    if not found:
        keys = f" in {', '.join(map(json.dumps, list(value)[:8]))}" if isinstance(value, dict) and value else ""
        raise UsageError(f'{row.where}: no text to compare with{keys}; give it under a usual key, such as "question", "prompt" or "text"')
    return found


def texts(value: Any, least: int = 1, own: int = 1) -> Iterator[str]:
    """The texts in a JSON value that are long enough: `own` words for itself, `least` for those that keys within it say more of."""
    match value:
        case str() if len(tokens(value)) >= own and not ADDRESS.fullmatch(value.strip()):
            yield clean(value)
        case list():
            for each in value:
                yield from texts(each, least, own)
        case dict():
            for key, inner in value.items():
                words = key_words(key)
                within = SHORTEST_ANSWER if words & ANSWERING else least
                yield from texts(inner, within, within if words & ASKING else SHORTEST_ANSWER)


def asks(key: str) -> bool:
    """Whether texts under this key are of questions."""
    words = key_words(key)
    return bool(words & ASKING) and not words & ANSWERING


@lru_cache(maxsize=1 << 12)
def key_words(key: str) -> frozenset[str]:
    """The words of a key, in the singular: of "sourceTexts" and "source_texts" alike."""
    words = (word.lower() for word in WORD.findall(key))
    return frozenset(form for word in words for form in (word, word.removesuffix("s")))
