"""The command line: each command parses its input, makes one library call and shows the value.

    app           the commands by name, and the one place where errors become exit codes
    commands/     the commands, a file each
    completion    what Tab offers
    options       what their flags are called and mean
    launch        a run carried out here, or left to a process of its own
    names         what runs are called, in a config file's name and in the words of a command
    settings      the config that a run remembers
    display       a run as it goes on, and how that looks
    ending        how a job ended
    summary  listing  life      a run afterwards: at its end, in lists, one item in full
    costs         where a run's money went
    tables        tables that fit the screen
    refused       what was refused: counts, scores around a threshold, texts beside their neighbours
    masking       refused secrets, kept from the screen
    sample        the commented seedgen.toml
    streams       standard output and standard error, also where they are closed or full
    plain  shown  text, numbers and JSON as programs and people read them

`seedgen --help` stays quick: a command's file, with all it needs, is imported when that command is called.
"""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command (those of `sys.argv` by default) and return its exit code."""
    from seedgen.cli.app import execute  # here, for the app imports files of this folder, and so this one first

    return execute(arguments)
