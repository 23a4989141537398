import json
from pathlib import Path
from typing import Any

import pytest
from finished import copy_of, finished_run, spoil

from seedgen import failpoints
from seedgen.dataset import ExportReport, export
from seedgen.errors import UsageError
from seedgen.store.ports import RunReader

SIDECAR = [
    "id", "run", "position", "item", "ticket", "recipe", "parents", "seed_licenses", "category", "verb", "noun", "tier",
    "language", "output_shape", "found", "verdicts", "calls", "tokens", "cost", "config_digest", "created_at", "seedgen",
]  # fmt: skip


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> RunReader:
    return finished_run(tmp_path_factory.mktemp("runs"))


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]


def test_the_rows_are_the_accepted_items_in_order(reader: RunReader, tmp_path: Path) -> None:
    report = export(reader, "alpaca", tmp_path / "data.jsonl")
    due = [
        {"id": f"done-{x.ref}", "instruction": x.instruction, "input": x.input, "output": x.output} for x in reader.accepted()
    ]  # all keys, in this order
    assert report == ExportReport(tmp_path / "data.jsonl", tmp_path / "data.provenance.jsonl", 12)
    assert [list(row.items()) for row in lines(report.path)] == [list(row.items()) for row in due]


def test_a_row_and_its_provenance_are_joined_by_id_and_by_line(reader: RunReader, tmp_path: Path) -> None:
    report = export(reader, "messages", tmp_path / "data.jsonl")
    rows, origins = lines(report.path), lines(report.sidecar)
    assert [row["id"] for row in rows] == [origin["id"] for origin in origins]
    assert {tuple(row) for row in rows} == {("id", "messages")}


def test_the_sidecar_says_where_an_item_comes_from(reader: RunReader, tmp_path: Path) -> None:
    origins = lines(export(reader, "messages", tmp_path / "data.jsonl").sidecar)
    assert {tuple(origin) for origin in origins} == {tuple(SIDECAR)}
    for origin in origins:
        life = reader.life(origin["item"])
        assert origin["parents"] == [parent.ref for parent in life.parents]
        assert [v["filter"] for v in origin["verdicts"]] == ["shape", "exact", "privacy", "balance", "rouge", "output", "privacy"]
        assert {call["request_digest"] for call in origin["calls"]} == {call.request_digest for call in life.calls}
        assert origin["tokens"] == sum((call.prompt_tokens or 0) + (call.completion_tokens or 0) for call in life.calls)
        assert (origin["cost"], origin["seed_licenses"]) == (0.0, ["Apache-2.0"])


def test_the_sidecar_says_of_every_trait_what_it_is_and_how_it_was_found(reader: RunReader, tmp_path: Path) -> None:
    traits = ("category", "tier", "verb", "noun", "language", "output_shape")
    origins = lines(export(reader, "messages", tmp_path / "data.jsonl").sidecar)
    for origin, item in zip(origins, reader.accepted(), strict=True):
        assert [origin[trait] for trait in traits] == [getattr(item, trait) or "" for trait in traits]
        assert {trait for trait, how in origin["found"].items() if how} == {trait for trait in traits if origin[trait]}


def test_an_unknown_cost_is_not_zero(reader: RunReader, tmp_path: Path) -> None:
    spoilt = copy_of(reader, tmp_path)
    spoil(spoilt, "UPDATE call SET cost = NULL")
    assert {origin["cost"] for origin in lines(export(spoilt, "messages", tmp_path / "data.jsonl").sidecar)} == {None}


def test_a_run_with_nothing_accepted_is_refused_and_nothing_written(tmp_path: Path) -> None:
    empty = finished_run(tmp_path / "runs", recipes={}, limits={"max_requests": 1})
    with pytest.raises(UsageError, match="no accepted item yet"):
        export(empty, "messages", tmp_path / "data.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]


def test_a_dataset_is_never_seen_without_its_provenance(reader: RunReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there: dict[str, list[str]] = {}
    monkeypatch.setattr(failpoints, "hook", lambda name: there.update({name: [path.name for path in tmp_path.glob("[!.]*")]}))
    export(reader, "messages", tmp_path / "data.jsonl")
    assert (there["export.written"], there["export.renamed"]) == ([], ["data.provenance.jsonl"])


def test_an_unknown_format_is_refused_with_those_there_are(reader: RunReader, tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r'no format "csv"; there are: alpaca \(instruction, input and output\), messages \(a chat of one turn\)'
    ):
        export(reader, "csv", tmp_path / "data.jsonl")


@pytest.mark.parametrize("out", [".", "/", "run.db", "run.db-wal", "lock"])
def test_the_run_itself_is_not_written_over(reader: RunReader, tmp_path: Path, out: str) -> None:
    run = copy_of(reader, tmp_path)
    with pytest.raises(UsageError):
        export(run, "messages", run.folder.path / out)
    assert run.fingerprint() == reader.fingerprint()


def test_nothing_tells_where_a_template_or_a_model_lies_on_the_disk(reader: RunReader, tmp_path: Path) -> None:
    copy = copy_of(reader, tmp_path)
    spoil(copy, "UPDATE call SET template = '/home/me/private/mine.jinja', model = 'C:\\Users\\me\\model.gguf'")
    report = export(copy, "messages", tmp_path / "out.jsonl")
    assert {(call["template"], call["model"]) for row in lines(report.sidecar) for call in row["calls"]} == {("mine.jinja", "model.gguf")}
    assert "private" not in report.path.read_text() + report.sidecar.read_text()
