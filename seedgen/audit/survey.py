"""What a set of seed tasks is like, before a run is built on it: how many of what kind, and which are too much alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from seedgen.audit.overlap import duplicates
from seedgen.gate.rouge import RougeIndex
from seedgen.records import SeedTask

NONE = "(none)"


@dataclass(frozen=True, slots=True)
class SeedSurvey:
    """Counts of tasks, commonest first; `near` holds (source, source, ROUGE-L F1) of each task above the threshold, after the
    earlier one that it is most like, 1.0 for duplicates.
    """

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
    near = {later: (earlier, score) for earlier, later, score in near_earlier(instructions, threshold)}
    near |= {later: (earlier, 1.0) for earlier, later in duplicates(instructions)}
    return SeedSurvey(
        tasks=len(tasks),
        with_input=sum(any(instance.input for instance in task.instances) for task in tasks),
        classification=sum(task.is_classification is True for task in tasks),
        by_category=counted(task.category for task in tasks),
        by_tier=counted(task.tier for task in tasks),
        by_license=counted(task.license for task in tasks),
        near=tuple((tasks[one].source, tasks[other].source, score) for other, (one, score) in sorted(near.items())),
    )


def near_earlier(texts: Sequence[str], threshold: float) -> Iterator[tuple[int, int, float]]:
    """Each text above the threshold with an earlier one that is not above it itself, as (earlier, later, ROUGE-L F1). So of many that are
    alike, each is compared with the first only.
    """
    index, first = RougeIndex(threshold), list[int]()
    for at, text in enumerate(texts):
        if match := index.nearest(text):
            yield first[match.index], at, match.score
        else:
            index.add(text)
            first.append(at)


def counted(labels: Iterator[str | None]) -> dict[str, int]:
    return dict(Counter(label or NONE for label in labels).most_common())
