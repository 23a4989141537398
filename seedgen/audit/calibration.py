"""What a threshold would refuse: texts put to one filter of the gate, in order, for each threshold of a ladder.

A text is refused when an earlier one that was not refused itself is nearer than the threshold, as in a run; so every threshold is played
through on its own. Beside each stand the pairs nearest to it, above and below, because whether those two are too much alike is what a
person can judge. Nothing here asks a teacher; making vectors is left to the caller.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from sqlalchemy import text as sql

from seedgen.audit.overlap import duplicates, near_pairs, word_overlap
from seedgen.errors import UsageError
from seedgen.inputs.seeds import seed_files, task_rows
from seedgen.inputs.shapes import instruction_in
from seedgen.language.text import clean
from seedgen.records import Proposal, Vector
from seedgen.store.ports import RunReader
from seedgen.store.sqlite.damage import reading
from seedgen.store.sqlite.tables import RUN

BLOCK = 512
BELOW = 0.1
"""How far below the lowest threshold pairs are still looked for."""

ScoredPair = tuple[int, int, float]
"""Earlier text, later text, how near they are."""

CAME_TO_THE_GATE = """
    SELECT c.instruction, c.input, c.compared FROM candidate c
    LEFT JOIN verdict v ON v.run_id = c.run_id AND v.ticket = c.ticket AND v.ordinal = c.ordinal AND v.instance = -1 AND NOT v.passed
    WHERE c.run_id = :run AND (c.pool_index IS NOT NULL OR v.filter IN ('rouge', 'semantic'))
    ORDER BY c.ticket, c.ordinal"""


@dataclass(frozen=True, slots=True)
class Texts:
    """What is judged, in order. The first `seeds` are never refused; `left_out` is what is not looked at, in words, each with why."""

    texts: tuple[str, ...]
    seeds: int = 0
    left_out: tuple[str, ...] = ()

    @property
    def judged(self) -> int:
        return len(self.texts) - self.seeds


@dataclass(frozen=True, slots=True)
class Pair:
    """A text and the one before it that it is nearest to."""

    score: float
    earlier: str
    later: str


@dataclass(frozen=True, slots=True)
class Step:
    """One threshold: how many it would refuse, and the pairs next to it, nearest first."""

    threshold: float
    refused: int
    above: tuple[Pair, ...]
    below: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Calibration:
    """One filter's ladder. `present` is the threshold it has now, and one of the ladder's."""

    filter: Literal["semantic", "rouge"]
    judged: int
    present: float
    steps: tuple[Step, ...]

    @property
    def now(self) -> Step:
        return next(step for step in self.steps if step.threshold == self.present)


def texts_of_run(reader: RunReader) -> Texts:
    """A run's seeds, then its candidates that these filters, or those after them, had to judge."""
    by = reader.compare()
    seeds = [task.proposal.compared(by) for task in reader.seeds()]
    with reader.snapshot() as connection, reading():
        rows = connection.execute(sql(CAME_TO_THE_GATE), {"run": RUN})
        made = [Proposal(instruction, given, key=key).compared(by) for instruction, given, key in rows]
    return Texts((*seeds, *made), len(seeds))


def texts_of_file(path: str) -> Texts:
    """The instructions of seed files or JSON lines, or the lines of a .txt file. Raises `UsageError` if there are none."""
    read = list(lines_of(Path(path)) if Path(path).suffix == ".txt" else instructions_of(path))
    texts = tuple(text for text in read if text)
    if not texts:
        raise UsageError(f'{path}: no instruction in it; give JSON lines with "instruction", or a .txt file with one a line')
    unread = len(read) - len(texts)
    return Texts(texts, left_out=(f"{unread:,} that cannot be read (see: seedgen seeds check {path})",) if unread else ())


