"""What word overlap costs: the gate's exact index beside rouge-score, rapidfuzz over the whole pool, and MinHash LSH.

    python benchmarks/gate.py [--sizes 1000,10000,52000,200000,1000000] [--data FOLDER] [--out docs]

All ratios are of one run, on instructions that `corpus` chains; each size is measured in a process of its own. Candidates are new (made
like the pool) or near duplicates (a text of the pool with up to a third of its words changed). rouge-score is used as in Alpaca's code,
`_score_lcs` on tokens made beforehand; it is timed on a sample of the pool and multiplied up. Last comes a pool of long texts. The part of
OUT/benchmarks.md between the rouge marks is replaced, and OUT/rouge.svg. Takes about three minutes; with `--sizes ""` only the long texts
are measured, and nothing is written.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import re
import resource
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import fmean
from typing import TypeVar

import numpy as np
from corpus import edited, instructions
from rapidfuzz import process
from rapidfuzz.distance import Indel

from seedgen.gate.packed import pack
from seedgen.gate.pairs import LEVEL
from seedgen.gate.rouge import RougeIndex
from seedgen.language.text import tokens

SIZES = (1_000, 10_000, 52_000, 200_000, 1_000_000)
THRESHOLD = 0.7
JACCARD = THRESHOLD / (2 - THRESHOLD)
"""What the threshold is as a Jaccard coefficient."""
CANDIDATES, WARM = 1000, 100
WHOLE, SAMPLE, ASKED = 10, 1000, 5
"""Candidates put to the whole pool by rapidfuzz; texts of the pool, and candidates, put to rouge-score."""
LSH_MOST, PERMUTATIONS = 52_000, 128
ONE_BY_ONE = 135_000
LONG, GO_ON = 52_000, 0.58
"""How many long texts, and how often one of them goes on."""
TEXTS: list[str] = []
"""Made once, and inherited by the processes that measure."""

T = TypeVar("T")
NEW, NEAR = "index, new", "index, near duplicates"
FUZZ, CUTOFF = "rapidfuzz cdist", "rapidfuzz cdist, score_cutoff"
ROUGE, LSH = "rouge-score", "MinHash LSH (approximate)"


@dataclass
class Figures:
    """Of one size. `costs`: µs a candidate, by who is asked."""

    size: int
    ready: float
    memory: float
    add: float
    merge: float
    refused: dict[str, float] = field(default_factory=dict)
    costs: dict[str, float] = field(default_factory=dict)
    lsh_add: float | None = None
    recall: float | None = None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--data", type=Path, help="a folder of JSON lines with instructions to chain as well")
    parser.add_argument("--out", type=Path, default=Path("docs"))
    options = parser.parse_args()
    sizes = sorted(int(size) for size in options.sizes.split(",") if size)
    if not sizes:
        print(long_ones(options.data))
        return
    TEXTS.extend(instructions(max(sizes) + LEVEL + CANDIDATES, options.data))
    gc.freeze()
    rows = []
    for size in sizes:
        rows.append(alone(measured, size))
        print(rows[-1])
    grown = alone(one_by_one, min(ONE_BY_ONE, max(sizes)))
    report = "\n\n".join([intro(), table(rows), ratios(rows), grown, long_ones(options.data)])
    print(report)
    write(report, options.out / "benchmarks.md")
    plot(rows, options.out / "rouge.svg")


def alone(work: Callable[[int], T], size: int) -> T:
    """The result of work in a process of its own."""
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return pool.apply(work, (size,))


def measured(size: int) -> Figures:
    pool, more, new = TEXTS[:size], TEXTS[size : size + LEVEL], TEXTS[-CANDIDATES:]
    rng = Random(size)
    near = [edited(text, rng) for text in rng.choices(pool, k=CANDIDATES)]
    before, start = resident(), time.perf_counter()
    index = RougeIndex(THRESHOLD)
    index.extend(pool)
    figures = Figures(size, time.perf_counter() - start, (resident() - before) / size, 0, 0)
    for name, texts in ((NEW, new), (NEAR, near)):
        figures.costs[name] = each(index.nearest, texts[:WARM], texts[WARM:])
        figures.refused[name] = fmean(index.nearest(text) is not None for text in texts)
    whole_pool(figures, index, new[:WHOLE])
    figures.costs[ROUGE] = rouge_score(pool, new[:ASKED])
    if size <= LSH_MOST:
        minhash(figures, index, pool, near)
    added = [once(index.add, text) for text in more]  # through the next merge of all
    figures.add, figures.merge = fmean(added), max(added)
    return figures


def whole_pool(figures: Figures, index: RougeIndex, candidates: list[str]) -> None:
    """The same packed texts, all compared."""
    asked = [pack(index.vocabulary.read(tokens(text))) for text in candidates]
    for name, cutoff in ((FUZZ, None), (CUTOFF, THRESHOLD)):

        def compare(query: object, cutoff: float | None = cutoff) -> None:
            process.cdist([query], index.texts, scorer=Indel.normalized_similarity, score_cutoff=cutoff, dtype=np.float32).argmax()

        figures.costs[name] = each(compare, asked[:1], asked)


def rouge_score(pool: list[str], candidates: list[str]) -> float:
    from rouge_score.rouge_scorer import _score_lcs

    sample = [tokens(text) for text in Random(0).sample(pool, min(SAMPLE, len(pool)))]
    asked = [tokens(text) for text in candidates]
    taken = once(lambda: [_score_lcs(words, query) for query in asked for words in sample])
    return taken / len(asked) / len(sample) * len(pool)


def minhash(figures: Figures, index: RougeIndex, pool: list[str], near: list[str]) -> None:
    """`recall`: of the near duplicates that the index refuses, how many find the text they are nearest to."""
    from datasketch import MinHash, MinHashLSH

    def signature(text: str) -> MinHash:
        made = MinHash(num_perm=PERMUTATIONS)
        made.update_batch([word.encode() for word in tokens(text)])
        return made

    lsh = MinHashLSH(threshold=JACCARD, num_perm=PERMUTATIONS)
    figures.lsh_add = each(lambda entry: lsh.insert(entry[0], signature(entry[1])), (), enumerate(pool))
    figures.costs[LSH] = each(lambda text: lsh.query(signature(text)), near[:WARM], near[WARM:])
    refused = [(text, match.index) for text in near if (match := index.nearest(text))]
    figures.recall = fmean(nearest in lsh.query(signature(text)) for text, nearest in refused)


def one_by_one(size: int) -> str:
    """A pool that grows from nothing."""
    index = RougeIndex(THRESHOLD)
    added = [once(index.add, text) for text in TEXTS[:size]]
    return (
        f"A pool that grows from nothing to {size:,}, text by text: {fmean(added):.0f} µs an admission on average, "
        f"99.9 % under {np.quantile(added, 0.999) / 1000:.1f} ms; the longest, when words are counted anew, took {max(added) / 1e6:.2f} s."
    )


def long_ones(data: Path | None) -> str:
    """New candidates against as many long texts."""
    TEXTS[:] = instructions(LONG + CANDIDATES, data, go_on=GO_ON)
    lengths = [len(tokens(text)) for text in TEXTS]
    figures = alone(long_costs, LONG)
    return (
        f"Long instructions, {fmean(lengths):.1f} words on average (a tenth have over {np.quantile(lengths, 0.9):.0f}), at {LONG:,}: "
        f"{figures[NEW]:.0f} µs a candidate, {figures[FUZZ] / figures[NEW]:.0f} × rapidfuzz's speed over the whole pool, "
        f"{figures[CUTOFF] / figures[NEW]:.0f} × that with its score_cutoff."
    )


def long_costs(size: int) -> dict[str, float]:
    pool, new = TEXTS[:size], TEXTS[-CANDIDATES:]
    figures, index = Figures(size, 0, 0, 0, 0), RougeIndex(THRESHOLD)
    index.extend(pool)
    figures.costs[NEW] = each(index.nearest, new[:WARM], new[WARM:])
    whole_pool(figures, index, new[:WHOLE])
    return figures.costs


def each(work: Callable[[T], object], warm: Iterable[T], items: Iterable[T]) -> float:
    """µs an item."""
    for item in warm:
        work(item)
    items = list(items)
    return once(lambda: [work(item) for item in items]) / len(items)


def once(work: Callable[..., object], *args: object) -> float:
    """µs of processor time, which others on the machine disturb less; all of this runs in one thread."""
    start = time.process_time()
    work(*args)
    return (time.process_time() - start) * 1e6


def resident() -> int:
    """Bytes of memory in use."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def intro() -> str:
    lengths = [len(tokens(text)) for text in TEXTS[:20_000]]
    return (
        f"Threshold {THRESHOLD}. Instructions of {fmean(lengths):.1f} words on average (a tenth have over {np.quantile(lengths, 0.9):.0f}, "
        f"the longest {max(lengths)}). Times are µs of processor time a candidate unless said otherwise."
    )


