"""The command line: each command parses its input, makes one library call and shows the value.

    app                               the commands by name, and the one place where errors become exit codes
    running  estimating  reading  regating  making  doctoring  calibrating  serving
                                      the commands
    options                           what their flags are called and mean
    watching  controlling  detaching  jobs in other processes: following them, telling them what to do, starting them
    display                           a run as it goes on, and how that looks
    summary  listing  life            a run afterwards: at its end, in lists, one item in full
    costs                             where a run's money went
    refused                           what was refused: counts, scores around a threshold, texts beside their neighbours
    sample                            the commented seedgen.toml
    streams                           standard output and standard error, also where they are closed or full
    shown                             text, numbers and JSON as people and programs read them

`seedgen --help` stays quick: whatever takes time to import is imported by the command that needs it.
"""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command (those of `sys.argv` by default) and return its exit code."""
    from seedgen.cli.app import execute

    return execute(arguments)
