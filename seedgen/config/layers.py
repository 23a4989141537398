"""Where a run's settings come from: flags, over SEEDGEN_*, over OPENAI_*, over a TOML file, over the defaults; into one `Config`.

A `Setting` is one value somebody wrote and where; layers are lists of them, and the last one of a key counts. So every message can
name the flag, the variable or the file to mend. The environment is a mapping given in.

What OPENAI_* means, since it names no teacher: of a teacher that was said to be `openai`, or was given an address, it is address and model;
with one teacher over the file's, with several only what the file leaves open. It makes no teacher one that is paid: a variable that happens
to be set is no wish to spend.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from seedgen.config.model import Config, TeacherConfig, explain
from seedgen.config.secrets import veiled
from seedgen.config.section import leaves
from seedgen.config.words import merged
from seedgen.errors import UsageError

Key = tuple[str, ...]
PREFIX = "SEEDGEN_"
NOT_SETTINGS = {"SEEDGEN_RUNS", "SEEDGEN_DEBUG"}
PLACE = re.compile(r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")
TWICE = re.compile(r"Cannot declare \((?P<names>[^()]*)\) twice")
NEW_TEACHER = re.compile(r"SEEDGEN_TEACHERS__[A-Z0-9_]+?__KIND")


@dataclass(frozen=True, slots=True)
class Setting:
    """A value and its key, in parts. `source` is what the person who wrote it would call the place: a flag, a variable, a file."""

    key: Key
    value: Any
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """The flags of `seedgen run` and `seedgen resume` as they were given. None and () mean: not given."""

    teacher: str | None = None
    base_url: str | None = None
    model: str | None = None
    recipe: str | None = None
    target: int | None = None
    concurrency: str | None = None
    seeds: Sequence[str] = ()
    limits: Mapping[str, float | int | str | None] = field(default_factory=dict)
    assignments: Sequence[str] = ()


def load_config(file: Path | None, flags: Flags, environ: Mapping[str, str]) -> Config:
    """The config that these layers give. Raises `UsageError` naming where each fault was written."""
    return load_layers(file, flags, environ)[0]


def load_layers(file: Path | None, flags: Flags, environ: Mapping[str, str]) -> tuple[Config, dict[str, str]]:
    """The config that these layers give, and by dotted key where each setting was written. Raises as `load_config` does."""
    written, sets = without_placeholder(read_toml(file)) if file else [], list(map(assignment, flags.assignments))
    teachers = named_teachers(written, environ, sets)
    given = [*read_environ(environ, teachers), *(checked(s, teachers) for s in sets), *plain_flags(flags)]
    given += teacher_flags(flags, teachers_in([*written, *given]))
    above = [anchored(s, Path.cwd()) for s in given]
    settings = [*written, *openai(environ, [*written, *above]), *above]
    config = build(settings, str(file) if file else "settings")
    if flags.base_url and not any(t.facts.address for t in config.teachers.values()):
        raise UsageError("--base-url: a teacher of this kind has no address; add --teacher openai, or leave the address out")
    return config, {**unused_variables(config, environ), **sources(settings)}


def sources(settings: Iterable[Setting]) -> dict[str, str]:
    """Where each setting was written, by dotted key."""
    return {".".join(s.key): s.source for s in settings}


def values(settings: Iterable[Setting]) -> dict[str, Any]:
    """What each setting is, by dotted key."""
    return {".".join(s.key): s.value for s in settings}


def unused_variables(config: Config, environ: Mapping[str, str]) -> dict[str, str]:
    """For teachers of no chosen kind, what says that a key which is set is not used."""
    found = [name for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL") if environ.get(name)]
    said = f"default; {' and '.join(found)} would be used with --teacher openai"
    return {f"teachers.{name}.kind": said for name, t in config.teachers.items() if found and t.kind == "local"}


def live_settings(flags: Flags, config: Config) -> dict[str, Any]:
    """Dotted keys to values, as `seedgen.resume` takes them, for a run with this config. Raises `UsageError`."""
    return values(live_layer(flags, config))


def live_layer(flags: Flags, config: Config) -> list[Setting]:
    """What the flags of `seedgen resume` say. Raises `UsageError`."""
    settings = [*(checked(assignment(text), config.teachers) for text in flags.assignments), *plain_flags(flags)]
    if flags.base_url:
        settings += teacher_flags(Flags(base_url=flags.base_url), addressed(config))
    return settings


def given_settings(assignments: Sequence[str], config: Config) -> dict[str, Any]:
    """What --set says of a run with this config, as dotted keys to values. Raises `UsageError`."""
    return values(anchored(checked(assignment(text), config.teachers), Path.cwd()) for text in assignments)


def addressed(config: Config) -> list[str]:
    """The teachers that are asked over an address of their own. Raises `UsageError` if there are none."""
    names = [name for name, teacher in config.teachers.items() if teacher.facts.address]
    if not names:
        raise UsageError("--base-url: no teacher of this run is of a kind that has an address; leave it out")
    return names


def build(settings: Sequence[Setting], whole: str) -> Config:
    """The config these settings make, later ones over earlier. `whole` is named when a fault is in no single one."""
    by_key = {s.key: s for s in settings}
    try:
        return Config.model_validate(nested(by_key.values()))
    except ValidationError as exc:
        lines = (f"{source_of(error['loc'], by_key, whole)}: {explain(error)}" for error in merged(exc.errors()))
        raise UsageError("\n".join(lines)) from exc


def nested(settings: Iterable[Setting]) -> dict[str, Any]:
    """The settings as one tree. A section and a value of the same name cannot both be."""
    tree: dict[str, Any] = {}
    for setting in sorted(settings, key=lambda s: len(s.key)):
        section = tree
        for part in setting.key[:-1]:
            section = section.setdefault(part, {})
            if not isinstance(section, dict):
                raise UsageError(f'{setting.source}: in "{".".join(setting.key)}", "{part}" is a value, not a section')
        section[setting.key[-1]] = setting.value
    return tree


def source_of(loc: Sequence[str | int], by_key: Mapping[Key, Setting], whole: str) -> str:
    """Where the setting at `loc` was written: the nearest key that is part of it, or that it is part of."""
    place = tuple(map(str, loc))
    return next((by_key[place[:n]].source for n in range(len(place), 0, -1) if place[:n] in by_key), whole)


# The file


def read_toml(file: Path) -> list[Setting]:
    """The settings of a TOML file, with relative paths made relative to it. Raises `UsageError` with line and column."""
    try:
        pairs = list(flat(tomllib.loads(file.read_bytes().decode())))
    except OSError as exc:
        raise UsageError(f"{file}: cannot be read: {exc.strerror}; seedgen init writes one to start from") from exc
    except UnicodeDecodeError as exc:
        raise UsageError(f"{file}: not UTF-8 (byte {exc.start}); save the file as UTF-8") from exc
    except tomllib.TOMLDecodeError as exc:
        raise UsageError(f"{file}{place_in(exc)}") from exc
    except ValueError as exc:  # the one thing that is TOML and yet no value here
        raise UsageError(f"{file}: it has a number of too many digits; no setting is that large") from exc
    except RecursionError as exc:
        raise UsageError(f"{file}: nested too deeply; see seedgen init for what a config looks like") from exc
    return [anchored(Setting(key, value, str(file)), file.absolute().parent) for key, value in pairs]


def without_placeholder(settings: list[Setting]) -> list[Setting]:
    """The settings without the teacher that `seedgen init` writes, if nothing is said of it and there are others."""
    kept = [s for s in settings if (s.key, s.value) != (("teachers", "main"), {})]
    return kept if teachers_in(kept) else settings


def place_in(exc: tomllib.TOMLDecodeError) -> str:
    """ ":line:column: what is wrong", or ": what is wrong, at the end"."""
    message, match = str(exc), PLACE.search(str(exc))
    if not match:
        return f": {message}"
    what = TWICE.sub(declared_twice, message[: match.start()])
    return f":{match['line']}:{match['column']}: {what}" if match["line"] else f": {what}, at the end of the file"


def declared_twice(found: re.Match[str]) -> str:
    names = ".".join(name.strip("', ") for name in found["names"].split("', '"))
    return f"[{names}] is there twice; put all of its settings under the first"


def flat(data: Mapping[str, Any], prefix: Key = ()) -> Iterator[tuple[Key, Any]]:
    """Every value with its key; an empty section is a value too, for it may name a teacher."""
    for name, value in data.items():
        if isinstance(value, dict) and value:
            yield from flat(value, (*prefix, name))
        else:
            yield (*prefix, name), value


def anchored(setting: Setting, base: Path) -> Setting:
    """The setting with its relative file paths, if it holds any, made absolute from `base`."""
    match setting.key, setting.value:
        case ("seeds",), list(paths):
            return replace(setting, value=[p if p == "bundled" or not isinstance(p, str) else absolute(p, base) for p in paths])
        case ("gate", "decontamination", "files"), list(paths):
            return replace(setting, value=[absolute(p, base) if isinstance(p, str) else p for p in paths])
        case ("recipes", _, _), str(template) if (template.endswith(".jinja") or "/" in template) and ":" not in template[2:]:
            return replace(setting, value=absolute(template, base))
        case ("gate", "semantic", "model"), str(model) if model != "bundled" and (base / model).is_dir():
            return replace(setting, value=absolute(model, base))
    return setting


def absolute(path: str, base: Path) -> str:
    return str((base / Path(path).expanduser()).resolve())


# The environment


def environ_name(key: Key) -> str:
    """SEEDGEN_GATE__ROUGE__THRESHOLD for gate.rouge.threshold."""
    return PREFIX + "__".join(key).replace("-", "_").upper()


def read_environ(environ: Mapping[str, str], teachers: Iterable[str]) -> Iterator[Setting]:
    """The settings in SEEDGEN_* variables; an empty one counts as not set. Raises `UsageError` on an unknown one."""
    known = {environ_name(key): (key, default) for key, default in defaults(teachers).items()}
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in NOT_SETTINGS and environ[name]:
            if name not in known:
                raise UsageError(f"{name}: no such setting{hint(name, known)}")
            key, default = known[name]
            yield Setting(key, fitted(environ[name], default), name)


def openai(environ: Mapping[str, str], settings: Sequence[Setting]) -> Iterator[Setting]:
    """What OPENAI_* and the presence of an address say about the teachers in `settings`, as this module's docstring tells."""
    names = teachers_in(settings) or ["main"]
    told = {s.key for s in settings}
    for name in names:
        kind, url, model = (("teachers", name, key) for key in ("kind", "base_url", "model"))
        if kind not in told and url in told:
            yield Setting(kind, "openai", next(s.source for s in reversed(settings) if s.key == url))
        elif next((s.value for s in reversed(settings) if s.key == kind), "local") != "openai":
            continue
        for key, variable in ((url, "OPENAI_BASE_URL"), (model, "OPENAI_MODEL")):
            if environ.get(variable) and (len(names) == 1 or key not in told):
                yield Setting(key, environ[variable], variable)


