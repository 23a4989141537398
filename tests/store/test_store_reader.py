"""The dataset as people read it: an item at a time, all of one moment."""

import shutil
from pathlib import Path

import pytest
from finished import copy_of, finished_run, spoil

from seedgen import open_run
from seedgen.errors import StoreBroken
from seedgen.store.sqlite.reader import RunReader

SCHEMA_1 = Path(__file__).parent.parent / "golden" / "schema1.db"


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> RunReader:
    return finished_run(tmp_path_factory.mktemp("read"))


def test_the_accepted_items_come_in_order_as_items_has_them(done: RunReader) -> None:
    found = list(done.accepted())
    assert [line.position for line in found] == list(range(12))
    assert sorted(found, key=lambda line: line.ref) == sorted(done.items(standing="accepted"), key=lambda line: line.ref)
    assert done.accepted_at([99, 7, 0]) == [found[0], found[7]]


def test_the_first_is_there_before_the_last_was_read(done: RunReader, tmp_path: Path) -> None:
    spoilt = copy_of(done, tmp_path)
    spoil(spoilt, "UPDATE item SET output = x'00' WHERE position = 11")
    items = spoilt.accepted()
    assert [next(items).position for _ in range(11)] == list(range(11))
    with pytest.raises(StoreBroken, match="output is 1 bytes, not text"):
        next(items)


def test_what_is_written_meanwhile_is_not_seen(done: RunReader, tmp_path: Path) -> None:
    reader = copy_of(done, tmp_path)
    items = reader.accepted()
    first = next(items)
    spoil(reader, "UPDATE candidate SET instruction = 'Do something else.'; DELETE FROM item WHERE position = 11")
    assert [first, *items] == list(done.accepted())


def test_one_left_in_the_middle_lets_go_of_the_database(done: RunReader, tmp_path: Path) -> None:
    reader = copy_of(done, tmp_path)
    for _ in reader.accepted():
        break
    spoil(reader, "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE")
    assert not reader.folder.database.with_name("run.db-wal").exists()


def test_an_older_run_may_be_read_twice_at_once_and_asked_about_meanwhile(tmp_path: Path) -> None:
    (tmp_path / "it").mkdir()
    shutil.copy(SCHEMA_1, tmp_path / "it" / "run.db")
    reader = open_run("it", tmp_path)
    pairs = [
        (one.position, other.position, len(reader.life(one.ref).calls) > 0)
        for one, other in zip(reader.accepted(), reader.accepted(), strict=True)
    ]
    assert pairs == [(n, n, True) for n in range(12)]
