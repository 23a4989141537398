"""Templates: what they must hold, what they are refused for, and that the bundled ones ask for what the parser reads."""

import hashlib
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedgen.ask.prompt import read_template, read_templates
from seedgen.errors import UsageError
from seedgen.inputs.bundled import bundled
from seedgen.records import Aim, Message, Options

EXAMPLE = {"instruction": "Add the numbers.", "input": "1, 2", "output": "3"}
VALUES: dict[str, dict[str, Any]] = {
    "alpaca": {"examples": [EXAMPLE, {"instruction": "Name a river.", "input": "", "output": "Nile"}], "count": 3, "aim": Aim()},
    "self-instruct-propose": {"examples": ["Write a poem.", "Name a river."], "count": 3, "aim": Aim()},
    "self-instruct-classify": {"instruction": "Name a river."},
    "self-instruct-input-first": {"instruction": "Name a river."},
    "self-instruct-output-first": {"instruction": "Name a river."},
}
BUNDLED = read_templates(VALUES)


def source(body: str = "Do {{ thing }}", **changes: str) -> str:
    head = {"purpose": '"p"', "parameters": '["thing"]', "stop": '["\\n"]', "shape": '"s"', "max_tokens": "8"} | changes
    return "{#\n" + "\n".join(f"{key} = {value}" for key, value in head.items() if value) + "\n#}\n" + body


def test_a_template_renders_its_values_and_says_where_it_came_from() -> None:
    text = source("Do {{ thing }}{% if chat %} now{% endif %}  \n")
    prompt = read_template("mine", text).render(chat=True, thing="it")
    assert (prompt.text, prompt.stop, prompt.max_tokens, prompt.template) == ("Do it now", ("\n",), 8, "mine")
    assert prompt.template_digest == hashlib.sha256(text.encode()).hexdigest()


def test_stop_strings_may_use_parameters_and_empty_ones_are_left_out() -> None:
    template = read_template("mine", source(stop="""["{{ thing }}:", "{{ '' if chat else 'END' }}"]"""))
    assert template.render(chat=True, thing="9").stop == ("9:",)
    assert template.render(chat=False, thing="9").stop == ("9:", "END")


