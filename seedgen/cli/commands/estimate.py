"""`seedgen estimate`: what a run will take to its target, from a small probe that is the run's own beginning, or from a past run."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from seedgen.api import run
from seedgen.audit.estimate import Amount, Estimate, Range, estimate
from seedgen.cli import options
from seedgen.cli.display import watching
from seedgen.cli.names import calling, name_after, refuse_second
from seedgen.cli.plain import plain, print_json
from seedgen.cli.settings import remembered
from seedgen.cli.shown import console, money, shown, span
from seedgen.cli.summary import print_hints
from seedgen.config.layers import Flags, live_settings, load_config, load_layers
from seedgen.config.model import Config, stored_config
from seedgen.errors import UsageError
from seedgen.events import EXIT_CODES, CallEnded, Ending, Event, Listener, TicketFinished
from seedgen.runs.snapshot import Tally
from seedgen.store.open import open_run
from seedgen.teachers import kinds

HEADINGS = ("so far", "still to come", "range, 90 %", "in all", "range, 90 %")
WIDEST = 200
UNFINISHED = 4
"""So many times the requests asked for are sent before a probe gives up waiting for its first finished ticket."""


def command(
    config: Annotated[Path | None, typer.Argument(metavar="CONFIG.toml", help="Settings, as for seedgen run.")] = None,
    requests: Annotated[int, typer.Option("--requests", metavar="N", min=1, help="About so many requests for the probe.")] = 40,
    past: Annotated[str | None, typer.Option("--from", metavar="RUN", help="From this run as it stands; nothing is asked.")] = None,
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="Name of the run that the probe begins.")] = None,
    new: options.New = False,
    target: options.Target = None,
    teacher: Annotated[str | None, typer.Option("--teacher", metavar="|".join(kinds()), help="The teacher's kind. Default: local.")] = None,
    base_url: options.BaseUrl = None,
    model: Annotated[str | None, typer.Option("--model", metavar="MODEL", help="The teacher's model.")] = None,
    recipe: Annotated[str | None, typer.Option("--recipe", metavar="RECIPE", help="Only this recipe: self-instruct or alpaca.")] = None,
    seeds: Annotated[list[str] | None, typer.Option("--seeds", metavar="PATH", help="Seed file or folder; may be repeated.")] = None,
    concurrency: options.Concurrency = None,
    max_cost: options.MaxCost = None,
    max_tokens: options.MaxTokens = None,
    max_requests: options.MaxRequests = None,
    max_time: options.MaxTime = None,
    max_wait: options.MaxWait = None,
    assignments: options.Set = None,
    runs: options.Runs = options.RUNS,
    as_json: options.Json = False,
) -> int:
    """Say what a run will take: requests, tokens, cost, time.

    A few requests are sent and paid for, as the beginning of the run itself: its answers are kept, and `seedgen resume` goes on with
    them. With --from no teacher is asked. Exit code 3 when nothing can be said, as when no item was accepted.
    """
    flags = Flags(
        teacher=teacher, base_url=base_url, model=model, recipe=recipe, seeds=seeds or (), target=target, concurrency=concurrency,
        limits={"max_cost": max_cost, "max_tokens": max_tokens, "max_requests": max_requests, "max_time": max_time, "max_wait": max_wait},
        assignments=assignments or (),
    )  # fmt: skip
    ending = None
    if past is None:
        settings, past, ending = probed(config, flags, name, requests, runs, new=new)
    else:
        settings = settings_for(past, config, flags, runs)
    found = estimate(open_run(past, runs), settings)
    if as_json:
        print_json(plain_estimate(found, ending))
    else:
        print_estimate(console(), found, calling(past, runs), ending)
    if ending and ending.end == "interrupted":
        return 128 + (ending.signal or 2)
    return 0 if found.made else EXIT_CODES.get(ending.end, 3) or 3 if ending else 3


def settings_for(past: str, config: Path | None, flags: Flags, runs: Path) -> Config:
    """The config to estimate for from a past run: the file's, or else the run's own, with the flags over it. Raises `UsageError`."""
    if config is not None:
        return load_config(config, flags, os.environ)
    if flags.teacher or flags.model or flags.recipe or flags.seeds:
        raise UsageError("--from: the teacher, recipe and seeds are those of the run; only its target, limits and pace can be others")
    own = remembered(past, runs)
    return stored_config(own.to_json(), f"run {past}", live_settings(flags, own))


def probed(config: Path | None, flags: Flags, name: str | None, requests: int, runs: Path, *, new: bool) -> tuple[Config, str, Ending]:
    """Begin the run, or go on with it, for so many requests. Returns its config, its name and how the probe ended."""
    (settings, sources), tally = load_layers(config, flags, os.environ), Tally()
    wanted = name or (None if new else name_after(config))
    if wanted is None and not new:
        refuse_second(settings, runs)
    with watching(tally, console(err=True)) as listener:
        listeners: list[Listener] = [listener, Probe(tally, requests)]
        ending = run(settings, wanted, runs=runs, listeners=listeners, handle_signals=True, tally=tally, sources=sources)
    return settings, wanted or tally.name, ending


@dataclass
class Probe:
    """A listener that stops its run after so many calls, but not before a ticket is finished, unless that takes very many."""

    tally: Tally
    requests: int
    calls: int = 0
    tickets: int = 0

    def __call__(self, event: Event) -> None:
        self.calls += isinstance(event, CallEnded)
        self.tickets += isinstance(event, TicketFinished)
        if self.calls >= (self.requests if self.tickets else UNFINISHED * self.requests) and self.tally.job:
            self.tally.job.stop(f"the probe of {self.calls} requests is done")


def print_estimate(out: Console, found: Estimate, run: str, ending: Ending | None) -> None:
    """The whole of it: what it rests on, the figures, what they leave out, and how to go on."""
    title = f"{found.run}: {found.accepted:,} of {found.target:,} accepted in {found.tickets:,} finished tickets"
    out.print(Text(title, "bold"), soft_wrap=True)
    if found.made:
        print_figures(out, found)
    out.print("")
    out.print("\n".join(map(shown, remarks(found, ending))), soft_wrap=True)
    if ending:
        out.print(Text("\nGo on", "bold"))
        rows = {f"seedgen resume {run}": "the run itself, on the answers that are paid for"}
        print_hints(out, rows | {f"seedgen estimate --from {run}": "these figures again, without a request"})


def print_figures(out: Console, found: Estimate) -> None:
    """All in one table; where there is no room, what the run takes in all stands beneath what is still to come."""
    rows = list(figure_rows(found))
    whole = table(rows, (0, 1, 2, 3, 4))
    fits = out.measure(whole, options=out.options.update_width(WIDEST)).maximum <= out.width
    for each in [whole] if fits else [table(rows, (0, 1, 2)), "", table(rows, (3, 4))]:
        out.print(each)


def figure_rows(found: Estimate) -> Iterator[tuple[str, list[str]]]:
    """A line each: its name, and its values for the headings."""
    for name in ("requests", "prompt_tokens", "completion_tokens"):
        each = getattr(found, name)
        yield name.replace("_", " "), cells(each, number) if each else ["unknown"]
    yield "cost", cells(found.cost, money) if found.cost else ["unknown"]
    yield "time", ["", *figures(found.seconds, span)] if found.seconds else ["unknown"]


def table(rows: Sequence[tuple[str, Sequence[str]]], headings: Sequence[int]) -> Table:
    columns = (Column(HEADINGS[at], justify="right", no_wrap=True) for at in headings)
    made = Table(Column("", no_wrap=True), *columns, box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for name, values in rows:
        if chosen := [values[at] for at in headings if at < len(values)]:
            made.add_row(name, *chosen)
    return made


def number(value: float) -> str:
    return f"{value:,.0f}"


def cells(amount: Amount, form: Any) -> list[str]:
    return [form(amount.so_far), *figures(amount.left, form), *figures(amount.total, form)]


def figures(found: Range, form: Any) -> list[str]:
    return [form(found.likely), f"{form(found.low)} – {'?' if found.high is None else form(found.high)}"]


def remarks(found: Estimate, ending: Ending | None) -> Iterator[str]:
    """What the figures rest on and leave out, a sentence each."""
    if ending:
        yield f"ended: {ending.message}"
    if found.acceptance:
        whole, first, second = found.acceptance
        halves = f"{first:.0%} in the first half of the tickets, {second:.0%} in the second"
        yield f"{whole:.0%} of {found.candidates:,} candidates passed; {halves}"
    if not found.made:
        reasons = ", ".join(f"{reason} ({count:,})" for reason, count in found.refusals.items())
        yield (
            f"nothing was accepted, so nothing can be said; refused for {reasons}"
            if reasons
            else ("no ticket is finished with an accepted item, so nothing can be said; let the probe take more --requests")
        )
        return
    if found.cost_per_accepted is not None:
        yield f"{money(found.cost_per_accepted)} for an accepted item"
    if found.cost is None:
        yield "the cost is unknown, for prices or usage are; set teachers.NAME.input_price and output_price (US dollars per million tokens)"
    if found.limit:
        word = "ends" if found.limit.sure else "may end"
        yield f"{found.limit.name} {word} the run before its target, at about {found.limit.accepted:,} items (it is {found.limit.value:g})"
    yield f"ranges: a bootstrap over the {found.drawn} of the finished tickets"
    yield "early tickets are easier: as the pool fills up more is refused, so a large target takes more than this says"
    yield f"on top comes what is under way when the target is reached: the calls of {found.window:,} tickets at most"


def plain_estimate(found: Estimate, ending: Ending | None) -> dict[str, Any]:
    """The estimate as JSON has it. Costs are US dollars, null where unknown, as is the upper end of a range that has none."""
    probe = {"end": ending.end, "message": ending.message} if ending else None
    split = ((*reason.split(": ", 1), count) for reason, count in found.refusals.items())
    refusals = [{"filter": name, "reason": reason, "count": count} for name, reason, count in split]
    return {**plain(found), "refusals": refusals, "made": found.made, "cost_per_accepted": found.cost_per_accepted, "probe": probe}
