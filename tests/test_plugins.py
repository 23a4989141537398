"""A package of somebody else's (tests/plugin), installed beside seedgen: all of it is found, and used only where it is asked for."""

import json
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest
from finished import finished_run

from seedgen import open_run
from seedgen.cli import main
from seedgen.config.model import parse_config
from seedgen.errors import NotInstalled, UsageError

ROOT = Path(__file__).parent.parent
PLUGIN = ROOT / "tests" / "plugin"

PROGRAM = """
import json
from pathlib import Path
from seedgen import open_run, regate, resume, run
from seedgen.audit import check_run
from seedgen.config.model import parse_config
from seedgen.dataset import export

def grown(name, **settings):
    run(parse_config({
        "target": 4,
        "window": 2,
        "teachers": {"main": {"kind": "sums"}},
        "recipes": {"self-instruct": {"weight": 0}, "alpaca": {"weight": 1}},
        "gate": {"semantic": {"enabled": False}},
        **settings,
    }, "test"), name, runs=Path())
    reader = open_run(name, Path())
    export(reader, "completion", Path(f"{name}.jsonl"))
    return {
        "rows": [json.loads(line) for line in Path(f"{name}.jsonl").read_text().splitlines()],
        "refused": sorted({line.refusal.reason for line in reader.items(standing="refused")}),
        "problems": check_run(reader).problems,
    }

def without_a_teacher(name, **settings):
    ending = run(parse_config({
        "target": 99,
        "window": 2,
        "teachers": {"main": {"kind": "openai", "base_url": "http://127.0.0.1:9/v1", "model": "nobody"}},
        "recipes": {"self-instruct": {"weight": 0}, "tables": {"weight": 1, "largest": 4}},
        "gate": {"semantic": {"enabled": False}, "balance": {"enabled": False}, **settings},
        "steer": {"enabled": False},
    }, "test"), name, runs=Path())
    reader = open_run(name, Path())
    again = regate(name, {"gate.rouge.threshold": 0.9}, f"{name}-again", runs=Path())
    return {
        "end": ending.end,
        "accepted": [line.instruction for line in reader.accepted()],
        "refused": sorted({(line.refusal.filter, line.refusal.evidence) for line in reader.items(standing="refused")}),
        "problems": [*check_run(reader).problems, *check_run(open_run(f"{name}-again", Path())).problems],
        "again": resume(name, runs=Path()).end,
        "regated": again.after.accepted,
        "recorded": json.loads(reader.record().config)["gate"].get("unlucky"),
    }

print(json.dumps({
    "grown": {"plain": grown("plain"), "checked": grown("checked", output={"checks": ["shouting"]})},
    "made": {
        "all": without_a_teacher("all"),
        "lucky": without_a_teacher("lucky", unlucky={"enabled": True, "numbers": [3]}),
        "strict": without_a_teacher("strict", rouge={"threshold": 0.3}),
    },
}))
"""
"""With the package installed: two runs of its teacher and in its format, without and with its check; two of its recipe, without and with
its filter.
"""


def described(site: Path, **project: Any) -> None:
    """What an installer leaves of a package beside its modules: its name, and its entry points."""
    folder = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    groups = [f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in points.items()) for group, points in project["entry-points"].items()]
    (folder / "entry_points.txt").write_text("\n".join(groups))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder where the two runs lie."""
    return tmp_path_factory.mktemp("plugged")


@pytest.fixture(scope="module")
def said(place: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the program says."""
    site = tmp_path_factory.mktemp("site")
    described(site, **tomllib.loads((PLUGIN / "pyproject.toml").read_text())["project"])
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), str(PLUGIN), str(ROOT), os.environ.get("PYTHONPATH", "")])}
    child = subprocess.run([sys.executable, "-c", PROGRAM], cwd=place, env=environ, text=True, capture_output=True, check=False)
    assert child.returncode == 0, child.stderr
    return json.loads(child.stdout)


@pytest.fixture(scope="module")
def found(said: dict[str, Any]) -> dict[str, Any]:
    """Of the runs of its teacher."""
    return said["grown"]


@pytest.fixture(scope="module")
def made(said: dict[str, Any]) -> dict[str, Any]:
    """Of the runs of its recipe, whose teacher is not there."""
    return said["made"]


@pytest.mark.torture
def test_an_installer_leaves_just_what_is_described_here(tmp_path: Path) -> None:
    described(tmp_path, **tomllib.loads((PLUGIN / "pyproject.toml").read_text())["project"])
    install = ["--no-deps", "--no-build-isolation", "--no-index", "--target", str(tmp_path / "site"), str(PLUGIN)]
    subprocess.run([sys.executable, "-m", "pip", "install", *install], check=True, capture_output=True)
    [ours], [theirs] = (distributions(path=[str(path)]) for path in (tmp_path, tmp_path / "site"))
    assert (theirs.name, theirs.version, set(theirs.entry_points)) == (ours.name, ours.version, set(ours.entry_points))
    modules = {path.name: path.read_text() for path in (tmp_path / "site" / "seedgen_example").glob("*.py")}
    assert modules == {path.name: path.read_text() for path in (PLUGIN / "seedgen_example").glob("*.py")}


def test_a_recipe_of_another_package_needs_no_teacher_and_stops_the_run_when_it_is_exhausted(made: dict[str, Any]) -> None:
    assert (made["all"]["end"], made["all"]["again"], len(made["all"]["accepted"])) == ("exhausted", "exhausted", 16)


