"""What Tab offers after a command's words: its flags, and values for these and its places.

Flags and runs are told from `COMMANDS` and a look at a folder. Names of filters, recipes, formats, kinds of teacher and settings are told
by those who have them, plug-ins of other packages included; these are imported then. What is not known here is left to the shell: files.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from typer.core import TyperCommand

from seedgen.cli.commands import About
from seedgen.cli.options import Verdict


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that could come next, as typer prints it for the shell."""

    value: str
    help: str = ""
    type: str = "plain"


class Listed(TyperCommand):
    """A command as the list has it: it can be completed, not called."""

    def __init__(self, word: str, about: About) -> None:
        super().__init__(
            word, help=about.summary, short_help=about.summary, context_settings={"ignore_unknown_options": True, "allow_extra_args": True}
        )
        self.flags, self.places = taken(about.takes)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        if incomplete.startswith("-"):
            found: Iterable[str] = [*self.flags, "--help"]
        else:
            what, runs = wanted(self.flags, self.places, ctx.args, os.environ)
            found = VALUES[what](runs) if what in VALUES else ()
        return [Offer(value) for value in found if value.startswith(incomplete)]


def taken(takes: str) -> tuple[dict[str, str], list[str]]:
    """The flags of a command, each with what it takes ("" if nothing), and its places, which come first in `takes`."""
    flags: dict[str, str] = {}
    places = []
    for word in takes.split():
        if word.startswith("--"):
            flags[word] = ""
        elif flags:
            flags[next(reversed(flags))] = word
        else:
            places.append(word)
    return flags, places


def wanted(flags: Mapping[str, str], places: Sequence[str], given: Sequence[str], environ: Mapping[str, str]) -> tuple[str, Path]:
    """What the word after these is, as `takes` calls it ("" if nothing), and the folder of the runs. Shells may part a word at its "="."""
    runs, flag, filled = environ.get("SEEDGEN_RUNS", "runs"), "", 0
    for before, word in zip(["", *given], given, strict=False):
        if word == "=" or (before == "=" and not flag):
            continue
        if flag:
            runs, flag = word if flag == "--runs" else runs, ""
        elif word.startswith("-"):
            flag = word if flags.get(word) else ""
        else:
            filled += 1
    if flag:
        return flags[flag], Path(runs)
    if given and given[-1] == "=":
        return "", Path(runs)
    rest = places[filled:] or [place for place in places[-1:] if place.endswith("…")]
    return rest[0] if rest else "", Path(runs)


def runs_in(folder: Path) -> Iterable[str]:
    return sorted(found.parent.name for found in folder.glob("*/run.db"))


def filters(_: Path) -> Iterable[str]:
    from seedgen.gate.filter import FilterKind
    from seedgen.registry import plugins

    return [*plugins("seedgen.gate", FilterKind), "output"]


def recipes(_: Path) -> Iterable[str]:
    from seedgen.config.model import Config

    return Config().recipes.sections()


def formats(_: Path) -> Iterable[str]:
    from seedgen.dataset.formats import formats

    return formats()


def teachers(_: Path) -> Iterable[str]:
    from seedgen.teachers import kinds

    return kinds()


def servers(_: Path) -> Iterable[str]:
    from seedgen.teachers import kinds

    return [name for name, kind in kinds().items() if kind.serve]


def settings(_: Path) -> Iterable[str]:
    from seedgen.config.model import Config
    from seedgen.config.section import leaves

    return [f"{key}=" for key, _, _ in leaves(Config())]


def live_settings(_: Path) -> Iterable[str]:
    from seedgen.config.model import Config
    from seedgen.config.section import leaves

    keys = [key for key, _, kind in leaves(Config()) if kind == "live"]
    short = [key.removeprefix("limits.").replace("_", "-") for key in keys if key.startswith("limits.max_")]
    return [f"{key}=" for key in (*short, *keys)]


def regated_settings(runs: Path) -> Iterable[str]:
    return [key for key in settings(runs) if key.startswith(("gate.", "output.", "target"))]


VALUES: Mapping[str, Callable[[Path], Iterable[str]]] = {
    "RUN": runs_in,
    "FILTER": filters,
    "RECIPE": recipes,
    "FORMAT": formats,
    "TEACHER": teachers,
    "SERVER": servers,
    "SETTING": settings,
    "REGATED": regated_settings,
    "LIVE…": live_settings,
    "VERDICT": lambda _: get_args(Verdict),
    "CALIBRATED": lambda _: ("both", "rouge", "semantic"),
}
"""By what `takes` calls it, what can stand there. The folder is that of the runs."""
