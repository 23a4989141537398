"""Refuses paraphrases: an exact cosine of the candidate's sentence embedding with every one in the pool.

Promise: the score does not depend on the machine, the BLAS library or its threads. Vectors are half precision, so in double precision
their products and sums are exact in any order; single precision only finds which rows are worth that. Making vectors is the encoder's.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from seedgen.config import SemanticConfig
from seedgen.records import Candidate, Vector, Verdict

NOISE = 1e-4
"""More than single precision can be off in a sum of some hundred products of unit vectors."""


class SemanticFilter:
    """Refuses above the threshold. Every verdict carries the best score, rounded to 6 decimals, and the first neighbour that has it."""

    name = "semantic"

    def __init__(self, config: SemanticConfig) -> None:
        self.threshold = config.threshold
        self.matrix: npt.NDArray[np.float32] = np.empty((0, 0), np.float32)
        self.size = 0

    def judge(self, candidate: Candidate) -> Verdict:
        vector = vector_of(candidate)
        if not self.size:
            return Verdict(self.name, True)
        rough = self.matrix[: self.size] @ vector.astype(np.float32)
        near = np.flatnonzero(rough >= rough.max() - NOISE)
        exact = np.round(self.matrix[near].astype(np.float64) @ vector.astype(np.float64), 6)
        top = int(np.argmax(exact))
        score, nearest = float(exact[top]), int(near[top])
        if score > self.threshold:
            return Verdict(self.name, False, "paraphrase", score=score, nearest=nearest)
        return Verdict(self.name, True, score=score, nearest=nearest)

    def admit(self, candidate: Candidate, _: int) -> None:
        vector = vector_of(candidate)
        if self.size == len(self.matrix):
            grown = np.empty((max(256, 2 * self.size), len(vector)), np.float32)
            if self.size:  # an empty matrix does not know its width
                grown[: self.size] = self.matrix[: self.size]
            self.matrix = grown
        self.matrix[self.size] = vector
        self.size += 1


def vector_of(candidate: Candidate) -> Vector:
    if candidate.vector is None:
        raise ValueError(f"candidate {candidate.ref} has no vector, and the semantic filter is on")
    return candidate.vector
