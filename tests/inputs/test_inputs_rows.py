import bz2
import gzip
import json
import lzma
from pathlib import Path

import pytest

from seedgen.inputs.contents import Malformed
from seedgen.inputs.rows import rows

ROW = {"instruction": "Nenne einen Fluß.", "output": "Der Rhein."}
PLAIN = json.dumps(ROW, ensure_ascii=False)
PRETTY = json.dumps(ROW, ensure_ascii=False, indent=2)


def read(path: Path, content: bytes | str) -> list[tuple[str, object]]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    found = rows(path, ROW.__contains__)
    return [
        (row.where.removeprefix(str(path)), str(row.value) if isinstance(row.value, Malformed) else row.value) for row in found
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "places"),
    [
        ("a.jsonl", f"{PLAIN}\n\n{PLAIN}", (":1", ":3")),
        ("a.jsonl", f"\ufeff{PLAIN}\r\n\ufeff{PLAIN}\r\n", (":1", ":2")),
        ("a.jsonl", f"[{PLAIN}, {PLAIN}]\n[{PLAIN}]", (":1, element 1", ":1, element 2", ":2, element 1")),
        ("a.jsonl", f"{PRETTY}\n{PRETTY}\n", (":1", ":5")),
        ("a.jsonl", f"{PRETTY}\n\ufeff{PRETTY}\n", (":1", ":5")),
        ("a.jsonl", f"[\n{PRETTY},\n{PRETTY}\n]\n", (":2, element 1", ":6, element 2")),
        ("a.json", f"\ufeff[{PLAIN}]", (":1, element 1",)),
        ("a.json", PRETTY, (":1",)),
        ("a.json", f'{{"version": "1", "data":\n[{PLAIN},\n{PLAIN}]}}', (":2, element 1", ":3, element 2")),
        ("a.json", f'{{"features": [{{"name": "x"}}], "rows": [{{"row_idx": 0, "row": {PLAIN}}}]}}', (":1, element 1",)),
        ("a.json", f'{{"one": {PLAIN},\n"two": {PLAIN}}}', (":1, one", ":2, two")),
        ("a.csv", "instruction,output\r\nNenne einen Fluß.,Der Rhein.\r\n", (":2",)),
        ("a.csv", "\ufeffInstruction; Output\nNenne einen Fluß.;Der Rhein.", (":2",)),
        ("a.csv", "sep=;\r\nInstruction;Output\r\nNenne einen Fluß.;Der Rhein.\r\n", (":3",)),
        ("a.tsv", "instruction\toutput\n\nNenne einen Fluß.\tDer Rhein.", (":3",)),
    ],
)
def test_rows_are_found_with_their_lines(tmp_path: Path, name: str, content: str, places: tuple[str, ...]) -> None:
    assert read(tmp_path / name, content) == [(place, ROW) for place in places]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_encodings_are_told_by_their_bytes(tmp_path: Path, encoding: str) -> None:
    assert read(tmp_path / "a.jsonl", f"{PLAIN}\n{PLAIN}\n".encode(encoding)) == [(":1", ROW), (":2", ROW)]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_compressed_files_are_unpacked(tmp_path: Path, pack: "type[bytes]") -> None:
    assert read(tmp_path / "a.jsonl.gz", pack(PLAIN.encode())) == [(":1", ROW)]


@pytest.mark.parametrize(
    ("name", "content", "where", "problem"),
    [
        ("a.json", f"[\n{PRETTY},\n]", ":5", 'not JSON: a comma before the closing "]" in line 6'),
        ("a.json", f"[\n{PRETTY[:-2]},\n}}]", ":4", 'not JSON: a comma before the closing "}" in line 5'),
        ("a.json", f"[{PLAIN}\n{PLAIN}]", ":2", "not JSON: Expecting ',' delimiter at column 1"),
        ("a.json", f"[{PLAIN},\n{PLAIN[:9]}", ":2", "not JSON: Unterminated string starting at column 2"),
        ("a.json", f"[{PLAIN}", ":1", "not JSON: Expecting ',' delimiter at column 62, where it ends"),
        ("a.json", "[\n" + "[" * 100_000, ":2", "nested too deeply"),
        ("a.json", f"[{PLAIN},\n" + '{"a": 1, "a": 2}]', ":2", '"a" is given twice'),
        ("a.json", f"[{PLAIN},\n" + '{"a": ' + "9" * 5000 + "}]", ":2", "a number of too many digits"),
        ("a.json", f"[{PLAIN},\n".encode() + b'"\xe9"]', ":2", "not UTF-8 (byte 1)"),
        ("a.txt", "Name a river.\nName a prime.", ":1", "text, not JSON"),
        ("a.jsonl", "{'instruction': 'Add.'}\n{'instruction': 'Sort.'}", ":1", "Python's own notation, not JSON"),
        ("a.jsonl", "<!DOCTYPE html>\n<html>", ":1", "HTML or XML"),
        ("a.jsonl", b"PAR1\0\0", "", "a Parquet file"),
        ("a.jsonl", b"\0\1\2\3" * 9, "", "no text, but binary data"),
        ("a.jsonl", gzip.compress(PLAIN.encode(), mtime=0)[:-9], "", "compressed, and damaged"),
        ("a.jsonl", "version https://git-lfs.github.com/spec/v1", "", "a Git LFS pointer"),
        ("a.jsonl", f"{PLAIN},\n{PLAIN},\n", ":2", "not JSON: a comma at the end of the line"),
        ("a.jsonl", f"{PLAIN}\n{PLAIN}, \n", ":2", "not JSON: a comma at the end of the line"),
        ("a.csv", "instruction,output\na,b,c", ":2", "3 cells, and the first line names 2 columns"),
        ("a.csv", "a,b\n1,2", ":1", "the first line names no column that is known (it has a, b)"),
        ("a.csv", 'instruction,output\na,"b', ":2", "no row of a table"),
    ],
)
def test_one_fault_says_what_is_wrong_with_a_file_and_where(
    tmp_path: Path, name: str, content: bytes | str, where: str, problem: str
) -> None:
    [*_, (place, said)] = read(tmp_path / name, content)
    assert (place, str(said).startswith(problem)) == (where, True), said


def test_of_several_lists_one_is_read_and_the_others_told_of(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"test": [ROW, ROW], "train": [ROW]}))
    left: list[tuple[str, int]] = []
    found = list(rows(tmp_path / "a.json", ROW.__contains__, lambda name, count: left.append((name, count))))
    assert (len(found), left) == (1, [("test", 2)])
