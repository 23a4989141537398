"""The page on reliability names every failpoint and every file of these tests."""

from pathlib import Path

from seedgen.failpoints import POINTS

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"


def test_the_page_says_of_every_failpoint_what_is_at_stake() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    assert rows == [f"| `{name}` | {text} |" for name, text in POINTS.items()]


def test_the_page_names_every_file_of_these_tests() -> None:
    files = [path.name for path in Path(__file__).parent.glob("test_*.py") if path != Path(__file__)]
    assert [name for name in files if name not in PAGE.read_text()] == []
