"""Launching a run in a process of its own, which outlives the one that launched it and the terminal it was started from.

    from seedgen import Config
    from seedgen.runs.spawn import Launch, spawn

    started = spawn(Launch("first", config=Config(target=100)))
    print(started.name, "is at work in process", started.pid)

From then on it is followed and told what to do like any other job, from any process, and its database says how it ended:

    for now in followed(RunFolder(Path("runs/first"))):    # seedgen.runs.heartbeat, seedgen.store.folder
        print(now.accepted, "of", now.target)
    print(open_run("first").record().end)

The child gets its launch as JSON on standard input and says on standard output, an object a line, what there is to hear until it has truly
started, or why it has not. It has started when the teacher has answered for the first time, or has had a few seconds to. From then on
nothing of it is bound to us: it is in a session of its own, and what native code may still write on standard error goes to
`runs/<name>/stderr.txt`, which is kept small. Nothing here prints.
"""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from select import select
from time import monotonic
from typing import IO, Any

from pydantic import TypeAdapter

from seedgen import errors
from seedgen.children import command
from seedgen.config.model import Config, parse_config
from seedgen.errors import SeedgenError
from seedgen.events import CallEnded, Ending, Event, Listener, Notice, RunStarted, Waiting, exit_code
from seedgen.runs.snapshot import Tally
from seedgen.store.files import opened
from seedgen.store.folder import existing_run

CHILD = "seedgen.api"
"""The module that is the child: it hands `attend` what it takes to carry a launch out, which is built on all that is here."""
PATIENCE = 5.0
"""Seconds from the start of the run to wait for a first answer: a key that is refused is told of at once."""
STDERR = "stderr.txt"
LARGEST_STDERR = 1_000_000


@dataclass(frozen=True, slots=True)
class Launch:
    """A run to be launched: under a config, or, without one, the rest of a run that is there, under other live settings.

    `name` is as for `seedgen.api.run` with a config (None: run-1, run-2 …) and as for `seedgen.api.resume` without.
    `sources` says where settings (by dotted key) were written.
    """

    name: str | None
    runs: Path = Path("runs")
    config: Config | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Spawned:
    """A run in a process of its own. `ending` is None if it has started, and else how it ended, `seconds` after it began."""

    name: str
    pid: int
    ending: Ending | None = None
    seconds: float = 0.0


# What the child says, beside events


@dataclass(frozen=True, slots=True)
class Ended:
    """The run is over, before it had an answer."""

    name: str
    seconds: float
    ending: Ending


@dataclass(frozen=True, slots=True)
class Failed:
    """There is no run, for an error of this kind: one of `seedgen.errors` by its name, or one that nobody foresaw."""

    kind: str
    message: str
    traceback: str = ""

    def error(self) -> Exception:
        """The child's error, as the one it is here too; a `RuntimeError` that names it if nobody foresaw it."""
        if not self.traceback:
            foreseen: SeedgenError = getattr(errors, self.kind)(self.message)
            return foreseen
        error = RuntimeError(f"{self.kind}: {self.message}")
        error.add_note(self.traceback)
        return error


Report = Notice | Waiting | RunStarted | Ended | Failed
REPORTS: Mapping[str, TypeAdapter[Any]] = {kind.__name__: TypeAdapter(kind) for kind in (Notice, Waiting, RunStarted, Ended, Failed)}


def to_line(report: Report) -> str:
    return json.dumps({type(report).__name__: asdict(report)}, default=str) + "\n"


def from_line(line: bytes) -> Report:
    [(kind, value)] = json.loads(line).items()
    report: Report = REPORTS[kind].validate_python(value)
    return report


def to_json(launch: Launch) -> bytes:
    config = json.loads(launch.config.to_json()) if launch.config else None
    given = {"settings": dict(launch.settings), "sources": dict(launch.sources)}
    return json.dumps({"name": launch.name, "runs": str(launch.runs), "config": config, **given}).encode()


def from_json(text: str) -> Launch:
    found = json.loads(text)
    config = parse_config(found["config"], "config") if found["config"] else None
    return Launch(found["name"], Path(found["runs"]), config, found["settings"], found["sources"])


# The parent


def spawn(launch: Launch, listener: Listener = lambda _: None, patience: float | None = None) -> Spawned:
    """Launch a run in a process of its own; returns once it has truly started, or has ended by then.

    The listener is told meanwhile what a person may want to know (`Notice`, `Waiting`) and that the run is open (`RunStarted`); from then
    on the first answer of its teacher is waited for `patience` seconds (`PATIENCE` if not given). An interruption ends the child, too.
    Raises what `run` and `resume` of `seedgen.api` would raise in this process, `SeedgenError` with the child's exit code if it ends
    without a word, and `RuntimeError` if it fails over an error that nobody foresaw.
    """
    with tempfile.TemporaryFile() as stderr:
        child = started(launch, stderr)
        try:
            return outcome(child, listener, PATIENCE if patience is None else patience) or silent(child, stderr)
        except KeyboardInterrupt:
            child.terminate()
            raise
        finally:
            threading.Thread(target=child.wait, daemon=True).start()  # or it would stay a zombie for as long as we live


