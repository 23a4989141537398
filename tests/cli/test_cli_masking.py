# ruff: noqa: S608 - the statements are our own
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from finished import finished_run

from seedgen.cli import main

KEY = "ghp_" + "k3Zb81Qw" * 5


@pytest.fixture
def refused(tmp_path: Path) -> Path:
    """A run one of whose candidates carries a secret, and was refused for it."""
    reader = finished_run(tmp_path)
    with closing(sqlite3.connect(reader.folder.database)) as connection, connection:
        where = "ticket = 0 AND ordinal = 0"
        connection.execute(f"UPDATE candidate SET instruction = ?, pool_index = NULL WHERE {where}", (f"Log in with {KEY} and read.",))
        connection.execute(f"UPDATE verdict SET filter = 'privacy', passed = 0, reason = 'secret' WHERE {where} AND place = 0")
        connection.execute(f"DELETE FROM verdict WHERE {where} AND place > 0")
        connection.execute(f"DELETE FROM item WHERE {where}")
    return tmp_path


@pytest.mark.parametrize("flags", [[], ["--json"]])
@pytest.mark.parametrize("command", [["items", "done", "--verdict", "refused", "--filter", "privacy"], ["show", "done", "0.0"]])
def test_a_refused_secret_is_masked_wherever_the_text_is_shown(
    refused: Path, capsys: pytest.CaptureFixture[str], command: list[str], flags: list[str]
) -> None:
    assert main([*command, *flags, "--runs", str(refused)]) == 0
    out = capsys.readouterr().out
    assert (KEY in out, "Log in with ghp_" in " ".join(out.split())) == (False, True)


def test_raw_shows_everything(refused: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "done", "0.0", "--raw", "--json", "--runs", str(refused)]) == 0
    assert KEY in json.loads(capsys.readouterr().out)["instruction"]
