from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from processes import Seedgen

from seedgen.cli import main

STRICTER = ("--set", "gate.rouge.threshold=0.5")


@pytest.fixture
def place(runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder of its own with the run `whole`, by a short name: a table has room for so much."""
    shutil.copytree(runs / "whole", tmp_path / "mine" / "whole")
    monkeypatch.chdir(tmp_path)
    return "mine"


def test_it_says_what_changed_and_where_to_look_further(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["regate", "whole", *STRICTER, "--name", "strict", "--runs", place]) == 0
    out = capsys.readouterr().out
    assert "\nstrict: the answers of whole judged again, " in out
    assert out.index("seedgen items strict") < out.index("0 requests to a teacher\ngate.rouge.threshold  0.7 → 0.5\n")
    assert [line.split()[:2] for line in out.splitlines() if line.startswith(("target", "accepted"))] == [
        ["target", "60"],
        ["accepted", "60"],
    ]
    assert "these are the old answers under other rules; nothing was drawn or asked anew" in out
    assert "Refused now, accepted or surplus before (" in out
    assert "rouge: near_duplicate 0.5" in out
    assert f"seedgen items strict --runs {place} --verdict refused" in " ".join(out.split())


def test_as_json_it_has_the_whole_summary(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["regate", "whole", *STRICTER, "--examples", "2", "--runs", place, "--json"]) == 0
    changes = json.loads(capsys.readouterr().out)
    status = stood(changes["after"]["run"], place, capsys)
    assert (status["accepted"], status["regated_from"], status["requests"]) == (changes["after"]["accepted"], "whole", 0)
    assert changes["settings"] == [{"key": "gate.rouge.threshold", "before": 0.7, "after": 0.5}]
    assert (len(changes["refused_now"]), changes["requests"]) == (2, 0)
    assert {"item", "instruction", "refusal", "comparison"} <= set(changes["refused_now"][0])
    assert changes["newly_refused"] == sum(m["count"] for m in changes["moves"] if m["after"] == "refused" != m["before"])


def stood(run: str, place: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main(["status", run, "--runs", place, "--json"]) == 0
    status: dict[str, Any] = json.loads(capsys.readouterr().out)
    return status


def test_one_that_falls_short_of_the_target_says_so_and_is_done(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["regate", "whole", "--set", "target=1000", "--name", "more", "--runs", place]) == 0
    assert "short of the target: the saved answers of whole gave " in capsys.readouterr().out
    assert main(["status", "more", "--runs", place]) == 0
    out = capsys.readouterr().out
    assert "regated            from whole as of fingerprint " in out
    assert "seedgen resume" not in out


def test_the_new_run_is_shown_checked_and_exported_like_any(place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["regate", "whole", *STRICTER, "--name", "strict", "--runs", place]) == 0
    assert main(["check", "strict", "--runs", place]) == 0
    assert main(["export", "strict", "--format", "messages", "--out", str(tmp_path / "strict.jsonl"), "--runs", place]) == 0
    capsys.readouterr()
    assert main(["show", "strict", "1.0", "--runs", place]) == 0
    assert "entries of the pool of whole" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["whole", "--set", "seed=2"], 2, "seed: saved answers can be judged under other gate.…"),
        (["whole", "--set", "gate.rouge.treshold=0.5"], 2, 'did you mean "gate.rouge.threshold"?'),
        (["whole", "--set", "gate.rouge.threshold=7"], 2, "gate.rouge.threshold: must be at most 1, not 7"),
        (["whole", "--name", "a/b"], 2, '"a/b" is no run name'),
        (["whole", "--name", "whole"], 4, "give the new run another --name"),
        (["hole"], 2, 'no run "hole"'),
    ],
)
def test_what_cannot_be_is_refused(place: str, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, says: str) -> None:
    assert main(["regate", *arguments, "--runs", place]) == code
    assert says in capsys.readouterr().err
    assert [path.name for path in Path(place).iterdir()] == ["whole"]


def test_a_regated_run_cannot_be_resumed(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["regate", "whole", *STRICTER, "--name", "strict", "--runs", place]) == 0
    assert main(["resume", "strict", "--runs", place]) == 2
    assert "has no draws of its own to go on with" in capsys.readouterr().err


def test_in_a_process_of_its_own_json_is_all_there_is_on_standard_output(seedgen: Seedgen, place: str) -> None:
    result = seedgen("regate", "whole", *STRICTER, "--runs", place, "--json")
    assert (result.returncode, json.loads(result.stdout)["after"]["run"], result.stderr) == (0, "whole-regated-1", "")
