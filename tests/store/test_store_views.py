"""What a notebook shows of a run and its items."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from finished import copy_of, finished_run, spoil

from seedgen.errors import UsageError
from seedgen.records import Verdict
from seedgen.store.ports import ItemView, RunReader
from seedgen.store.views import Items


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> RunReader:
    return finished_run(tmp_path_factory.mktemp("shown"))


def test_a_run_is_a_few_lines(done: RunReader) -> None:
    lines = repr(done).splitlines()
    assert (lines[0], len(lines)) == ("<run done: finished, 12 of 12 accepted>", 5)
    assert "<td" in done._repr_html_()  # type: ignore[attr-defined]


def test_a_run_that_cannot_be_read_says_so(done: RunReader, tmp_path: Path) -> None:
    reader = copy_of(done, tmp_path)
    spoil(reader, "DELETE FROM run")
    assert "cannot be read" in repr(reader)
    assert "cannot be read" in reader._repr_html_()  # type: ignore[attr-defined]


def test_items_are_a_list_and_a_table_and_their_text_is_text(done: RunReader) -> None:
    items = done.items(standing="accepted")
    assert (items[:2] == list(items)[:2], isinstance(items[:2], Items)) == (True, True)
    odd = Items([ItemView("0.0", "accepted", "<script>alert(1)</script>", output="x" * 1000)])
    assert ("<script>" in odd._repr_html_(), "x" * 400 in odd._repr_html_(), "… and 10 more" in repr(Items([*odd] * 30))) == (
        False, False, True,
    )  # fmt: skip


def test_what_the_privacy_filter_refused_is_not_shown() -> None:
    items = Items([ItemView("0.0", "refused", "my key is sk-123", refusal=Verdict("privacy", False, "secret"))])
    assert "sk-123" not in repr(items) + items._repr_html_()


def test_a_frame_has_a_row_an_item(done: RunReader, monkeypatch: pytest.MonkeyPatch) -> None:
    def frame(rows: list[dict[str, Any]], columns: list[str]) -> tuple[int, list[str]]:
        assert all(list(row) == columns for row in rows)
        return len(rows), columns

    monkeypatch.setitem(sys.modules, "pandas", SimpleNamespace(DataFrame=frame))  # type: ignore[arg-type]
    count, columns = done.items(standing="accepted").to_pandas()
    assert (count, columns[:3]) == (12, ["item", "standing", "instruction"])


def test_without_pandas_a_frame_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(UsageError, match="pip install"):
        Items().to_pandas()
