"""seedgen beside Bespoke Curator: the same teacher, 2,000 requests, 200 at once, 50 ms an answer, one after the other in one run.

    python benchmarks/peers.py [--requests 2000] [--at-once 200] [--latency 0.05] [--scratch DIR] [--out docs]

seedgen goes through gate and commit, semantic filter off, from the bundled seeds on. Curator has no gate. It is installed, the first time,
into a virtual environment in the scratch folder (DIR/curator; by default a temporary one, made anew each time), which takes some minutes.
What it would fetch to count tokens with is replaced by a count of bytes, so that nothing leaves this machine. The teacher is a process of
its own and counts what it has at once: at most, and on average over the middle of the requests.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from pace import COLD, RUN, WARM, configured, write

CURATOR = "bespokelabs-curator==0.1.31"
PROMPT = "Come up with a new task, and say nothing else. " * 40
ASKING = f"""
import sys, time
import tiktoken
plain = tiktoken.Encoding("plain", pat_str=r"\\S+|\\s+", mergeable_ranks={{bytes([i]): i for i in range(256)}}, special_tokens={{}})
tiktoken.get_encoding = tiktoken.encoding_for_model = lambda name: plain
from bespokelabs import curator
url, requests, at_once = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
limits = {{"max_requests_per_minute": 10**7, "max_tokens_per_minute": 10**10, "max_concurrent_requests": at_once}}
llm = curator.LLM(model_name="scripted", backend="openai", backend_params={{"base_url": url, "require_all_responses": False, **limits}})
before = time.process_time()
llm([f"{PROMPT}Task {{n}}." for n in range(requests)])
print("processor", time.process_time() - before)
"""
QUIET = {"TELEMETRY_ENABLED": "false", "CURATOR_DISABLE_CACHE": "1", "LITELLM_LOCAL_MODEL_COST_MAP": "True", "OPENAI_API_KEY": "none"}


@dataclass(frozen=True)
class Figures:
    """What one made of it: requests a second in the middle, ms of processor time a request (all of it), and how many the teacher had."""

    rate: float
    processor: float
    peak: int
    mean: float
    theirs: float

    def row(self, name: str) -> str:
        return f"| {name} | {self.rate:.0f} | {self.processor:.2f} | {self.peak} | {self.mean:.0f} | {self.theirs:.2f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--at-once", type=int, default=200)
    parser.add_argument("--latency", type=float, default=0.05)
    parser.add_argument("--scratch", type=Path)
    parser.add_argument("--out", type=Path, default=Path("docs"))
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--seedgen", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve(options.latency))
        return
    with tempfile.TemporaryDirectory() as temporary:
        scratch = Path(temporary)
        if options.seedgen:
            seedgen_asks(options.seedgen, options, scratch)
            return
        report = compared(options, options.scratch or scratch, scratch)
    print(report)
    write("peers", report, options.out / "benchmarks.md")


def compared(options: argparse.Namespace, kept: Path, scratch: Path) -> str:
    python = curator(kept)
    itself = [sys.executable, __file__, "--requests", str(options.requests), "--at-once", str(options.at_once), "--seedgen"]
    theirs = [str(python), "-c", ASKING]
    found = {
        "seedgen": measured(options, lambda url: [*itself, url], scratch),
        "Curator 0.1.31": measured(options, lambda url: [*theirs, url, str(options.requests), str(options.at_once)], scratch),
    }
    head = f"{options.requests:,} requests, {options.at_once} at once, {options.latency * 1000:g} ms"
    titles = f"| {head} | requests/s | ms of processor time a request | at the teacher, at most | on average | the teacher's ms |"
    ratio = found["seedgen"].rate / found["Curator 0.1.31"].rate
    rows = [titles, "|---|--:|--:|--:|--:|--:|", *(each.row(name) for name, each in found.items())]
    return "\n".join([*rows, "", f"seedgen makes {ratio:.2f} × Curator's requests a second."])


def measured(options: argparse.Namespace, command: Callable[[str], list[str]], scratch: Path) -> Figures:
    """What a program makes of it, that prints its seconds of processor time."""
    with teacher(options.latency) as (url, ended):
        environ = {**os.environ, **QUIET, "HOME": str(scratch), "CURATOR_CACHE_DIR": str(scratch / "cache")}
        done = subprocess.run(command(url), env=environ, cwd=scratch, capture_output=True, text=True, timeout=600, check=False)
        said = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("processor ")]
        if not said:
            raise SystemExit(f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
        seen = ended()
    return Figures(seen["rate"], float(said[-1]) / seen["requests"] * 1000, seen["peak"], seen["mean"], seen["processor"])


def seedgen_asks(url: str, options: argparse.Namespace, scratch: Path) -> None:
    import seedgen

    config = configured(url, window=1024, concurrency=options.at_once, limits={"max_requests": options.requests})
    before = time.process_time()
    seedgen.run(config, RUN, runs=scratch)
    print("processor", time.process_time() - before)


def curator(scratch: Path) -> Path:
    """The Python of a virtual environment that has Curator, which is made unless it is there."""
    python = scratch / "curator" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(scratch / "curator")], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", CURATOR], check=True)
    return python


# The teacher


@contextmanager
def teacher(latency: float) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    """Its url, and what ends it and says what it has seen."""
    command = [sys.executable, __file__, "--serve", "--latency", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:

        def ended() -> dict[str, Any]:
            process.send_signal(signal.SIGTERM)
            seen: dict[str, Any] = json.loads(process.communicate()[0])
            return seen

        try:
            yield (process.stdout.readline() if process.stdout else "").strip(), ended
        finally:
            process.kill()


async def serve(latency: float) -> None:
    from seedgen.scripted.server import ScriptedServer

    moments: list[tuple[float, int]] = []

    async def nap(seconds: float) -> None:
        moments.append((time.perf_counter(), server.at_work))
        await asyncio.sleep(seconds)
        moments.append((time.perf_counter(), server.at_work - 1))

    async with ScriptedServer(latency=latency, sleep=nap) as server:
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        print(server.url, flush=True)
        await stop.wait()
    print(json.dumps(seen_by(moments)))


def seen_by(moments: list[tuple[float, int]]) -> dict[str, float]:
    """Of the requests that count: how many a second, how many at most and on average."""
    middle = moments[int(len(moments) * WARM) : int(len(moments) * COLD)]
    passed = middle[-1][0] - middle[0][0]
    area = sum((then - now) * at_work for (now, at_work), (then, _) in pairwise(middle))
    requests = len(moments) / 2
    figures = {"rate": len(middle) / 2 / passed, "mean": area / passed, "peak": max(at_work for _, at_work in moments)}
    return {**figures, "requests": requests, "processor": time.process_time() / requests * 1000}


if __name__ == "__main__":
    main()
