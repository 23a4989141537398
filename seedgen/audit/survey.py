"""What a set of seed tasks is like, before a run is built on it: how many of what kind, and which are too much alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from seedgen.audit.overlap import duplicates, near_pairs, word_overlap
from seedgen.records import SeedTask

NONE = "(none)"


@dataclass(frozen=True, slots=True)
class SeedSurvey:
    """Counts of tasks, commonest first; `near` holds (source, source, ROUGE-L F1) of pairs above the threshold, 1.0 for duplicates."""

    tasks: int
    with_input: int
    classification: int
    by_category: Mapping[str, int]
    by_tier: Mapping[str, int]
    by_license: Mapping[str, int]
    near: tuple[tuple[str, str, float], ...]


def survey_seeds(tasks: Sequence[SeedTask], threshold: float = 0.5) -> SeedSurvey:
    """A survey of these tasks, as loaded, before those with the same instruction are merged."""
    instructions = [task.instruction for task in tasks]
    near = {(one, other): score for one, other, score in near_pairs(instructions, threshold, score=word_overlap)}
    near |= dict.fromkeys(duplicates(instructions), 1.0)
    return SeedSurvey(
        tasks=len(tasks),
        with_input=sum(any(instance.input for instance in task.instances) for task in tasks),
        classification=sum(task.is_classification is True for task in tasks),
        by_category=counted(task.category for task in tasks),
        by_tier=counted(task.tier for task in tasks),
        by_license=counted(task.license for task in tasks),
        near=tuple((tasks[one].source, tasks[other].source, score) for (one, other), score in sorted(near.items())),
    )


def counted(labels: Iterator[str | None]) -> dict[str, int]:
    return dict(Counter(label or NONE for label in labels).most_common())
