"""The command line: each command parses its input, makes one library call and shows the value.

    app                               the commands by name, and the one place where errors become exit codes
    running  reading  regating  making  calibrating  serving
                                      the commands
    options                           what their flags are called and mean
    tally  display                    a run as it goes on: what its events add up to, and how that looks
    summary  listing  life            a run afterwards: at its end, in lists, one item in full
    refused                           what was refused: counts, scores around a threshold, texts beside their neighbours
    sample                            the commented seedgen.toml
    shown                             text, numbers and JSON as people and programs read them

`seedgen --help` stays quick: whatever takes time to import is imported by the command that needs it.
"""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command (those of `sys.argv` by default) and return its exit code."""
    from seedgen.cli.app import execute

    return execute(arguments)
