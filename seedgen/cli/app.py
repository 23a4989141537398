"""The commands by name, and the one place where errors become messages and exit codes.

Commands return their exit code (None is 0). A `SeedgenError` is shown as its message, never as a traceback; with --json also as
{"error", "exit_code"} on standard output.
"""

from __future__ import annotations

import errno
import gc
import os
import shutil
import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import IO, Annotated, Any, Protocol, runtime_checkable

import typer
from typer.core import TyperGroup
from typer.main import get_command

from seedgen import __version__
from seedgen.cli.commands import COMMANDS
from seedgen.cli.completion import Listed
from seedgen.cli.plain import block, folded, print_json
from seedgen.cli.streams import abandon, errors, repair
from seedgen.config.words import in_words
from seedgen.errors import SeedgenError

UNREAD = 141
"""The exit code of a program that SIGPIPE ends (`seedgen items RUN | head`)."""
GARBAGE = 50_000
"""New objects after which garbage is looked for, in a process of ours: the usual 700 take a tenth of the time that imports do."""
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "1")
"""For numpy, which is not loaded yet: on busy cores its threads wait for one another for half a second over 10 ms of work."""
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


class Commands(TyperGroup):
    """Those of `COMMANDS` that this group's words begin. They are listed from there; a file is imported when its command is called."""

    def __init__(self, *, name: str, commands: dict[str, Any], **settings: Any) -> None:
        own = {words.removeprefix(f"{name} "): about for words, about in COMMANDS.items() if words.rpartition(" ")[0] == name}
        listed = {word: Listed(word, about) for word, about in own.items()}
        super().__init__(name=name, commands={**listed, **commands}, **settings)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        word, command, rest = super().resolve_command(ctx, args)
        words = f"{self.name} {word}".strip()
        return word, imported(words) if words in COMMANDS and not ctx.resilient_parsing else command, rest

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - as typer calls it
        """The commands under their headings, each with the whole of its summary."""
        below = f"{self.name} " if self.name else ""
        own = {words.removeprefix(below): about for words, about in COMMANDS.items() if words.startswith(below)}
        width = max(map(len, own))
        for group in dict.fromkeys(about.group for about in own.values()):
            with formatter.section(group):
                formatter.write_dl([(words.ljust(width), about.summary) for words, about in own.items() if about.group == group])


def imported(words: str) -> Any:
    """The command that these words call, whole."""
    one = typer.Typer(rich_markup_mode=None, add_completion=False)
    epilog = f"Example: {COMMANDS[words].example}"
    one.command(words.rpartition(" ")[2], epilog=epilog)(import_module(f"seedgen.cli.commands.{words.replace(' ', '_')}").command)
    return get_command(one)


app = typer.Typer(cls=Commands, rich_markup_mode=None, no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]})
seeds = typer.Typer(cls=Commands, rich_markup_mode=None, no_args_is_help=True, help="Work with seed files.")
app.add_typer(seeds, name="seeds")


def print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"seedgen {__version__}")
        raise typer.Exit


@app.callback()
def program(
    version: Annotated[bool, typer.Option("--version", callback=print_version, is_eager=True, help="Show the version and exit.")] = False,
) -> None:
    """Grow a few seed tasks into a large, diverse, checked instruction dataset.

    Begin with: seedgen run --target 25

    A ticket is one round of asking: a prompt, the tasks that come back, and their answers. The window is how many may be open at once.

    Exit codes: 0 target reached, 1 internal error or a failed check, 2 usage or input error, 3 stopped short of the target, 4 config
    drift or run in use, 5 the teacher refuses us, 130 and 143 on signals, 141 when nobody reads the output any more.
    """


def execute(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    repair()
    if arguments is None:
        gc.set_threshold(GARBAGE)
        os.environ.setdefault(*ONE_THREAD)
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = attempt(given)
        sys.stdout.flush()
        return code
    except (BrokenPipeError, SystemExit) as exc:
        if isinstance(exc, SystemExit) and not isinstance(exc.__context__, BrokenPipeError):
            raise
        abandon(sys.stdout)
        return UNREAD
    except OSError as exc:
        if exc.errno not in NO_ROOM:
            return unforeseen(exc, given, os.environ)
        abandon(sys.stdout)
        say(f"seedgen: standard output cannot be written: {exc.strerror}; nothing is lost, ask again with room for it")
        return 1


def attempt(arguments: Sequence[str]) -> int:
    """Run one command; its errors as messages and exit codes. Of a closed pipe click makes a `SystemExit`."""
    try:
        return get_command(app).main(arguments, prog_name="seedgen", standalone_mode=False) or 0
    except typer.TyperException as exc:
        if isinstance(exc, Usage):
            exc.message = in_words(exc.message)
            exc.show(errors())
        else:
            say(exc.format_message())
        return failed(exc.format_message(), exc.exit_code, arguments)
    except typer.Abort:
        return 130
    except SeedgenError as exc:
        say(f"seedgen: {block(str(exc))}")
        return failed(str(exc), exc.exit_code, arguments)
    except OSError:
        raise
    except Exception as exc:  # noqa: BLE001 - the process ends here
        return unforeseen(exc, arguments, os.environ)


@runtime_checkable
class Usage(Protocol):
    """An error of typer's own that shows the command's usage, too, which the public base of its errors does not promise."""

    message: str

    def show(self, file: IO[str]) -> None: ...


def unforeseen(exc: Exception, arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """An error that is ours."""
    if environ.get("SEEDGEN_DEBUG"):
        traceback.print_exception(exc)
    message = f"{type(exc).__name__}: {exc}"
    say(f"seedgen: {block(message)}\nthis is a bug; run with SEEDGEN_DEBUG=1 for the traceback")
    return failed(message, 1, arguments)


def say(message: str) -> None:
    """On standard error; on a terminal, lines break between words."""
    stream = errors()
    typer.echo(folded(message, shutil.get_terminal_size().columns) if stream.isatty() else message, stream)


def failed(message: str, code: int, arguments: Sequence[str]) -> int:
    if "--json" in arguments:
        print_json({"error": message, "exit_code": code})
    return code
