"""`seedgen items`: what a run has made, a line an item, and what it refused beside the reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from seedgen.audit import compare_lines
from seedgen.cli import options
from seedgen.cli.listing import print_items
from seedgen.cli.masking import masked_lines
from seedgen.cli.plain import plain, print_json
from seedgen.cli.refused import plain_comparison, print_beside
from seedgen.cli.shown import console
from seedgen.cli.summary import by_filter
from seedgen.store.open import open_run
from seedgen.store.ports import ItemView, RunReader


def command(
    run: options.Run,
    verdict: Annotated[
        options.Verdict | None, typer.Option("--verdict", help="Default: accepted, or refused if --filter or --reason is given.")
    ] = None,
    filter_: Annotated[str | None, typer.Option("--filter", metavar="NAME", help="Refused by this filter: shape, exact, rouge …")] = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="REASON", help="Refused for this reason: near_duplicate …")] = None,
    search: Annotated[str | None, typer.Option("--search", metavar="TEXT", help="With this in instruction, input or output.")] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=0, help="At most this many; 0 for all.")] = 50,
    runs: options.Runs = options.RUNS,
    as_json: options.Json = False,
) -> None:
    """List items; refused ones with the reason.

    Those refused for being close to another stand beside it, with the words in common marked. With --json, one object a line.
    """
    reader, standing = open_run(run, runs), verdict or ("refused" if filter_ or reason else "accepted")
    lines = reader.items(standing=standing, refused_by=filter_, reason=reason, search=search, limit=limit or None)
    if not lines:
        reader.expect(filter_, reason)
    list_items(reader, lines, as_json=as_json)
    notes = console(err=True)
    if not lines:
        notes.print(f"no {standing} items like that; {standings(reader)}", soft_wrap=True)
    elif limit and len(lines) == limit:
        more = reader.count(standing=standing, refused_by=filter_, reason=reason, search=search) - limit
        if more:
            notes.print(f"{more:,} more; --limit 0 shows all")


def list_items(reader: RunReader, lines: Sequence[ItemView], *, as_json: bool) -> None:
    """A line an item; refused ones beside what they were too close to."""
    compared = compare_lines(reader, masked_lines(lines))
    if as_json:
        for line, comparison in compared:
            print_json(plain(line) | plain_comparison(comparison), indent=None)
    elif any(line.standing == "refused" for line in lines):
        print_beside(console(), list(compared))
    elif lines:
        print_items(console(), lines)


def standings(reader: RunReader) -> str:
    """What there is to list, in words."""
    summary = reader.summary()
    refused = ", ".join(f"{name} {count:,}" for name, count in by_filter(summary.refusals).most_common()) or "none"
    return f"the run has {summary.accepted:,} accepted, {summary.surplus:,} surplus; refused by filter: {refused}"
