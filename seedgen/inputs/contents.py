"""A file's text as UTF-8 bytes: unpacked (gzip, bzip2, xz), from UTF-16 too; or what it is instead, and what to do about it."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from collections.abc import Callable
from pathlib import Path
from typing import Any

from seedgen.errors import UsageError

COMPRESSED = (".gz", ".bz2", ".xz")
UNPACK: dict[bytes, Callable[..., Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\0": lzma.open}
LARGEST_FILE = 2 << 30
"""Bytes of a file, unpacked."""
AS_JSONL = "convert it: python -c \"import pandas; pandas.{reader}('{name}').to_json('rows.jsonl', orient='records', lines=True)\""
OTHERS: tuple[tuple[bytes, str, str], ...] = (
    (b"PAR1", "a Parquet file", AS_JSONL.replace("{reader}", "read_parquet")),
    (b"ARROW1", "an Arrow file", AS_JSONL.replace("{reader}", "read_feather")),
    (b"\xff\xff\xff\xff", "an Arrow stream", "load it with the package datasets, and write it with to_json('rows.jsonl')"),
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook", "unpack it, or save the sheet as CSV"),
    (b"\x28\xb5\x2f\xfd", "compressed with Zstandard", "unpack it: zstd -d {name}"),
    (b"SQLite format 3\0", "an SQLite database", "write its rows as JSON, one object a line"),
    (b"\x80", "a Python pickle", "write its rows as JSON, one object a line"),
    (b"%PDF", "a PDF", "write its tasks as JSON, one object a line"),
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself", "fetch the file: git lfs pull"),
)
TABLES = (".csv", ".tsv")
MARKS = {BOM_UTF32_LE: "utf-32", BOM_UTF32_BE: "utf-32", BOM_UTF16_LE: "utf-16", BOM_UTF16_BE: "utf-16"}
"""How a file begins that is not in UTF-8, the longer marks first."""


class Malformed(Exception):
    """A row, or a whole file, cannot be read. Becomes a fault where its place is known."""

    def __init__(self, problem: str, remedy: str, line: int = 0) -> None:
        super().__init__(problem)
        self.problem, self.remedy, self.line = problem, remedy, line


def contents(path: Path) -> bytes:
    """The file's text as UTF-8, unpacked, without a mark at the start; not yet decoded, so that a bad byte is a fault of its line only.

    Raises `Malformed` if it is no text, `UsageError` if it cannot be opened.
    """
    try:
        with path.open("rb") as file:
            opener = next((unpack for magic, unpack in UNPACK.items() if file.peek(8).startswith(magic)), None)
            with opener(file) if opener else file as unpacked:
                data: bytes = unpacked.read(LARGEST_FILE + 1)
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as exc:
        raise Malformed(f"compressed, and damaged: {exc}", "fetch it again") from exc
    except OSError as exc:
        raise UsageError(f"{path}: cannot be read: {exc.strerror or exc}") from exc
    if len(data) > LARGEST_FILE:
        raise Malformed(f"more than {LARGEST_FILE >> 30} GB", "give a part of it")
    return recoded(data, path.name)


def recoded(data: bytes, name: str) -> bytes:
    encoding = next((code for mark, code in MARKS.items() if data.startswith(mark)), unmarked(data[:400]))
    if encoding:
        try:
            return data.decode(encoding).encode()
        except UnicodeError as exc:
            raise Malformed(f"neither UTF-8 nor whole {encoding.upper()}", "save the file as UTF-8") from exc
    for magic, what, remedy in OTHERS:
        if data.startswith(magic):
            raise Malformed(what, remedy.format(name=name))
    if b"\0" in data[:4096]:
        tar = data[257:262] == b"ustar"
        raise Malformed("a tar archive" if tar else "no text, but binary data", "unpack it" if tar else "give JSON lines, JSON or CSV")
    return data.removeprefix(BOM_UTF8)


def unmarked(start: bytes) -> str:
    """UTF-16 without a mark has every other byte 0 where the text is ASCII, as JSON is at its start."""
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) * 4 < len(start) or start.lstrip(b"\0")[:1] < b"\t":
        return ""
    return "utf-16-le" if odd and not even else "utf-16-be" if even and not odd else ""


def is_table(path: Path) -> bool:
    """Whether the file is CSV or TSV, by its name."""
    return unpacked_name(path.name).endswith(TABLES)


def unpacked_name(name: str) -> str:
    """The name in lower case, without the suffix that compressing added."""
    lower = name.lower()
    return next((lower.removesuffix(suffix) for suffix in COMPRESSED if lower.endswith(suffix)), lower)
