from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from processes import QUICK
from serving import serving

from seedgen.audit.estimate import Amount, Estimate, Range
from seedgen.cli import main
from seedgen.cli.commands.estimate import print_figures, remarks
from seedgen.cli.shown import console
from seedgen.store.open import open_run

BARREN = Estimate(
    run="a", target=100, accepted=0, tickets=3, candidates=20, window=8, drawn="candidates", acceptance=(0.0, 0.0, 0.0), requests=None,
    prompt_tokens=None, completion_tokens=None, cost=None, seconds=None, limit=None, refusals={"rouge: near_duplicate": 20},
)  # fmt: skip


def test_a_probe_is_the_beginning_of_the_run_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = ["--runs", str(tmp_path)]
    with serving() as server:
        teacher = ["--base-url", server.url, "--set", "gate.semantic.enabled=false", "--set", "teachers.main.input_price=1"]
        config = [*teacher, "--set", "teachers.main.output_price=4", "--name", "a", "--target", "40"]
        assert main(["estimate", *config, "--requests", "30", "--json", *runs]) == 0
        found, probed = json.loads(capsys.readouterr().out), server.requests
        assert (found["made"], found["probe"]["end"], found["requests"]["so_far"]) == (True, "stopped", probed)
        assert found["cost"]["total"]["likely"] > 0
        assert main(["resume", "a", "--json", *runs]) == 0
        assert max(server.counts.values()) == 1
        assert server.requests == open_run("a", tmp_path).summary().spend.requests > probed


def test_a_past_run_is_estimated_from_without_a_request(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = open_run("first", runs).summary()
    assert main(["estimate", "--from", "first", "--target", "80", "--json", "--runs", str(runs)]) == 0
    found = json.loads(capsys.readouterr().out)
    passed = before.accepted + before.surplus
    assert (found["target"], found["accepted"], found["requests"]["so_far"]) == (80, passed, before.spend.requests)
    assert open_run("first", runs).summary() == before


def test_a_config_gives_the_target_and_the_limits_for_a_past_run(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "big.toml").write_text('target = 5000\nteachers.main.kind = "scripted"\nlimits.max_requests = 1000\n')
    assert main(["estimate", str(tmp_path / "big.toml"), "--from", "first", "--runs", str(runs)]) == 0
    out = capsys.readouterr().out
    assert "of 5,000 accepted" in out
    assert "limits.max_requests ends the run before its target" in out


def test_a_probe_that_accepts_nothing_is_exit_3_and_says_what_was_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--set", "gate.shape.min_words=140", "--set", "recipes.self-instruct.count=2"]
    assert main(["estimate", "--target", "40", *QUICK, *words, "--runs", str(tmp_path)]) == 3
    assert "nothing was accepted, so nothing can be said; refused for shape: too_short" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--from", "nope"], 'no run "nope"'),
        (["--from", "first", "--model", "other"], "the teacher, recipe and seeds are those of the run"),
        (["--from", "first", "--set", "limits.max_cots=1"], 'did you mean "limits.max_cost"'),
    ],
)
def test_what_cannot_be_estimated_is_said_why(runs: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    assert main(["estimate", *arguments, "--runs", str(runs)]) == 2
    assert message in capsys.readouterr().err


def test_what_cannot_be_told_is_said() -> None:
    assert "refused for rouge: near_duplicate (20)" in " ".join(remarks(BARREN, None))
    assert "let the probe take more --requests" in " ".join(remarks(replace(BARREN, refusals={}), None))


def test_an_unknown_price_leaves_the_rest_to_be_told(capsys: pytest.CaptureFixture[str]) -> None:
    amount = Amount(10, Range(90, 80, None), Range(100, 90, 120))
    found = replace(BARREN, requests=amount, prompt_tokens=amount, completion_tokens=amount)
    print_figures(console(), found)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[1] == ["requests", "10", "90", "80", "–", "?", "100", "90", "–", "120"]
    assert lines[4:] == [["cost", "unknown"], ["time", "unknown"]]
    assert "the cost is unknown" in " ".join(remarks(found, None))
