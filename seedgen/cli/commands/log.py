"""`seedgen log`: what happened in a run, line by line, also while it goes on."""

from __future__ import annotations

import itertools
from typing import Annotated

import typer

from seedgen.cli import options
from seedgen.cli.plain import print_json
from seedgen.cli.shown import console, shown
from seedgen.runs.heartbeat import followed
from seedgen.runs.log import FILE, Entry, Tail, has_log, in_words, last_entries
from seedgen.store.folder import existing_run


def command(
    run: options.Run,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes, for as long as the job runs.")] = False,
    last: Annotated[int, typer.Option("--last", metavar="N", min=0, help="The last so many lines; 0 for all.")] = 50,
    runs: options.Runs = options.RUNS,
    as_json: options.Json = False,
) -> None:
    """Show the log of a run: starts, stops, waits, failed calls.

    With --json, the lines as they are in the file: an object each.
    """
    folder = existing_run(run, runs)
    if not has_log(folder.path):
        word = "yet, or any more" if folder.busy() else "(it was deleted, or the run never began)"
        console(err=True).print(f"{folder.path / FILE}: there is no log {word}; whoever works on the run writes it again", soft_wrap=True)
    with Tail(folder.path) as tail:
        for entry in last_entries(folder.path, last):
            say(entry, as_json=as_json)
        for _ in itertools.chain(followed(folder), [None]) if follow else ():
            for entry in tail.new():
                say(entry, as_json=as_json)


def say(entry: Entry, *, as_json: bool) -> None:
    if as_json:
        print_json(entry, indent=None)
    else:
        console().print(shown(in_words(entry)), soft_wrap=True)
