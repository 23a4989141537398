"""The kinds of teacher there are, as far as a config turns on them. How one is made and served is `seedgen.teachers.TeacherKind`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from seedgen.registry import plugins

DOOR = "seedgen.teachers"


@dataclass(frozen=True, slots=True)
class KindFacts:
    """What the settings of a teacher mean for one kind.

    `free`: no answer costs anything, whatever it used.
    `address`: it is asked at `base_url`, with the key in `api_key_env`, as any OpenAI-compatible server is.
    `api`: how it is asked where the setting `api` does not say.
    `slots`: it takes no more calls at once than `slots`.
    """

    name: str
    free: bool = False
    address: bool = False
    api: Literal["chat", "completion"] = "chat"
    slots: bool = False


def kinds() -> Mapping[str, KindFacts]:
    """All kinds by name, those of other packages too. Raises `UsageError` if one of these cannot be loaded."""
    return plugins(DOOR, KindFacts)
