from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from seedgen.errors import StoreBroken
from seedgen.store.sqlite.commit import GroupCommit
from seedgen.store.sqlite.database import open_writer


@pytest.fixture
def commits(tmp_path: Path) -> GroupCommit:
    path = tmp_path / "run.db"
    group = GroupCommit(open_writer(path), path)
    group.submit(lambda c: c.execute(text("CREATE TABLE t (n INTEGER UNIQUE)")) and None).result()
    return group


def insert(n: int):  # type: ignore[no-untyped-def]
    def write(connection: Connection) -> None:
        connection.execute(text("INSERT INTO t VALUES (:n)"), {"n": n})

    return write


def stored(commits: GroupCommit) -> list[int]:
    with commits.engine.connect() as connection:
        return list(connection.execute(text("SELECT n FROM t ORDER BY rowid")).scalars())


def test_writes_are_committed_in_the_order_submitted(commits: GroupCommit) -> None:
    for n in range(1000):
        commits.submit(insert(n))
    commits.close()
    assert stored(commits) == list(range(1000))


def test_a_future_is_done_when_its_write_is_committed(commits: GroupCommit) -> None:
    commits.submit(insert(7)).result()
    assert stored(commits) == [7]
    commits.close()


def test_a_write_whose_waiter_is_cancelled_is_committed_all_the_same(commits: GroupCommit) -> None:
    for n in range(200):
        assert not commits.submit(insert(n)).cancel()
    commits.submit(insert(200)).result(timeout=240)
    assert len(stored(commits)) == 201
    commits.close()


@pytest.mark.parametrize("put_back", [b"", None], ids=["replaced", "removed"])
def test_a_database_taken_away_is_noticed_at_the_next_write(commits: GroupCommit, put_back: bytes | None) -> None:
    commits.path.rename(commits.path.with_name("moved"))
    if put_back is not None:
        commits.path.write_bytes(put_back)
    with pytest.raises(StoreBroken, match="was removed or replaced"):
        commits.submit(insert(1)).result()


def test_the_first_failure_fails_all_that_comes_after_and_spares_what_was_before(commits: GroupCommit) -> None:
    commits.submit(insert(1)).result()
    with pytest.raises(StoreBroken, match="UNIQUE"):
        commits.submit(insert(1)).result()
    with pytest.raises(StoreBroken, match="UNIQUE"):
        commits.submit(insert(2)).result()
    with pytest.raises(StoreBroken):
        commits.close()
    assert stored(commits) == [1]


def test_a_value_that_cannot_be_stored_fails_what_waits_instead_of_leaving_it_waiting(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    commits = GroupCommit(open_writer(path), path)

    def write(connection: Connection) -> None:
        connection.exec_driver_sql("UPDATE run SET name = ?", ("\ud800",))

    with pytest.raises(StoreBroken, match="surrogates not allowed"):
        commits.submit(write).result(timeout=240)
    with pytest.raises(StoreBroken):
        commits.submit(lambda connection: None).result(timeout=240)
    with pytest.raises(StoreBroken):
        commits.close()
