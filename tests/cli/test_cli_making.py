from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from seedgen.cli import main
from seedgen.cli.sample import sample
from seedgen.config.layers import Flags, load_config
from seedgen.config.model import Config, parse_config
from seedgen.config.section import leaves
from seedgen.inputs.bundled import bundled

BOTH = ("instruction", "output")


def test_init_writes_a_config_that_is_the_default_and_a_copy_of_the_seeds(tmp_path: Path) -> None:
    assert main(["init", str(tmp_path / "new")]) == 0
    config = load_config(tmp_path / "new" / "seedgen.toml", Flags(), {})
    assert config == Config(seeds=(str(tmp_path / "new" / "seeds"),))
    assert {p.name for p in (tmp_path / "new" / "seeds").iterdir()} == {p.name for p in bundled("seeds").iterdir()}


def test_init_leaves_what_is_there_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "seedgen.toml").write_text("target = 5")
    assert main(["init", str(tmp_path)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["seedgen.toml"]


def test_the_sample_names_every_setting_and_its_default() -> None:
    lines = [line[1:] if line[:1] == "#" and line[1:2] not in ("", " ") else line for line in sample().splitlines()]
    data = tomllib.loads("\n".join(line for line in lines if not line.endswith("=")))
    assert parse_config(data, "sample") == Config(seeds=("seeds",))
    assert [path for path, _, _ in leaves(Config()) if f"{path.rpartition('.')[2]} =" not in sample()] == []


def test_seeds_check_is_content_with_the_bundled_seeds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["seeds", "check", "bundled"]) == 0
    out = capsys.readouterr().out
    assert "much alike" not in out
    assert "classification" in out


def test_seeds_check_names_every_fault_and_what_is_too_much_alike(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tasks = ["Name three rivers that cross a border.", "Name three rivers which cross a border.", ""]
    path = tmp_path / "mine.jsonl"
    path.write_text("".join(json.dumps(dict(zip(BOTH, (task, "x"), strict=True))) + "\n" for task in tasks) + "{broken\n")
    assert main(["seeds", "check", str(path)]) == 2
    out = capsys.readouterr().out
    assert f'{path}:3: empty "instruction"; write its text or remove the task' in out
    assert f"{path}:4: not JSON" in out
    assert f"{path}:1 and {path}:2: much alike, ROUGE-L 0.86" in out
    assert main(["seeds", "check", str(path), "--json"]) == 2
    assert [fault["where"] for fault in json.loads(capsys.readouterr().out)["faults"]] == [f"{path}:3", f"{path}:4"]


def test_tasks_much_like_earlier_ones_are_named_once_and_not_without_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [dict(zip(BOTH, (f"Name {n} rivers that cross a border.", "x"), strict=True)) for n in range(30)]
    (tmp_path / "s.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert main(["seeds", "check", str(tmp_path / "s.jsonl")]) == 0
    out = capsys.readouterr().out
    assert out.count("ROUGE-L") == 20
    assert "and 9 more" in out


def test_seeds_check_says_what_was_not_read_and_what_is_lost_without_categories(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = {"instruction": "Sort these.", "context": "oak, fir", "response": "fir, oak", "system": "Be brief."}
    (tmp_path / "dolly.jsonl").write_text(json.dumps(row))
    assert main(["seeds", "check", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert f'{tmp_path}/dolly.jsonl: "system" is not read (1 row, the first in line 1)' in out
    assert '"context" as input, "response" as output 1' in out
    assert 'no task has a "category", so a run asks for no category' in out
    assert main(["seeds", "check", str(tmp_path), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["notes"]) == 1


def test_a_file_without_tasks_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.jsonl").write_text("\n")
    assert main(["seeds", "check", str(tmp_path / "empty.jsonl")]) == 2
    assert "no tasks that can be read" in capsys.readouterr().out


def test_export_writes_the_dataset_and_says_where(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "first.jsonl"
    assert main(["export", "first", "--format", "alpaca", "--out", str(out), "--runs", str(runs), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "path": str(out),
        "sidecar": str(tmp_path / "first.provenance.jsonl"),
        "items": 8,
        "rejected": 0,
    }
    assert len(out.read_text().splitlines()) == 8


def test_export_knows_its_formats(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "first", "--format", "parquet", "--out", str(tmp_path / "x"), "--runs", str(runs)]) == 2
    assert "there are: alpaca (instruction, input and output), messages" in capsys.readouterr().err
