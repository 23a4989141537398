"""README and the guide in docs/ are held to the product: every setting and command is there, examples run, links lead somewhere."""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path

import pytest
from pydantic import BaseModel

from seedgen.cli import main
from seedgen.config.model import Config, TeacherConfig, parse_config
from seedgen.config.section import kind_of
from seedgen.draw.taxonomy import read_taxonomy

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *(ROOT / "docs" / f"{page}.md" for page in ("settings", "gate", "steering", "costs", "jobs", "asking"))]
GUIDE = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
QUICK = {"SEEDGEN_TEACHERS__MAIN__KIND": "scripted", "SEEDGEN_GATE__SEMANTIC__ENABLED": "false"}


def rows(section: BaseModel, prefix: str = "") -> Iterator[str]:
    """The config table, a line a setting."""
    for name, info in type(section).model_fields.items():
        value, key = getattr(section, name), prefix + (info.alias or name)
        if isinstance(value, BaseModel):
            yield from rows(value, f"{key}.")
        elif name == "teachers":
            yield from rows(TeacherConfig(), "teachers.NAME.")
        else:
            live = " ○" if kind_of(info) == "live" else ""
            default = "" if value is None else json.dumps(value, ensure_ascii=False)
            shown = f"`{default}`" if default and len(default) < 40 else "see `seedgen init`" if default else ""
            yield f"| `{key}`{live} | {shown} | {str(info.description).replace('|', '/')} |"


def examples(language: str) -> str:
    return "\n".join(re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL))


def test_the_readme_is_read_in_one_go() -> None:
    assert len(PAGES[0].read_text(encoding="utf-8").splitlines()) <= 150


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    prose = re.sub(r"```.*?```|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", prose)
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_setting_is_in_the_config_table() -> None:
    table = [line for line in GUIDE.splitlines() if re.match(r"\| `[a-z_.A-Z-]+`( ○)? \|", line)]
    assert table == list(rows(Config())), "paste these rows into docs/settings.md:\n" + "\n".join(rows(Config()))


@pytest.mark.parametrize(
    "command",
    [
        "init",
        "run",
        "resume",
        "estimate",
        "runs",
        "status",
        "items",
        "show",
        "mark",
        "check",
        "doctor",
        "seeds check",
        "teacher",
        "export",
        "calibrate",
        "regate",
        "watch",
        "log",
        "pause",
        "stop",
        "set",
    ],
)
def test_every_command_is_shown(command: str) -> None:
    assert f"seedgen {command}" in GUIDE


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the run that the examples ask about."""
    place = tmp_path_factory.mktemp("readme")
    with typing_in(place):
        assert main(words("seedgen run --name first --target 25")) == 0
    return place


@contextmanager
def typing_in(place: Path) -> Iterator[None]:
    """As in a shell that is in this folder, where a run takes no time."""
    with chdir(place), pytest.MonkeyPatch.context() as patch:
        for name, value in QUICK.items():
            patch.setenv(name, value)
        yield


def words(command: str) -> list[str]:
    """What is typed after `seedgen`."""
    return shlex.split(command, comments=True)[1:]


OFFLINE = dict.fromkeys(
    line.removeprefix("$ ").partition("#")[0].strip()
    for line in examples("console").splitlines()
    if line.startswith("$ seedgen ") and "http" not in line and "seedgen run --" not in line
)


def test_the_examples_of_the_command_line_run(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(OFFLINE) >= 10
    with typing_in(workplace):
        done = {command: (main(words(command)), capsys.readouterr().err) for command in OFFLINE}
    assert {command: error for command, (code, error) in done.items() if code} == {}


def test_the_config_example_is_a_config() -> None:
    data = tomllib.loads(examples("toml"))
    del data["categories"]
    teachers = parse_config(data, "README.md").teachers
    assert {name: teacher.roles for name, teacher in teachers.items()} == {
        "main": ("propose", "respond"),
        "small": ("propose",),
        "large": ("respond",),
    }


def test_the_taxonomy_example_is_a_taxonomy(tmp_path: Path) -> None:
    (block,) = (block for block in re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL) if "[categories." in block)
    (tmp_path / "mine.toml").write_text(block)
    assert read_taxonomy(tmp_path / "mine.toml").shares() == {"contracts": 1.0}


def test_the_python_example_runs(workplace: Path) -> None:
    quick = 'Config(target=100, teachers={"main": {"kind": "scripted"}}, gate={"semantic": {"enabled": False}})'
    code = examples("python").replace("Config(target=100)", quick).replace('"first"', '"other"')
    result = subprocess.run([sys.executable, "-c", code], cwd=workplace, text=True, capture_output=True, check=False)
    assert (result.returncode, len(result.stdout.splitlines()) >= 200) == (0, True), result.stderr