def table(rows: list[Figures]) -> str:
    lines: dict[str, list[str]] = {"": [f"{row.size:,}" for row in rows], "---": ["--:"] * len(rows)}
    for name in (NEW, NEAR, CUTOFF, FUZZ, ROUGE, LSH):
        lines[name] = [f"{row.costs[name]:,.0f}" if name in row.costs else "" for row in rows]
    lines["MinHash LSH finds, of what the index refuses"] = ["" if row.recall is None else f"{row.recall:.1%}" for row in rows]
    lines["refused: new, near duplicates"] = [f"{row.refused[NEW]:.1%}, {row.refused[NEAR]:.1%}" for row in rows]
    lines["saved pool ready, s"] = [f"{row.ready:.2f}" for row in rows]
    lines["bytes an item beyond the texts"] = [f"{row.memory:,.0f}" for row in rows]
    lines["admission, mean"] = [f"{row.add:,.0f}" for row in rows]
    lines[f"longest of {LEVEL:,} admissions, ms"] = [f"{row.merge / 1000:,.1f}" for row in rows]
    lines["MinHash LSH, admission"] = ["" if row.lsh_add is None else f"{row.lsh_add:,.0f}" for row in rows]
    return "\n".join(f"| {name} | {' | '.join(cells)} |" for name, cells in lines.items())


