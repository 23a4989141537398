"""An installed wheel is whole: it runs from any folder, with its own seeds and prompts."""

import os
import subprocess
import sys
import zipfile
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
