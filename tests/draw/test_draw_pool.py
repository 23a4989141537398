import pytest

from seedgen.draw.pool import Pool
from seedgen.records import Entry, GateTurn, Instance, SeedTask

SEEDS = [SeedTask("a", "first", (Instance("", "1"),)), SeedTask("b", "second", (Instance("", "2"),))]


def test_a_view_ends_where_it_was_taken() -> None:
    pool = Pool(SEEDS)
    view = pool.view_after(-1)
    pool.append(Entry(2, "0.0", "third"))
    with pytest.raises(IndexError):
        view[2]


def test_a_view_is_the_pool_as_a_ticket_left_it() -> None:
    pool = Pool(SEEDS)
    for index in (2, 3, 4):
        pool.append(Entry(index, f"0.{index}", "made"))
        pool.close(GateTurn(len(pool)))
    assert [(view.size, view.tickets) for view in map(pool.view_after, (-8, -1, 0, 2))] == [(2, 0), (2, 0), (3, 1), (5, 3)]


def test_entries_can_only_be_appended_in_order() -> None:
    with pytest.raises(ValueError, match="entry 5"):
        Pool(SEEDS).append(Entry(5, "0.0", "third"))


def test_machine_made_entries_with_instances_are_known_as_of_the_view() -> None:
    pool = Pool(SEEDS)
    for index in (2, 3, 4):
        pool.append(Entry(index, f"0.{index}", "made", (Instance("", "x"),) if index != 3 else ()))
        pool.close(GateTurn(len(pool)))
    early, late = pool.view_after(1), pool.view_after(2)
    assert (list(early.machine(True)), list(late.machine(True)), list(late.machine(False))) == ([2], [2, 4], [2, 3, 4])
