"""What comparing meanings costs a run: until its first request, beside Alpaca's own loop, and while a teacher takes a second to answer.

    python benchmarks/meaning.py [--parts first,alpaca,slow] [--items 1500] [--out docs]

Three minutes in all. Each part runs in a process of its own, and prints what goes between its marks in OUT/benchmarks.md.

first     seconds from the start of `seedgen run` to its first request, a new run with the bundled seeds; filter on and off
alpaca    items a second through gate and commit at a pool of 5,000 with a teacher that answers at once, filter on and off; beside it the
          loop of Alpaca's generate_instruction.py: each new instruction against all others by rouge-score, in a pool of processes
slow      items a second with a teacher that takes a second, 32 calls at once, filter on and off
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from random import Random

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does

from corpus import instructions
from grown import grow
from pace import configured, cpu, teacher, write
from rouge_score import rouge_scorer

import seedgen
from seedgen.events import Event, TicketFinished
from seedgen.scripted.grammar import instruct
from seedgen.store.folder import RunFolder

POOL, CANDIDATES = 5_000, 40
WARM, COLD = 0.25, 0.95
"""The items of a run that count: not those of its beginning, while the model is loaded, nor the last."""
TRIES = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", default="first,alpaca,slow")
    parser.add_argument("--items", type=int, default=1_500, help="that a run beside Alpaca's loop makes")
    parser.add_argument("--slots", type=int, default=32, help="calls at once to the slow teacher")
    parser.add_argument("--out", type=Path, default=Path("docs"))
    options = parser.parse_args()
    parts: Mapping[str, Callable[[Path], list[str]]] = {
        "first": first,
        "alpaca": partial(alpaca, items=options.items),
        "slow": partial(slow, slots=options.slots),
    }
    for name in options.parts.split(","):
        with tempfile.TemporaryDirectory() as scratch, ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as pool:
            report = "\n".join(pool.submit(parts[name], Path(scratch)).result())
        print(f"\n{name}\n\n{report}")
        write(name, report, options.out / "benchmarks.md")


def first(scratch: Path) -> list[str]:
    lines = ["| a new run, the bundled seeds | seconds to the first request | of processor time |", "|---|--:|--:|"]
    for name, enabled in (("filter on", True), ("off", False)):
        passed, used = min(first_request(scratch / f"{name}{n}", enabled) for n in range(TRIES))
        lines.append(f"| {name}, the best of {TRIES} | {passed:.1f} | {used:.1f} |")
    return lines


def first_request(runs: Path, enabled: bool) -> tuple[float, float]:
    """Seconds until `seedgen run` asks for something, and of its processor time by then."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings = ["--base-url", f"http://127.0.0.1:{server.getsockname()[1]}/v1", "--set", f"gate.semantic.enabled={enabled}".lower()]
        command = [sys.executable, "-m", "seedgen", "run", "--teacher", "openai", "--model", "m", "--runs", str(runs), *settings]
        began = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            connection, _ = server.accept()
            connection.recv(1)
            told = time.perf_counter() - began, cpu(process.pid)
            process.kill()
    connection.close()
    return told


def alpaca(scratch: Path, items: int) -> list[str]:
    theirs = alpacas_own()
    ours = {}
    for name, enabled in (("on", True), ("off", False)):
        run = RunFolder(scratch / name)
        settings = {"window": 256, "concurrency": 32, "recipes": {"self-instruct": {"weight": 0}, "alpaca": {"weight": 1}}}
        grow(run, configured("", kind="scripted", semantic=enabled, **settings).model_copy(update={"target": POOL}), POOL)
        ours[name] = rate(lambda listener, run=run: seedgen.resume(run.name, {"target": POOL + items}, runs=scratch, listeners=[listener]))
    lines = [f"| a pool of {POOL:,}, a teacher that answers at once | items/s | ms of processor time an item |", "|---|--:|--:|"]
    lines += [f"| seedgen, filter {name} | {made:.1f} | {used * 1000:.0f} |" for name, (made, used) in ours.items()]
    lines.append(f"| Alpaca's loop, {os.cpu_count()} processes | {theirs:.2f} | |")
    return [*lines, "", f"{ours['on'][0] / theirs:.0f} × Alpaca's loop with the filter on, {ours['off'][0] / theirs:.0f} × with it off."]


def alpacas_own() -> float:
    """Items a second of the loop in generate_instruction.py (Taori et al. 2023), given its candidates for nothing."""
    scorer = rouge_scorer.RougeScorer(["rougeL"], use_stemmer=False)
    tokens = [scorer._tokenizer.tokenize(text) for text in instructions(POOL)]
    rng, kept = Random(1), 0
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        began = time.perf_counter()
        for text in islice(iter(partial(instruct, rng), None), CANDIDATES):
            new = scorer._tokenizer.tokenize(text)
            scores = pool.map(partial(rouge_scorer._score_lcs, new), tokens)
            if max(score.fmeasure for score in scores) <= 0.7:
                tokens.append(new)
                kept += 1
        return kept / (time.perf_counter() - began)


def slow(scratch: Path, slots: int) -> list[str]:
    made = {}
    with teacher("1.0") as (url, _):
        for name, enabled in (("on", True), ("off", False)):
            config = configured(url, semantic=enabled, window=8 * slots, concurrency=slots, limits={"max_requests": 55 * slots})
            made[name] = rate(lambda listener, name=name, config=config: seedgen.run(config, name, runs=scratch, listeners=[listener]))
    lines = [f"| a teacher that takes 1 s, {slots} calls at once | items/s | ms of processor time an item |", "|---|--:|--:|"]
    lines += [f"| filter {name} | {each:.1f} | {used * 1000:.0f} |" for name, (each, used) in made.items()]
    return [*lines, "", f"With the filter on, {made['on'][0] / made['off'][0]:.0%} of the rate with it off."]


def rate(run: Callable[[Callable[[Event], None]], object]) -> tuple[float, float]:
    """Of the items that count: how many a second, and the processor time of each, here and in processes of ours."""
    notes: list[tuple[int, float, float]] = []

    def listen(event: Event) -> None:
        if isinstance(event, TicketFinished):
            notes.append((event.accepted, time.perf_counter(), used()))

    run(listen)
    counted = notes[-1][0] - notes[0][0]
    early, late = (next(n for n in notes if n[0] - notes[0][0] >= share * counted) for share in (WARM, COLD))
    items = late[0] - early[0]
    return items / (late[1] - early[1]), (late[2] - early[2]) / items


def used() -> float:
    """Seconds of processor time, of this process and those it started that are there."""
    children = [int(child) for task in Path("/proc/self/task").iterdir() for child in (task / "children").read_text().split()]
    return time.process_time() + sum(map(cpu, children))


if __name__ == "__main__":
    main()
