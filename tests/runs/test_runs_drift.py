import shutil
from pathlib import Path

import pytest

from seedgen import resume, run
from seedgen.api import chosen_taxonomy
from seedgen.config.model import Config, parse_config
from seedgen.errors import ConfigDrift, UsageError
from seedgen.inputs.bundled import bundled
from seedgen.inputs.seeds import read_seeds

QUICK = {"target": 3, "teachers": {"main": {"kind": "scripted"}}, "gate": {"semantic": {"enabled": False}}}


def quick(**settings: object) -> Config:
    return parse_config({**QUICK, **settings}, "test")


@pytest.mark.parametrize(
    ("setting", "categories"), [("seeds", ["code", "rewriting"]), ("bundled", 17), ("other.toml", ["other"]), ("beside", ["own"])]
)
def test_the_taxonomy_is_the_one_named_or_that_of_the_seeds(tmp_path: Path, setting: str, categories: list[str] | int) -> None:
    for kind in ("code", "rewriting"):
        shutil.copy(bundled("seeds") / f"{kind}.jsonl", tmp_path)
    (tmp_path / "other.toml").write_text("[categories.other]")
    if setting == "beside":
        (tmp_path / "taxonomy.toml").write_text("[categories.own]")
    named = {"seeds": "seeds", "beside": "seeds", "bundled": "bundled"}.get(setting, str(tmp_path / setting))
    config = quick(seeds=[str(tmp_path)], steer={"taxonomy": named})
    found = list(chosen_taxonomy(config, read_seeds(config.seeds)).categories)
    assert found == categories or len(found) == categories


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    run(quick(), "it", runs=tmp_path)
    return tmp_path


def own_prompt(tmp_path: Path, text: str = "") -> str:
    path = tmp_path / "mine.jinja"
    path.write_text((bundled("prompts") / "self-instruct-propose.jinja").read_text() + text)
    return str(path)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"seed": 1}, "seed: was 0, now 1"),
        ({"gate": {"semantic": {"enabled": False}, "rouge": {"threshold": 0.5}}}, "gate.rouge.threshold: was 0.7, now 0.5"),
        ({"teachers": {"main": {"kind": "scripted", "temperature": 1.0}}}, "teachers.main.temperature: was 0.7, now 1.0"),
        (
            {"recipes": {"self-instruct": {"input_first": "self-instruct-output-first"}}},
            "recipes.self-instruct.input_first: its text changed",
        ),
        ({"target": 2}, "target: was 3, now 2; it can only grow"),
        ({"window": 99}, "window: was 8, now 99"),
        ({"steer": {"taxonomy": str(Path(__file__).parent / "taxonomy.toml")}}, "steer.taxonomy: the categories changed"),
    ],
)
def test_drift_is_named_setting_by_setting_and_changes_nothing(runs: Path, changed: dict[str, object], named: str) -> None:
    before = (runs / "it" / "run.db").read_bytes()
    with pytest.raises(ConfigDrift) as caught:
        run(quick(**changed), "it", runs=runs)
    assert named in str(caught.value)
    assert (runs / "it" / "run.db").read_bytes() == before


def test_other_seeds_are_drift(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_text('{"instruction": "Name a prime.", "output": "7"}\n')
    with pytest.raises(ConfigDrift, match="seeds: the tasks themselves changed"):
        run(quick(seeds=[str(tmp_path / "s.jsonl")]), "it", runs=runs)


def test_other_evaluation_items_are_drift_and_the_same_elsewhere_are_none(tmp_path: Path) -> None:
    def settings(name: str, text: str) -> Config:
        (tmp_path / name).write_text(text)
        return quick(gate={"semantic": {"enabled": False}, "decontamination": {"files": [str(tmp_path / name)]}})

    run(settings("a.txt", "Name a prime number below ten."), "it", runs=tmp_path)
    assert run(settings("b.txt", "Name a prime number below ten."), "it", runs=tmp_path).end == "target"
    with pytest.raises(ConfigDrift, match=r"gate\.decontamination\.files: the evaluation items changed"):
        run(settings("a.txt", "Name an odd number below ten."), "it", runs=tmp_path)
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).unlink()
    assert resume("it", {"target": 5}, runs=tmp_path).accepted == 5


def test_the_same_template_at_another_place_is_no_drift(runs: Path, tmp_path: Path) -> None:
    moved = {"self-instruct": {"propose": own_prompt(tmp_path)}}
    assert run(quick(target=5, recipes=moved), "it", runs=runs).end == "target"
    with pytest.raises(ConfigDrift, match=r"self-instruct\.propose: its text changed"):
        run(quick(target=5, recipes={"self-instruct": {"propose": own_prompt(tmp_path, "\nMore.")}}), "it", runs=runs)


def test_limits_and_pace_may_change_at_every_start(runs: Path) -> None:
    assert run(quick(target=6, concurrency=2, limits={"max_requests": 500}), "it", runs=runs).accepted == 6


def test_a_run_goes_on_without_the_files_it_was_made_from(tmp_path: Path) -> None:
    settings = quick(recipes={"self-instruct": {"propose": own_prompt(tmp_path)}})
    run(settings, "it", runs=tmp_path)
    (tmp_path / "mine.jinja").unlink()
    assert resume("it", {"target": 6}, runs=tmp_path).accepted == 6


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "x" * 65, "a b"])
def test_a_name_that_is_no_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="is no run name"):
        run(quick(), name or " ", runs=tmp_path)
