"""Refuses paraphrases: the exact best cosine of the candidate's sentence embedding among all in the pool, at any size.

Promise: score and neighbour do not depend on the machine, the BLAS library or its threads, nor on how admissions and questions were
batched. Vectors are half precision, so in double precision their products and sums are exact in any order; single precision only says
which rows are worth that. Making vectors is the encoder's. A text that it cannot read has a vector of zeros: it passes unmeasured, with a
note, and nothing is ever near it; `rouge` has compared its words before.

Comparing with a million vectors takes 60 ms, so most are ruled out unseen. Along axes that hold most of the pool's variance, x = (a, b)
with a the leading coordinates; then q·x <= q_a·a + |q_b||b| (Cauchy-Schwarz), and where that is below the best found so far, x cannot win.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, ValidationInfo, model_validator

from seedgen.config.section import STORED, Section, live, marked
from seedgen.errors import UsageError
from seedgen.gate.filter import Filter, FilterKind, GateParts
from seedgen.records import Candidate, Vector, Verdict

Rows = npt.NDArray[np.float16]
Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.intp]

LEADING = 63
"""Leading coordinates in the sketch of a vector; one more column holds the length of the rest."""
DUE = (256, 4096, 65536)
"""Pool sizes at which the axes are found (again). They decide what is ruled out early, never what is found."""
SAMPLE, ROUNDS = 1024, 4
"""The axes are found from so many vectors, at even distances, in so many rounds: nearly as good as a full decomposition, and fast."""
PROBES = 64
"""Rows looked at first, for a best score to beat: the most promising one in each of so many equal parts of the pool."""
MARGIN = 1e-3
"""More than single precision can be off in a sum of ten thousand products of unit vectors, and the rounding of scores (1e-6)."""
BLOCK = 4096
"""Rows at a time where more would take much memory."""
UNREAD = "not measured: the embedding model cannot read enough of this text; compared by its words alone"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A row and its cosine, rounded to 6 decimals. Better is higher, of equals the earlier row."""

    score: float
    index: int

    def better(self, other: Neighbour) -> Neighbour:
        return max(self, other, key=lambda n: (n.score, -n.index))


NOBODY = Neighbour(-np.inf, -1)


