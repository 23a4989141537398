from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from seedgen.draw.pool import Pool, PoolView
from seedgen.draw.sampler import NO_AIM, draw, pick
from seedgen.records import Aim, Entry, Instance, SeedTask


@dataclass(frozen=True)
class Deal:
    seeds: int = 6
    machine: int = 2
    shows_instances: bool = False


def pool_of(seeds: int, machine: int) -> Pool:
    pool = Pool(SeedTask(f"s{i}", f"seed {i}", (Instance("", "x"),)) for i in range(seeds))
    for i in range(seeds, seeds + machine):
        pool.append(Entry(i, f"{i}.0", f"made {i}", (Instance("", "y"),) if i % 2 else ()))
    return pool


def parents(pool: Pool, ticket: int, size: int, deal: Deal = Deal(), aim: Aim = NO_AIM) -> list[int]:
    view = PoolView(pool, pool.seeds, size)
    return [p.index for p in draw(view, ticket, seed=0, recipes={"r": deal}, weights={"r": 1}, aim=aim).parents]


def test_a_draw_shows_six_seeds_and_two_machine_made() -> None:
    shown = parents(pool_of(20, 20), 3, 40)
    assert (len(set(shown)), sum(i >= 20 for i in shown)) == (8, 2)


def test_seeds_stand_in_while_there_are_no_machine_made_ones() -> None:
    shown = parents(pool_of(20, 20), 3, 20)
    assert (len(set(shown)), max(shown) < 20) == (8, True)


def test_a_small_pool_is_shown_whole() -> None:
    assert sorted(parents(pool_of(3, 0), 0, 3)) == [0, 1, 2]


def test_a_recipe_that_shows_instances_is_dealt_only_entries_that_have_them() -> None:
    shown = parents(pool_of(4, 20), 5, 24, Deal(seeds=0, machine=8, shows_instances=True))
    assert all(i % 2 for i in shown if i >= 4)


@given(st.integers(0, 10_000), st.integers(20, 60))
def test_what_joins_the_pool_later_does_not_change_a_draw(ticket: int, size: int) -> None:
    assert parents(pool_of(20, 40), ticket, size) == parents(pool_of(20, size - 20), ticket, size)


def test_recipes_are_dealt_by_weight() -> None:
    view, recipes = pool_of(9, 0).view_after(-1), {"a": Deal(), "b": Deal()}
    names = [draw(view, t, seed=0, recipes=recipes, weights={"a": 3, "b": 1}).recipe for t in range(2000)]
    assert abs(names.count("a") / 2000 - 0.75) < 0.03


def test_a_pick_depends_on_seed_and_key_alone() -> None:
    weights = {"a": 1.0, "b": 1.0}
    assert [pick(weights, seed=1, key=str(k)) for k in range(50)] == [pick(weights, seed=1, key=str(k)) for k in range(50)]
    assert {pick(weights, seed=1, key=str(k)) for k in range(50)} == {"a", "b"}


def kinds() -> Pool:
    """Ten seeds of each of two categories, five of them hard, then ten made of each, one in two beginning with "write"."""
    pool = Pool(SeedTask(f"s{i}", f"seed {i}", (), category="ab"[i % 2], tier=("simple", "complex")[i // 10]) for i in range(20))
    for i in range(20, 40):
        pool.append(Entry(i, f"{i}.0", f"made {i}", category="ab"[i % 2], verb=("write", "list")[i // 30]))
    return pool


@given(st.integers(0, 1000))
def test_an_aimed_draw_shows_half_the_seeds_and_the_machine_made_ones_of_its_category(ticket: int) -> None:
    shown = parents(kinds(), ticket, 40, aim=Aim("a"))
    seeds, made = [i for i in shown if i < 20], [i for i in shown if i >= 20]
    assert (len(set(seeds)), len(made), sum(i % 2 == 0 for i in seeds) >= 3, [i % 2 for i in made]) == (6, 2, True, [0, 0])


def test_seeds_of_the_tier_aimed_at_come_first() -> None:
    shown = parents(kinds(), 0, 20, Deal(seeds=4, machine=0), Aim("b", tier="complex"))
    assert sum(i % 2 == 1 and i >= 10 for i in shown) >= 2


def test_crowded_verbs_are_not_shown_while_there_are_others() -> None:
    assert all(i >= 30 for i in parents(kinds(), 3, 40, aim=Aim("a", avoid=("write",))) if i >= 20)


def test_against_a_collapse_only_seeds_are_shown() -> None:
    shown = parents(kinds(), 3, 40, aim=Aim("a", level=1))
    assert (len(set(shown)), max(shown) < 20) == (8, True)


def test_a_category_that_no_seed_has_leaves_the_draw_whole() -> None:
    assert len(set(parents(kinds(), 3, 20, aim=Aim("z")))) == 8
