"""The doors: what can be plugged in at each, by name.

A door has the name of the room behind it, such as `seedgen.recipes`. What comes with seedgen is a file in that room that sets `PLUGIN`;
other packages declare theirs as entry points of the same name:

    [project.entry-points."seedgen.recipes"]
    haiku = "my_package.haiku:PLUGIN"

What a plug-in is (a recipe, a filter, a format …) is said by the class that the door is asked with. Nothing here knows any of them.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar, cast

from seedgen.errors import FaultyPlugin, SeedgenError

T = TypeVar("T")
OWN = "seedgen"
"""Our distribution: its entry points are as much ours as the files of a room."""


def plugins(door: str, kind: type[T]) -> Mapping[str, T]:
    """All plug-ins of a door, by name: ours in the order of their files, then those of other packages by name.

    Each is a `kind`, and has the `name` it is found under. Raises `FaultyPlugin` naming the package at fault if one cannot be loaded, is no
    such thing, or has the name of another.
    """
    found = _found(door)
    for name, (plugin, source) in found.items():
        if not isinstance(plugin, kind) or getattr(plugin, "name", None) != name:
            raise FaultyPlugin(f'{source}: "{name}" is no {kind.__name__} of that name, which is what "{door}" takes')
    return cast(Mapping[str, T], {name: plugin for name, (plugin, _) in found.items()})


def foreign(door: str) -> frozenset[str]:
    """The names of those plug-ins that come from other packages."""
    return frozenset(name for name, (_, source) in _found(door).items() if source != OWN)


def package_of(door: str, name: str) -> str:
    """The distribution that brings this plug-in."""
    return _found(door)[name][1]


@contextmanager
def blamed(door: str, name: str) -> Iterator[None]:
    """While that plug-in is at work: what it raises, but for errors of ours, is a `FaultyPlugin` naming its package, unless it is ours."""
    try:
        yield
    except SeedgenError:
        raise
    except (Exception, SystemExit) as exc:
        if (package := package_of(door, name)) == OWN:
            raise
        raise FaultyPlugin(f'{package}: its "{name}" for "{door}" failed: {_described(exc)}; upgrade or uninstall that package') from exc


@cache
def _found(door: str) -> Mapping[str, tuple[Any, str]]:
    """By name, each plug-in and the distribution it is from."""
    room = import_module(door)
    modules = (import_module(f"{door}.{info.name}") for info in pkgutil.iter_modules(room.__path__) if info.name[0] != "_")
    found = {plugin.name: (plugin, OWN) for module in modules if (plugin := getattr(module, "PLUGIN", None)) is not None}
    for point in sorted(entry_points(group=door), key=lambda point: (_package(point) != OWN, point.name)):
        if point.name in found:
            raise FaultyPlugin(f'{_package(point)}: declares "{point.name}" for "{door}", which is there already; uninstall one of the two')
        found[point.name] = _loaded(point, door), _package(point)
    return found


def _loaded(point: EntryPoint, door: str) -> Any:
    try:
        return point.load()
    except (Exception, SystemExit) as exc:  # importing runs their code
        raise FaultyPlugin(
            f'{_package(point)}: its "{point.name}" for "{door}" cannot be loaded: {_described(exc)}; upgrade or uninstall that package'
        ) from exc


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist else "an unknown package"


def _described(exc: BaseException) -> str:
    return f"{type(exc).__name__}: {exc}"
