"""The provenance of one item as a row of the sidecar file.

All keys are always there. Texts and references that do not exist are "", numbers that are unknown are null: an unknown cost is not 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from seedgen.store.ports import Origin


def item_id(origin: Origin) -> str:
    """What joins an item's two rows, and names it among the items of all runs: "first-17.3"."""
    return f"{origin.run.name}-{origin.line.ref}"


def provenance(origin: Origin) -> dict[str, Any]:
    """`tokens` and `cost` are of all the calls listed, of which "propose" is shared with the other candidates of the ticket."""
    line, run = origin.line, origin.run
    return {
        "id": item_id(origin),
        "run": run.name,
        "position": line.position,
        "item": line.ref,
        "ticket": origin.ticket,
        "recipe": origin.recipe,
        "parents": list(origin.parents),
        "seed_licenses": list(origin.licenses),
        "category": line.category or "",
        "verb": line.verb or "",
        "noun": line.noun or "",
        "tier": line.tier or "",
        "language": line.language or "",
        "output_shape": line.output_shape,
        "found": {trait: origin.found.get(trait, "") for trait in ("category", "tier", "verb", "noun", "language", "output_shape")},
        "verdicts": [asdict(ground) for ground in origin.grounds],
        "calls": [asdict(source) for source in origin.sources],
        "tokens": total(n for s in origin.sources for n in (s.prompt_tokens, s.completion_tokens)),
        "cost": total(source.cost for source in origin.sources),
        "config_digest": run.config_digest,
        "created_at": origin.created_at,
        "seedgen": run.version,
    }


def total(numbers: Iterable[float | None]) -> float | None:
    """The sum; None if any of it is unknown."""
    known = list(numbers)
    return None if None in known else sum(n for n in known if n is not None)
