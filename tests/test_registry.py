"""What is found behind a door: our files first, then what other packages declare, and whose fault it is when something is wrong."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from seedgen.errors import UsageError
from seedgen.registry import blamed, foreign, plugins


@dataclass(frozen=True)
class Tool:
    name: str


class Place:
    """A folder on the path, with a door of our own and packages of others."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.door = f"door_{folder.name}"

    def ours(self, **modules: str) -> None:
        (self.folder / self.door).mkdir()
        for name, code in {"__init__": "", **modules}.items():
            (self.folder / self.door / f"{name}.py").write_text(code)

    def theirs(self, package: str, name: str, code: str) -> None:
        module = f"{self.door}_{package}"
        (self.folder / f"{module}.py").write_text(code)
        meta = self.folder / f"{package}-1.dist-info"
        meta.mkdir()
        (meta / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1\n")
        (meta / "entry_points.txt").write_text(f"[{self.door}]\n{name} = {module}:PLUGIN\n")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.syspath_prepend(str(tmp_path))
    return Place(tmp_path)


def tool(name: str) -> str:
    return f"from test_registry import Tool\nPLUGIN = Tool({name!r})\n"


def test_ours_come_first_in_the_order_of_their_files_then_those_of_others_by_name(place: Place) -> None:
    place.ours(b=tool("saw"), a=tool("zip"), c="NO_PLUGIN = True")
    place.theirs("one", "file", tool("file"))
    place.theirs("two", "adze", tool("adze"))
    assert list(plugins(place.door, Tool).items()) == [(name, Tool(name)) for name in ("zip", "saw", "adze", "file")]
    assert foreign(place.door) == {"adze", "file"}


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("axe", "raise OSError('no steel')", 'shed: its "axe" for "DOOR" cannot be loaded: OSError: no steel; upgrade or uninstall'),
        ("axe", "raise SystemExit(0)", 'shed: its "axe" for "DOOR" cannot be loaded: SystemExit: 0; upgrade or uninstall'),
        ("axe", "", 'shed: its "axe" for "DOOR" cannot be loaded: AttributeError: .*; upgrade or uninstall that package'),
        ("axe", "PLUGIN = 'axe'", 'shed: "axe" is no Tool of that name, which is what "DOOR" takes'),
        ("axe", tool("hatchet"), 'shed: "axe" is no Tool of that name'),
        ("saw", tool("saw"), 'shed: declares "saw" for "DOOR", which is there already; uninstall one of the two'),
    ],
)
def test_what_is_wrong_with_a_package_is_said_with_its_name_and_what_would_do(place: Place, name: str, code: str, says: str) -> None:
    place.ours(a=tool("saw"))
    place.theirs("shed", name, code)
    with pytest.raises(UsageError, match=says.replace("DOOR", place.door)):
        plugins(place.door, Tool)


def test_what_fails_at_work_is_the_fault_of_its_package_unless_it_is_ours(place: Place) -> None:
    place.ours(a=tool("saw"))
    place.theirs("shed", "axe", tool("axe"))
    with (
        pytest.raises(UsageError, match=r'shed: its "axe" for ".*" failed: ZeroDivisionError: .*; upgrade or uninstall'),
        blamed(place.door, "axe"),
    ):
        1 / 0  # noqa: B018
    with pytest.raises(ZeroDivisionError), blamed(place.door, "saw"):
        1 / 0  # noqa: B018
    with pytest.raises(UsageError, match="mine"), blamed(place.door, "axe"):
        raise UsageError("mine")
