"""How fast a run is, how busy it keeps its teacher, how late its event loop is, what it holds in memory, how soon it goes on.

    python benchmarks/pace.py [--parts requests,slots,lag,memory,resume] [--tickets 200000] [--items 1000000] [--scratch DIR] [--out docs]

Each part runs in a process of its own, and prints what goes between its marks in OUT/benchmarks.md. `resume` takes 10 GB of disk.

requests    a run whose pool holds 10,000, with 200 calls at once, against the scripted teacher at 50 ms in another process; beside it the
            openai SDK alone, asked the same requests by asyncio.gather, as many at once: no gate, no store
slots       of 32 slots, how many had a call at the teacher, moment by moment, at lognormal latency; from the record of the calls
lag         how late a task wakes that sleeps 5 ms, with the semantic filter on
memory      resident memory over 200,000 tickets whose candidates are all refused
resume      seconds from the start of the process to the first answer, with 1,000,000 items admitted; semantic filter off, and on
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does; before numpy is loaded

import numpy as np
from grown import grow
from sqlalchemy import text

import seedgen
from seedgen.ask.protocols import Reply
from seedgen.config.model import Config, TeacherConfig, parse_config
from seedgen.events import CallEnded, Event, RunStarted, TicketFinished
from seedgen.inputs.seeds import read_seeds
from seedgen.scripted import ScriptedTeacher
from seedgen.store.folder import RunFolder
from seedgen.store.open import read_run
from seedgen.store.sqlite.packing import Packing
from seedgen.teachers import roster

POOL, CALLS, CALLS_BUSY = 10_000, 12_000, 3_000
WARM, COLD = 0.2, 0.95
"""The calls of a run that count: not the first, while connections are made, nor the last, when no new ones are launched."""
NAP = 0.005
RUN = "run"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", default="requests,slots,lag,memory,resume")
    parser.add_argument("--tickets", type=int, default=200_000)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--scratch", type=Path, help="where the runs are made; default: a temporary folder")
    parser.add_argument("--out", type=Path, default=Path("docs"))
    parser.add_argument("--first-answer", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.first_answer:
        folder, calls, began = options.first_answer
        print(first_answer(Path(folder), int(calls), float(began)))
        return
    parts: Mapping[str, Callable[[Path], list[str]]] = {
        "requests": requests,
        "slots": slots,
        "lag": lag,
        "memory": partial(memory, tickets=options.tickets),
        "resume": partial(resume, items=options.items),
    }
    for name in options.parts.split(","):
        with tempfile.TemporaryDirectory(dir=options.scratch) as scratch:
            report = alone(parts[name], Path(scratch))
        print(f"\n{name}\n\n{report}")
        write(name, report, options.out / "benchmarks.md")


def requests(scratch: Path) -> list[str]:
    with teacher("0.05") as (url, pid):
        grown_by_the_teacher(scratch, configured(url, window=2048), POOL)
        run = Clock(pid)
        more(scratch, {"teachers.main.base_url": url, "concurrency": 200}, CALLS, run)
        sdk = Clock(pid)
        asyncio.run(bare(url, requests_of(scratch, CALLS // 4), sdk, 200))
    rows = [("seedgen", run.figures()), ("the openai SDK alone, `asyncio.gather`", sdk.figures())]
    lines = ["| 200 calls at once, 50 ms | requests/s | ms of processor time a request | the server's |", "|---|--:|--:|--:|"]
    return lines + [f"| {name} | {f['rate']:.0f} | {f['ours']:.2f} | {f['theirs']:.2f} |" for name, f in rows]


def slots(scratch: Path) -> list[str]:
    with teacher("lognormal:0.5:0.6") as (url, _):
        settings = {"window": 1024, "concurrency": 32, "limits": {"max_requests": CALLS_BUSY}}
        seedgen.run(configured(url, **settings), RUN, runs=scratch)
    busy = in_flight(scratch) / 32
    return [f"{busy:.1%} of 32 slots had a call at the teacher (lognormal, median 0.5 s, sigma 0.6; {CALLS_BUSY:,} calls)."]


def lag(scratch: Path) -> list[str]:
    late: list[float] = []

    async def watch() -> None:
        while True:
            due = time.perf_counter() + NAP
            await asyncio.sleep(NAP)
            late.append(time.perf_counter() - due)

    tasks = []

    def listen(event: Event) -> None:
        if isinstance(event, RunStarted):
            tasks.append(asyncio.get_running_loop().create_task(watch()))

    with teacher("0.05") as (url, _):
        config = configured(url, window=1024, concurrency=32, semantic=True, limits={"max_requests": CALLS_BUSY})
        ending = seedgen.run(config, RUN, runs=scratch, listeners=[listen])
    p50, p99, p999 = (np.quantile(late, q) * 1000 for q in (0.5, 0.99, 0.999))
    return [
        f"A task that sleeps 5 ms woke {p50:.1f} ms late (median), 99 % of times under {p99:.0f} ms, 99.9 % under {p999:.0f} ms, "
        f"{max(late) * 1000:.0f} ms at worst ({len(late):,} naps; {ending.accepted:,} items accepted meanwhile, 32 calls at once)."
    ]


def memory(scratch: Path, tickets: int) -> list[str]:
    instead("scripted", Repeating)
    sizes: list[tuple[int, int]] = []

    def listen(event: Event) -> None:
        if isinstance(event, TicketFinished) and event.result.draw.ticket % (tickets // 100) == 0:
            sizes.append((event.result.draw.ticket, resident()))

    settings = {"window": 256, "concurrency": 64, "limits": {"stall_tickets": 2 * tickets, "max_requests": tickets}}
    config = configured("", kind="scripted", steer={"watch": False}, **settings)
    seedgen.run(config, RUN, runs=scratch, listeners=[listen])
    part = sizes[len(sizes) // 5 :]
    slope = np.polyfit(*np.array(part, float).T, 1)[0]
    return [
        f"{tickets:,} tickets, all of whose candidates are refused: resident memory {sizes[0][1] >> 20} MB at first, "
        f"{part[0][1] >> 20} MB after a fifth, {part[-1][1] >> 20} MB at the end; {slope:,.0f} bytes a ticket from the first fifth on."
    ]


def resume(scratch: Path, items: int) -> list[str]:
    lines = [f"| {items:,} admitted | seconds to the first answer | resident memory, GB | database, GB |", "|---|--:|--:|--:|"]
    for name, semantic in (("semantic filter off", False), ("on", True)):
        folder = RunFolder(scratch / name.replace(" ", "-"))
        grow(folder, configured("", kind="scripted", window=1024, semantic=semantic), items)
        calls = read_run(folder).summary().spend.requests
        command = [sys.executable, __file__, "--first-answer", str(folder.path), str(calls), str(time.time())]
        seconds, size = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        lines.append(f"| {name} | {seconds:.1f} | {size / 1e9:.1f} | {folder.database.stat().st_size / 1e9:.1f} |")
    return lines


def first_answer(folder: Path, calls: int, began: float) -> str:
    """Seconds from `began` (as `time.time`), and bytes resident then, when a run that goes on has its first new answer."""
    told: list[float] = []

    def listen(event: Event) -> None:
        if isinstance(event, CallEnded) and not told:
            told.extend((time.time() - began, resident()))

    seedgen.resume(folder.name, {"limits.max_requests": calls + 1}, runs=folder.parent, listeners=[listen])
    return json.dumps(told)


# What the parts have in common


def configured(url: str, *, kind: str = "openai", semantic: bool = False, **settings: Any) -> Config:
    """A run that only a limit ends, with a teacher that costs something: calls that are free are dropped at the end."""
    one = {"kind": kind, "model": "scripted", "base_url": url, "input_price": 0.1, "output_price": 0.1}
    data = {"target": 10_000_000, "teachers": {"main": one}, "gate": {"semantic": {"enabled": semantic}}, **settings}
    return parse_config(data, "benchmark")


@contextmanager
def teacher(latency: str) -> Iterator[tuple[str, int]]:
    """The scripted teacher in a process of its own: its url and the process's id."""
    command = [sys.executable, "-m", "seedgen", "teacher", "scripted", "--latency", latency, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield json.loads(process.stdout.readline() if process.stdout else "")["url"], process.pid
        finally:
            process.terminate()


def instead(kind: str, maker: Callable[[str, TeacherConfig], Any]) -> None:
    """Put another teacher in the place of all of a kind, in this process."""
    make = roster.make_teacher
    roster.make_teacher = lambda name, config, environ: maker(name, config) if config.kind == kind else make(name, config, environ)


def grown_by_the_teacher(scratch: Path, config: Config, size: int) -> None:
    """A run of so many items that the scripted teacher has answered in this process, at once."""
    make = roster.make_teacher
    instead("openai", ScriptedTeacher)
    seedgen.run(config.model_copy(update={"target": size}), RUN, runs=scratch)
    roster.make_teacher = make


def more(scratch: Path, settings: Mapping[str, Any], calls: int, listener: Callable[[Event], None]) -> None:
    """Go on with the run for so many calls."""
    made = read_run(RunFolder(scratch / RUN)).summary().spend.requests
    settings = {**settings, "target": 10_000_000, "limits.max_requests": made + calls}
    seedgen.resume(RUN, settings, runs=scratch, listeners=[listener])


class Clock:
    """A listener that notes when calls end, and the processor time that was used by then, here and by the teacher."""

    def __init__(self, server: int) -> None:
        self.server = server
        self.notes: list[tuple[float, float, float]] = []

    def __call__(self, event: Event) -> None:
        if isinstance(event, CallEnded):
            self.note()

    def note(self) -> None:
        theirs = self.notes[-1][2] if len(self.notes) % 100 else cpu(self.server)
        self.notes.append((time.perf_counter(), time.process_time(), theirs))

    def figures(self) -> dict[str, float]:
        """Of the calls that count: how many a second, and ms of processor time each."""
        first, last = (int(len(self.notes) * part) for part in (WARM, COLD))
        passed, ours, theirs = np.subtract(self.notes[last], self.notes[first]) / (last - first)
        return {"rate": 1 / passed, "ours": ours * 1000, "theirs": theirs * 1000}


async def bare(url: str, bodies: Sequence[dict[str, Any]], clock: Clock, at_once: int) -> None:
    """These requests, put to the SDK and nothing else, so many at once."""
    from openai import AsyncOpenAI

    turn = asyncio.Semaphore(at_once)
    async with AsyncOpenAI(api_key="none", base_url=url, max_retries=0) as client:

        async def ask(body: dict[str, Any]) -> None:
            async with turn:
                await client.chat.completions.create(**body)
            clock.note()

        await asyncio.gather(*map(ask, bodies))


def requests_of(scratch: Path, count: int) -> list[dict[str, Any]]:
    """The latest requests of the run."""
    reader = read_run(RunFolder(scratch / RUN))
    with reader.snapshot() as connection:
        packing = Packing.of(connection)
        rows = connection.execute(text("SELECT request FROM answer ORDER BY ticket DESC LIMIT :count"), {"count": count})
        return [json.loads(packing.unpack(request)) for (request,) in rows]


def in_flight(scratch: Path) -> float:
    """How many calls the teacher had on average, over the part of the run that counts."""
    reader = read_run(RunFolder(scratch / RUN))
    with reader.snapshot() as connection:
        rows = connection.execute(text("SELECT sent_at, seconds FROM call WHERE seconds IS NOT NULL ORDER BY sent_at")).all()
    spans = [(start := datetime.fromisoformat(sent).timestamp(), start + seconds) for sent, seconds in rows]
    begin, end = spans[int(len(spans) * WARM)][0], spans[int(len(spans) * COLD)][0]
    return sum(max(0.0, min(last, end) - max(first, begin)) for first, last in spans) / (end - begin)


class Repeating(ScriptedTeacher):
    """Says the first seed again, whatever it is asked."""

    def __init__(self, name: str, config: TeacherConfig) -> None:
        super().__init__(name, config)
        said = f"Task 9: {read_seeds(('bundled',))[0].instruction}"
        choice = {"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}
        self.body = json.dumps({"model": "scripted", "choices": [choice], "usage": {"prompt_tokens": 9, "completion_tokens": 9}}).encode()

    async def send(self, request: Mapping[str, Any]) -> Reply:  # noqa: ARG002
        await asyncio.sleep(0)
        return Reply(self.body)


def cpu(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident() -> int:
    """Bytes of memory in use."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def alone(part: Callable[[Path], list[str]], scratch: Path) -> str:
    """The report of a part that is run in a process of its own."""
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return "\n".join(pool.apply(part, (scratch,)))


def write(name: str, report: str, path: Path) -> None:
    """Puts a report between its marks."""
    marks = re.compile(rf"(?s)(<!-- {name} -->).*(<!-- /{name} -->)")
    path.write_text(marks.sub(lambda found: f"{found[1]}\n{report}\n{found[2]}", path.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