def test_its_tasks_are_compared_by_the_key_it_gives_them(made: dict[str, Any]) -> None:
    assert (made["all"]["accepted"][:2], made["all"]["refused"]) == (["What is 1 times 1?", "What is 1 times 2?"], [])


def test_a_filter_of_another_package_judges_where_it_is_enabled(made: dict[str, Any]) -> None:
    assert (len(made["lucky"]["accepted"]), made["lucky"]["refused"]) == (9, [["unlucky", "3"]])


def test_what_they_made_is_derived_again_and_regated(made: dict[str, Any]) -> None:
    assert [run["problems"] for run in made.values()] == [[], [], []]
    assert [made[name]["regated"] for name in ("all", "lucky")] == [16, 9]
    assert {reason for reason, _ in made["strict"]["refused"]} == {"rouge"}


def test_a_run_that_does_not_use_a_plug_in_keeps_none_of_its_settings(made: dict[str, Any]) -> None:
    assert [run["recorded"] for run in made.values()] == [None, {"enabled": True, "numbers": [3]}, None]


def test_a_teacher_of_another_package_grows_a_dataset_that_passes_its_check(found: dict[str, Any]) -> None:
    assert [(len(run["rows"]), run["problems"]) for run in found.values()] == [(4, []), (4, [])]


def test_a_format_of_another_package_makes_the_rows(found: dict[str, Any]) -> None:
    row = found["plain"]["rows"][0]
    assert list(row) == ["id", "prompt", "completion"]
    assert re.fullmatch(r"What is \d+ plus \d+\?", row["prompt"])


def test_a_check_of_another_package_is_applied_where_it_is_named_and_nowhere_else(found: dict[str, Any]) -> None:
    assert [("shouting" in run["refused"], any(row["completion"].isupper() for row in run["rows"])) for run in found.values()] == [
        (False, True),
        (True, False),
    ]


def test_a_run_is_read_without_the_package_it_was_made_with(found: dict[str, Any], place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    item = next(open_run("plain", place).accepted()).ref
    asked = [["status", "plain"], ["items", "plain"], ["show", "plain", item], ["export", "plain", "--out", str(place / "again.jsonl")]]
    assert [main([*command, "--runs", str(place)]) for command in asked] == [0, 0, 0, 0]


def test_a_run_does_not_go_on_without_the_package_it_was_made_with(
    found: dict[str, Any], place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["resume", "plain", "--target", "5", "--runs", str(place)]) == 2
    assert 'no teacher of kind "sums"; there are: local, openai, scripted' in capsys.readouterr().err


FAULTY = {
    "stops": "raise SystemExit(0)",
    "demands": (
        "from types import SimpleNamespace as N; from seedgen.config.section import RecipeSection as R; "
        "PLUGIN = N(name='odd', order=1, steps={}, description='', config=type('C', (R,), {'__annotations__': {'x': int}}))"
    ),
    "begins": (
        "from types import SimpleNamespace as N; from seedgen.config.section import RecipeSection as R; "
        "fields = {'__annotations__': {'weight': float}, 'weight': 1.0}; "
        "PLUGIN = N(name='odd', order=1, steps={}, description='', config=type('C', (R,), fields))"
    ),
}


@pytest.mark.parametrize("fault", [pytest.param(name, marks=[pytest.mark.torture] if name != "stops" else []) for name in FAULTY])
def test_a_faulty_package_is_named_and_no_run_is_called_damaged_for_it(fault: str, tmp_path: Path) -> None:
    reader = finished_run(tmp_path / "runs", target=2)
    (tmp_path / "faulty.py").write_text(FAULTY[fault])
    described(tmp_path, **{"name": "faulty", "version": "1", "entry-points": {"seedgen.recipes": {"odd": "faulty:PLUGIN"}}})
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-m", "seedgen", "resume", reader.folder.name, "--target", "3", "--runs", str(tmp_path / "runs")]
    child = subprocess.run(command, cwd=tmp_path, env=environ, text=True, capture_output=True, check=False)
    assert (child.returncode, child.stderr.startswith("seedgen: faulty: "), "backup" in child.stderr) == (2, True, False), child.stderr


def test_a_role_that_only_a_missing_package_knows_does_not_damage_a_run() -> None:
    with pytest.raises(NotInstalled, match='no recipe asks for "translate"; roles: classify, propose, respond'):
        parse_config({"teachers": {"main": {"kind": "scripted", "roles": ["propose", "respond", "translate"]}}}, "test")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"output": {"checks": ["echo"]}}, 'output.checks: no check of another package called "echo"; no package that is installed'),
        ({"teachers": {"main": {"kind": "opnai"}}}, 'no teacher of kind "opnai"; there are: .*; did you mean "openai"?'),
    ],
)
def test_what_nobody_brings_is_refused_with_what_there_is(data: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=re.escape(says).replace(r"\.\*", ".*")):
        parse_config(data, "test")


def test_the_documentation_shows_the_very_package() -> None:
    page = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
    shown = [block for _, block in re.findall(r"```(python|toml)\n(.*?)```", page, re.DOTALL)]
    files = [PLUGIN / "pyproject.toml", *sorted((PLUGIN / "seedgen_example").glob("[!_]*.py"))]
    assert sorted(shown) == sorted(file.read_text(encoding="utf-8") for file in files)
