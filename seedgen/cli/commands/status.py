"""`seedgen status`: how one run stands, at any time, also while it is at work."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from seedgen.audit import report_gate
from seedgen.cli import options
from seedgen.cli.costs import plain_costs, print_costs
from seedgen.cli.names import calling
from seedgen.cli.plain import plain, print_json
from seedgen.cli.shown import console
from seedgen.cli.summary import as_plain, print_filter, print_status
from seedgen.runs.heartbeat import standing
from seedgen.store.open import open_run


def command(
    run: options.Run,
    filter_: Annotated[str | None, typer.Option("--filter", metavar="NAME", help="Only this filter, with its scores in full.")] = None,
    money: Annotated[bool, typer.Option("--costs", help="Only the costs, by recipe, teacher and category, and the worst seeds.")] = False,
    runs: options.Runs = options.RUNS,
    as_json: options.Json = False,
) -> None:
    """Show how a run stands: state, refusals, scores, tokens, cost."""
    reader, now = open_run(run, runs), datetime.now(UTC)
    if money and not as_json:
        print_costs(console(), reader.costs(), reader.folder.name)
        return
    summary, gate = reader.summary(), report_gate(reader, filter_)
    how = standing(reader.folder, summary.record.end, summary.record.end_message, summary.lock)
    if as_json:
        print_json({**as_plain(summary, now, how), **plain(gate), "balance": plain(reader.balance()), "costs": plain_costs(reader.costs())})
    elif filter_:
        print_filter(console(), summary, gate, filter_)
    else:
        print_status(console(), summary, how, gate, reader.balance(), reader.costs(), calling(run, runs), now)
