"""The gate's decisions over again, by brute force: nothing is in the pool that should not be, and refusals were for what they say.

None of the gate's own code is used. Only pool entries made by the machine are judged; seeds are as people wrote them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from operator import itemgetter

import numpy as np
from sqlalchemy import RowMapping

from seedgen.audit.overlap import BLOCK, duplicates, near_pairs, rouge_l
from seedgen.audit.record import Record
from seedgen.config.model import GateConfig
from seedgen.draw.taxonomy import stored_taxonomy
from seedgen.gate.balance import BalanceConfig
from seedgen.gate.filter import GateParts
from seedgen.gate.gate import OF_CUSTOM, built_filters
from seedgen.gate.rouge import RougeConfig
from seedgen.gate.semantic import SemanticConfig
from seedgen.language.text import normal_form
from seedgen.records import Candidate, Proposal, item_ref

ROOM = 0.1
"""By how much a category may be over its weight, where its weight asks for more than its cap."""
NOISE = 1e-3
"""More than single precision can be off in a cosine."""

VERDICTS = "SELECT ticket, ordinal, instance, filter, passed FROM verdict WHERE run_id = :run ORDER BY ticket, ordinal, instance, place"
VECTORS = "SELECT pool_index, vector FROM vector WHERE run_id = :run ORDER BY pool_index"
REFUSED = """
    SELECT v.ticket, v.ordinal, v.filter, v.score, v.nearest, c.instruction, c.input, c.compared FROM verdict v
    JOIN candidate c ON c.run_id = v.run_id AND c.ticket = v.ticket AND c.ordinal = v.ordinal
    WHERE v.run_id = :run AND NOT v.passed AND v.instance = -1 AND v.filter IN ('exact', 'rouge') ORDER BY v.ticket, v.ordinal"""


def wrong_filters(record: Record) -> Iterator[str]:
    """Candidates and items that were not put to the run's filters in order, or let through before they had been put to all."""
    for_candidates, for_items = filters(record)
    rows = record.rows(VERDICTS)
    for (ticket, ordinal, instance), group in groupby(rows, lambda row: (row["ticket"], row["ordinal"], row["instance"])):
        verdicts = list(group)
        asked, wanted = [verdict["filter"] for verdict in verdicts], for_candidates if instance < 0 else for_items
        due = wanted if verdicts[-1]["passed"] else wanted[: len(asked)]
        if asked != due:
            what = f"candidate {ticket}.{ordinal}" if instance < 0 else f"item {item_ref(ticket, ordinal, instance)}"
            yield f"{what} was put to {', '.join(asked)}; the run's filters are {', '.join(wanted)}"


def filters(record: Record) -> tuple[list[str], list[str]]:
    """The names of the filters that a candidate and an item are put to, in order."""
    gate = record.config.gate
    built = list(built_filters(gate, GateParts(gate.compare, len(record.seeds), record.evaluation)))
    names = [*((order, filter_.name) for order, filter_ in built), *((OF_CUSTOM, name) for name in gate.custom)]
    looking = [filter_.name for _, filter_ in sorted(built, key=itemgetter(0)) if filter_.looks_at_instances]
    return [name for _, name in sorted(names, key=itemgetter(0))], ["output", *looking]


def overlaps(record: Record) -> Iterator[str]:
    """Pool entries that repeat an earlier one: in normal form, or by ROUGE-L above the threshold."""
    rouge, first, pool = record.config.gate.of(RougeConfig), len(record.seeds), record.compared
    for earlier, later in duplicates(pool):
        if later >= first:
            yield f"candidate {record.ref(later)} is in the pool, but is a duplicate of {record.ref(earlier)}"
    for earlier, later, score in near_pairs(pool, rouge.threshold, first) if rouge.enabled else ():
        yield (
            f"candidate {record.ref(later)} is in the pool, but has ROUGE-L {score:.4f} with {record.ref(earlier)}, "
            f"above {rouge.threshold:g}"
        )


def paraphrases(record: Record) -> Iterator[str]:
    """Pool entries whose embedding is missing, or nearer to an earlier one than the threshold allows."""
    semantic, first = record.config.gate.of(SemanticConfig), len(record.seeds)
    if not semantic.enabled:
        return
    rows = [(row["pool_index"], row["vector"]) for row in record.rows(VECTORS)]
    size = first + len(record.admitted)
    if [index for index, _ in rows] != list(range(size)):
        yield f"there are {len(rows)} embeddings, not one for each of the {size} pool entries"
        return
    vectors = np.array([np.frombuffer(data, "<f2") for _, data in rows], np.float32)
    for start in range(first, size, BLOCK):
        cosines = vectors[start : start + BLOCK] @ vectors[: start + BLOCK].T
        for row, earlier in np.argwhere(cosines > semantic.threshold - NOISE).tolist():
            later = start + row
            cosine = round(float(vectors[later].astype(np.float64) @ vectors[earlier].astype(np.float64)), 6)
            if earlier < later and cosine > semantic.threshold:
                yield (
                    f"candidate {record.ref(later)} is in the pool, but has cosine {cosine} with {record.ref(earlier)}, "
                    f"above {semantic.threshold:g}"
                )


def unbalanced(record: Record) -> Iterator[str]:
    """Admissions that took a verb, verb-noun pair or category over its cap as the pool then was."""
    balance = record.config.gate.of(BalanceConfig)
    if not balance.enabled:
        return
    caps = {"verb": balance.max_verb, "pair": balance.max_pair, "category": balance.max_category}
    shares = stored_taxonomy(record.run.taxonomy, f"run {record.run.name}").shares()
    counts: Counter[tuple[str, str]] = Counter()
    for admitted, candidate in enumerate(record.admitted, 1):
        counts.update(traits(candidate))
        size = max(admitted, balance.warmup)
        for kind, value in traits(candidate):
            count = counts[kind, value]
            room = min(1.0, round(shares[value] + ROOM, 6)) if kind == "category" and value in shares else 0.0
            cap = max(caps[kind], room)
            if count > max(Decimal(1), Decimal(str(cap)) * size):
                yield f"candidate {candidate.ref} made {kind} '{value}' {count} of {size} admitted, above {cap * 100:g} %"


def traits(candidate: Candidate) -> list[tuple[str, str]]:
    """What balance counts of a candidate."""
    pair = candidate.verb and candidate.noun and f"{candidate.verb} {candidate.noun}"
    known = (("verb", candidate.verb if candidate.verb != "be" else None), ("pair", pair), ("category", candidate.category))
    return [(kind, value) for kind, value in known if value]


def false_refusals(record: Record) -> Iterator[str]:
    """Refusals as duplicates whose neighbour does not bear them out."""
    pool, gate = record.compared, record.config.gate
    for row in record.rows(REFUSED):
        if row["nearest"] is None or not 0 <= row["nearest"] < len(pool):
            yield f"candidate {row['ticket']}.{row['ordinal']} was refused by {row['filter']}, but no neighbour is named"
        elif not borne_out(row, pool[row["nearest"]], gate):
            yield (
                f"candidate {row['ticket']}.{row['ordinal']} was refused by {row['filter']} with score {row['score']}, "
                f"which {record.ref(row['nearest'])} does not bear out"
            )


def borne_out(row: RowMapping, neighbour: str, gate: GateConfig) -> bool:
    refused = Proposal(row["instruction"], row["input"], key=row["compared"]).compared(gate.compare)
    if row["filter"] == "exact":
        return normal_form(refused) == normal_form(neighbour)
    return bool(row["score"] > gate.of(RougeConfig).threshold and row["score"] == rouge_l(refused, neighbour))
