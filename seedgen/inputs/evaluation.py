"""Evaluation files: the questions and answers of a benchmark, as texts that no task of a run may overlap with.

JSONL, `.json` holding one array, or `.txt` with one item a line. Of a row all text under the usual keys is taken (`QUESTIONS` and `ANSWERS`
below), also in lists and objects such as "choices" and "messages"; each is an item of its own. What overlaps is left to
`seedgen.gate.decontamination`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from seedgen.errors import UsageError
from seedgen.inputs.seeds import Malformed, records
from seedgen.language.text import clean, tokens
from seedgen.records import EvaluationItem

SHORTEST_ANSWER = 8
"""Answers of fewer words ("Paris", "the second one") stand in many a text that has nothing to do with the question."""
QUESTIONS = (
    "question", "questions", "query", "instruction", "prompt", "input", "problem", "task", "goal", "text", "content", "value", "turns",
    "messages", "conversations", "instances", "data", "context", "ctx", "passage", "story", "article", "document", "paragraph", "sentence",
    "sentence1", "sentence2", "premise", "hypothesis", "claim",
)  # fmt: skip
ANSWERS = (
    "answer", "answers", "output", "outputs", "response", "completion", "chosen", "target", "targets", "reference", "references",
    "solution", "canonical_solution", "rationale", "explanation", "choices", "options", "endings",
)  # fmt: skip
LEAST_WORDS = {**dict.fromkeys(QUESTIONS, 1), **dict.fromkeys(ANSWERS, SHORTEST_ANSWER)}


def read_evaluation(paths: Sequence[str | Path]) -> tuple[EvaluationItem, ...]:
    """The items of these files, in order. Raises `UsageError` naming the first file or line that cannot be read."""
    return tuple(item for path in paths for item in items_of(Path(path).expanduser()))


def evaluation_digest(items: Sequence[EvaluationItem]) -> str:
    """SHA-256 (hex) over the texts, in order; where they were read from does not matter. "" if there are none."""
    return hashlib.sha256(json.dumps([item.text for item in items]).encode()).hexdigest() if items else ""


def items_of(path: Path) -> Iterator[EvaluationItem]:
    if not path.is_file():
        raise UsageError(f"{path}: no such evaluation file; see gate.decontamination.files")
    if path.suffix not in {".jsonl", ".json", ".txt"}:
        raise UsageError(f"{path}: an evaluation file is .jsonl, .json or .txt")
    for where, row in lines(path) if path.suffix == ".txt" else records(path):
        if isinstance(row, Malformed):
            raise UsageError(f"{where}: {row.problem}; {row.remedy}")
        if not isinstance(row, str) and not (isinstance(row, dict) and LEAST_WORDS.keys() & set(map(str.lower, row))):
            raise UsageError(f'{where}: no text to compare with; give it under a usual key, such as "question", "prompt" or "text"')
        try:
            found = list(dict.fromkeys(texts(row)))
        except RecursionError as exc:
            raise UsageError(f"{where}: nested too deeply; write one flat JSON object a line") from exc
        yield from (EvaluationItem(where, text) for text in found)


def lines(path: Path) -> Iterator[tuple[str, str]]:
    """Each line with its place. Raises `UsageError`."""
    try:
        written = path.read_text("utf-8-sig").split("\n")
    except OSError as exc:
        raise UsageError(f"{path}: cannot be read: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise UsageError(f"{path}: not UTF-8 (byte {exc.start}); save the file as UTF-8") from exc
    return ((f"{path}:{number}", line) for number, line in enumerate(written, 1))


def texts(value: Any, least: int = 1) -> Iterator[str]:
    """The texts of at least so many words in a JSON value."""
    match value:
        case str() if len(tokens(value)) >= least:
            yield clean(value)
        case list():
            for each in value:
                yield from texts(each, least)
        case dict():
            for key, inner in value.items():
                if wanted := LEAST_WORDS.get(key.lower()):
                    yield from texts(inner, max(least, wanted))
