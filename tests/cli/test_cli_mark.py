"""`seedgen mark` as people type it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from finished import finished_run

from seedgen.cli import main
from seedgen.store.open import open_run


@pytest.fixture
def first(tmp_path: Path) -> str:
    """The first item of the finished run "done"."""
    return next(iter(finished_run(tmp_path).accepted())).ref


def test_what_was_marked_is_said_and_shown(first: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there = ["--runs", str(tmp_path)]
    assert main(["mark", "done", first, "--reject", "a wrong sum", "--by", "ada", *there]) == 0
    assert f"{first} (version 1) rejected; 12 of 12 accepted" in capsys.readouterr().out
    assert main(["items", "done", "--verdict", "rejected", *there]) == 0
    assert first in capsys.readouterr().out
    assert main(["show", "done", first, *there]) == 0
    assert "version 1, rejected by ada" in (shown := capsys.readouterr().out)
    assert "a wrong sum" in shown
    assert main(["status", "done", *there]) == 0
    assert "1 rejected by people" in capsys.readouterr().out
    assert main(["export", "done", "--out", str(tmp_path / "out.jsonl"), *there]) == 0
    assert "left out 1 that people rejected" in capsys.readouterr().out


def test_a_rejection_that_leaves_too_few_says_how_to_make_more(first: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reader = open_run("done", tmp_path)
    everything = [each.ref for standing in ("accepted", "surplus") for each in reader.items(standing=standing)]  # type: ignore[arg-type]
    assert main(["mark", "done", *everything, "--reject", "", "--runs", str(tmp_path)]) == 0
    assert "0 of 12 accepted; make more with: seedgen resume done" in capsys.readouterr().out
    assert main(["status", "done", "--runs", str(tmp_path)]) == 0
    assert "makes more in place of those that were rejected" in " ".join(capsys.readouterr().out.split())


def test_other_texts_are_read_from_the_flag_or_from_standard_input(
    first: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"output": "Later."}'))
    for given in ('{"output": "Sooner."}', "-"):
        assert main(["mark", "done", first, "--edit", given, "--json", "--runs", str(tmp_path)]) == 0
    *_, last = capsys.readouterr().out.partition("\n}\n")
    (mark,) = json.loads(last)["marks"]
    assert (mark["item"], mark["version"], mark["output"], mark["rejected"]) == (first, 2, "Later.", False)


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ([], "say one of"),
        (["--accept", "--reject", "x"], "say one of"),
        (["--edit", "[1"], "no JSON"),
        (["--edit", "[1]"], "not a JSON object of texts"),
        (["--edit", '{"output": 1}'], "not a JSON object of texts"),
        (["--edit", "[" * 100_000], "no JSON"),
        (["--edit", '{"id": "1"}'], "no text of an item"),
    ],
)
def test_what_is_no_mark_ends_with_2(first: str, tmp_path: Path, flags: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mark", "done", first, *flags, "--runs", str(tmp_path)]) == 2
    assert says in capsys.readouterr().err


def test_what_was_marked_before_one_that_cannot_be_is_said(first: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mark", "done", first, "99.9", "--reject", "x", "--runs", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert f"{first} (version 1) rejected" in said.out
    assert "no item 99.9" in said.err
