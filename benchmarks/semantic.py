"""What the semantic filter costs a candidate at 10,000, 100,000 and 1,000,000 vectors, beside a plain product and usearch.

    .venv/bin/python benchmarks/semantic.py [--usearch 1000000]

Real instructions (seeds, and the scripted teacher's) are encoded by the bundled model; the pool is mixed from them: most of one, some of
another, and noise with the covariance of all, so that spectrum and nearest neighbours are those of a large pool. Three kinds of candidate
are timed: new ones like the pool, near ones (cosine 0.86 to 0.94 with one in it, around the threshold), and strange ones, of a random
direction, which is the worst case, as nothing can be ruled out. What the filter says is compared with all products. Prints a table; takes
about three minutes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from random import Random
from statistics import median
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from seedgen.gate.semantic import SemanticConfig, SemanticFilter
from seedgen.inputs.seeds import read_seeds
from seedgen.records import Candidate, Proposal, Verdict
from seedgen.scripted.grammar import instruct
from seedgen.teachers.encoder import LocalModel

SIZES = (10_000, 100_000, 1_000_000)
REAL, BATCH, BLOCK = 1500, 8, 50_000
NEW, NEAR, STRANGE = 64, 256, 16
THRESHOLD = 0.9
Rows = npt.NDArray[np.float16]
T = TypeVar("T")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--usearch", type=int, default=100_000, help="largest pool to build with usearch: a million takes half an hour")
    limit = parser.parse_args().usearch
    real = encoded()
    pool, rng = np.concatenate(list(mixed(real, max(SIZES), np.random.default_rng(0)))), np.random.default_rng(1)
    new, strange = next(mixed(real, NEW, rng)), unit(rng.normal(size=(STRANGE, real.shape[1])))
    filter_ = SemanticFilter(SemanticConfig(threshold=THRESHOLD))
    for size in SIZES:
        print(f"\n{size:,} vectors")
        kinds = {"new": new, "near": near(pool[:size], rng), "strange": strange}
        fill(filter_, pool[filter_.index.size : size])
        plain = plain_product(pool[:size], kinds)
        for kind, queries in kinds.items():
            ask(filter_, kind, queries, plain[kind])
        if size <= limit:
            usearch(pool[:size], kinds, plain)


def encoded() -> Rows:
    rng, model = Random(0), LocalModel()
    texts = [task.instruction for task in read_seeds(["bundled"])] + [instruct(rng) for _ in range(REAL)]
    model.vectors(texts[:1])
    taken, vectors = timed(lambda: model.vectors(texts))
    print(f"encoding: {len(texts) / taken * 1000:.0f} sentences/s, {taken / len(texts):.1f} ms each")
    return np.array(vectors)


def unit(rows: npt.NDArray[np.floating]) -> Rows:
    made: Rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16)
    return made


def mixed(real: Rows, size: int, rng: np.random.Generator) -> Iterator[Rows]:
    """Vectors like the real ones, in blocks."""
    rows = real.astype(np.float32)
    values, axes = np.linalg.eigh(rows.T @ rows / len(rows))
    spread = (axes * np.sqrt(np.maximum(values, 0))).T
    for start in range(0, size, BLOCK):
        count = min(BLOCK, size - start)
        one, other = rows[rng.integers(0, len(rows), (2, count))]
        yield unit(0.75 * one + 0.35 * other + 0.55 * (rng.standard_normal((count, len(spread)), dtype=np.float32) @ spread))


def near(pool: Rows, rng: np.random.Generator) -> Rows:
    """Vectors at a cosine of 0.86 to 0.94 with one of the pool."""
    noise = rng.normal(size=(NEAR, pool.shape[1]))
    lean = np.tan(np.arccos(rng.uniform(0.86, 0.94, (NEAR, 1)))) / np.linalg.norm(noise, axis=1, keepdims=True)
    return unit(pool[rng.integers(0, len(pool), NEAR)] + lean * noise)


def fill(filter_: SemanticFilter, rows: Rows) -> None:
    """Rebuild a pool at once, but for the last rows, which are admitted one by one."""
    everyone = candidates(rows)
    bulk, _ = timed(partial(filter_.admit_all, everyone[:-NEW]))
    started = time.perf_counter()
    for candidate in everyone[-NEW:]:
        filter_.admit(candidate, 0)
    single = (time.perf_counter() - started) / NEW
    print(f"filter: admit_all {bulk / len(rows) * 1000:.1f} µs a vector ({bulk / 1000:.2f} s), admit {single * 1000:.3f} ms")


def ask(filter_: SemanticFilter, kind: str, queries: Rows, best: npt.NDArray[np.float64]) -> None:
    """Times the filter's verdicts, and holds them against the best of all products."""
    asked, batches, verdicts = candidates(queries), list[float](), list[Verdict]()
    for start in range(0, len(asked), BATCH):
        taken, found = timed(partial(judged, filter_, asked[start : start + BATCH]))
        batches.append(taken / BATCH)
        verdicts += found
    alone = [timed(partial(judged, filter_, candidates(query[np.newaxis])))[0] for query in queries[:16]]
    wrong = sum(abs((v.score or 0) - score) > 1e-5 for v, score in zip(verdicts, best, strict=True))
    print(
        f"filter: {kind:8} {median(batches):7.2f} ms in batches of {BATCH} (slowest batch {max(batches):.2f}), "
        f"{median(alone):7.2f} ms alone; median best score {np.median(best):.2f}, {wrong} of {len(asked)} wrong"
    )


