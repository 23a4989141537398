"""Secrets that the gate refused, kept from the screen: what a run's privacy filter would find is shown as that filter's evidence shows it.

The database keeps every answer as it came; `seedgen show --raw` shows it byte for byte.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from seedgen.gate.privacy import PrivacyConfig, PrivacyFilter

if TYPE_CHECKING:
    from seedgen.store.ports import Call, ItemView, Life

Mask = Callable[[str], str]


def masked_lines(lines: Sequence[ItemView]) -> list[ItemView]:
    """The lines, with what the privacy filter refused masked in its texts."""

    def masked(line: ItemView) -> ItemView:
        if line.refusal is None or line.refusal.filter != PrivacyFilter.name:
            return line
        return masked_line(line, PrivacyFilter(PrivacyConfig(secrets=True, pii=line.refusal.reason == "pii")).redacted)

    return [masked(line) for line in lines]


def masked_life(life: Life) -> Life:
    """The life, with what its run's privacy filter refuses masked in items, prompts and answers, which hold those of others too."""
    settings = json.loads(life.run.config).get("gate", {}).get("privacy", {})  # only these: others may be of packages that are not here
    mask = PrivacyFilter(PrivacyConfig.model_validate(settings)).redacted
    items = tuple(masked_line(line, mask) for line in life.items)
    return replace(life, instruction=mask(life.instruction), items=items, calls=tuple(masked_call(call, mask) for call in life.calls))


def masked_line(line: ItemView, mask: Mask) -> ItemView:
    return replace(line, instruction=mask(line.instruction), input=mask(line.input), output=mask(line.output))


def masked_call(call: Call, mask: Mask) -> Call:
    body = mask(call.body.decode(errors="surrogateescape")).encode(errors="surrogateescape")
    return replace(call, request=within(call.request, mask), body=body)


def within(value: Any, mask: Mask) -> Any:
    """A JSON value with all its texts masked."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {key: within(inner, mask) for key, inner in value.items()}
    return [within(inner, mask) for inner in value] if isinstance(value, list) else value
