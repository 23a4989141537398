"""The commented `seedgen.toml` that `seedgen init` writes: every setting there is, from `Config` itself, so that it cannot fall behind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from seedgen.config.model import Config
from seedgen.config.section import kind_of

OPENING = """\
# What a run is told to do: every setting with its default. Take away a "#" to change one. Start it with: seedgen run seedgen.toml
#
# Flags override this file, and so do variables: --set gate.rouge.threshold=0.6, SEEDGEN_GATE__ROUGE__THRESHOLD=0.6.
# A run keeps the settings it was made with; only those marked "live" may differ when it goes on.
# Paths are relative to this file.
"""
ACTIVE = {"target": "100", "seeds": '["seeds"]'}
NOTES = {
    "teachers": "teachers by name; add as many as you like, with weights and roles of their own",
    "teachers.main": "of kind openai if it names no kind and has a base_url; left as it is, it makes room for others",
}


def sample() -> str:
    """The text of the file."""
    return OPENING + "\n".join(section_lines(Config(), "")) + "\n"


def section_lines(section: BaseModel, prefix: str) -> Iterator[str]:
    """The settings of a section, then the sections in it."""
    inner: list[tuple[str, FieldInfo, Any]] = []
    for name, info in type(section).model_fields.items():
        key, value = prefix + (info.alias or name), getattr(section, name)
        if isinstance(value, BaseModel) or (isinstance(value, dict) and value):
            inner.append((key, info, value))
        else:
            yield from setting_lines(key, info, value)
    for key, info, value in inner:
        yield f"\n# {NOTES.get(key) or info.description}"
        if isinstance(value, BaseModel):
            yield f"[{key}]"
            yield from section_lines(value, key + ".")
        else:
            for name, one in value.items():
                yield f"# {NOTES[f'{key}.{name}']}"
                yield f"[{key}.{name}]"
                yield from section_lines(one, f"{key}.{name}.")


def setting_lines(key: str, info: FieldInfo, value: Any) -> Iterator[str]:
    """What a setting does, and its default."""
    yield f"# {info.description}" + (" (live)" if kind_of(info) == "live" else "")
    name = key.rpartition(".")[2]
    if key in ACTIVE:
        yield f"{name} = {ACTIVE[key]}"
    else:
        yield f"#{name} =" + ("" if value is None else f" {toml(value)}")


def toml(value: Any) -> str:
    """A default as TOML. JSON writes strings, numbers, booleans, lists of them and empty tables the same way."""
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
