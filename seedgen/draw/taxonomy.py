"""The kinds of task a run is steered to: categories with their weights, and which of them an instruction belongs to.

A taxonomy is a TOML file (`seeds/taxonomy.toml` is the bundled one and says what each key means). `Classifier` gives an instruction its
category by evidence that can be shown, in this order: a sign that gives exactly one category away; what the teacher was asked for;
the seeds it is most like (nearest neighbours by TF-IDF cosine, no model, nothing to train). It guesses well enough to steer, to cap
shares and to report on; it is not a label to train on.
"""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from seedgen.config.words import fault, merged
from seedgen.errors import UsageError
from seedgen.language.text import tokens, words
from seedgen.records import SeedTask

TIERS = ("simple", "moderate", "complex")
NEIGHBOURS = 3
LONGEST_NAME = 100
Weight = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]

STOP_WORDS = frozenset(
    words(
        """a about above after again all also an and any are as at be because been before below both but by can could did do does
        doing each every few following for from further give given had has have having he her here him his how i if in into is
        it its just me more most my no nor not of off on once one only or other our out over own please provide s same she
        should so some such t than that the their them then there these they this those through to too two under until up use
        using very was we were what when where which while who whom why will with would you your"""
    )
)


class Category(BaseModel):
    """One kind of task. `complexity` maps tiers to shares of any sum; without it tasks of the kind are steered to no tier."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    description: str = ""
    weight: Weight = 1.0
    complexity: dict[str, Weight] = Field(default_factory=dict)
    output: str = ""
    signs: tuple[str, ...] = ()

    @field_validator("complexity")
    @classmethod
    def known_tiers(cls, complexity: dict[str, float]) -> dict[str, float]:
        if unknown := set(complexity) - set(TIERS):
            raise ValueError(f'unknown tier "{min(unknown)}"; there are {", ".join(TIERS)}')
        return complexity


@dataclass(frozen=True)
class Taxonomy:
    """Categories by name, in the order of the file."""

    categories: Mapping[str, Category]

    def shares(self) -> dict[str, float]:
        """The weights, brought to a sum of 1; only those above 0."""
        total = sum(category.weight for category in self.categories.values())
        return {name: category.weight / total for name, category in self.categories.items() if category.weight}

    def to_json(self) -> str:
        return json.dumps({name: c.model_dump(mode="json") for name, c in self.categories.items()}, ensure_ascii=False)


def read_taxonomy(path: Path) -> Taxonomy:
    """The taxonomy in a TOML file. Raises `UsageError` naming the file and the faulty key."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:  # ValueError: no TOML, no UTF-8, or a number of too many digits
        raise UsageError(f"taxonomy {path}: cannot be read: {exc}") from exc
    except RecursionError as exc:
        raise UsageError(f"taxonomy {path}: nested too deeply; a taxonomy holds [categories.<name>] sections") from exc
    if unknown := sorted(set(data) - {"categories"}):
        raise UsageError(f'{path}: unknown key "{unknown[0]}"; a taxonomy holds [categories.<name>] sections')
    taxonomy = parsed(data.get("categories"), str(path))
    for name in taxonomy.categories:
        if not name or name != name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
            raise UsageError(f"{path}: {name[:80]!r} is no category name; write one line of at most {LONGEST_NAME} characters")
    if not any(category.weight for category in taxonomy.categories.values()):
        raise UsageError(f"{path}: no category has a weight above 0")
    return taxonomy


def stored_taxonomy(text: str, source: str) -> Taxonomy:
    """The taxonomy that `Taxonomy.to_json` wrote."""
    return parsed(json.loads(text), source)


def parsed(data: Any, source: str) -> Taxonomy:
    if not isinstance(data, Mapping):
        raise UsageError(f"{source}: no categories; write a section [categories.<name>] for each")
    found = {}
    for name, fields in data.items():
        try:
            found[name] = Category.model_validate(fields)
        except ValidationError as exc:
            error = merged(exc.errors())[0]
            where = ".".join(map(str, ("categories", name, *error["loc"])))
            if error["type"] == "extra_forbidden":
                near = get_close_matches(str(error["loc"][-1]), Category.model_fields, 1, 0)
                raise UsageError(f'{source}: unknown key "{where}"; did you mean "{near[0]}"?') from exc
            raise UsageError(f"{source}: {where}: {fault(error)}") from exc
    return Taxonomy(found)


def of_seeds(taxonomy: Taxonomy, seeds: Sequence[SeedTask]) -> Taxonomy:
    """The categories that the seeds have, as `taxonomy` describes them; one that it does not know weighs as much as any other."""
    there = {seed.category for seed in seeds if seed.category}
    known = {name: category for name, category in taxonomy.categories.items() if name in there}
    return Taxonomy(known | {name: Category() for name in sorted(there - set(known))})