# Flags


def plain_flags(flags: Flags) -> Iterator[Setting]:
    """The flags that are one setting each, and --recipe, which is one a recipe."""
    if flags.target is not None:
        yield Setting(("target",), flags.target, "--target")
    if flags.seeds:
        yield Setting(("seeds",), list(flags.seeds), "--seeds")
    if flags.concurrency is not None:
        yield Setting(("concurrency",), None if flags.concurrency == "auto" else flags.concurrency, "--concurrency")
    for name, value in flags.limits.items():
        if value is not None:
            yield Setting(("limits", name), value, "--" + name.replace("_", "-"))
    if flags.recipe is not None:
        yield from only(flags.recipe)


def only(recipe: str) -> Iterator[Setting]:
    """All tickets to one recipe. Raises `UsageError` naming the recipes there are."""
    recipes = [key[1] for key in defaults(["main"]) if key[0] == "recipes" and key[2:] == ("weight",)]
    if recipe not in recipes:
        raise UsageError(f'--recipe: no recipe "{recipe}"; there are: {", ".join(recipes)}')
    for name in recipes:
        yield Setting(("recipes", name, "weight"), float(name == recipe), "--recipe")


def teacher_flags(flags: Flags, teachers: Sequence[str]) -> list[Setting]:
    """--teacher, --base-url and --model, which are about the one teacher there is. Raises `UsageError` if there are several."""
    given = {"kind": flags.teacher, "base_url": flags.base_url, "model": flags.model}
    settings = [(key, value) for key, value in given.items() if value is not None]
    if settings and len(teachers) > 1:
        key, value = settings[0]
        raise UsageError(f"there are several teachers ({', '.join(teachers)}); say which: --set teachers.{teachers[0]}.{key}={value}")
    name = teachers[0] if teachers else "main"
    source = {"kind": "--teacher", "base_url": "--base-url", "model": "--model"}
    return [Setting(("teachers", name, key), value, source[key]) for key, value in settings]


