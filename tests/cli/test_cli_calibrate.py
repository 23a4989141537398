from __future__ import annotations

import json
from pathlib import Path

import pytest
from embedding import embedding

from seedgen.audit.calibration import Calibration, Pair, Step
from seedgen.cli import main
from seedgen.cli.commands.calibrate import ruler

TEXTS = "Write a poem about rain.\nWrite a poem about snow.\nName three rivers.\n"


@pytest.fixture
def file(tmp_path: Path) -> str:
    (tmp_path / "mine.txt").write_text(TEXTS)
    return str(tmp_path / "mine.txt")


def test_a_ladder_with_its_pairs_and_a_word_on_the_present_setting(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calibrate", file, "--filter", "rouge", "--thresholds", "0.9,0.75"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("3 instructions, each against all earlier ones")
    assert [line.split()[:4] for line in out.splitlines() if "%" in line][:3] == [
        ["0.7", "1", "33.3", "%"], ["0.75", "1", "33.3", "%"], ["0.9", "0", "0.0", "%"],
    ]  # fmt: skip
    assert "0.8000  [Write a poem about] snow." in out
    assert "gate.rouge.threshold is 0.7 now: it would refuse 1 of these 3 (33.3 %)." in out


def test_as_json_with_a_servers_model(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    with embedding() as asked:
        assert main(["calibrate", file, "--model", "letters", "--base-url", asked.base_url, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    semantic, rouge = found["filters"]
    assert (found["judged"], semantic["filter"], semantic["model"], rouge["filter"]) == (3, "semantic", "letters", "rouge")
    assert semantic["steps"][0]["above"][-1]["later"] == "Write a poem about snow."
    assert [body["input"] for body in asked.bodies] == [TEXTS.splitlines()]


def test_a_run_is_tried_with_its_own_settings(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calibrate", "whole", "--filter", "rouge", "--json", "--runs", str(runs)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert main(["status", "whole", "--json", "--runs", str(runs)]) == 0
    refused = {r["filter"]: r["count"] for r in json.loads(capsys.readouterr().out)["refusals"]}
    now = next(step for step in found["filters"][0]["steps"] if step["threshold"] == 0.7)
    assert (now["refused"], found["seeds"] > 0) == (refused["rouge"], True)


def test_a_sample_is_said_openly(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calibrate", file, "--filter", "rouge", "--sample", "2"]) == 0
    assert "left out: 1 of 3 to keep it short" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.txt"], "nowhere.txt: no such file"),
        (["nobody"], 'no run "nobody"'),
        (["bundled", "--thresholds", "0.7;0.8", "--filter", "rouge"], "is no list of numbers"),
        (["bundled", "--thresholds", "1.5", "--filter", "rouge"], "above 0 and up to 1"),
        (["bundled", "--base-url", "http://localhost:1/v1"], "no model"),
    ],
)
def test_what_cannot_be_tried_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    assert main(["calibrate", *arguments, "--runs", str(tmp_path)]) == 2
    assert words in capsys.readouterr().err


def test_pairs_next_to_several_thresholds_stand_there_once() -> None:
    high, low = Pair(0.8, "a", "b"), Pair(0.6, "c", "d")
    steps = (Step(0.5, 2, (low, high), ()), Step(0.7, 1, (high,), (low,)), Step(0.9, 0, (), (high, low)))
    assert ruler(Calibration("rouge", 3, 0.7, steps)) == [0.9, high, 0.7, low, 0.5]


def test_a_run_comes_before_a_file_of_its_name(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "whole").write_text('{"instruction": "Write a poem."}\n')
    monkeypatch.chdir(tmp_path)
    judged = []
    for source in ("whole", "./whole"):
        assert main(["calibrate", source, "--filter", "rouge", "--runs", str(runs), "--json"]) == 0
        judged.append(json.loads(capsys.readouterr().out)["judged"])
    assert (judged[0] >= 60, judged[1]) == (True, 1)
