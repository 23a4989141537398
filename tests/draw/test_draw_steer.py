from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedgen.config.model import SteerConfig
from seedgen.draw.pool import Pool
from seedgen.draw.steer import STEPS, Steering, at, entropy
from seedgen.draw.taxonomy import Category, Taxonomy
from seedgen.gate.balance import BalanceConfig
from seedgen.records import Aim, Entry, GateTurn, SeedTask

SEEDS = [SeedTask(f"s{i}", f"seed {i}", ()) for i in range(5)]
MIX = {"simple": 0.4, "moderate": 0.4, "complex": 0.2}
OFF = BalanceConfig(enabled=False)


def taxonomy(*weights: float) -> Taxonomy:
    return Taxonomy({f"c{i}": Category(description=f"kind {i}", weight=weight, complexity=MIX) for i, weight in enumerate(weights)})


def steering(kinds: Taxonomy, window: int = 20, **config: object) -> Steering:
    return Steering(kinds, SteerConfig.model_validate(config), OFF, window, seed=1)


def grow(pool: Pool, kinds: Taxonomy, tickets: int, window: int, yields: dict[str, float], stray: float = 0.0) -> list[Aim]:
    """Walk tickets that each admit about 8 x their category's yield of what was asked for, and now and then something else."""
    steer, rng, aims = steering(kinds, window), Random(7), []
    for ticket in range(tickets):
        aims.append(aim := steer.aim(pool.view_after(ticket - window), ticket))
        for _ in range(8):
            if rng.random() < yields.get(aim.category, 0.6):
                category = rng.choice(list(kinds.categories)) if rng.random() < stray else aim.category
                pool.append(Entry(len(pool), f"{ticket}.0", "x", category=category, tier=aim.tier, verb="write"))
        pool.close(GateTurn(len(pool), aim.category, 8))
    return aims


def shares(pool: Pool) -> dict[str, float]:
    made = pool.entries[pool.seeds :]
    return {name: count / len(made) for name, count in Counter(str(e.category) for e in made).items()}


@pytest.mark.parametrize("window", [1, 8, 62, 120])
@pytest.mark.parametrize("stray", [0.0, 0.1])
def test_a_pool_comes_to_its_weights_though_categories_yield_unequally(window: int, stray: float) -> None:
    kinds, pool = taxonomy(2, *[1] * 15, 0.5), Pool(SEEDS)
    grow(pool, kinds, 420, window, {"c1": 0.3, "c2": 0.9, "c3": 0.2}, stray)
    found = shares(pool)
    assert {name: found[name] for name, share in kinds.shares().items() if abs(found[name] - share) > 0.02} == {}


def test_tiers_come_to_the_mix_of_their_category() -> None:
    kinds, pool = taxonomy(1, 1), Pool(SEEDS)
    grow(pool, kinds, 300, 10, {})
    tiers = Counter(str(e.tier) for e in pool.entries[pool.seeds :] if e.category == "c1")
    assert {tier: round(count / tiers.total(), 1) for tier, count in tiers.items()} == MIX


def test_an_aim_depends_on_the_view_and_the_ticket_alone() -> None:
    kinds, pool = taxonomy(1, 2, 3), Pool(SEEDS)
    aims = grow(pool, kinds, 120, 9, {"c0": 0.2})
    backwards = steering(kinds, 9)
    assert [backwards.aim(pool.view_after(t - 9), t) for t in reversed(range(120))] == aims[::-1]


def test_weights_of_nought_are_never_asked_for() -> None:
    kinds, pool = taxonomy(1, 0), Pool(SEEDS)
    assert {aim.category for aim in grow(pool, kinds, 50, 5, {})} == {"c0"}


def test_without_categories_or_switched_off_nothing_is_asked_for() -> None:
    view = Pool(SEEDS).view_after(-1)
    assert steering(taxonomy()).aim(view, 3) == Aim()
    assert steering(taxonomy(1, 2), enabled=False).aim(view, 3) == Aim()


def test_verbs_near_their_cap_are_to_be_avoided_the_commonest_first() -> None:
    pool = Pool(SEEDS)
    for i, verb in enumerate(["write"] * 30 + ["list"] * 25 + ["name"] * 5 + ["be"] * 40):
        pool.append(Entry(5 + i, "0.0", "x", verb=verb))
    pool.close(GateTurn(len(pool)))
    steer = Steering(taxonomy(1), SteerConfig(), BalanceConfig(max_verb=0.3), 1, 0)
    assert steer.aim(pool.view_after(0), 1).avoid == ("write", "list")