def assignment(text: str) -> Setting:
    """`key=value` as --set takes it. Raises `UsageError`."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise UsageError(f"--set: {veiled(text)} is no key=value; write for example gate.rouge.threshold=0.6")
    return Setting(tuple(key.strip().split(".")), value.strip(), "--set")


def checked(setting: Setting, teachers: Iterable[str]) -> Setting:
    """A --set setting with its text read as its key wants it. Raises `UsageError` if there is no such key."""
    known = defaults(teachers)
    if setting.source != "--set":
        return setting
    if setting.key in known:
        return replace(setting, value=fitted(setting.value, known[setting.key]))
    if isinstance(known.get(setting.key[:-1]), dict):  # one parameter or header of one's own
        return replace(setting, value=setting.value if "headers" in setting.key[-2] else fitted(setting.value, None))
    dotted = ".".join(setting.key)
    raise UsageError(f'--set: unknown key "{dotted}"{hint(dotted, map(".".join, known))}')


# Shared


def teachers_in(settings: Iterable[Setting]) -> list[str]:
    """The teachers these settings are about, in the order they are first named."""
    return list(dict.fromkeys(s.key[1] for s in settings if s.key[0] == "teachers" and len(s.key) > 1))


def named_teachers(written: Sequence[Setting], environ: Mapping[str, str], sets: Sequence[Setting]) -> list[str]:
    """The teachers that variables and --set may speak of: those of the file (or "main"), and any new one that they give a kind."""
    names = teachers_in(written)
    names += teachers_in(s for s in sets if s.key[2:] == ("kind",) and s.key[1] not in names)
    spelled = {environ_name(("teachers", name, "kind")) for name in names}
    new = (name.split("__")[1].lower() for name in environ if NEW_TEACHER.fullmatch(name) and name not in spelled)
    return [*names, *new] or ["main"]


def defaults(teachers: Iterable[str]) -> dict[Key, Any]:
    """Every key there is, if these are the teachers, with its default."""
    config = Config(teachers={name: TeacherConfig() for name in teachers})
    return {tuple(path.split(".")): value for path, value, _ in leaves(config)}


def fitted(text: str, default: Any) -> Any:
    """The text as a TOML value where it is one; as it stands where the setting is text; one value as a list where a list is wanted; TOML or
    JSON where a table is; nothing for "none" (or "auto") where nothing is the default.
    """
    if default is None and text in ("none", "auto"):
        return None
    try:
        data = {"value": json.loads(text)} if isinstance(default, dict) and ":" in text else tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):  # ValueError: no TOML, or a number of too many digits
        data = {}
    if isinstance(default, dict):
        return data.get("value", text)
    value = data["value"] if set(data) == {"value"} and isinstance(data["value"], bool | int | float | str | list) else text
    if isinstance(default, str) and not isinstance(value, str):
        return text
    return [value] if isinstance(default, list) and isinstance(value, str) else value


def hint(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), 1, 0.5)
    return f'; did you mean "{near[0]}"?' if near else ""