def started(launch: Launch, stderr: IO[bytes]) -> subprocess.Popen[bytes]:
    """The child, with its launch handed over."""
    with tempfile.TemporaryFile() as stdin:
        stdin.write(to_json(launch))
        stdin.seek(0)
        child = command(CHILD)
        return subprocess.Popen(child, stdin=stdin, stdout=subprocess.PIPE, stderr=stderr, start_new_session=True)  # noqa: S603 - ourselves


def outcome(child: subprocess.Popen[bytes], listener: Listener, patience: float) -> Spawned | None:
    """What became of the child; None if it ended without a word. Raises its error."""
    name = ""
    for report in reports(child, patience):
        match report:
            case Failed():
                raise report.error()
            case Ended(ended, seconds, ending):
                return Spawned(ended, child.pid, ending, seconds)
            case RunStarted():
                name = report.name
        listener(report)
    return Spawned(name, child.pid) if name else None


def reports(child: subprocess.Popen[bytes], patience: float) -> Iterator[Report]:
    """What the child says, until it lets go of us. Once the run has started, its first answer is waited for only so long."""
    assert child.stdout is not None  # noqa: S101 - it is a pipe
    until, rest = math.inf, b""
    with child.stdout as pipe:
        while select([pipe], [], [], None if until == math.inf else max(0.0, until - monotonic()))[0]:
            said = os.read(pipe.fileno(), 65_536)
            *lines, rest = (rest + said).split(b"\n")
            for report in map(from_line, lines):
                until = min(until, monotonic() + patience) if isinstance(report, RunStarted) else until
                yield report
            if not said:
                return


def silent(child: subprocess.Popen[bytes], stderr: IO[bytes]) -> Spawned:
    """Raises `SeedgenError` for a child that ended without a report, with its exit code and what stands on its standard error."""
    code = child.wait()
    stderr.seek(0)
    said = stderr.read().decode(errors="replace").strip()[-2_000:]
    error = SeedgenError(said or f"the process ended with exit code {code} before the run started, and did not say why")
    error.exit_code = code if code > 0 else 128 - code
    raise error


# The child


class Parent:
    """A listener that reports to the parent until the run has started, and then lets go of whatever this process has from it."""

    def __init__(self, launch: Launch) -> None:
        self.launch, self.stderr = launch, Path(os.devnull)
        self.pipe: IO[str] | None = os.fdopen(os.dup(1), "w", buffering=1)
        for descriptor in (0, 1):
            os.dup2(os.open(os.devnull, os.O_RDWR), descriptor)

    def __call__(self, event: Event) -> None:
        match event:
            case Notice():
                self.say(event)
            case Waiting(seconds=seconds) if seconds:
                self.say(event)
            case RunStarted(name=name):
                self.stderr = existing_run(self.launch.name or name, self.launch.runs).path / STDERR
                self.move_stderr()
                self.say(event)
            case CallEnded(error=""):
                self.let_go()
        if os.fstat(2).st_size > LARGEST_STDERR:
            os.ftruncate(2, 0)

    def say(self, report: Report) -> None:
        if self.pipe:
            with suppress(OSError):  # nobody is there any more; that is no reason not to work
                self.pipe.write(to_line(report))

    def let_go(self) -> None:
        if self.pipe:
            with suppress(OSError):  # as above
                self.pipe.close()
            self.pipe = None

    def move_stderr(self) -> None:
        with suppress(OSError):
            os.dup2(opened(self.stderr, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND), 2)

    def tidy(self) -> None:
        """Leave no file with nothing in it."""
        with suppress(OSError):
            if self.stderr.is_file() and not self.stderr.stat().st_size:
                self.stderr.unlink()


def attend(carry_out: Callable[[Launch, Listener, Tally], Ending]) -> int:
    """Be the child: have the launch on standard input carried out, without a terminal; the exit code. Raises what nobody foresaw."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    launch, tally = from_json(sys.stdin.read()), Tally()
    parent = Parent(launch)
    try:
        ending = carry_out(launch, parent, tally)
    except SeedgenError as exc:
        kind = next(kind for kind in type(exc).__mro__ if kind.__module__ == SeedgenError.__module__)
        parent.say(Failed(kind.__name__, str(exc)))
        return exc.exit_code
    except Exception as exc:  # told to the parent, and raised here as well
        parent.say(Failed(type(exc).__name__, str(exc), traceback.format_exc()))
        raise
    parent.tidy()
    parent.say(Ended(tally.name, tally.elapsed, ending))
    return exit_code(ending.end, ending.signal)
