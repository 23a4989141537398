"""`seedgen regate`: what other thresholds would have made of a run's answers, as a run of its own, without asking a teacher."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Column, Table
from rich.text import Text

from seedgen.api import regate
from seedgen.audit.changes import Changes, Example
from seedgen.cli import options
from seedgen.cli.names import calling
from seedgen.cli.plain import plain, print_json
from seedgen.cli.refused import cells, plain_comparison, reason
from seedgen.cli.settings import remembered
from seedgen.cli.shown import console, shown
from seedgen.cli.summary import out_name, pairs, print_hints
from seedgen.config.layers import given_settings
from seedgen.events import Event, Listener, Notice, TicketFinished
from seedgen.store.open import open_run
from seedgen.store.ports import ItemView


def command(
    run: options.Run,
    assignments: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="gate.…, output.… or target, as gate.rouge.threshold=0.6.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="Name of the new run. Default: RUN-regated-1 …")] = None,
    examples: Annotated[int, typer.Option("--examples", metavar="N", min=0, help="At most so many of each kind.")] = 3,
    runs: options.Runs = options.RUNS,
    as_json: options.Json = False,
) -> None:
    """Judge a run's saved answers again by other rules, as a new run.

    No teacher is asked, and the old run stays as it is. Nothing is drawn anew either: a run started with these settings would have shown
    its teacher other examples.
    """
    settings = given_settings(assignments or (), remembered(run, runs))
    with watching(open_run(run, runs).summary().tickets, console(err=True)) as listener:
        changes = regate(run, settings, name, runs=runs, listeners=[listener], examples=examples)
    if as_json:
        print_json(plain_changes(changes))
    else:
        print_changes(console(), changes, calling(changes.after.run, runs))


@contextmanager
def watching(tickets: int, notes: Console) -> Iterator[Listener]:
    """A listener that shows how many of the tickets are judged."""
    with Progress(console=notes, transient=True, disable=not notes.is_terminal) as progress:
        bar = progress.add_task("judging", total=tickets)

        def heard(event: Event) -> None:
            if isinstance(event, TicketFinished):
                progress.advance(bar)
            elif isinstance(event, Notice):
                notes.print(event.message, soft_wrap=True)

        yield heard


def print_changes(out: Console, changes: Changes, run: str) -> None:
    """The whole of it: some items that changed sides, where to look further, and last settings and figures."""
    before, after = changes.before, changes.after
    asked = f"{changes.requests:,} requests to a teacher"
    print_examples(out, f"Accepted now, refused before ({changes.rescued:,})", changes.accepted_now)
    print_examples(out, f"Refused now, accepted or surplus before ({changes.newly_refused:,})", changes.refused_now)
    out.print(Text("Look further", "bold"))
    print_hints(out, dict(commands(run)))
    title = f"\n{after.run}: the answers of {before.run} judged again, {changes.tickets:,} tickets, {asked}"
    out.print(Text(title, "bold"), soft_wrap=True)
    out.print(pairs({shown(s.key): f"{written(s.before)} → {written(s.after)}" for s in changes.settings} or {"settings": "as they were"}))
    out.print("")
    out.print(figures(changes))
    out.print("")
    out.print("\n".join(findings(changes)), soft_wrap=True)


def written(value: Any) -> str:
    """A setting's value, as it is written in a config."""
    return "not set" if value is None else shown(json.dumps(value, ensure_ascii=False), 80)


def figures(changes: Changes) -> Table:
    """Before and after in columns; refusals by filter."""
    before, after = changes.before, changes.after
    headings = ("", Column(before.run, justify="right"), Column(after.run, justify="right"), Column("", justify="right"))
    table = Table(*headings, box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    rows = {name: (getattr(before, name), getattr(after, name)) for name in ("target", "accepted", "surplus", "refused")}
    rows |= {f"  by {shown(name)}": counts for name, counts in by_filter(changes).items()}
    for name, (was, now) in rows.items():
        table.add_row(name, f"{was:,}", f"{now:,}", f"{now - was:+,}" if now != was else "")
    return table


def by_filter(changes: Changes) -> dict[str, tuple[int, int]]:
    """Refusals before and after, by filter, the most frequent first."""
    counts: dict[str, tuple[int, int]] = {}
    for each in changes.refusals:
        before, after = counts.get(each.filter, (0, 0))
        counts[each.filter] = before + each.before, after + each.after
    return dict(sorted(counts.items(), key=lambda pair: -max(pair[1])))


def findings(changes: Changes) -> Iterator[str]:
    """What the figures say, a sentence each."""
    from_surplus = changes.newly_accepted - changes.rescued
    yield (
        f"newly accepted {changes.newly_accepted:,} (before, {changes.rescued:,} were refused and {from_surplus:,} surplus), "
        f"newly refused {changes.newly_refused:,}, unchanged {changes.unchanged:,}"
    )
    if changes.not_asked:
        yield (
            f"{changes.not_asked:,} instructions pass this gate, but {changes.before.run} refused them and never asked for their answers: "
            "their items are refused as not_asked"
        )
    if changes.after.accepted < changes.after.target:
        yield f"short of the target: {changes.message}"
    yield "these are the old answers under other rules; nothing was drawn or asked anew"


def print_examples(out: Console, title: str, examples: Sequence[Example]) -> None:
    """Each beside what it was too close to, or else what was seen."""
    if not examples:
        return
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(ratio=1, overflow="fold")
    table.add_column(ratio=1, overflow="fold")
    for each in examples:
        line = ItemView(each.ref, "refused", each.instruction, refusal=each.refusal)
        table.add_row(*cells(out, line, each.comparison, reason(each.refusal) if each.refusal else ""))
    out.print(Text(title, "bold"))
    out.print(table)
    out.print("")


def commands(run: str) -> Iterator[tuple[str, str]]:
    yield f"seedgen status {run}", "scores around the new thresholds"
    yield f"seedgen items {run} --verdict refused", "what is refused now, and why"
    yield f"seedgen export {run} --format messages --out {out_name(run)}.jsonl", "the dataset, as JSONL"


def plain_changes(changes: Changes) -> Mapping[str, Any]:
    """The changes as JSON has them."""
    counted = {name: getattr(changes, name) for name in ("newly_accepted", "newly_refused", "unchanged")}
    examples = {name: [plain_example(each) for each in getattr(changes, name)] for name in ("accepted_now", "refused_now")}
    return {**plain(changes), **examples, **counted}


def plain_example(example: Example) -> Mapping[str, Any]:
    """An item that changed sides, with the comparison as items have it."""
    found = example.comparison
    return {**plain(example), "comparison": found and {"near": plain(found.near), **plain_comparison(found)}}