def lines_of(path: Path) -> Iterator[str]:
    try:
        yield from filter(None, map(clean, path.read_text("utf-8-sig").split("\n")))
    except OSError as exc:
        raise UsageError(f"{path}: cannot be read: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise UsageError(f"{path}: not UTF-8 (byte {exc.start}); save the file as UTF-8") from exc


def instructions_of(path: str) -> Iterator[str]:
    """Every instruction of these seed files, whether or not it has an output; "" for what has none that can be read."""
    for file in seed_files([path]):
        yield from (instruction_in(row.value) for row in task_rows(file))


def distinct(texts: Texts) -> Texts:
    """Without repetitions: the exact filter, which is asked before, refuses them."""
    repeated = {later for _, later in duplicates(texts.texts)}
    kept = tuple(text for n, text in enumerate(texts.texts) if n not in repeated)
    said = (f"{len(repeated):,} repetitions, which the exact filter refuses",) if repeated else ()
    return Texts(kept, texts.seeds - sum(n < texts.seeds for n in repeated), (*texts.left_out, *said))


def sample(texts: Texts, size: int) -> Texts:
    """At most so many to judge, at even distances; all seeds stay."""
    if not 0 < size < texts.judged:
        return texts
    picked = tuple(texts.texts[texts.seeds + n * texts.judged // size] for n in range(size))
    said = f"{texts.judged - size:,} of {texts.judged:,} to keep it short, so the shares are too low (more texts, more neighbours)"
    return replace(texts, texts=texts.texts[: texts.seeds] + picked, left_out=(*texts.left_out, said))


def semantic_pairs(vectors: Sequence[Vector], thresholds: Iterable[float]) -> Iterator[ScoredPair]:
    """The pairs that matter to these thresholds, by cosine as the semantic filter scores it."""
    floor, rows = min(thresholds) - BELOW, np.array(vectors, np.float64)
    for start in range(0, len(rows), BLOCK):
        scores = np.round(rows[start : start + BLOCK] @ rows[: start + BLOCK].T, 6)
        later, earlier = np.nonzero(np.tril(scores > floor, start - 1))
        yield from zip(earlier.tolist(), (later + start).tolist(), scores[later, earlier].tolist(), strict=True)


def rouge_pairs(texts: Sequence[str], thresholds: Iterable[float]) -> Iterator[ScoredPair]:
    """The pairs that matter to these thresholds, by ROUGE-L F1."""
    return near_pairs(texts, max(0.0, min(thresholds) - BELOW), score=word_overlap)


def calibrate(
    name: Literal["semantic", "rouge"],
    texts: Texts,
    pairs: Iterable[ScoredPair],
    thresholds: Iterable[float],
    *,
    present: float,
    shown: int = 2,
) -> Calibration:
    """The ladder of these thresholds and the present one, with at most `shown` pairs on each side of each."""
    known = sorted((pair for pair in pairs if pair[1] >= texts.seeds), key=lambda pair: (pair[1], pair[0]))
    nearest = nearest_pairs(texts.texts, known)
    steps = []
    for threshold in sorted({*thresholds, present}):
        cut = bisect.bisect_right(nearest, threshold, key=lambda pair: pair.score)
        above, below = nearest[cut : cut + shown], nearest[max(0, cut - shown) : cut][::-1]
        steps.append(Step(threshold, count_refused(known, threshold), tuple(above), tuple(below)))
    return Calibration(name, texts.judged, present, tuple(steps))


def nearest_pairs(texts: Sequence[str], pairs: Sequence[ScoredPair]) -> list[Pair]:
    """Each text with its nearest earlier one, if that is among the pairs; by score."""
    best: dict[int, ScoredPair] = {}
    for pair in pairs:
        if pair[1] not in best or pair[2] > best[pair[1]][2]:
            best[pair[1]] = pair
    return [Pair(score, texts[one], texts[other]) for one, other, score in sorted(best.values(), key=lambda pair: (pair[2], pair[1]))]


def count_refused(pairs: Iterable[ScoredPair], threshold: float) -> int:
    """How many texts are refused at this threshold. `pairs` come in the order of their later text."""
    refused: set[int] = set()
    for earlier, later, score in pairs:
        if score > threshold and earlier not in refused:
            refused.add(later)
    return len(refused)
