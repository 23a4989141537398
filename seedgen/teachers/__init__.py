"""Teachers: whoever answers prompts, behind the protocol `seedgen.ask.asker.Teacher`. They know nothing of runs, retries or one another."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from seedgen.ask.protocols import Teacher
from seedgen.config.model import TeacherConfig, TeacherKind

Maker = Callable[[str, TeacherConfig, Mapping[str, str]], Teacher]


def make_openai(name: str, config: TeacherConfig, environ: Mapping[str, str]) -> Teacher:
    from seedgen.teachers.openai import OpenAITeacher

    return OpenAITeacher(name, config, environ)


def make_local(name: str, config: TeacherConfig, _environ: Mapping[str, str]) -> Teacher:
    from seedgen.teachers.local import LocalTeacher

    return LocalTeacher(name, config)


def make_scripted(name: str, config: TeacherConfig, _environ: Mapping[str, str]) -> Teacher:
    from seedgen.scripted import ScriptedTeacher

    return ScriptedTeacher(name, config)


MAKERS: Mapping[TeacherKind, Maker] = {"openai": make_openai, "local": make_local, "scripted": make_scripted}


def make_teacher(name: str, config: TeacherConfig, environ: Mapping[str, str]) -> Teacher:
    """The teacher a config describes, not yet open. `environ` is where its key is looked up."""
    return MAKERS[config.kind](name, config, environ)
