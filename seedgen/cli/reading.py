"""Asking about runs: `seedgen runs`, `status`, `items`, `show` and `check`. They read only, at any time, also while a run is at work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seedgen.cli import options
from seedgen.errors import StoreBroken

if TYPE_CHECKING:
    from seedgen.runs.heartbeat import Standing
    from seedgen.store.folder import RunFolder
    from seedgen.store.sqlite.reader import Life, Line, Near, RunReader, Summary

RUNS = Path("runs")


def runs(runs: options.Runs = RUNS, as_json: options.Json = False) -> None:
    """List all runs."""
    from seedgen.cli.shown import console, print_json
    from seedgen.store.folder import all_runs

    found = [(folder.name, glance(folder)) for folder in all_runs(runs)]
    if as_json:
        print_json([plain_run(name, glanced) for name, glanced in found])
    elif found:
        from seedgen.cli.listing import print_runs

        print_runs(console(), found)
    else:
        console(err=True).print(f"no runs in {runs.resolve()}; start one with: seedgen run --name first --target 25", soft_wrap=True)


def status(
    run: options.Run,
    filter_: Annotated[str | None, typer.Option("--filter", metavar="NAME", help="Only this filter, with its scores in full.")] = None,
    money: Annotated[bool, typer.Option("--costs", help="Only the costs, by recipe, teacher and category, and the worst seeds.")] = False,
    runs: options.Runs = RUNS,
    as_json: options.Json = False,
) -> None:
    """Show how a run stands: state, refusals by filter and reason, scores near the thresholds, tokens, cost, ETA."""
    from seedgen.audit import report_gate
    from seedgen.cli.costs import plain_costs, print_costs
    from seedgen.cli.running import calling
    from seedgen.cli.shown import console, plain, print_json
    from seedgen.cli.summary import as_plain, print_filter, print_status
    from seedgen.runs.heartbeat import standing
    from seedgen.store.sqlite.costs import costs
    from seedgen.store.sqlite.reader import open_run
    from seedgen.store.sqlite.tallies import balance

    reader, now = open_run(run, runs), datetime.now(UTC)
    if money and not as_json:
        print_costs(console(), costs(reader), reader.folder.name)
        return
    summary, gate = reader.summary(), report_gate(reader, filter_)
    how = standing(reader.folder, summary.record.end, summary.record.end_message, summary.lock)
    if as_json:
        print_json({**as_plain(summary, now, how), **plain(gate), "balance": plain(balance(reader)), "costs": plain_costs(costs(reader))})
    elif filter_:
        print_filter(console(), summary, gate, filter_)
    else:
        print_status(console(), summary, how, gate, balance(reader), costs(reader), calling(run, runs), now)


def items(
    run: options.Run,
    verdict: Annotated[
        options.Verdict | None, typer.Option("--verdict", help="Default: accepted, or refused if --filter or --reason is given.")
    ] = None,
    filter_: Annotated[str | None, typer.Option("--filter", metavar="NAME", help="Refused by this filter: shape, exact, rouge …")] = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="REASON", help="Refused for this reason: near_duplicate …")] = None,
    search: Annotated[str | None, typer.Option("--search", metavar="TEXT", help="With this in instruction, input or output.")] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=0, help="At most this many; 0 for all.")] = 50,
    runs: options.Runs = RUNS,
    as_json: options.Json = False,
) -> None:
    """List items; refused ones with the reason.

    Those refused for being close to another stand beside it, with the words in common marked. With --json, one object a line.
    """
    from seedgen.cli.shown import console
    from seedgen.store.sqlite.reader import open_run
    from seedgen.store.sqlite.tallies import expect

    reader, standing = open_run(run, runs), verdict or ("refused" if filter_ or reason else "accepted")
    lines = reader.items(standing=standing, refused_by=filter_, reason=reason, search=search, limit=limit or None)
    if not lines:
        expect(reader, filter_, reason)
    list_items(reader, lines, as_json=as_json)
    notes = console(err=True)
    if not lines:
        notes.print(f"no {standing} items like that; {standings(reader)}", soft_wrap=True)
    elif limit and len(lines) == limit:
        more = reader.count(standing=standing, refused_by=filter_, reason=reason, search=search) - limit
        if more:
            notes.print(f"{more:,} more; --limit 0 shows all")


def list_items(reader: RunReader, lines: Sequence[Line], *, as_json: bool) -> None:
    """A line an item; refused ones beside what they were too close to."""
    from seedgen.audit import compare_lines
    from seedgen.cli.listing import print_items
    from seedgen.cli.masking import masked_lines
    from seedgen.cli.refused import plain_comparison, print_beside
    from seedgen.cli.shown import console, plain, print_json

    compared = compare_lines(reader, masked_lines(lines))
    if as_json:
        for line, comparison in compared:
            print_json(plain(line) | plain_comparison(comparison), indent=None)
    elif any(line.standing == "refused" for line in lines):
        print_beside(console(), list(compared))
    elif lines:
        print_items(console(), lines)


def show(
    run: options.Run,
    item: Annotated[str, typer.Argument(metavar="ITEM", help="As seedgen items names it: 17.3", show_default=False)],
    full: Annotated[bool, typer.Option("--full", help="Show every prompt from its first line.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="Show answers byte for byte, not only their text.")] = False,
    runs: options.Runs = RUNS,
    as_json: options.Json = False,
) -> None:
    """Show the whole provenance of one item.

    Its parents with text, the prompts, the answers, each verdict with number and nearest neighbour, the calls with tokens and cost.
    """
    from seedgen.audit import compare_life
    from seedgen.cli.masking import masked_life
    from seedgen.cli.refused import plain_comparison
    from seedgen.cli.shown import console, print_json
    from seedgen.store.sqlite.reader import open_run

    reader = open_run(run, runs)
    life = reader.life(item)
    life = life if raw else masked_life(life)
    closest, comparison = nearest_by_words(reader, life), compare_life(life)
    if as_json:
        nearest = closest and {"ref": closest[0].ref, "instruction": closest[0].instruction, "score": closest[1]}
        print_json({**plain_life(life), "nearest_by_rouge": nearest, **plain_comparison(comparison)})
    else:
        from seedgen.cli.life import print_life

        print_life(console(), life, closest, comparison, raw=raw, full=full)


def check(run: options.Run, runs: options.Runs = RUNS, as_json: options.Json = False) -> int:  # noqa: ARG001 - it is JSON anyway
    """Derive the invariants of a run again.

    Prints {"fingerprint", "accepted", "problems"} as JSON, always; exit 1 if there is a problem.
    """
    from seedgen.audit import check_run
    from seedgen.cli.shown import print_json
    from seedgen.store.sqlite.reader import open_run

    report = check_run(open_run(run, runs))
    print_json(report)
    return 1 if report.problems else 0


def glance(folder: RunFolder) -> tuple[Summary, Standing] | str:
    """The run's summary and how it stands, or why it cannot be read."""
    from seedgen.runs.heartbeat import standing
    from seedgen.store.sqlite.reader import RunReader

    try:
        summary = RunReader(folder).summary()
    except StoreBroken as exc:
        return str(exc)
    return summary, standing(folder, summary.record.end, summary.record.end_message, summary.lock)


