from typing import Any

from seedgen.audit import SeedSurvey, survey_seeds
from seedgen.records import Instance, SeedTask


def task(number: int, instruction: str, input_: str = "", **fields: Any) -> SeedTask:
    return SeedTask(str(number), instruction, (Instance(input_, "out"),), source=f"seeds.jsonl:{number}", **fields)


def test_a_survey_counts_and_names_what_is_too_much_alike() -> None:
    tasks = [
        task(1, "Sort the numbers below from small to large.", "3 1", category="code", tier="simple", license="CC0-1.0"),
        task(2, "Sort the letters below from small to large.", category="code", is_classification=True),
        task(3, "Name a river.", category="open_qa", is_classification=False),
        task(4, "name a RIVER"),
    ]
    assert survey_seeds(tasks) == SeedSurvey(
        tasks=4,
        with_input=1,
        classification=1,
        by_category={"code": 2, "open_qa": 1, "(none)": 1},
        by_tier={"(none)": 3, "simple": 1},
        by_license={"(none)": 3, "CC0-1.0": 1},
        near=(("seeds.jsonl:1", "seeds.jsonl:2", 0.875), ("seeds.jsonl:3", "seeds.jsonl:4", 1.0)),
    )


def test_duplicates_that_have_no_words_are_duplicates_all_the_same() -> None:
    assert survey_seeds([task(1, "???"), task(2, "???"), task(3, "!")]).near == (("seeds.jsonl:1", "seeds.jsonl:2", 1.0),)


def test_of_many_that_are_alike_each_is_named_once() -> None:
    tasks = [task(n, f"Sort the {n} numbers below from small to large.") for n in range(3_000)]
    near = survey_seeds(tasks).near
    assert [other for _, other, _ in near] == [f"seeds.jsonl:{n}" for n in range(1, 3_000)]
    assert {one for one, _, _ in near} == {"seeds.jsonl:0"}
