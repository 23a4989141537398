from pathlib import Path

import pytest

from seedgen.draw.taxonomy import TIERS, Category, Classifier, NearestSeeds, Taxonomy, of_seeds, read_taxonomy, stored_taxonomy
from seedgen.errors import UsageError
from seedgen.inputs.bundled import bundled
from seedgen.inputs.seeds import read_seeds
from seedgen.language.text import verb_noun
from seedgen.records import SeedTask


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
    assert NearestSeeds(TASKS).category(text)[0] == category


def test_the_evidence_names_the_nearest_seeds_with_their_similarity() -> None:
    assert NearestSeeds(TASKS).category("Translate the sentence into French!") == ("translation", "like s3 (1.00)")


def test_three_neighbours_vote_by_weight() -> None:
    tasks = [seed("a", "cats dogs", "x"), seed("b", "cats birds", "y"), seed("c", "cats fish", "y"), seed("d", "cows", "z")]
    assert NearestSeeds(tasks).category("cats")[0] == "y"
    assert NearestSeeds(tasks[:1] + tasks[3:]).category("cats")[0] == "x"


@pytest.mark.parametrize("text", ["", "???", "What is the of it?", "Quantum chromodynamics"])
def test_without_a_shared_word_there_is_no_category(text: str) -> None:
    assert NearestSeeds(TASKS).category(text) == (None, "")


@pytest.mark.parametrize("tasks", [[], [seed("s", "Write a poem.", None)]])
def test_without_categories_there_is_no_category(tasks: list[SeedTask]) -> None:
    assert NearestSeeds(tasks).category("Write a poem.") == (None, "")


def test_of_equals_the_first_seed_wins() -> None:
    tasks = [seed("a", "Bake bread.", "x"), seed("b", "Bake bread.", "y")]
    assert NearestSeeds(tasks).category("Bake bread.") == ("x", "like a (1.00), b (1.00)")


BUNDLED = read_taxonomy(bundled("seeds") / "taxonomy.toml")
SEEDS = read_seeds(("bundled",))


def test_the_bundled_taxonomy_fits_the_bundled_seeds() -> None:
    assert set(BUNDLED.categories) == {seed.category for seed in SEEDS}
    assert {seed.tier for seed in SEEDS} == set(TIERS)
    assert all(c.description and c.output and set(c.complexity) == set(TIERS) for c in BUNDLED.categories.values())


def test_shares_are_weights_brought_to_a_sum_of_one() -> None:
    taxonomy = Taxonomy({"a": Category(weight=3), "b": Category(weight=1), "c": Category(weight=0)})
    assert taxonomy.shares() == {"a": 0.75, "b": 0.25}


def test_what_is_stored_comes_back() -> None:
    assert stored_taxonomy(BUNDLED.to_json(), "run") == BUNDLED


def test_the_taxonomy_of_seeds_has_their_categories_as_the_bundled_one_describes_them() -> None:
    tasks = [seed("a", "x", "code"), seed("b", "y", "legal"), seed("c", "z", None)]
    assert of_seeds(BUNDLED, tasks).categories == {"code": BUNDLED.categories["code"], "legal": Category()}


@pytest.mark.parametrize(
    ("asked", "text", "found"),
    [
        ("", "Translate this into Welsh.", ("translation", "says 'translate'")),
        ("creative", "Tell me about the rain.", ("creative", "asked for")),
        ("creative", "Write a haiku about rain.", ("creative", "asked for, and says 'haiku'")),
        ("math", "Write a haiku about rain.", ("creative", "says 'haiku', though math was asked for")),
        ("math", "Write a haiku about rain, then translate it.", ("math", "asked for")),
        ("", "Compose something on autumn leaves.", ("creative", "like s1 (0.22)")),
    ],
)
def test_a_sign_comes_before_what_was_asked_for_and_that_before_the_nearest_seeds(asked: str, text: str, found: tuple[str, str]) -> None:
    assert Classifier(BUNDLED, TASKS).category(text, verb_noun(text)[0], asked) == found


def test_the_signs_of_the_bundled_taxonomy_are_right_about_the_seeds_they_speak_of() -> None:
    classifier = Classifier(BUNDLED, ())
    said = [(task.category, classifier.category(task.instruction, verb_noun(task.instruction)[0])[0]) for task in SEEDS]
    spoken = [own == found for own, found in said if found]
    assert (len(spoken) >= 50, sum(spoken) / len(spoken) > 0.85) == (True, True)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[categories.a]\nwieght = 2", r'mine.toml: unknown key "categories.a.wieght"; did you mean "weight"'),
        ("[categories.a]\nweight = -1", r"mine.toml: categories.a.weight: must be at least 0, not -1"),
        ("[categories.a]\ncomplexity = { hard = 1 }", r'mine.toml: categories.a.complexity: unknown tier "hard"; there are simple'),
        ("[category.a]", r'mine.toml: unknown key "category"'),
        ("categories = 3", r"mine.toml: no categories"),
        ("[categories", r"taxonomy .*mine.toml: cannot be read"),
        ("[categories.a]\nweight = 0", r"mine.toml: no category has a weight above 0"),
    ],
)
def test_a_faulty_taxonomy_is_refused_with_the_place(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(UsageError, match=says):
        read_taxonomy(tmp_path / "mine.toml")


@pytest.mark.parametrize("name", ["", "  ", " poems", "two\\nlines", "bell\\u0007", "x" * 101])
def test_a_category_without_a_plain_name_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "mine.toml").write_text(f'[categories."{name}"]\nweight = 1\n')
    with pytest.raises(UsageError, match=r"mine\.toml: .* is no category name; write one line"):
        read_taxonomy(tmp_path / "mine.toml")


@pytest.mark.parametrize("text", ["categories = " + "[" * 100_000, "categories = " + "9" * 5000])
def test_a_taxonomy_that_nobody_can_read_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(UsageError, match=r"mine\.toml: (nested too deeply|cannot be read)"):
        read_taxonomy(tmp_path / "mine.toml")
