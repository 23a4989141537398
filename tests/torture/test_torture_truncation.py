"""A database that is not whole any more is refused with what would do, or it is whole in all that was saved: never silently short."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from children import NAME, Children, Deed
from torment import SEEDS, copied, database, found, refusal, rows, undisturbed

from seedgen import open_run, resume
from seedgen.config.model import Config, parse_config
from seedgen.dataset import export
from seedgen.errors import SeedgenError, StoreBroken
from seedgen.store.sqlite.committed import COUNTED, witness_of
from seedgen.store.sqlite.database import open_writer

PAGE = 4096
FRAME = 24 + PAGE
LOG_HEADER = 32
UNLIMITED = {"limits.max_requests": None}
SAMPLES = 25
"""How many lengths of each file are tried in the quick part."""


def settings(**limits: int) -> Config:
    teacher = {"kind": "scripted", "latency": 0.002}
    data = {
        "target": 12,
        "seeds": [str(SEEDS)],
        "window": 4,
        "teachers": {"main": teacher},
        "gate": {"semantic": {"enabled": False}},
        "limits": limits,
    }
    return parse_config(data, "test")


@pytest.fixture(scope="session")
def whole(children: Children, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was done without disturbance."""
    runs = tmp_path_factory.mktemp("whole")
    assert children.go(Deed("run", runs, settings().to_json())) == 0
    return runs


