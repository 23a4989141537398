"""The gate's word on what a text says, over again: overlap with evaluation data by sets of word runs and all pairs, and languages.

None of the gate's own code is used. A filter of the user's own is not asked again: its function may no longer be what it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import RowMapping

from seedgen.audit.overlap import near_pairs, rouge_l
from seedgen.audit.record import Record
from seedgen.gate.decontamination import DecontaminationConfig
from seedgen.gate.language import LanguageConfig
from seedgen.language.text import tokens
from seedgen.records import item_ref

SHORTEST = 8
"""Words of the shortest evaluation item that counts as one run."""

ITEMS = """
    SELECT ticket, ordinal, instance, input, output, payload FROM item
    WHERE run_id = :run AND position IS NOT NULL ORDER BY ticket, ordinal, instance"""
REFUSED = """
    SELECT v.ticket, v.ordinal, v.instance, v.reason, v.score, v.evidence, c.instruction, i.input, i.output, i.payload FROM verdict v
    JOIN candidate c ON c.run_id = v.run_id AND c.ticket = v.ticket AND c.ordinal = v.ordinal
    LEFT JOIN item i ON i.run_id = v.run_id AND i.ticket = v.ticket AND i.ordinal = v.ordinal AND i.instance = v.instance
    WHERE v.run_id = :run AND v.filter = 'decontamination' AND NOT v.passed ORDER BY v.ticket, v.ordinal, v.instance"""
LANGUAGES = """
    SELECT c.ticket, c.ordinal, c.language, v.passed FROM verdict v
    JOIN candidate c ON c.run_id = v.run_id AND c.ticket = v.ticket AND c.ordinal = v.ordinal
    WHERE v.run_id = :run AND v.filter = 'language' ORDER BY c.ticket, c.ordinal"""


class Runs:
    """The hashes of all word runs of the evaluation items that a text may not share."""

    def __init__(self, record: Record) -> None:
        longest = record.config.gate.of(DecontaminationConfig).ngram
        self.hashes: dict[int, set[int]] = {}
        for item in record.evaluation:
            words = tokens(item.text)
            length = min(longest, len(words))
            if length >= min(longest, SHORTEST):
                self.hashes.setdefault(length, set()).update(hashes(words, length))

    def shared(self, *texts: str | None) -> bool:
        """Whether one of the texts has one of the runs."""
        found = (not known.isdisjoint(hashes(tokens(each), length)) for each in texts if each for length, known in self.hashes.items())
        return any(found)


def hashes(words: Sequence[str], length: int) -> Iterator[int]:
    return map(hash, zip(*(words[start:] for start in range(length)), strict=False))


def contaminated(record: Record) -> Iterator[str]:
    """Admitted instructions, and items that passed, that overlap with an evaluation item."""
    if not record.evaluation:
        return
    runs, limit = Runs(record), record.config.gate.of(DecontaminationConfig).threshold
    for candidate in record.admitted:
        if runs.shared(candidate.instruction):
            yield f"candidate {candidate.ref} is in the pool, but has a run of words in common with an evaluation item"
    first = len(record.evaluation)
    texts = [*(item.text for item in record.evaluation), *(candidate.instruction for candidate in record.admitted)]
    for one, other, score in near_pairs(texts, limit, first):
        if one < first:
            ref, source = record.admitted[other - first].ref, record.evaluation[one].source
            yield f"candidate {ref} is in the pool, but has ROUGE-L {score:.4f} with {source}, above {limit:g}"
    for row in record.rows(ITEMS):
        if runs.shared(row["input"], row["output"], row["payload"]):
            ref = item_ref(row["ticket"], row["ordinal"], row["instance"])
            yield f"item {ref} passed its checks, but has a run of words in common with an evaluation item"


def falsely_contaminated(record: Record) -> Iterator[str]:
    """Refusals for an overlap that is not there."""
    rows = record.rows(REFUSED).all()
    runs = Runs(record) if rows else None
    for row in rows:
        if not (near(record, row) if row["reason"] == "rouge_overlap" else runs and runs.shared(*judged(row))):
            ref = item_ref(row["ticket"], row["ordinal"], max(0, row["instance"]))
            yield f"{ref} was refused by decontamination ({row['reason']}), which {row['evidence'][:80]!r} does not bear out"


def judged(row: RowMapping) -> tuple[str | None, ...]:
    return (row["instruction"],) if row["instance"] < 0 else (row["input"], row["output"], row["payload"])


def near(record: Record, row: RowMapping) -> bool:
    """Whether the evaluation item named has just the score given, above the threshold."""
    named = (item for item in record.evaluation if row["evidence"].startswith(f"{item.source}: "))
    above = row["score"] > record.config.gate.of(DecontaminationConfig).threshold
    return above and any(row["score"] == rouge_l(row["instruction"], item.text) for item in named)


def wrong_languages(record: Record) -> Iterator[str]:
    """Candidates let through, or refused, against the languages that are allowed."""
    config = record.config.gate.of(LanguageConfig)
    for row in record.rows(LANGUAGES):
        due = config.unknown if row["language"] is None else row["language"] in config.allowed
        if bool(row["passed"]) != due:
            done = "let through" if row["passed"] else "refused"
            yield f"candidate {row['ticket']}.{row['ordinal']} was {done} by language, but is {row['language'] or 'of none that is known'}"
