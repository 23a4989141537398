"""What people bring, in a whole run: what is not read of their seeds is told, and so is what their evaluation files come to."""

import json
from pathlib import Path

import pytest

from seedgen import Config, open_run, regate, run
from seedgen.audit import check_run
from seedgen.cli import main
from seedgen.config.model import parse_config
from seedgen.errors import UsageError
from seedgen.events import Event, Notice

THAI = ("อธิบายวิธีปลูกโหระพาในกระถางบนระเบียง", "แนะนำหนังสือสามเล่มสำหรับเด็กอายุสิบปี", "บอกวิธีปลอบเพื่อนที่สอบตก")
ENGLISH = ("Name three rivers.", "Sort these words by length.", "Explain why wet roads look darker.")


def config(folder: Path, instructions: tuple[str, ...], **gate: object) -> Config:
    rows = [{"instruction": each, "output": "ok", "system": "Be brief."} for each in instructions]
    (folder / "seeds.json").write_text(json.dumps(rows))
    (folder / "arc.jsonl").write_text('{"question": {"stem": "Why is the sky blue?", "choices": [{"text": "scattering"}]}}\n')
    given = {"seeds": [str(folder / "seeds.json")], "target": 5, "teachers": {"main": {"kind": "scripted"}}, "gate": gate}
    return parse_config(given, "test")


def test_what_was_left_of_seeds_and_what_is_compared_with_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notes: list[str] = []

    def heard(event: Event) -> None:
        if isinstance(event, Notice):
            notes.append(event.message)

    files = {"files": [str(tmp_path / "arc.jsonl")]}
    run(config(tmp_path, ENGLISH, semantic={"enabled": False}, decontamination=files), "it", runs=tmp_path, listeners=[heard])
    regate("it", {"gate.rouge.threshold": 0.4}, runs=tmp_path, listeners=[heard])
    compared = "1 text from 1 row of evaluation files to compare with"
    left = f'{tmp_path}/seeds.json: "system" is not read (3 rows, the first in line 1, element 1)'
    assert [note for note in notes if note in (left, compared)] == [left, compared, compared]
    assert main(["status", "it", "--runs", str(tmp_path)]) == 0
    assert compared in capsys.readouterr().out


def test_seeds_that_the_encoder_cannot_read_are_told_of_and_take_no_place_from_others(tmp_path: Path) -> None:
    notes: list[str] = []
    ending = run(
        config(tmp_path, THAI), "it", runs=tmp_path, listeners=[lambda e: notes.append(e.message) if isinstance(e, Notice) else None]
    )
    reader = open_run("it", tmp_path)
    assert (ending.end, check_run(reader).problems) == ("target", ())
    assert "the embedding model cannot read 3 of 3 seeds: such texts are compared by their words alone" in notes


def test_tickets_ask_while_seeds_are_encoded_but_a_model_that_may_not_be_there_is_looked_for_first(tmp_path: Path) -> None:
    happened: list[str] = []

    def heard(event: Event) -> None:
        happened.append(event.message[:7] if isinstance(event, Notice) else type(event).__name__)

    assert run(config(tmp_path, ENGLISH), "it", runs=tmp_path, listeners=[heard]).end == "target"
    assert happened.index("RunStarted") < happened.index("CallEnded") < happened.index("TicketFinished")
    assert happened.index("RunStarted") < happened.index("loading")
    happened.clear()
    (tmp_path / "no-model").mkdir()
    with pytest.raises(UsageError, match=r"gate\.semantic\.model"):
        run(config(tmp_path, ENGLISH, semantic={"model": str(tmp_path / "no-model")}), "other", runs=tmp_path, listeners=[heard])
    assert "CallEnded" not in happened
