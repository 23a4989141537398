"""The provenance of one item as a row of the sidecar file.

All keys are always there. Texts and references that do not exist are "", numbers that are unknown are null: an unknown cost is not 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from functools import lru_cache
from pathlib import PureWindowsPath
from typing import Any

from seedgen.store.ports import Ground, Origin, Source

OF_GROUND, OF_SOURCE = (tuple(each.name for each in fields(kind)) for kind in (Ground, Source))


def item_id(origin: Origin) -> str:
    """What joins an item's two rows, and names it among the items of all runs: "first-17.3"."""
    return f"{origin.run.name}-{origin.item.ref}"


def provenance(origin: Origin) -> dict[str, Any]:
    """`tokens` and `cost` are of all the calls listed, of which "propose" is shared with the other candidates of the ticket."""
    item, run = origin.item, origin.run
    return {
        "id": item_id(origin),
        "run": run.name,
        "position": item.position,
        "item": item.ref,
        "ticket": origin.ticket,
        "recipe": origin.recipe,
        "parents": list(origin.parents),
        "seed_licenses": list(origin.licenses),
        "category": item.category or "",
        "verb": item.verb or "",
        "noun": item.noun or "",
        "tier": item.tier or "",
        "language": item.language or "",
        "output_shape": item.output_shape,
        "found": {trait: origin.found.get(trait, "") for trait in ("category", "tier", "verb", "noun", "language", "output_shape")},
        "verdicts": [{name: getattr(ground, name) for name in OF_GROUND} for ground in origin.grounds],
        "calls": [call(each) for each in origin.sources],
        "tokens": total(n for s in origin.sources for n in (s.prompt_tokens, s.completion_tokens)),
        "cost": total(source.cost for source in origin.sources),
        "config_digest": run.config_digest,
        "created_at": origin.created_at,
        **marked(origin),
        "seedgen": run.version,
    }


def call(source: Source) -> dict[str, Any]:
    values = {name: getattr(source, name) for name in OF_SOURCE}
    values["model"], values["template"] = named(source.model), named(source.template)
    return values


def marked(origin: Origin) -> dict[str, Any]:
    """What a person made of the item last, if anybody did."""
    names = ("version", "marked_by", "marked_at", "note")
    return {"mark": {name: getattr(origin, name) for name in names}} if origin.version else {}


@lru_cache(maxsize=1024)
def named(what: str) -> str:
    """A model or template by its name: where it lies on a disk is nobody's business, and its digest tells which it was."""
    path = PureWindowsPath(what)
    return path.name if path.is_absolute() or what.startswith("/") else what


def total(numbers: Iterable[float | None]) -> float | None:
    """The sum; None if any of it is unknown."""
    known = list(numbers)
    return None if None in known else sum(n for n in known if n is not None)
