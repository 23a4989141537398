"""Teachers: whoever answers prompts, behind the protocol `seedgen.ask.protocols.Teacher`. They know nothing of runs, retries or
one another.

A kind of teacher is a file of this room, or an entry point, that sets `PLUGIN` to its `TeacherKind`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from seedgen.ask.protocols import Teacher
from seedgen.config.kinds import DOOR, KindFacts
from seedgen.config.model import TeacherConfig
from seedgen.registry import blamed, plugins


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherKind(KindFacts):
    """How teachers of one kind come to be.

    `make(name, config, environ)`: one that is not yet open. `environ` is where its key is looked up.
    `serve(port, …)`: a context in which an OpenAI-compatible server listens on loopback, on any free port for 0; gives its address, with
    /v1. Of the options of `seedgen teacher` it is given those that are among its parameters: `latency` and `faults` as text, `slots`.
    """

    make: Callable[[str, TeacherConfig, Mapping[str, str]], Teacher]
    serve: Callable[..., AbstractAsyncContextManager[str]] | None = None


def kinds() -> Mapping[str, TeacherKind]:
    """All kinds by name."""
    return plugins(DOOR, TeacherKind)


def make_teacher(name: str, config: TeacherConfig, environ: Mapping[str, str]) -> Teacher:
    """The teacher a config describes, not yet open. `environ` is where its key is looked up."""
    with blamed(DOOR, config.kind):
        return kinds()[config.kind].make(name, config, environ)