def judged(filter_: SemanticFilter, batch: Sequence[Candidate]) -> list[Verdict]:
    filter_.expect(batch)
    return [filter_.verdict(c) for c in batch]


def plain_product(pool: Rows, kinds: dict[str, Rows]) -> dict[str, npt.NDArray[np.float64]]:
    """Times the product with all vectors in single precision; gives the best scores."""
    wide = pool.astype(np.float32)
    queries = kinds["new"].astype(np.float32)
    alone = min(timed(lambda: (wide @ queries[0]).argmax())[0] for _ in range(3))
    eight = min(timed(lambda: (wide @ queries[:BATCH].T).argmax(axis=0))[0] for _ in range(3)) / BATCH
    print(f"plain float32 product: {eight:.2f} ms in batches of {BATCH}, {alone:.2f} ms alone")
    return {kind: (wide @ rows.astype(np.float32).T).max(axis=0).astype(np.float64) for kind, rows in kinds.items()}


def usearch(pool: Rows, kinds: dict[str, Rows], best: dict[str, npt.NDArray[np.float64]]) -> None:
    """Times an HNSW graph of usearch, and counts what it finds of the pairs above the threshold."""
    try:
        from usearch.index import Index
    except ImportError:
        print("usearch is not installed, and left out")
        return
    graph = Index(ndim=pool.shape[1], metric="ip", dtype="f16")
    built, _ = timed(lambda: graph.add(np.arange(len(pool)), pool, threads=1))
    print(f"usearch: insert {built / len(pool):.3f} ms, rebuilt in {built / 1000:.0f} s")
    for expansion in (64, 512):
        graph.expansion_search = expansion  # type: ignore[misc]  # it has a setter that its types do not know
        taken, found = timed(lambda: [int(graph.search(query, 1, threads=1).keys[0]) for query in kinds["near"]])
        scores = np.einsum("ij,ij->i", pool[found].astype(np.float64), kinds["near"].astype(np.float64))
        above = best["near"] > THRESHOLD
        seen = int((scores[above] > THRESHOLD).sum())
        print(f"usearch: search {taken / NEAR:.2f} ms at expansion {expansion}; finds {seen} of {above.sum()} above the threshold")


def candidates(rows: Rows) -> list[Candidate]:
    return [Candidate(0, n, Proposal(""), vector=row) for n, row in enumerate(rows)]


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Milliseconds, and what came of it."""
    start = time.perf_counter()
    result = work()
    return (time.perf_counter() - start) * 1000, result


if __name__ == "__main__":
    main()