class CosineIndex:
    """Unit vectors in the order given, and the exact nearest of them. 1.8 KB a vector of 384 dimensions."""

    def __init__(self) -> None:
        self.size = 0
        self.vectors: Floats = np.empty((0, 0), np.float32)
        self.axes: npt.NDArray[np.float64] = np.empty((0, 0))
        self.sketches: Floats = np.empty((0, 0), np.float32)

    def add(self, rows: Rows) -> None:
        """Takes vectors, shape (n, d). Raises `UsageError` if d is not that of the others."""
        if not self.size:
            self.vectors = np.empty((0, rows.shape[1]), np.float32)
        self.check(rows)
        start, end = self.size, self.size + len(rows)
        grow(self.vectors, end)
        self.vectors[start:end] = rows
        self.size = end
        if any(start < due <= end for due in DUE):
            self.turn()
        elif self.axes.size:
            self.sketch(start)

    def check(self, rows: Rows) -> None:
        if (given := rows.shape[1]) != (ours := self.vectors.shape[1]):
            raise UsageError(
                f"gate.semantic: the embedding model gave {given} dimensions, and {ours} to the vectors that this pool has; go on with "
                "the model (and the server) that the run began with"
            )

    def turn(self) -> None:
        """Find axes that hold most of the vectors, roughly (orthogonal iteration), and sketch them all anew."""
        sample = self.vectors[: self.size : -(-self.size // SAMPLE)].astype(np.float64)
        self.axes = np.linalg.qr(sample[:LEADING].T)[0]
        for _ in range(ROUNDS):
            self.axes = np.linalg.qr(sample.T @ (sample @ self.axes))[0]
        self.sketches = np.empty((0, self.axes.shape[1] + 1), np.float32)
        self.sketch(0)

    def sketch(self, start: int) -> None:
        """Sketch the vectors from this one on."""
        grow(self.sketches, self.size)
        for first in range(start, self.size, BLOCK):
            end = min(first + BLOCK, self.size)
            self.sketches[first:end] = self.sketched(self.vectors[first:end])

    def sketched(self, rows: Rows | Floats) -> Floats:
        """The rows' sketches: leading coordinates, then the length of the rest. The product of two is no less than the vectors' own."""
        exact = rows.astype(np.float64)
        leading = exact @ self.axes
        rest = np.einsum("ij,ij->i", exact, exact) - np.einsum("ij,ij->i", leading, leading)
        return np.column_stack((leading, np.sqrt(np.maximum(0.0, rest)))).astype(np.float32)

    def bounds(self, queries: Rows) -> Floats:
        """What no cosine of a query with a row exceeds (but for less than `MARGIN`), shape (queries, rows); no rows while they are few."""
        self.check(queries)
        if not self.axes.size:
            return np.empty((len(queries), 0), np.float32)
        return self.sketched(queries) @ self.sketches[: self.size].T

    def nearest(self, query: Vector, bounds: Floats) -> Neighbour:
        """The best of all rows, given what `bounds` said of the first ones. Of those added since, all are looked at."""
        best = self.best(query, np.arange(len(bounds), self.size))
        if len(bounds):
            best = best.better(self.best(query, probes(bounds)))
            best = best.better(self.best(query, np.flatnonzero(bounds >= best.score - MARGIN)))
        return best

    def best(self, query: Vector, rows: Indices) -> Neighbour:
        """The best of these rows: roughly first, then those next to the top exactly."""
        if not len(rows):
            return NOBODY
        rough = self.products(query.astype(np.float32), rows)
        close = rows[rough >= rough.max() - MARGIN]
        scores = np.round(self.vectors[close].astype(np.float64) @ query.astype(np.float64), 6)
        top = scores.max()
        return Neighbour(float(top), int(close[scores == top].min()))

    def products(self, query: Floats, rows: Indices) -> Floats:
        """The query's products with these rows, in single precision."""
        if len(rows) > self.size // 4:  # then picking them out takes longer than the rest
            return (self.vectors[: self.size] @ query)[rows]
        return np.concatenate([self.vectors[rows[n : n + BLOCK]] @ query for n in range(0, len(rows), BLOCK)])


def probes(bounds: Floats) -> Indices:
    """The place of the highest bound in each of `PROBES` equal parts."""
    width = len(bounds) // PROBES
    places: Indices = bounds[: PROBES * width].reshape(PROBES, width).argmax(axis=1)
    return places + width * np.arange(PROBES)


def grow(rows: Floats, size: int) -> None:
    """Make room for so many rows, in place: large arrays are moved by the page table, not copied. Nobody may hold a view."""
    if size > len(rows):
        rows.resize((size + size // 8, rows.shape[1]), refcheck=False)


class SemanticConfig(Section):
    enabled: bool = Field(True, description="refuse paraphrases by the cosine of sentence embeddings")
    threshold: float = Field(0.9, description="refused above this cosine with any seed or admitted instruction", gt=0, le=1)
    model: str = Field("bundled", description="sentence-transformers model: bundled (all-MiniLM-L6-v2), a path or a hub id; or a server's")
    base_url: str = live("", "OpenAI-compatible server that makes the embeddings, with /v1; empty: the model runs here")
    api_key_env: str = live("OPENAI_API_KEY", "name of the environment variable that holds that server's key")
    encoding: Literal["alone", "ticket"] = marked(
        "recorded", "alone", "how a model on this machine is given texts: each alone, or a ticket's together, as older runs do"
    )

    @property
    def apart(self) -> bool:
        """Whether a vector depends on its text and nothing else, so that none has to be made but those that are needed."""
        return self.encoding == "alone" and not self.base_url

    @model_validator(mode="before")
    @classmethod
    def as_begun(cls, data: Any, info: ValidationInfo) -> Any:
        """A run that keeps no word of it was begun when there was one way."""
        return {"encoding": "ticket", **data} if info.context == STORED and isinstance(data, dict) else data


class SemanticFilter(Filter):
    """Refuses above the threshold. A verdict carries the best score, rounded to 6 decimals, and the first neighbour that has it.

    `size` counts the pool; `places` are the pool indices of what is in the index: all but what the encoder could not read.
    """

    name = "semantic"
    measures = reads_vectors = True

    def __init__(self, config: SemanticConfig) -> None:
        self.threshold = config.threshold
        self.index = CosineIndex()
        self.size, self.places = 0, array("q")
        self.expected: dict[int, tuple[Vector, Floats]] = {}

    def expect(self, batch: Sequence[Candidate]) -> None:
        """These are judged next: what one look at the pool can tell of all of them is found out now. Changes no verdict."""
        vectors = [c.vector for c in batch if c.vector is not None and c.vector.any()]
        if self.index.size and vectors:
            bounds = self.index.bounds(np.stack(vectors))
            self.expected = {id(vector): (vector, row) for vector, row in zip(vectors, bounds, strict=True)}

    def verdict(self, candidate: Candidate) -> Verdict:
        vector = vector_of(candidate)
        if not vector.any():
            return Verdict(self.name, True, evidence=UNREAD)
        if not self.index.size:
            return Verdict(self.name, True)
        if id(vector) not in self.expected:
            self.expect([candidate])
        found = self.index.nearest(*self.expected[id(vector)])
        nearest = self.places[found.index]
        if found.score > self.threshold:
            return Verdict(self.name, False, "paraphrase", score=found.score, nearest=nearest)
        return Verdict(self.name, True, score=found.score, nearest=nearest)

    def admit(self, candidate: Candidate, _: int) -> None:
        self.take(vector_of(candidate)[np.newaxis])

    def admit_all(self, candidates: Sequence[Candidate], _: int = 0) -> None:
        """As `admit` one after another, but by the block: a million in seconds."""
        self.expected = {}
        for n in range(0, len(candidates), BLOCK):
            self.take(np.stack([vector_of(c) for c in candidates[n : n + BLOCK]]))

    def take(self, rows: Rows) -> None:
        """The pool's next vectors, those of zeros left out."""
        first, self.size = self.size, self.size + len(rows)
        read = np.flatnonzero(rows.any(axis=1))
        if len(read):
            self.index.add(rows[read])
            self.places.extend((first + read).tolist())


def vector_of(candidate: Candidate) -> Vector:
    if candidate.vector is None:
        raise ValueError(f"candidate {candidate.ref} has no vector, and the semantic filter is on")
    return candidate.vector


def make(config: SemanticConfig, _: GateParts) -> Filter | None:
    return SemanticFilter(config) if config.enabled else None


PLUGIN = FilterKind("semantic", 90, SemanticConfig, "meaning", make)
