import time

import pytest

from seedgen.records import SeedTask
from seedgen.taxonomy import Taxonomy


def seed(id_: str, instruction: str, category: str | None) -> SeedTask:
    return SeedTask(id_, instruction, (), category=category)


TASKS = [
    seed("s1", "Write a poem about the autumn rain.", "creative"),
    seed("s2", "Write a Python function that sorts a list.", "code"),
    seed("s3", "Translate the sentence into French.", "translation"),
    seed("s4", "Write a short poem about a cat.", "creative"),
    seed("s5", "Write a poem in Python.", None),
]


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("Compose a poem on autumn leaves.", "creative"),
        ("Implement a Python function for prime numbers.", "code"),
        ("Translate this letter into Spanish.", "translation"),
    ],
)
def test_the_category_is_that_of_the_most_similar_seeds(text: str, category: str) -> None:
    assert Taxonomy(TASKS).category(text)[0] == category


def test_the_evidence_names_the_nearest_seeds_with_their_similarity() -> None:
    assert Taxonomy(TASKS).category("Translate the sentence into French!") == ("translation", "like s3 (1.00)")


def test_three_neighbours_vote_by_weight() -> None:
    tasks = [seed("a", "cats dogs", "x"), seed("b", "cats birds", "y"), seed("c", "cats fish", "y"), seed("d", "cows", "z")]
    assert Taxonomy(tasks).category("cats")[0] == "y"
    assert Taxonomy(tasks[:1] + tasks[3:]).category("cats")[0] == "x"


@pytest.mark.parametrize("text", ["", "???", "What is the of it?", "Quantum chromodynamics"])
def test_without_a_shared_word_there_is_no_category(text: str) -> None:
    assert Taxonomy(TASKS).category(text) == (None, "")


@pytest.mark.parametrize("tasks", [[], [seed("s", "Write a poem.", None)]])
def test_without_categories_there_is_no_category(tasks: list[SeedTask]) -> None:
    assert Taxonomy(tasks).category("Write a poem.") == (None, "")


def test_of_equals_the_first_seed_wins() -> None:
    tasks = [seed("a", "Bake bread.", "x"), seed("b", "Bake bread.", "y")]
    assert Taxonomy(tasks).category("Bake bread.") == ("x", "like a (1.00), b (1.00)")


def test_it_is_quick_enough_to_run_on_every_candidate() -> None:
    tasks = [seed(f"s{i}", f"Write the text number {i} about topic {i % 17} and theme {i % 5}.", f"c{i % 9}") for i in range(240)]
    taxonomy = Taxonomy(tasks)
    start = time.perf_counter()
    for task in tasks:
        taxonomy.category(task.instruction)
    assert (time.perf_counter() - start) / len(tasks) < 0.005
