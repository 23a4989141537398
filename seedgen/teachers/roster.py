"""The teachers of a run, opened, each with its share of the calls and its pace."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import AsyncExitStack

from seedgen.ask.asker import PacedTeacher
from seedgen.ask.pace import Pace
from seedgen.ask.protocols import Teacher
from seedgen.config.model import Config, asked_for
from seedgen.errors import UsageError
from seedgen.records import Usage
from seedgen.teachers import make_teacher


async def open_roster(config: Config, window: int, environ: Mapping[str, str], stack: AsyncExitStack) -> dict[str, PacedTeacher]:
    """The roster of a run with this window, reachable and with its models known: all that may be asked. `stack` closes it.

    Raises `TeacherError`, or `UsageError` if a cost limit cannot be kept.
    """
    roster = {}
    wanted = {name for role in config.recipes.roles(used=True) for name in asked_for(role, config.teachers)}
    for name, settings in config.teachers.items():
        if name not in wanted:
            continue
        teacher = make_teacher(name, settings, environ)
        stack.push_async_callback(teacher.close)
        await teacher.open()
        roster[name] = paced(config, name, window, teacher, Pace(untried=True))
        expect_prices(config, roster)
    return roster


def retuned(config: Config, window: int, roster: Mapping[str, PacedTeacher]) -> dict[str, PacedTeacher]:
    """The same teachers, whose paces go on from where they stand, under other live settings."""
    return {name: paced(config, name, window, known.teacher, known.pace) for name, known in roster.items()}


def paced(config: Config, name: str, window: int, teacher: Teacher, pace: Pace) -> PacedTeacher:
    settings, (start, most) = config.teachers[name], config.concurrency_of(name, window)
    pace.retune(most, start, settings.requests_per_minute, settings.tokens_per_minute, time.monotonic())
    return PacedTeacher(teacher, settings.weight, settings.roles, settings.attempts, pace, settings.call_timeout)


def expect_prices(config: Config, roster: Mapping[str, PacedTeacher]) -> None:
    """Raise `UsageError` if there is a limit on cost, and a teacher has no price to count by."""
    for name, each in roster.items() if config.limits.max_cost is not None else ():
        if each.teacher.cost(Usage(1, 1)) is None:
            raise UsageError(
                f'limits.max_cost cannot be kept: the price of "{each.teacher.model}" is unknown; set teachers.{name}.input_price and '
                f"teachers.{name}.output_price (US dollars per million tokens), or limit max_tokens instead"
            )
