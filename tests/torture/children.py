"""Real processes at little cost: one warm process forks a child for each deed, so that nothing is imported twice.

    with Children() as children:
        code = children.go(Deed("run", runs, config, kill=("commit.ticket", 2)))

A deed is done as the library does it, by name; a child exits with 0, the error's exit code, or 70 after a traceback; what it said is in
`runs/said`. Run as a program, this file is the warm process: it takes deeds as JSON lines, and answers each with the child's process id
and, when that has ended, its exit code.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

NAME = "it"
BUG = 70


@dataclass
class Deed:
    """`kill`, `fail` and `signals` name a failpoint and the how-manieth passing of it, `signals` with what signal comes there.

    Every passing is written to `passed`, if that is given. `settings` are for `resume` and `regate`. `file_size` is the most bytes that a
    file may grow to, `pages` the most pages that the database may have; `years` is how far the clock jumps, to and fro.
    """

    what: str
    runs: Path
    config: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    kill: tuple[str, int] | None = None
    fail: tuple[str, int] | None = None
    signals: Sequence[tuple[str, int, int]] = ()
    passed: Path | None = None
    file_size: int = 0
    pages: int = 0
    years: int = 0


class Children:
    """The warm process. One deed at a time: `go`, or `start` and then `end`."""

    def __enter__(self) -> Children:
        self.process = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.codes: Counter[int] = Counter()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.process.communicate("")

    def go(self, deed: Deed) -> int:
        self.start(deed)
        return self.end()

    def kill(self, deed: Deed, after: float) -> bool:
        """Kill the child after so many seconds. False if it has ended before."""
        child = self.start(deed)
        time.sleep(after)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        return self.end() == -signal.SIGKILL

    def start(self, deed: Deed) -> int:
        """The child's process id."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps(asdict(deed), default=str) + "\n")
        self.process.stdin.flush()
        return self.answer()

    def end(self) -> int:
        """The child's exit code; -9 if it was killed."""
        code = self.answer()
        self.codes[code] += 1
        return code

    def answer(self) -> int:
        assert self.process.stdout
        return int(self.process.stdout.readline())


def serve() -> None:
    """Deeds from standard input until it ends."""
    warm_up()
    for line in sys.stdin:
        given = json.loads(line)
        paths = {name: given[name] and Path(given[name]) for name in ("runs", "passed")}
        child = os.fork()
        if child == 0:
            os._exit(carry_out(Deed(**{**given, **paths})))
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def warm_up() -> None:
    """Import what a child needs, and have read what is read once a process."""
    import openai  # noqa: F401

    from seedgen import run
    from seedgen.config.model import parse_config

    quick = {"target": 2, "teachers": {"main": {"kind": "scripted"}}, "gate": {"semantic": {"enabled": False}}}
    with tempfile.TemporaryDirectory() as folder:
        run(parse_config(quick, "warming up"), NAME, runs=Path(folder))
    assert threading.active_count() == 1, "a process with threads cannot be forked"


def carry_out(deed: Deed) -> int:
    """In the child: do it, and return the exit code."""
    from seedgen import failpoints
    from seedgen.errors import SeedgenError

    said = os.open(deed.runs / "said", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(said, 1)
    os.dup2(said, 2)
    failpoints.hook = hook(deed)
    straiten(deed)
    try:
        DEEDS[deed.what](deed)
    except SeedgenError as exc:
        print(f"{type(exc).__name__}: {exc}", flush=True)
        return exc.exit_code
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except Exception:  # noqa: BLE001 - the process ends here
        traceback.print_exc()
        return BUG
    return 0


def straiten(deed: Deed) -> None:
    """Set the limits under which the deed is to be done."""
    from datetime import UTC, datetime, timedelta
    from itertools import cycle

    from sqlalchemy import Engine, event

    from seedgen.runs import start

    if deed.file_size:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (deed.file_size, deed.file_size))
    if deed.pages:
        event.listen(Engine, "connect", lambda connection, _: connection.execute(f"PRAGMA max_page_count = {deed.pages}"))
    if deed.years:
        jumps = cycle((0, deed.years, -deed.years))
        start.utc_now = lambda: f"{datetime.now(UTC) + timedelta(days=365 * next(jumps)):%Y-%m-%dT%H:%M:%S.000Z}"


def hook(deed: Deed) -> Callable[[str], None]:
    """What happens at the failpoints."""
    passed: Counter[str] = Counter()
    record = os.open(deed.passed, os.O_WRONLY | os.O_CREAT | os.O_APPEND) if deed.passed else None

    def pass_by(name: str) -> None:
        passed[name] += 1
        if record is not None:
            os.write(record, f"{name}\n".encode())
        if deed.kill and tuple(deed.kill) == (name, passed[name]):
            os.kill(os.getpid(), signal.SIGKILL)
        if deed.fail and tuple(deed.fail) == (name, passed[name]):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        for point, n, number in deed.signals:
            if (point, n) == (name, passed[name]):
                os.kill(os.getpid(), number)

    return pass_by


def do_run(deed: Deed) -> None:
    from seedgen import Config, run

    ending = run(Config.model_validate_json(deed.config), NAME, runs=deed.runs, listeners=[tell], handle_signals=True)
    print(ending.end, flush=True)
    if ending.end == "interrupted":
        os._exit(128 + ending.signal)


def do_resume(deed: Deed) -> None:
    from seedgen import resume

    print(resume(NAME, deed.settings, runs=deed.runs, listeners=[tell]).end, flush=True)


def do_export(deed: Deed) -> None:
    from seedgen import open_run
    from seedgen.dataset import export

    export(open_run(NAME, deed.runs), "alpaca", deed.runs / "out.jsonl")


def do_regate(deed: Deed) -> None:
    from seedgen import regate

    regate(NAME, deed.settings, "other", runs=deed.runs)


def do_change(deed: Deed) -> None:
    from contextlib import closing

    from seedgen import Config
    from seedgen.runs.start import utc_now
    from seedgen.store.folder import RunFolder
    from seedgen.store.sqlite.store import Store

    with closing(Store(RunFolder(deed.runs / NAME).database, utc_now)) as store:
        store.change(Config.model_validate_json(deed.config))


def tell(event: object) -> None:
    print(type(event).__name__, flush=True)


DEEDS: dict[str, Callable[[Deed], None]] = {
    "run": do_run,
    "resume": do_resume,
    "export": do_export,
    "regate": do_regate,
    "change": do_change,
}

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell turns off for what it starts in the background
    serve()
