"""`seedgen run --detach` and `seedgen resume --detach`: a job in a process of its own, which outlives the terminal it was started from.

The child gets its work as JSON on standard input and says on standard output, an object a line, what there is to hear until it has truly
started, or why it has not. It has started when the teacher has answered for the first time, or has had a few seconds to. From then on
nothing of it is bound to the terminal: it is in a session of its own, and what native code may still write on standard error goes to
`runs/<name>/stderr.txt`, which is kept small.
"""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from select import select
from time import monotonic
from typing import IO, Any

from seedgen.cli.running import Work, calling, exit_code, tell
from seedgen.config import parse_config
from seedgen.errors import SeedgenError
from seedgen.events import CallEnded, Ending, Event, Notice, RunStarted, Waiting
from seedgen.folder import existing_run

PATIENCE = 5.0
"""Seconds from the start of the run to wait for a first answer: a key that is refused is told of at once."""
STDERR = "stderr.txt"
LARGEST_STDERR = 1_000_000

Report = Mapping[str, Any]


# The parent


def detach(work: Work, *, as_json: bool) -> int:
    """Start a child on the work. Returns 0 once it has started, and its own exit code if it has ended by then. Raises `SeedgenError`."""
    from seedgen.cli.display import STARTING
    from seedgen.cli.shown import console

    console(err=True).print(STARTING)
    with tempfile.TemporaryFile() as stderr:
        child = spawned(work, stderr)
        started = ""
        try:
            for report in reports(child):
                if "ended" in report:
                    tell(Ending(**report["ended"]), work.name or report["name"], work.runs, report["seconds"], as_json=as_json)
                    return child.wait()
                started = heard(report) or started
        except KeyboardInterrupt:
            child.terminate()
            raise
        finally:
            if child.stdout:
                child.stdout.close()
        if started:
            say_started(started, child.pid, work, as_json=as_json)
            return 0
        code = child.wait()
        stderr.seek(0)
        said = stderr.read().decode(errors="replace").strip()[-2_000:]
        raise failure(said or f"the process ended with exit code {code} before the run started, and did not say why", code)


def spawned(work: Work, stderr: IO[bytes]) -> subprocess.Popen[bytes]:
    """The child, with its work handed over."""
    with tempfile.TemporaryFile() as stdin:
        stdin.write(to_json(work))
        stdin.seek(0)
        command = [sys.executable, "-m", "seedgen.cli.detaching"]
        return subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=stderr, start_new_session=True)  # noqa: S603 - ourselves


def reports(child: subprocess.Popen[bytes]) -> Iterator[Report]:
    """What the child says, until it lets go of us. Once the run has started, its first answer is waited for only so long."""
    assert child.stdout is not None  # noqa: S101 - it is a pipe
    until, rest = math.inf, b""
    while select([child.stdout], [], [], None if until == math.inf else max(0.0, until - monotonic()))[0]:
        said = os.read(child.stdout.fileno(), 65_536)
        *lines, rest = (rest + said).split(b"\n")
        for line in lines:
            report = json.loads(line)
            until = min(until, monotonic() + PATIENCE) if "started" in report else until
            yield report
        if not said:
            return


def heard(report: Report) -> str:
    """Pass on what the child says; the name of the run if it has started. Raises `SeedgenError` if it cannot."""
    from seedgen.cli.shown import console, shown

    if "error" in report:
        raise failure(report["error"], report["exit_code"])
    if "notice" in report:
        console(err=True).print(shown(report["notice"]), soft_wrap=True)
    return str(report.get("started", ""))


def failure(message: str, code: int) -> SeedgenError:
    """The child's error as ours, with its exit code."""
    error = SeedgenError(message)
    error.exit_code = code if code > 0 else 128 - code
    return error


def say_started(name: str, pid: int, work: Work, *, as_json: bool) -> None:
    from seedgen.cli.shown import console, print_json
    from seedgen.cli.summary import pairs

    run = calling(work.name or name, work.runs)
    if as_json:
        print_json({"name": name, "pid": pid, "folder": str(existing_run(work.name or name, work.runs).path)})
        return
    out = console()
    out.print(f"{name} has started, in process {pid}", soft_wrap=True)
    commands = {
        f"seedgen watch {run}": "follow it from any terminal",
        f"seedgen pause {run}": "have it ask nothing for a while",
        f"seedgen stop {run}": "end it well; seedgen resume goes on with it",
        f"seedgen log {run} --follow": "read along",
    }
    out.print(pairs(commands, style="cyan"), soft_wrap=True)


# What is handed over


def to_json(work: Work) -> bytes:
    config = json.loads(work.config.to_json()) if work.config else None
    return json.dumps({"name": work.name, "runs": str(work.runs), "config": config, "settings": dict(work.settings)}).encode()


def from_json(text: str) -> Work:
    found = json.loads(text)
    config = parse_config(found["config"], "config") if found["config"] else None
    return Work(found["name"], Path(found["runs"]), config, found["settings"])


# The child


class Child:
    """A listener that reports to the parent until the run has started, and then lets go of whatever it has from it."""

    def __init__(self, work: Work) -> None:
        self.work, self.stderr = work, Path(os.devnull)
        self.parent: IO[str] | None = os.fdopen(os.dup(1), "w", buffering=1)
        for descriptor in (0, 1):
            os.dup2(os.open(os.devnull, os.O_RDWR), descriptor)

    def __call__(self, event: Event) -> None:
        match event:
            case Notice(message=message):
                self.say(notice=message)
            case Waiting(teacher=teacher, seconds=seconds, reason=reason) if seconds:
                self.say(notice=f"waiting for {teacher}, {seconds:.0f} s: {reason}")
            case RunStarted(name=name):
                self.stderr = existing_run(self.work.name or name, self.work.runs).path / STDERR
                self.move_stderr()
                self.say(started=name)
            case CallEnded(error=""):
                self.let_go()
        if os.fstat(2).st_size > LARGEST_STDERR:
            os.ftruncate(2, 0)

    def say(self, **report: Any) -> None:
        if self.parent:
            with suppress(OSError):  # nobody is there any more; that is no reason not to work
                self.parent.write(json.dumps(report) + "\n")

    def let_go(self) -> None:
        if self.parent:
            with suppress(OSError):  # as above
                self.parent.close()
            self.parent = None

    def move_stderr(self) -> None:
        with suppress(OSError):
            os.dup2(os.open(self.stderr, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600), 2)

    def tidy(self) -> None:
        """Leave no file with nothing in it."""
        with suppress(OSError):
            if self.stderr.is_file() and not self.stderr.stat().st_size:
                self.stderr.unlink()


def main() -> int:
    """Do the work on standard input, without a terminal; the exit code."""
    from seedgen.cli.app import unforeseen
    from seedgen.tally import Tally

    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    work, tally = from_json(sys.stdin.read()), Tally()
    child = Child(work)
    try:
        ending = work.do(child, tally)
    except SeedgenError as exc:
        child.say(error=str(exc), exit_code=exc.exit_code)
        return exc.exit_code
    except Exception as exc:  # noqa: BLE001 - the process ends here
        return unforeseen(exc, (), os.environ)
    child.tidy()
    child.say(ended=asdict(ending), name=tally.name, seconds=tally.elapsed)
    return exit_code(ending.end, ending.signal)


if __name__ == "__main__":
    sys.exit(main())
