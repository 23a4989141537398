import pytest

from seedgen.pool import Pool
from seedgen.records import Entry, Instance, SeedTask

SEEDS = [SeedTask("a", "first", (Instance("", "1"),)), SeedTask("b", "second", (Instance("", "2"),))]


def test_a_view_ends_where_it_was_taken() -> None:
    pool = Pool(SEEDS)
    view = pool.view(2)
    pool.append(Entry(2, "0.0", "third"))
    with pytest.raises(IndexError):
        view[2]


def test_entries_can_only_be_appended_in_order() -> None:
    with pytest.raises(ValueError, match="entry 5"):
        Pool(SEEDS).append(Entry(5, "0.0", "third"))


def test_machine_made_entries_with_instances_are_known_as_of_the_view() -> None:
    pool = Pool(SEEDS)
    for index in (2, 3, 4):
        pool.append(Entry(index, f"0.{index}", "made", (Instance("", "x"),) if index != 3 else ()))
    assert (list(pool.view(4).machine(True)), list(pool.view(5).machine(True)), list(pool.view(5).machine(False))) == (
        [2],
        [2, 4],
        [2, 3, 4],
    )