def block(pool: Pool, tickets: int, admitted: int, verbs: list[str], novelty: float = 0.5) -> None:
    """So many tickets of 10 candidates, each admitting `admitted` with these verbs in turn."""
    for _ in range(tickets):
        for i in range(admitted):
            pool.append(Entry(len(pool), "0.0", "x", verb=verbs[i % len(verbs)]))
        pool.close(GateTurn(len(pool), "c0", 10, novelty))


VARIED = ["write", "list", "name", "sort", "count"]


def levels(*after: tuple[int, list[str], float]) -> list[tuple[bool, float]]:
    """How a ticket is answered after a sound block and then each of these blocks of (admitted, verbs, novelty)."""
    pool, steer = Pool(SEEDS), steering(taxonomy(1, 1), window=10, watch_tickets=10)
    block(pool, 10, 5, VARIED)
    answers = []
    for admitted, verbs, novelty in after:
        block(pool, 10, admitted, verbs, novelty)
        aim = steer.aim(pool.view_after(len(pool.gate_turns) - 1), len(pool.gate_turns) + 9)
        answers.append((aim.seeds_only, aim.warmth))
    return answers


SOUND, POOR = (5, VARIED, 0.5), (1, VARIED, 0.5)


@pytest.mark.parametrize("fallen", [POOR, (5, VARIED, 0.2), (5, ["write"], 0.5)], ids=["acceptance", "novelty", "entropy"])
def test_a_fall_is_answered_step_by_step(fallen: tuple[int, list[str], float]) -> None:
    assert levels(SOUND, fallen, fallen, SOUND, SOUND) == [(False, 0.0), (True, 0.0), (True, 0.2), (True, 0.0), (False, 0.0)]


def test_at_the_last_step_only_categories_behind_are_asked_for() -> None:
    pool, steer = Pool(SEEDS), steering(taxonomy(*[1] * 6), window=10, watch_tickets=10)
    for i in range(60):
        pool.append(Entry(len(pool), "0.0", "x", category=f"c{i % 3}", verb=VARIED[i % 5]))
    block(pool, 10, 5, VARIED)
    for _ in range(3):
        block(pool, 10, 1, VARIED)
    view = pool.view_after(39)
    assert {steer.aim(view, ticket).category for ticket in range(40, 100)} == {"c3", "c4", "c5"}


def exhausted(*blocks: int, watch: bool = True) -> list[str]:
    pool, steer = Pool(SEEDS), steering(taxonomy(1), window=10, watch_tickets=10, watch=watch)
    said = []
    for admitted in blocks:
        block(pool, 10, admitted, VARIED)
        said.append(steer.exhausted(pool.view_after(len(pool.gate_turns) - 1)))
    return said


def test_when_no_answer_helps_it_says_what_has_fallen() -> None:
    *before, last = exhausted(5, 0, 0, 0, 0)
    assert before == [""] * 4
    assert last.startswith("over the last 10 tickets the teacher repeated itself: acceptance from 50% to 0%; showing it seeds only")


def test_while_enough_comes_in_it_goes_on() -> None:
    assert exhausted(5, 1, 1, 1, 1, 1) == [""] * 6
    assert exhausted(5, 0, 0, 0, 0, watch=False) == [""] * 5


@given(st.lists(st.floats(0, 10), min_size=1, max_size=8).filter(any), st.floats(0, 1, exclude_max=True))
def test_a_place_falls_on_a_name_that_is_in_demand(demands: list[float], place: float) -> None:
    named = {str(i): demand for i, demand in enumerate(demands)}
    name = at(named, place)
    assert named[name] > 0 or sum(demands) < 1e-300


@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_places_are_spread_evenly_over_short_stretches(start: int) -> None:
    hits = Counter(at({"a": 0.1, "b": 0.9}, (start + n) * STEPS[0] % 1.0) for n in range(100))
    assert abs(hits["a"] - 10) <= 2


def test_entropy_is_in_bits() -> None:
    assert entropy(Counter({"a": 1, "b": 1, "c": 2})) == 1.5


def test_while_nothing_comes_in_categories_are_asked_for_by_weight() -> None:
    pool, steer = Pool(SEEDS), steering(taxonomy(1, 1, 1), window=1)
    for _ in range(20):
        pool.close(GateTurn(len(pool), "c0", 8))
    assert {steer.aim(pool.view_after(19), ticket).category for ticket in range(20, 40)} == {"c0", "c1", "c2"}