class Classifier:
    """Gives instructions a category, from a taxonomy's signs and from the seeds that have one."""

    def __init__(self, taxonomy: Taxonomy, seeds: Sequence[SeedTask]) -> None:
        self.signs = {name: Signs(category.signs) for name, category in taxonomy.categories.items()}
        self.nearest = NearestSeeds(seeds)

    def category(self, text: str, verb: str | None, asked: str = "") -> tuple[str | None, str]:
        """The category and how it was found; `asked` is the one that the teacher was asked for.

        (None, "") if nothing was asked for, no sign speaks, and no seed with a category shares a word with the text but stop words.
        """
        there = frozenset(WORD.findall(text.lower())) if text.isascii() else None
        signs = {name: sign for name, kind in self.signs.items() if (sign := kind.found_in(text, verb, there))}
        if asked and (asked in signs or len(signs) != 1):
            return asked, f"asked for, and says '{signs[asked]}'" if asked in signs else "asked for"
        if len(signs) == 1:
            ((name, sign),) = signs.items()
            return name, f"says '{sign}'" + (f", though {asked} was asked for" if asked else "")
        return self.nearest.category(text)


WORD = re.compile(r"\w+")


class Signs:
    """What gives one category away: whole words in any case, or the verb that the instruction turns on.

    A phrase is looked for only where its first word is, which is far quicker found out; that is sure in ASCII alone, and for phrases that
    begin with a word.
    """

    def __init__(self, signs: Sequence[str]) -> None:
        self.verbs = {sign.removeprefix("verb:") for sign in signs if sign.startswith("verb:")}
        spelt = [sign for sign in signs if not sign.startswith("verb:")]
        first = [WORD.match(sign.strip().lower()) if sign.isascii() else None for sign in spelt]
        self.first_words = frozenset(word[0] for word in first if word) if all(first) else None
        phrases = [r"\s+".join(map(re.escape, sign.split())) for sign in spelt]
        self.phrases = re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)" if phrases else r"(?!)", re.IGNORECASE)

    def found_in(self, text: str, verb: str | None, there: frozenset[str] | None = None) -> str | None:
        """The sign that is in the text, if one is. `there` are its words in lower case, if it is ASCII."""
        if verb in self.verbs:
            return verb
        if there is not None and self.first_words is not None and there.isdisjoint(self.first_words):
            return None
        phrase = self.phrases.search(text)
        return phrase[0].lower() if phrase else None


class NearestSeeds:
    """The seeds that have a category, as an inverted index of unit-length TF-IDF vectors over the words of their instructions."""

    def __init__(self, seeds: Sequence[SeedTask]) -> None:
        self.seeds = [(seed.id, seed.category) for seed in seeds if seed.category]
        bags = [bag(seed.instruction) for seed in seeds if seed.category]
        frequency = Counter(word for each in bags for word in each)
        self.idf = {word: math.log((1 + len(bags)) / (1 + count)) + 1 for word, count in frequency.items()}
        self.postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, each in enumerate(bags):
            for word, weight in self.vector(each).items():
                self.postings[word].append((number, weight))

    def category(self, text: str) -> tuple[str | None, str]:
        """The category that the nearest seeds vote for, each with its similarity, and in words which those are."""
        scores: dict[int, float] = defaultdict(float)
        for word, weight in self.vector(bag(text)).items():
            for number, other in self.postings.get(word, ()):
                scores[number] += weight * other
        nearest = sorted(scores, key=lambda number: (-round(scores[number], 9), number))[:NEIGHBOURS]
        votes: dict[str, float] = {}
        for number in nearest:
            label = self.seeds[number][1]
            votes[label] = votes.get(label, 0.0) + scores[number]
        if not votes:
            return None, ""
        like = ", ".join(f"{self.seeds[number][0]} ({scores[number]:.2f})" for number in nearest)
        return max(votes, key=lambda label: round(votes[label], 9)), f"like {like}"

    def vector(self, counts: Counter[str]) -> dict[str, float]:
        """Unit-length TF-IDF weights. A word that no seed has counts for the length, as the rarest."""
        unseen = math.log(1 + len(self.seeds)) + 1
        weights = {word: count * self.idf.get(word, unseen) for word, count in counts.items()}
        norm = math.sqrt(sum(weight * weight for weight in weights.values()))
        return {word: weight / norm for word, weight in weights.items()}


def bag(text: str) -> Counter[str]:
    return Counter(word for word in tokens(text) if word not in STOP_WORDS)