@given(st.text())
def test_braces_in_a_value_are_text(thing: str) -> None:
    thing = "{{ 7 * 7 }}{% if %}{# #}" + thing + "."
    assert read_template("mine", source("{{ thing }}")).render(chat=False, thing=thing).text == thing


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Do it", "must open with a {# … #} comment holding purpose, parameters, stop, shape, max_tokens"),
        (source(shape=""), 'head needs "shape" (str)'),
        (source(max_tokens="true"), 'head needs "max_tokens" (int)'),
        (source(max_tokens="0"), "max_tokens must be at least 1"),
        (source(colour='"red"'), 'head has unknown "colour"'),
        (source(stop="[1]"), "parameters and stop are lists of strings"),
        (source(stop='["a", "b", "c", "d", "e"]'), "at most 4 stop strings"),
        (source(purpose='"'), "head is not TOML"),
        (source("{% if %}"), "Expected an expression"),
        (source("{{ other }}"), 'uses "other", which is not among its parameters'),
        (source(stop='["{{ other }}"]'), 'uses "other", which is not among its parameters'),
        (source("{{ thing | nonsense }}"), "No filter named 'nonsense'"),
    ],
)
def test_a_faulty_template_is_refused_before_anything_is_asked(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_template("mine", text)
    assert str(caught.value).startswith("template mine:")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "body",
    ["{{ thing / 2 }}", "{{ thing.nothing }}", "{{ thing.__class__.__mro__ }}", "{{ 1 // 0 }}", "{% include 'x' %}", "{{ 'a' % thing }}"],
)
def test_a_template_that_fails_on_its_values_is_the_users_error(body: str) -> None:
    with pytest.raises(UsageError, match="template mine:8: "):
        read_template("mine", source(body + "{{ thing }}")).render(chat=False, thing="it")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("one\n\nDo {{ thing }\n", """:10: unexpected '}', in "Do {{ thing }\""""),
        ("one\n{% foo %}", ":9: Encountered unknown tag 'foo'"),
        ("one\n{{ thing.x }}\n{{ thing.y }}", ":9: 'str object' has no attribute 'x', in "),
        ("one\ntwo {{ 1 // 0 }}", ":9: integer division or modulo by zero, in "),
    ],
)
def test_what_is_wrong_in_a_template_is_said_with_its_line(body: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_template("mine.jinja", source(body)).render(chat=False, thing="it")
    assert str(caught.value).startswith(f"template mine.jinja{said}")


def test_a_faulty_stop_string_is_told_from_the_text() -> None:
    with pytest.raises(UsageError, match="template mine: in a stop string: "):
        read_template("mine", source(stop='["{{ thing.x }}"]')).render(chat=False, thing="it")
    with pytest.raises(UsageError, match="template mine: unexpected '}'"):
        read_template("mine", source(stop='["{{ thing }"]'))


def test_values_must_be_just_the_declared_parameters() -> None:
    with pytest.raises(UsageError, match="takes thing; was given count, thing"):
        read_template("mine", source()).render(chat=False, count=1, thing="it")


def test_a_name_that_a_template_sets_itself_needs_no_declaration() -> None:
    body = "{% set seen = namespace(n=0) %}{% for x in thing %}{% set seen.n = seen.n + 1 %}{% endfor %}{{ seen.n }}"
    assert read_template("mine", source(body)).render(chat=False, thing="abc").text == "3"


def test_a_template_is_found_by_its_bundled_name_or_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "own.jinja"
    path.write_text(source())
    assert list(read_templates(["alpaca", str(path)])) == ["alpaca", str(path)]


@pytest.mark.parametrize("name", ["alpacca", "missing.jinja", "./alpaca", "a\0b"])
def test_a_missing_template_is_named_with_what_there_is(name: str) -> None:
    with pytest.raises(UsageError, match=r"bundled ones: alpaca, self-instruct-classify, self-instruct-input-first"):
        read_templates([name])


def test_a_template_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own.jinja").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="cannot be read"):
        read_templates([str(tmp_path / "own.jinja")])


def test_every_bundled_template_is_known_here() -> None:
    assert {path.stem for path in bundled("prompts").glob("*.jinja")} == set(VALUES)


@pytest.mark.parametrize("chat", [True, False])
@pytest.mark.parametrize("name", VALUES)
def test_a_bundled_template_renders_with_what_its_recipe_gives(name: str, chat: bool) -> None:
    prompt = BUNDLED[name].render(chat=chat, **VALUES[name])
    assert "river" in prompt.text
    assert prompt.text == prompt.text.rstrip()
    assert all(len(stop) > 1 or not stop.strip() for stop in prompt.stop)


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("alpaca", "\n3. Instruction:"),
        ("self-instruct-propose", "\nTask 3:"),
        ("self-instruct-classify", "\nIs it classification?"),
        ("self-instruct-input-first", "\nTask: Name a river.\nInput:"),
        ("self-instruct-output-first", "\nTask: Name a river.\nClass label:"),
    ],
)
def test_a_completion_goes_on_right_after_the_marker(name: str, end: str) -> None:
    assert BUNDLED[name].render(chat=False, **VALUES[name]).text.endswith(end)


def test_a_completion_shows_each_example_on_one_line_and_the_shortest_last() -> None:
    prompt = BUNDLED["self-instruct-propose"].render(chat=False, examples=["Short.", "Two\nlines.", "L" * 300], count=2, aim=Aim())
    assert prompt.text.endswith(f"\nTask 1: {'L' * 200}\nTask 2: Two lines.\nTask 3: Short.\nTask 4:")


def test_stop_strings_name_the_first_task_too_many_at_the_start_of_a_line() -> None:
    assert "\nTask 6:" in BUNDLED["self-instruct-propose"].render(chat=True, **VALUES["self-instruct-propose"]).stop
    assert "\n6. Instruction:" in BUNDLED["alpaca"].render(chat=True, **VALUES["alpaca"]).stop


AIM = Aim("creative", "poems and stories", "a text", "complex", ("write", "make"), level=2)


@pytest.mark.parametrize("chat", [True, False])
@pytest.mark.parametrize("name", ["alpaca", "self-instruct-propose"])
def test_an_aim_is_told_and_an_empty_one_leaves_no_trace(name: str, chat: bool) -> None:
    aimed, plain = (BUNDLED[name].render(chat=chat, **{**VALUES[name], "aim": aim}) for aim in (AIM, Aim()))
    assert ("of this kind: creative (poems and stories)" in aimed.text, "kind" in plain.text) == (True, False)
    assert ("Make them complex" in aimed.text, "Other verbs than: write, make." in aimed.text) == (chat, chat)
    assert (aimed.warmth, plain.warmth) == (0.2, 0.0)


def test_a_template_need_not_take_an_aim() -> None:
    assert read_template("own", source()).render(chat=True, thing="it", aim=AIM).text == "Do it"


