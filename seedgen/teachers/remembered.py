"""Vectors of seeds that need not be made again: those of the bundled seeds come with the package, those of others lie in the user's cache.

A vector is known by the SHA-256 of its model's files and its text, so none of another model or text is ever taken for it. The cache
is `seedgen/vectors` in the system's folder for such (XDG_CACHE_HOME, ~/.cache …): a file for each list of seeds, the latest `FILES` of
them. It may be deleted at any time. What cannot be read, be it damaged, is passed over; where nothing can be written, nothing is kept.

The package's own file is made again, when seeds or model change, by

    python -m seedgen.teachers.remembered
"""

from __future__ import annotations

import asyncio
import hashlib
import sys
import tempfile
import zipfile
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, get_args

import numpy as np

from seedgen.gate.semantic import SemanticConfig
from seedgen.inputs.seeds import read_seeds
from seedgen.records import Compare, Vector
from seedgen.teachers.encoder import AT_ONCE, LocalModel, bundled_model

BUNDLED = Path(__file__).with_name("seeds.npz")
FILES = 16
LARGEST = 200_000
"""Seeds in a list that is kept: 160 MB."""
UNREADABLE = (OSError, ValueError, KeyError, EOFError, TypeError, RuntimeError, MemoryError, zipfile.BadZipFile)
"""What comes of reading a file that is damaged or none of ours."""


class Remembered:
    """The vectors of one model, a folder, in these files."""

    def __init__(self, model: Path, cache: Path | None) -> None:
        self.model, self.cache = model, cache
        self.of_model = b""

    def find(self, texts: Sequence[str]) -> dict[str, Vector]:
        """What is known of these texts."""
        try:
            self.of_model = digest_of_folder(self.model)
        except OSError:  # whoever loads it will say so
            return {}
        wanted = {self.key(text): text for text in texts}
        found: dict[str, Vector] = {}
        for path in (BUNDLED, *self.files()):
            if len(found) < len(wanted):
                found |= {wanted[key]: vector for key, vector in read(path).items() if key in wanted}
        return found

    def keep(self, vectors: Mapping[str, Vector]) -> None:
        """Keep the vectors of a list of seeds, if that can be done."""
        if self.cache is None or not self.of_model or len(vectors) > LARGEST:
            return
        keyed = {self.key(text): vector for text, vector in vectors.items()}
        with suppress(OSError):
            self.cache.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.cache, suffix=".part", delete=False) as file:
                write(file, keyed)
            Path(file.name).replace(self.cache / f"{hashlib.sha256(b''.join(keyed)).hexdigest()[:32]}.npz")
            for path in self.files()[FILES:]:
                path.unlink()

    def files(self) -> list[Path]:
        """What is in the cache, the latest first."""
        with suppress(OSError):
            return sorted(self.cache.glob("*.npz"), key=lambda path: path.stat().st_mtime, reverse=True) if self.cache else []
        return []

    def key(self, text: str) -> bytes:
        return hashlib.sha256(self.of_model + text.encode(errors="surrogatepass")).digest()


def remembered(config: SemanticConfig, environ: Mapping[str, str]) -> Remembered | None:
    """Where vectors are remembered for a model in a folder, if each depends on its text alone. Raises `UsageError` if it is not there."""
    folder = bundled_model() if config.model == "bundled" else Path(config.model)
    return Remembered(folder, cache_folder(environ)) if config.apart and folder.is_dir() else None


async def seed_vectors(
    texts: Sequence[str],
    encode: Callable[[Sequence[str]], Awaitable[Sequence[Vector]]],
    known: Remembered | None,
    tell: Callable[[int], None],
) -> list[Vector]:
    """The vectors of seeds, some at a time. `tell` is told how many have to be made, if any."""
    found = await asyncio.to_thread(known.find, texts) if known else {}
    missing = [text for text in texts if text not in found]
    if missing:
        tell(len(missing))
    for start in range(0, len(missing), AT_ONCE):
        part = missing[start : start + AT_ONCE]
        found |= zip(part, await encode(part), strict=True)
    if missing and known:
        await asyncio.to_thread(known.keep, {text: found[text] for text in texts})
    return [found[text] for text in texts]


def cache_folder(environ: Mapping[str, str]) -> Path | None:
    """Where this system's users have what can be made again; None if nowhere."""
    named = environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME", "")
    if Path(named).is_absolute():
        return Path(named, "seedgen", "vectors")
    with suppress(RuntimeError):
        return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "seedgen" / "vectors"
    return None


def digest_of_folder(folder: Path) -> bytes:
    """SHA-256 over the names and contents of a folder's files."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + hashlib.file_digest(file, "sha256").digest())
    return digest.digest()


def read(path: Path) -> dict[bytes, Vector]:
    """The vectors in a file by their keys; none if it cannot be read. Nothing in it is unpickled, and its checksums are looked at."""
    with suppress(*UNREADABLE), path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
        keys, vectors = file["keys"], file["vectors"]
        if keys.dtype == np.uint8 and vectors.dtype == np.float16 and keys.shape == (len(vectors), 32) and vectors.ndim == 2:
            return dict(zip(map(bytes, keys), vectors, strict=True))
    return {}


def write(file: IO[bytes], vectors: Mapping[bytes, Vector]) -> None:
    keys = np.frombuffer(b"".join(vectors), np.uint8).reshape(-1, 32)
    np.savez(file, keys=keys, vectors=np.stack(list(vectors.values())))


def bundled_texts() -> Iterator[str]:
    """What may be compared of the bundled seeds."""
    for task in read_seeds(("bundled",)):
        yield from (task.proposal.compared(by) for by in get_args(Compare))


def main() -> None:
    known, texts = Remembered(bundled_model(), None), sorted(set(bundled_texts()))
    known.find(texts)
    with BUNDLED.open("wb") as file:
        write(file, dict(zip(map(known.key, texts), LocalModel().vectors(texts), strict=True)))


if __name__ == "__main__":
    main()
