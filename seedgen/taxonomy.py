"""Gives an instruction a category: that of the seed tasks it is most like.

Nearest neighbours by TF-IDF cosine over the words of the instruction alone: no model, nothing to train, and the evidence is the names of
the seeds. It guesses well enough to cap shares (`gate.balance`) and to report on; it is not a label to train on.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

from seedgen.records import SeedTask
from seedgen.text import tokens, words

NEIGHBOURS = 3

STOP_WORDS = frozenset(
    words(
        """a about above after again all also an and any are as at be because been before below both but by can could did do does
        doing each every few following for from further give given had has have having he her here him his how i if in into is
        it its just me more most my no nor not of off on once one only or other our out over own please provide s same she
        should so some such t than that the their them then there these they this those through to too two under until up use
        using very was we were what when where which while who whom why will with would you your"""
    )
)


class Taxonomy:
    """The seeds that have a category, as an inverted index of unit-length TF-IDF vectors."""

    def __init__(self, tasks: Sequence[SeedTask]) -> None:
        self.tasks = [(task.id, task.category) for task in tasks if task.category]
        bags = [bag(task.instruction) for task in tasks if task.category]
        frequency = Counter(word for each in bags for word in each)
        self.idf = {word: math.log((1 + len(bags)) / (1 + count)) + 1 for word, count in frequency.items()}
        self.postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, each in enumerate(bags):
            for word, weight in self.vector(each).items():
                self.postings[word].append((number, weight))

    def category(self, text: str) -> tuple[str | None, str]:
        """The category that the nearest seeds vote for, each with its similarity, and in words which those are.

        (None, "") if there is no seed with a category, or none shares a word with the text but stop words.
        """
        scores: dict[int, float] = defaultdict(float)
        for word, weight in self.vector(bag(text)).items():
            for number, other in self.postings.get(word, ()):
                scores[number] += weight * other
        nearest = sorted(scores, key=lambda number: (-round(scores[number], 9), number))[:NEIGHBOURS]
        votes: dict[str, float] = {}
        for number in nearest:
            label = self.tasks[number][1]
            votes[label] = votes.get(label, 0.0) + scores[number]
        if not votes:
            return None, ""
        like = ", ".join(f"{self.tasks[number][0]} ({scores[number]:.2f})" for number in nearest)
        return max(votes, key=lambda label: round(votes[label], 9)), f"like {like}"

    def vector(self, counts: Counter[str]) -> dict[str, float]:
        """Unit-length TF-IDF weights. A word that no seed has counts for the length, as the rarest."""
        unseen = math.log(1 + len(self.tasks)) + 1
        weights = {word: count * self.idf.get(word, unseen) for word, count in counts.items()}
        norm = math.sqrt(sum(weight * weight for weight in weights.values()))
        return {word: weight / norm for word, weight in weights.items()}


def bag(text: str) -> Counter[str]:
    return Counter(word for word in tokens(text) if word not in STOP_WORDS)
