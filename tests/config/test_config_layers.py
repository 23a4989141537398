from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seedgen.cli.sample import sample
from seedgen.config.layers import Flags, environ_name, fitted, live_settings, load_config, load_layers
from seedgen.config.model import Config
from seedgen.config.section import leaves
from seedgen.errors import UsageError


def write(folder: Path, text: str, name: str = "job.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_nothing_given_is_the_default_config() -> None:
    assert load_config(None, Flags(), {}) == Config()


@pytest.mark.parametrize(
    ("flags", "environ", "expected"),
    [
        (Flags(), {}, 1),
        (Flags(), {"SEEDGEN_TARGET": "2"}, 2),
        (Flags(assignments=["target=3"]), {"SEEDGEN_TARGET": "2"}, 3),
        (Flags(target=4), {"SEEDGEN_TARGET": "2"}, 4),
        (Flags(), {"SEEDGEN_TARGET": ""}, 1),
    ],
)
def test_flags_override_variables_and_these_the_file(tmp_path: Path, flags: Flags, environ: dict[str, str], expected: int) -> None:
    assert load_config(write(tmp_path, "target = 1"), flags, environ).target == expected


@pytest.mark.parametrize(
    ("environ", "flags", "kind", "base_url", "model"),
    [
        ({}, Flags(), "local", "", ""),
        ({"OPENAI_API_KEY": "k"}, Flags(), "local", "", ""),
        ({"OPENAI_API_KEY": "k"}, Flags(teacher="openai"), "openai", "", ""),
        ({"OPENAI_API_KEY": "k"}, Flags(teacher="local"), "local", "", ""),
        ({"OPENAI_API_KEY": "k", "OPENAI_MODEL": "m", "OPENAI_BASE_URL": "http://a/v1"}, Flags(), "local", "", ""),
        ({"OPENAI_BASE_URL": "http://a/v1", "OPENAI_MODEL": "m"}, Flags(teacher="openai"), "openai", "http://a/v1", "m"),
        ({"OPENAI_BASE_URL": "http://a/v1"}, Flags(base_url="http://b/v1"), "openai", "http://b/v1", ""),
        ({"OPENAI_MODEL": "m"}, Flags(model="n", teacher="openai"), "openai", "", "n"),
        ({"OPENAI_MODEL": "m", "SEEDGEN_TEACHERS__MAIN__MODEL": "4"}, Flags(teacher="openai"), "openai", "", "4"),
        ({"OPENAI_API_KEY": "k", "SEEDGEN_TEACHERS__MAIN__KIND": "scripted"}, Flags(), "scripted", "", ""),
        ({}, Flags(base_url="http://b/v1"), "openai", "http://b/v1", ""),
    ],
)
def test_openai_variables_fill_in_a_teacher_that_was_chosen_and_choose_none(
    environ: dict[str, str], flags: Flags, kind: str, base_url: str, model: str
) -> None:
    teacher = load_config(None, flags, environ).teachers["main"]
    assert (teacher.kind, teacher.base_url, teacher.model) == (kind, base_url, model)


def test_with_several_teachers_openai_variables_fill_only_what_the_file_leaves_open(tmp_path: Path) -> None:
    file = write(tmp_path, '[teachers.a]\nbase_url = "http://a/v1"\n[teachers.b]\nkind = "openai"\n[teachers.c]\n')
    teachers = load_config(file, Flags(), {"OPENAI_BASE_URL": "http://x/v1", "OPENAI_API_KEY": "k"}).teachers
    assert {name: (t.kind, t.base_url) for name, t in teachers.items()} == {
        "a": ("openai", "http://a/v1"),
        "b": ("openai", "http://x/v1"),
        "c": ("local", ""),
    }


def test_the_teacher_that_init_writes_makes_room_for_others_unless_something_is_said_of_it(tmp_path: Path) -> None:
    others = '[teachers.small]\nbase_url = "http://a/v1"\nroles = ["propose"]\n[teachers.large]\nkind = "openai"\nroles = ["respond"]\n'
    teachers = [load_config(write(tmp_path, text + others), Flags(), {}).teachers for text in (sample(), "[teachers.main]\nslots = 2\n")]
    assert [list(each) for each in teachers] == [["small", "large"], ["main", "small", "large"]]


def test_where_each_setting_was_written_is_known(tmp_path: Path) -> None:
    file = write(tmp_path, '[teachers.main]\nkind = "openai"')
    _, sources = load_layers(file, Flags(base_url="http://b/v1"), {"OPENAI_MODEL": "m", "SEEDGEN_TARGET": "3"})
    assert sources == {
        "teachers.main.kind": str(file), "teachers.main.model": "OPENAI_MODEL", "teachers.main.base_url": "--base-url",
        "target": "SEEDGEN_TARGET",
    }  # fmt: skip


def test_a_key_that_is_set_and_not_used_is_said_to_be() -> None:
    _, sources = load_layers(None, Flags(), {"OPENAI_API_KEY": "k"})
    assert sources == {"teachers.main.kind": "default; OPENAI_API_KEY would be used with --teacher openai"}


def test_every_setting_has_a_variable_that_takes_its_default() -> None:
    defaults = [(path, value) for path, value, _ in leaves(Config()) if value is not None]
    environ = {environ_name(tuple(path.split("."))): json.dumps(value) for path, value in defaults}
    assert load_config(None, Flags(), environ) == Config()


@pytest.mark.parametrize(
    ("text", "default", "value"),
    [
        ("0.6", 0.7, 0.6),
        ("true", False, True),
        ("2h", None, "2h"),
        ("4", "", "4"),
        ('"4"', "", "4"),
        ("a.jsonl", ["bundled"], ["a.jsonl"]),
        ('["a", "b"]', [], ["a", "b"]),
        ("2026-01-01", None, "2026-01-01"),
        ("1\nother = 2", None, "1\nother = 2"),
        ("", "", ""),
    ],
)
def test_a_value_is_read_as_its_setting_wants_it(text: str, default: Any, value: Any) -> None:
    assert fitted(text, default) == value


def test_paths_in_a_file_are_relative_to_it(tmp_path: Path) -> None:
    (tmp_path / "minilm").mkdir()
    text = 'seeds = ["mine", "bundled", "/abs"]\nrecipes.alpaca.propose = "my.jinja"\ngate.semantic.model = "minilm"'
    text += '\ngate.decontamination.files = ["eval.jsonl"]'
    config = load_config(write(tmp_path, text), Flags(), {})
    assert config.seeds == (str(tmp_path / "mine"), "bundled", "/abs")
    assert config.recipes.alpaca.propose == str(tmp_path / "my.jinja")
    assert config.gate.semantic.model == str(tmp_path / "minilm")
    assert config.gate.decontamination.files == (str(tmp_path / "eval.jsonl"),)


def test_seeds_given_as_flags_are_relative_to_where_one_stands() -> None:
    assert load_config(None, Flags(seeds=["mine.jsonl"]), {}).seeds == (str(Path("mine.jsonl").resolve()),)


def test_one_recipe_gets_every_ticket() -> None:
    assert load_config(None, Flags(recipe="alpaca"), {}).recipes.weights() == {"alpaca": 1.0}


def test_auto_concurrency_overrides_the_file(tmp_path: Path) -> None:
    assert load_config(write(tmp_path, "concurrency = 2"), Flags(concurrency="auto"), {}).concurrency is None


def test_a_new_teacher_may_come_from_variables_if_it_is_given_a_kind() -> None:
    environ = {"SEEDGEN_TEACHERS__BIG__KIND": "scripted", "SEEDGEN_TEACHERS__BIG__WEIGHT": "2"}
    teachers = load_config(None, Flags(assignments=["teachers.small.kind=scripted"]), environ).teachers
    assert {name: t.weight for name, t in teachers.items()} == {"big": 2.0, "small": 1.0}


@pytest.mark.parametrize(
    ("text", "flags", "environ", "message"),
    [
        ("target = ", Flags(), {}, r"job\.toml: Invalid value, at the end of the file"),
        (
            "[teachers.main]\nkind = 'local'\n[teachers.main]\n",
            Flags(),
            {},
            r"job\.toml:3:15: \[teachers\.main\] is there twice; put all of its settings under the first",
        ),
        ("target = 5\nname == 3", Flags(), {}, r"job\.toml:2:7: Invalid value"),
        ("tarqet = 5", Flags(), {}, r'job\.toml: unknown key "tarqet"; did you mean "target"\?'),
        ("target = 0", Flags(), {}, r"job\.toml: target: must be at least 1"),
        ("gate = 3", Flags(assignments=["gate.rouge.threshold=0.6"]), {}, '--set: in "gate.rouge.threshold", "gate" is a value'),
        ("", Flags(target=0), {}, r"--target: target: must be at least 1"),
        ("", Flags(limits={"max_time": "soon"}), {}, r'--max-time: .*"soon" is no duration'),
        ("", Flags(concurrency="many"), {}, "--concurrency: .*must be a whole number"),
        ("", Flags(recipe="evil"), {}, 'no recipe "evil"; there are: self-instruct, alpaca'),
        ("", Flags(assignments=["gate.rouge.treshold=1"]), {}, 'unknown key "gate.rouge.treshold"; did you mean "gate.rouge.threshold"'),
        ("", Flags(assignments=["gate.rouge.threshold=7"]), {}, "--set: gate.rouge.threshold: must be at most 1"),
        ("", Flags(assignments=["teachers.mian.weight=2"]), {}, 'unknown key "teachers.mian.weight"; did you mean "teachers.main.weight"'),
        ("", Flags(assignments=["target"]), {}, '"target" is no key=value'),
        ("", Flags(), {"SEEDGEN_TARGTE": "3"}, 'SEEDGEN_TARGTE: no such setting; did you mean "SEEDGEN_TARGET"'),
        ("", Flags(), {"SEEDGEN_TARGET": "many"}, "SEEDGEN_TARGET: target: .*must be a whole number"),
        ("[teachers.a]\n[teachers.b]", Flags(model="m"), {}, r"several teachers \(a, b\); say which: --set teachers.a.model=m"),
        ('teachers.main.kind = "local"', Flags(base_url="http://a/v1"), {}, "--base-url: a teacher of this kind has no address"),
        ('teachers.main.roles = ["propose"]', Flags(target=3), {}, r'job\.toml: no teacher .* has the role "respond"'),
        ("recipes.self-instruct.weight = 0", Flags(), {}, "job.toml: recipes: at least one recipe"),
    ],
)
def test_each_fault_names_the_place_where_it_was_written(
    tmp_path: Path, text: str, flags: Flags, environ: dict[str, str], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        load_config(write(tmp_path, text), flags, environ)


def test_a_missing_file_and_one_that_is_not_utf_8_are_named(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b"# caf\xe9")
    for name, message in (("none.toml", "none.toml: cannot be read: No such file"), ("latin.toml", r"latin.toml: not UTF-8 \(byte 5\)")):
        with pytest.raises(UsageError, match=message):
            load_config(tmp_path / name, Flags(), {})


def test_what_is_no_setting_is_left_alone() -> None:
    assert load_config(None, Flags(), {"SEEDGEN_RUNS": "x", "SEEDGEN_DEBUG": "1", "PATH": "/"}) == Config()


def test_resume_takes_live_settings_as_dotted_keys() -> None:
    flags = Flags(target=9, concurrency="2", limits={"max_cost": 1.5, "max_time": None}, assignments=["teachers.main.attempts=3"])
    assert live_settings(flags, Config()) == {"target": 9, "concurrency": "2", "limits.max_cost": 1.5, "teachers.main.attempts": 3}


def test_resume_sends_an_address_to_the_one_teacher_that_has_one() -> None:
    config = Config.model_validate({"teachers": {"a": {"kind": "openai"}, "b": {"kind": "local"}}})
    assert live_settings(Flags(base_url="http://x/v1"), config) == {"teachers.a.base_url": "http://x/v1"}
    with pytest.raises(UsageError, match="no teacher of this run is of a kind that has an address"):
        live_settings(Flags(base_url="http://x/v1"), Config())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("seed = " + "[" * 100_000, "nested too deeply"),
        ("a" + ".a" * 3000 + " = 1", "nested too deeply"),
        ("seed = " + "9" * 5000, "it has a number of too many digits"),
    ],
)
def test_a_file_that_nobody_can_read_is_refused_by_name(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "c.toml").write_text(text)
    with pytest.raises(UsageError, match=rf"c\.toml: {says}"):
        load_config(tmp_path / "c.toml", Flags(), {})


@pytest.mark.parametrize("value", ["9" * 5000, "[" * 100_000])
def test_a_flag_that_nobody_can_read_is_refused_as_any_other(value: str) -> None:
    with pytest.raises(UsageError, match=r"--set: seed: must be a"):
        load_config(None, Flags(assignments=[f"seed={value}"]), {})


def test_more_parameters_are_given_one_by_one_or_as_a_table() -> None:
    one_by_one = ("teachers.main.extra_body.top_k=20", "teachers.main.extra_headers.x-org=7", "teachers.main.temperature=omit")
    for assignments in (one_by_one, ("teachers.main.extra_body={top_k = 20}", *one_by_one[1:])):
        teacher = load_config(None, Flags(assignments=assignments), {}).teachers["main"]
        assert (teacher.extra_body, teacher.extra_headers, teacher.temperature) == ({"top_k": 20}, {"x-org": "7"}, "omit")
    assert load_config(None, Flags(), {"SEEDGEN_TEACHERS__MAIN__EXTRA_BODY": '{"top_k": 20}'}).teachers["main"].extra_body == {"top_k": 20}