@pytest.fixture(scope="session")
def killed(children: Children, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was stopped, gone on with, and killed: half of it in its file, the other half in its log."""
    runs = tmp_path_factory.mktemp("killed")
    assert children.go(Deed("run", runs, settings(max_requests=12).to_json())) == 0
    assert children.go(Deed("resume", runs, settings=UNLIMITED, kill=("commit.end", 1))) == -9
    assert database(runs).stat().st_size > 20 * PAGE
    assert log_of(runs).stat().st_size > 20 * FRAME
    return runs


def log_of(runs: Path) -> Path:
    return database(runs).with_name("run.db-wal")


def counts(runs: Path) -> list[int]:
    return [rows(database(runs), f"SELECT count(*) FROM {table}")[0][0] for table in COUNTED]  # noqa: S608 - our own words


def refused(act: Callable[[], object]) -> bool:
    """Whether it is refused, which takes a remedy."""
    said = refusal(act)
    assert said is None or "restore" in said or "damaged" in said, said
    return said is not None


def lengths(size: int, step: int, offset: int = 0) -> list[int]:
    """Page boundaries of a file, and a place inside each page."""
    return sorted({n + odd for n in range(offset, size, step) for odd in (0, 1, 777) if n + odd < size})


def some(of: list[int]) -> list[int]:
    return of[:: max(1, len(of) // SAMPLES)]


def expect_refused_or_whole(base: Path, runs: Path, cut: Callable[[Path], None]) -> bool:
    """Cut a copy; try all that opens a run. True if it was refused."""
    copied(base, runs)
    cut(runs)
    before = {path: path.read_bytes() for path in (database(runs), log_of(runs)) if path.exists()}
    found_missing = refused(lambda: open_run(NAME, runs).summary())
    assert refused(lambda: open_writer(database(runs)).dispose()) == found_missing
    if found_missing:
        assert refused(lambda: resume(NAME, runs=runs))
        assert refused(lambda: export(open_run(NAME, runs), "alpaca", runs / "out.jsonl"))
        assert not (runs / "out.jsonl").exists()
        assert {path: path.read_bytes() for path in before} == before
    else:
        assert counts(runs) == counts(base)
    shutil.rmtree(runs)
    return found_missing


def truncated(path: Callable[[Path], Path], length: int) -> Callable[[Path], None]:
    def cut(runs: Path) -> None:
        with path(runs).open("r+b") as file:
            file.truncate(length)

    return cut


def each_length(whole: Path, killed: Path, choose: Callable[[list[int]], list[int]]) -> Iterator[tuple[Path, Callable[[Path], None], str]]:
    """A run, how to cut it, and what to call that."""
    for name, base, path, step, offset in (
        ("file of a finished run", whole, database, PAGE, 0),
        ("file beside its log", killed, database, PAGE, 0),
        ("log", killed, log_of, FRAME, LOG_HEADER),
    ):
        for length in choose(lengths(path(base).stat().st_size, step, offset)):
            yield base, truncated(path, length), f"{name} at {length}"


def test_cut_short_somewhere_it_is_refused_or_whole(whole: Path, killed: Path, tmp_path: Path) -> None:
    for base, cut, _ in each_length(whole, killed, some):
        expect_refused_or_whole(base, tmp_path / "runs", cut)


@pytest.mark.torture
@pytest.mark.timeout(1200)
def test_cut_short_anywhere_it_is_refused_or_whole(whole: Path, killed: Path, tmp_path: Path) -> None:
    for base, cut, _ in each_length(whole, killed, list):
        expect_refused_or_whole(base, tmp_path / "runs", cut)


def test_without_its_log_it_is_refused_until_the_log_is_back(killed: Path, whole: Path, tmp_path: Path) -> None:
    runs = copied(killed, tmp_path)
    aside = log_of(runs).rename(tmp_path / "aside")
    with pytest.raises(StoreBroken, match=r"answers.* that were saved are missing.*restore the files together"):
        resume(NAME, runs=runs)
    aside.rename(log_of(runs))
    resume(NAME, runs=runs)
    assert found(runs) == undisturbed(whole)


def test_a_loss_is_accepted_by_removing_the_note(killed: Path, whole: Path, tmp_path: Path) -> None:
    runs = copied(killed, tmp_path)
    log_of(runs).unlink()
    witness_of(database(runs)).unlink()
    resume(NAME, UNLIMITED, runs=runs)
    assert found(runs) == undisturbed(whole)


@pytest.mark.parametrize("name", ["run.db", "run.db-wal", "both"])
def test_emptied_files_are_refused(name: str, killed: Path, tmp_path: Path) -> None:
    runs = copied(killed, tmp_path)
    for path in (database(runs), log_of(runs)):
        if name in (path.name, "both"):
            path.write_bytes(b"")
    for act in (lambda: resume(NAME, runs=runs), lambda: open_run(NAME, runs), lambda: open_writer(database(runs))):
        with pytest.raises(StoreBroken, match="restore"):
            act()


def test_what_was_cut_off_before_the_log_came_into_use_is_undone(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    child = "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.executescript('PRAGMA cache_size = 1;' \
        'CREATE TABLE t (b); BEGIN; INSERT INTO t VALUES (zeroblob(99999)); DROP TABLE t; CREATE TABLE u (b)'); os._exit(0)"
    subprocess.run([sys.executable, "-c", child, str(path)], check=True)
    assert path.with_name("run.db-journal").stat().st_size > 0
    with pytest.raises(StoreBroken, match="no seedgen run"):
        open_writer(path)
    assert [name for (name,) in rows(path, "SELECT name FROM sqlite_master")] == ["t"]


def test_an_older_copy_put_back_is_refused(killed: Path, children: Children, tmp_path: Path) -> None:
    runs = copied(killed, tmp_path)
    (tmp_path / "other").mkdir()
    older = children.go(Deed("run", tmp_path / "other", settings(max_requests=12).to_json()))
    assert older == 0
    log_of(runs).unlink()
    database(tmp_path / "other").replace(database(runs))
    with pytest.raises(StoreBroken, match="is an older copy"):
        open_run(NAME, runs)


def flipped(path: Path, place: int) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        old = file.read(1)
        file.seek(place)
        file.write(bytes([old[0] ^ 0x55]))


def expect_noticed_or_harmless(whole: Path, runs: Path, place: int) -> None:
    """A byte is wrong: the run is refused, `check` reports it, or the dataset is the same."""
    copied(whole, runs)
    flipped(database(runs), place)
    try:
        report = found(runs)
        assert report.problems or report.fingerprint == undisturbed(whole).fingerprint, place
    except SeedgenError:
        pass
    shutil.rmtree(runs)


def test_a_flipped_byte_is_noticed_or_harmless(whole: Path, tmp_path: Path) -> None:
    size = database(whole).stat().st_size
    for place in range(17, size, size // 10):
        expect_noticed_or_harmless(whole, tmp_path / "runs", place)


@pytest.mark.torture
@pytest.mark.timeout(1200)
def test_any_flipped_byte_is_noticed_or_harmless(whole: Path, tmp_path: Path) -> None:
    size = database(whole).stat().st_size
    for place in range(17, size, size // 500):
        expect_noticed_or_harmless(whole, tmp_path / "runs", place)
