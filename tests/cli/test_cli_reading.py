from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from finished import unknown_run
from processes import HANGS, environment

from seedgen.cli import main
from seedgen.store.open import open_run


@pytest.fixture
def ask(runs: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """The output and the notes of a command that succeeds."""

    def run(*arguments: str) -> tuple[str, str]:
        assert main([*arguments, "--runs", str(runs)]) == 0
        return capsys.readouterr()

    return run


def test_runs_lists_them_all_and_a_broken_one_with_its_reason(tmp_path: Path, runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "first").symlink_to(runs / "first")
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "run.db").write_bytes(b"no database at all")
    assert main(["runs", "--runs", str(tmp_path), "--json"]) == 0
    odd, first = json.loads(capsys.readouterr().out)
    assert (first["name"], first["state"], first["accepted"]) == ("first", "finished", 8)
    assert (odd["name"], odd["state"], "not a database" in odd["reason"]) == ("odd", "broken", True)
    assert main(["runs", "--runs", str(tmp_path)]) == 0
    assert [line.split()[:2] for line in capsys.readouterr().out.splitlines()[1:]] == [["odd", "broken"], ["first", "finished"]]


def test_the_newest_run_is_the_last_of_the_list(tmp_path: Path, runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("first", "another"):
        shutil.copytree(runs / "first", tmp_path / name)
    with closing(sqlite3.connect(tmp_path / "another" / "run.db")) as db, db:
        db.execute("UPDATE start SET started_at = '2020-01-01T00:00:00.000Z'")
    assert main(["runs", "--runs", str(tmp_path)]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]] == ["another", "first"]


def test_a_run_that_may_be_at_work_is_unknown_with_the_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unknown_run(tmp_path)
    reason = "whether a job works on it cannot be seen: its lock cannot be read (Too many levels of symbolic links)"
    for command, said in (["status", "done"], f"unknown: {reason}"), (["watch", "done"], f"done unknown: {reason}"), (["runs"], "unknown"):
        main([*command, "--runs", str(tmp_path)])
        out = capsys.readouterr().out
        assert (said in " ".join(out.split()), "crashed" in out, "seedgen resume" in out) == (True, False, False)
    for command in ["runs"], ["status", "done"]:
        main([*command, "--json", "--runs", str(tmp_path)])
        found = json.loads(capsys.readouterr().out)
        found = found[0] if isinstance(found, list) else found
        assert (found["state"], found["detail"][: len(reason)]) == ("unknown", reason)


def test_no_runs_is_said_beside_the_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", "--runs", str(tmp_path)]) == 0
    assert capsys.readouterr() == ("", f"no runs in {tmp_path}; start one with: seedgen run --name first --target 25\n")


def test_status_for_people_and_for_programs(ask: Any) -> None:
    out, _ = ask("status", "whole")
    assert all(word in out for word in ("60 of 60", "rouge", "near_duplicate", "$0.00", "seedgen resume whole"))
    found = json.loads(ask("status", "whole", "--json")[0])
    assert {"filter": "rouge", "reason": "near_duplicate"}.items() <= found["refusals"][0].items()
    assert (found["accepted"], found["cost"], found["eta_seconds"]) == (60, 0.0, None)


def test_items_lists_accepted_ones_and_says_how_many_more_there_are(ask: Any) -> None:
    out, notes = ask("items", "whole", "--limit", "4")
    assert len(out.splitlines()) == 5
    assert notes == "56 more; --limit 0 shows all\n"


def test_items_as_json_is_one_object_a_line(ask: Any) -> None:
    out, notes = ask("items", "whole", "--limit", "0", "--json")
    lines = [json.loads(line) for line in out.splitlines()]
    assert (len(lines), {line["standing"] for line in lines}, notes) == (60, {"accepted"}, "")
    assert all(line["tier"] and line["language"] and line["output_shape"] for line in lines if line["category"] != "code")


def test_a_refused_item_stands_beside_its_neighbour(ask: Any) -> None:
    out, _ = ask("items", "whole", "--verdict", "refused", "--filter", "rouge", "--limit", "1")
    assert "nearest neighbour" in out
    assert "rouge: near_duplicate 0." in out
    assert "seed:" in out


def test_refused_items_as_json_carry_the_threshold_and_the_places_of_the_common_words(ask: Any) -> None:
    found = json.loads(ask("items", "whole", "--reason", "near_duplicate", "--limit", "1", "--json")[0])
    ours = [found["instruction"][start:end].lower() for start, end in found["common"]["instruction"]]
    theirs = [found["near"]["instruction"][start:end].lower() for start, end in found["common"]["near"]]
    assert (found["threshold"], ours, len(ours) > 2) == (0.7, theirs, True)


def test_refused_items_are_found_by_reason(ask: Any) -> None:
    refusals = json.loads(ask("status", "whole", "--json")[0])["refusals"]
    for each in refusals:
        lines = ask("items", "whole", "--filter", each["filter"], "--reason", each["reason"], "--limit", "0", "--json")[0].splitlines()
        assert len(lines) == each["count"]