def test_a_package_may_bring_a_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "brought").mkdir()
    (tmp_path / "brought" / "__init__.py").touch()
    shutil.copy(bundled("prompts") / "alpaca.jinja", tmp_path / "brought" / "mine.jinja")
    monkeypatch.syspath_prepend(tmp_path)
    assert read_templates(["brought:mine.jinja"])["brought:mine.jinja"].purpose == read_templates(["alpaca"])["alpaca"].purpose


@pytest.mark.parametrize("name", ["no_such_package:mine.jinja", "seedgen:no-such-file.jinja"])
def test_a_template_that_no_package_brings_is_named(name: str) -> None:
    with pytest.raises(UsageError, match=f"template {name}: cannot be read"):
        read_templates([name])


def test_turns_before_a_template_and_options_are_part_of_the_prompt() -> None:
    turns, options = (Message("system", "Be brief."),), Options(n=2, seed=7)
    prompt = read_template("t", source()).render(chat=True, turns=turns, options=options, thing="it")
    assert (prompt.messages, prompt.options) == ((*turns, Message("user", prompt.text)), options)


ENDLESS = {
    "a loop in a loop": "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "a loop that writes": "{% for a in range(99999) %}" + "x" * 1000 + "{% endfor %}",
    "a loop that writes into a block": "{% set t %}{% for a in range(99999) %}" + "x" * 1000 + "{% endfor %}{% endset %}",
    "a product": "{{ 'x' * 9999999999 }}",
    "a product of a list": "{{ ([1] * 9999999999)|length }}",
    "a power": "{{ (9 ** (9 ** 9)) > 1 }}",
    "a doubling": "{% set n = namespace(t='x') %}{% for a in range(99) %}{% set n.t = n.t ~ n.t %}{% endfor %}",
    "a doubling by a sum": "{% set n = namespace(t='x') %}{% for a in range(99) %}{% set n.t = n.t + n.t %}{% endfor %}",
    "a doubling by a filter": "{% set n = namespace(t='x') %}{% for a in range(99) %}{% set n.t = [n.t, n.t]|join %}{% endfor %}",
    "a doubling by a block": "{% set n = namespace(t='x') %}{% for a in range(99) %}{% set n.t %}{{ n.t ~ n.t }}{% endset %}{% endfor %}",
    "a width": "{{ 'x'.ljust(9999999999) }}",
    "a width of a filter": "{{ 'x'|center(9999999999) }}",
    "a format": "{{ '%9999999999d'|format(1) }}",
    "a format of a method": "{{ '{:9999999999}'.format(1) }}",
    "a format by an operator": "{{ '%9999999999d' % 1 }}",
    "a replacement in a replacement": "{{ 'x'.ljust(9999).replace('x', 'y'.ljust(9999)).replace(' ', 'z'.ljust(99999)) }}",
    "a macro that calls itself": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "a macro that calls itself twice": "{% macro m(n) %}{% if n %}{% set a, b = m(n - 1), m(n - 1) %}{% endif %}{% endmacro %}{{ m(60) }}",
    "an inclusion of itself": "{% include 'it.jinja' %}",
    "an inclusion of what it is called": "{% include self %}",
    "an extension of itself": "{% extends 'it.jinja' %}",
    "an import": "{% import 'it.jinja' as it %}",
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("body", ENDLESS.values(), ids=ENDLESS)
def test_a_template_without_end_is_refused(body: str) -> None:
    with pytest.raises(UsageError, match=r"^template it\.jinja(:\d+)?: "):
        read_template("it.jinja", source(body)).render(chat=True, thing="")


def test_what_is_counted_comes_out_as_it_would_uncounted() -> None:
    body = (
        "{% macro m(n) %}{{ n }}{% endmacro %}{% set n = namespace(t='a') %}{% for x in [1, 2, 3] %}{{ loop.index }}/{{ loop.length }}"
        "{{ ', ' if not loop.last }}{% set n.t = n.t ~ x ~ ('b' ~ m(x)) %}{% else %}none{% endfor %} {{ n.t }} {{ 'x' * 3 + 'y' }} "
        "{{ 2 ** 8 }} {{ ['b', 'aa']|sort|join('-') ~ none }} {{ 7 % 4 }} {{ 'ab'.center(6)|trim }}{% for x in [] %}{% else %}!{% endfor %}"
    )
    said = read_template("it.jinja", source(body)).render(chat=True, thing="").text
    assert said == "1/3, 2/3, 3/3 a1b12b23b3 xxxy 256 aa-bNone 3 ab!"