def ratios(rows: list[Figures]) -> str:
    """A new candidate's cost against the rivals', and against that at other sizes."""
    lines = [
        f"- at {row.size:,}: {row.costs[ROUGE] / row.costs[NEW]:,.0f} × rouge-score's speed, {row.costs[FUZZ] / row.costs[NEW]:,.0f} × "
        f"rapidfuzz's over the whole pool, {row.costs[CUTOFF] / row.costs[NEW]:,.0f} × that with its score_cutoff"
        for row in rows
    ]
    by_size = {row.size: row.costs[NEW] for row in rows}
    if {52_000, 1_000_000} <= by_size.keys():
        lines.append(f"- a candidate at 1,000,000 costs {by_size[1_000_000] / by_size[52_000]:.1f} × one at 52,000")
    return "\n".join(lines)


def write(report: str, path: Path) -> None:
    """Puts the report between the marks."""
    old = path.read_text("utf-8")
    path.write_text(re.sub(r"(?s)(<!-- rouge -->).*(<!-- /rouge -->)", lambda marks: f"{marks[1]}\n{report}\n{marks[2]}", old), "utf-8")


def plot(rows: list[Figures], path: Path) -> None:
    import altair

    points = [{"texts": row.size, "µs": cost, "who": who} for row in rows for who, cost in row.costs.items()]
    x = altair.X("texts:Q", scale=altair.Scale(type="log"), title="texts in the pool")
    y = altair.Y("µs:Q", scale=altair.Scale(type="log"), title="µs a candidate")
    color = altair.Color("who:N", title=None, sort=[ROUGE, FUZZ, CUTOFF, LSH, NEW, NEAR])
    chart = altair.Chart(altair.Data(values=points)).mark_line(point=True).encode(x=x, y=y, color=color)
    chart.properties(width=560, height=360, title="Is it a near duplicate?").save(path)


if __name__ == "__main__":
    main()
