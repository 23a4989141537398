import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from seedgen import failpoints
from seedgen.dataset.write import Row, write_pair
from seedgen.errors import StoreBroken, UsageError

ROWS = [({"id": "ä"}, {"text": "Käse\u2028"}), ({"id": "b"}, {"text": ""})]


def seen(folder: Path) -> dict[str, str]:
    """Every file with what is in it."""
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir() if path.is_file()}


def test_each_half_of_a_row_is_a_line_of_its_file(tmp_path: Path) -> None:
    assert write_pair(tmp_path / "side", tmp_path / "data", ROWS) == 2
    assert seen(tmp_path) == {"side": '{"id": "ä"}\n{"id": "b"}\n', "data": '{"text": "Käse\u2028"}\n{"text": ""}\n'}


def test_files_that_were_there_are_replaced(tmp_path: Path) -> None:
    write_pair(tmp_path / "side", tmp_path / "data", ROWS)
    write_pair(tmp_path / "side", tmp_path / "data", ROWS[:1])
    assert seen(tmp_path) == {"side": '{"id": "ä"}\n', "data": '{"text": "Käse\u2028"}\n'}


def test_rows_that_break_off_leave_everything_as_it_was(tmp_path: Path) -> None:
    def broken() -> Iterator[tuple[Row, Row]]:
        yield ROWS[0]
        raise StoreBroken("the database went away")

    (tmp_path / "data").write_text("old")
    with pytest.raises(StoreBroken, match="went away"):
        write_pair(tmp_path / "side", tmp_path / "data", broken())
    assert seen(tmp_path) == {"data": "old"}


def test_a_full_disk_leaves_everything_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("old")
    # In a child: the limit would also hold for what pytest itself writes, where its output goes to a file.
    program = (
        "import resource; from pathlib import Path; from seedgen.errors import StoreBroken; from seedgen.dataset.write import write_pair\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))\n"
        "try:\n"
        "    write_pair(Path('side'), Path('data'), [({'n': n}, {'n': n}) for n in range(10_000)])\n"
        "except StoreBroken as error:\n"
        "    print(error)\n"
    )
    child = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert "make room" in child.stdout
    assert seen(tmp_path) == {"data": "old"}


def test_a_kill_leaves_no_half_file_under_a_name(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("old")
    program = (
        "import os, signal, sys; from pathlib import Path; from seedgen.dataset.write import write_pair\n"
        "def rows():\n"
        "    yield from [({'n': n}, {'n': n}) for n in range(10_000)]\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "write_pair(Path('side'), Path('data'), rows())\n"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=False).returncode == -9
    assert {name: text for name, text in seen(tmp_path).items() if not name.startswith(".")} == {"data": "old"}


def test_whoever_sees_the_new_last_file_finds_the_new_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_pair(tmp_path / "side", tmp_path / "data", ROWS[:1])
    looks: dict[str, dict[str, str]] = {}
    monkeypatch.setattr(
        failpoints, "hook", lambda name: looks.update({name: {k: v for k, v in seen(tmp_path).items() if not k.startswith(".")}})
    )
    old = seen(tmp_path)
    write_pair(tmp_path / "side", tmp_path / "data", ROWS)
    assert looks == {"export.synced": old, "export.written": old, "export.renamed": {**old, "side": seen(tmp_path)["side"]}}


@pytest.mark.parametrize(
    ("side", "data", "says"),
    [
        ("gone/side", "gone/data", "make the folder first"),
        ("side", "folder", "name a file"),
        ("folder", "data", "name a file"),
        ("side", "x" * 300, "shorter name"),
    ],
)
def test_a_place_that_is_no_good_is_refused_before_anything_is_touched(tmp_path: Path, side: str, data: str, says: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError, match=says):
        write_pair(tmp_path / side, tmp_path / data, ROWS)
    assert seen(tmp_path) == {}