def test_items_that_do_not_exist_are_answered_with_what_there_is(ask: Any) -> None:
    out, notes = ask("items", "whole", "--search", "no such words anywhere")
    assert out == ""
    assert notes.startswith("no accepted items like that; the run has 60 accepted")


@pytest.mark.parametrize("arguments", [["items", "--filter", "nope"], ["items", "--reason", "nope"], ["status", "--filter", "nope"]])
def test_a_filter_or_reason_that_is_not_there_is_exit_2_and_what_is_there(
    arguments: list[str], runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command, *rest = arguments
    assert main([command, "whole", *rest, "--runs", str(runs)]) == 2
    out, err = capsys.readouterr()
    assert (out, '"nope"' in err, "rouge" in err) == ("", True, True)


def test_status_of_one_filter_shows_its_reasons_and_its_scores(ask: Any) -> None:
    out, _ = ask("status", "whole", "--filter", "rouge")
    assert all(word in out for word in ("whole: rouge refused", "near_duplicate", "── refused above 0.7", "computed now"))
    found = json.loads(ask("status", "whole", "--filter", "rouge", "--json")[0])
    assert ({each["filter"] for each in found["refusals"]}, [each["filter"] for each in found["histograms"]]) == ({"rouge"}, ["rouge"])


def test_show_sets_a_refused_item_beside_its_neighbour(ask: Any, runs: Path) -> None:
    line = open_run("whole", runs).items(refused_by="rouge", limit=1)[0]
    out, _ = ask("show", "whole", line.ref)
    assert all(word in out for word in ("Refused for its neighbour", "refused above 0.7", "> 0.7", "["))
    found = json.loads(ask("show", "whole", line.ref, "--json")[0])
    assert (found["threshold"], found["common"].keys()) == (0.7, {"instruction", "near"})


@pytest.mark.parametrize(
    ("arguments", "both", "code"),
    [
        (["items", "first"], False, 141),
        pytest.param(["items", "whole", "--json"], False, 141, marks=pytest.mark.torture),
        pytest.param(["--help"], False, 141, marks=pytest.mark.torture),
        (["items", "nope"], True, 2),  # what is said on standard error only accompanies the exit code
        pytest.param(["items", "nope", "--json"], True, 141, marks=pytest.mark.torture),
    ],
)
def test_output_that_nobody_reads_ends_the_command_quietly(runs: Path, arguments: list[str], both: bool, code: int) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as nobody:
        process = subprocess.Popen(
            [sys.executable, "-m", "seedgen", *arguments],
            env={**environment(), "SEEDGEN_RUNS": str(runs)}, stdout=nobody, stderr=nobody if both else subprocess.PIPE, text=True,
        )  # fmt: skip
    _, notes = process.communicate(timeout=HANGS)
    assert (process.returncode, "Error" in (notes or "")) == (code, False)


def test_search_looks_into_the_text(ask: Any, runs: Path) -> None:
    wanted = list(open_run("first", runs).accepted())[3]
    found = [json.loads(line)["item"] for line in ask("items", "first", "--search", wanted.instruction.upper(), "--json")[0].splitlines()]
    assert wanted.ref in found


def test_show_tells_the_whole_life(ask: Any, runs: Path) -> None:
    item = next(open_run("first", runs).accepted())
    out, _ = ask("show", "first", item.ref)
    lines = {line.strip() for line in out.splitlines()}
    assert {"Instruction", "Origin", "Parents", "Gate", "Calls"} <= lines
    assert all(
        word in out for word in ("accepted, number 1 of 8", "self-instruct-propose", "Prompt of propose.0", "Answer to propose.0", "seed:")
    )


def test_show_names_the_nearest_neighbour_of_an_item_that_passed(ask: Any, runs: Path) -> None:
    item = next(open_run("first", runs).accepted())
    found = json.loads(ask("show", "first", item.ref, "--json")[0])
    assert 0 < found["nearest_by_rouge"]["score"] <= 0.7
    assert found["nearest_by_rouge"]["item"].startswith("seed:")
    assert found["run"]["config"]["target"] == 8


def test_show_raw_gives_the_bytes_that_came(ask: Any, runs: Path) -> None:
    item = next(open_run("first", runs).accepted())
    assert '"choices"' in ask("show", "first", item.ref, "--raw")[0]


def test_check_prints_fingerprint_accepted_and_problems(ask: Any, runs: Path) -> None:
    assert json.loads(ask("check", "first")[0]) == {"fingerprint": open_run("first", runs).fingerprint(), "accepted": 8, "problems": []}


def test_check_fails_when_there_is_a_problem(tmp_path: Path, runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import sqlite3
    from contextlib import closing

    (tmp_path / "bad").mkdir()
    with closing(sqlite3.connect(runs / "first" / "run.db")) as good, closing(sqlite3.connect(tmp_path / "bad" / "run.db")) as bad:
        good.backup(bad)
        bad.execute("UPDATE item SET output = 'forged' WHERE position = 0")
        bad.commit()
    assert main(["check", "bad", "--runs", str(tmp_path)]) == 1
    assert json.loads(capsys.readouterr().out)["problems"]
