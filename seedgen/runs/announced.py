"""Whom a run is about to ask, said before it asks: which model, where, at which price, on whose key (by its variable), who chose that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from seedgen.ask.asker import PacedTeacher
from seedgen.ask.protocols import Teacher
from seedgen.config.model import Config, TeacherConfig
from seedgen.gate.semantic import SemanticConfig
from seedgen.records import Usage
from seedgen.teachers.connection import OPENAI

MILLION = 1_000_000
CHOICES = {"kind": "teacher", "model": "model", "base_url": "address"}
"""The settings of a teacher that say whom it asks, and what they are called in a sentence."""


def announced(
    config: Config, roster: Mapping[str, PacedTeacher], environ: Mapping[str, str], sources: Mapping[str, str], otherwise: str
) -> Iterator[str]:
    """A sentence for each teacher, and for a server that makes embeddings.

    `sources` says where settings (by dotted key) were written; those it does not have come from what `otherwise` names.
    """
    for name, paced in roster.items():
        settings = config.teachers[name]
        where = settings.base_url or OPENAI if settings.facts.address else "on this machine"
        said = [f"{name} asks {paced.teacher.model or settings.kind} {'at ' if settings.facts.address else ''}{where}"]
        said += [price(paced.teacher, settings), *keyed(settings, environ)]
        yield f"{', '.join(said)} ({chosen(f'teachers.{name}.', settings, sources, otherwise)})"
    semantic = config.gate.of(SemanticConfig)
    if semantic.enabled and semantic.base_url:
        by = sources.get("gate.semantic.base_url", otherwise)
        yield f"embeddings are asked of {semantic.model} at {semantic.base_url}, {key_in(semantic.api_key_env, environ)} (address by {by})"


def price(teacher: Teacher, settings: TeacherConfig) -> str:
    """What a million tokens cost, in and out."""
    if settings.facts.free:
        return "free"
    given, made = teacher.cost(Usage(MILLION, 0)), teacher.cost(Usage(0, MILLION))
    return "price unknown" if given is None or made is None else f"${given:.4g} and ${made:.4g} a million tokens in and out"


def keyed(settings: TeacherConfig, environ: Mapping[str, str]) -> Iterator[str]:
    if settings.facts.address:
        yield key_in(settings.api_key_env, environ)


def key_in(variable: str, environ: Mapping[str, str]) -> str:
    if not variable:
        return "no key"
    return f"key from {variable}" if environ.get(variable, "").strip() else f"no key ({variable} is not set)"


def chosen(prefix: str, settings: TeacherConfig, sources: Mapping[str, str], otherwise: str) -> str:
    """Where the choice of a teacher came from: "teacher and address by --teacher, model by OPENAI_MODEL"."""
    default, told = TeacherConfig(), dict[str, list[str]]()
    for key, word in CHOICES.items() if settings.facts.address else [("kind", "teacher")]:
        by = sources.get(prefix + key) or ("default" if getattr(settings, key) == getattr(default, key) else otherwise)
        told.setdefault(by, []).append(word)
    return ", ".join(f"{listed(words)} by {by}" for by, words in told.items())


def listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
