"""docs/api.md: its examples run, one after the other, as the cells of a notebook."""

import re
from pathlib import Path

import pytest

import seedgen

PAGE = (Path(__file__).parent.parent / "docs" / "api.md").read_text()


def test_the_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cells = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, object] = {}
    for cell in cells:
        quick = cell.replace('{"kind": "scripted"}}', '{"kind": "scripted"}}, gate={"semantic": {"enabled": False}}')
        exec(quick, names)  # noqa: S102 - our own page
    assert (names["ending"].name, names["second"].accepted, len(names["items"])) == ("first", 20, 20)  # type: ignore[attr-defined,arg-type]


def test_every_public_name_is_told_of() -> None:
    assert [name for name in dir(seedgen) if name != "__version__" and f"`{name}" not in PAGE] == []