def plain_run(name: str, glanced: tuple[Summary, Standing] | str) -> dict[str, object]:
    from seedgen.cli.summary import as_plain

    return {"name": name, "state": "broken", "reason": glanced} if isinstance(glanced, str) else as_plain(glanced[0], how=glanced[1])


def plain_life(life: Life) -> dict[str, object]:
    """The life as JSON has it, with the run's config as an object."""
    import json

    from seedgen.cli.shown import plain

    value: dict[str, object] = plain(life)
    return {**value, "run": {**plain(life.run), "config": json.loads(life.run.config)}}


def standings(reader: RunReader) -> str:
    """What there is to list, in words."""
    from seedgen.cli.summary import by_filter

    summary = reader.summary()
    refused = ", ".join(f"{name} {count:,}" for name, count in by_filter(summary.refusals).most_common()) or "none"
    return f"the run has {summary.accepted:,} accepted, {summary.surplus:,} surplus; refused by filter: {refused}"


def nearest_by_words(reader: RunReader, life: Life) -> tuple[Near, float] | None:
    """The nearest entry by ROUGE-L among those that were in the pool before this item, with its score."""
    if life.pool_index is None:
        return None
    from seedgen.audit import nearest_by_rouge

    found = nearest_by_rouge(life.instruction, reader.pool()[: life.pool_index])
    return found and (reader.entry(found[0]), found[1])
