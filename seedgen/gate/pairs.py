"""Which texts may have enough words in common with a given one: postings of word pairs.

Promise: `Postings.find` returns every text that can reach the threshold with the one asked about, and few others. Neither the order of the
words nor the score is looked at; both are left to `rouge`.

How. Texts of m and n words reach an F1 of t only with a = `need` = t(m+n)/2 words in common, each counted with its equals: the first "the"
of a text, the second. Put all words in one order, rare to common. Of the words in common, the first l are then among the first n - a + l
of either text, its prefix (Bayardo, Ma, Srikant 2007; with l > 1, "AdaptJoin": Wang, Li, Feng 2012). With l = 3 the prefixes share
3 pairs of words. So pairs are indexed: they are so much rarer than words that little need be looked through.

Long texts would have too many pairs. Their words are dealt into g groups by a hash, and only pairs within a group count: l words in
common make the fewest such pairs when they fall evenly (`hits`). That l is never above a, every text has words more, commonest of all: the
`PADDING`.

A posting is one integer, and the postings are a sorted array of them:

    31 bits  hash of the pair
     8 bits  the length of the text, as a class of `FLOORS`
    20 bits  the text
     5 bits  the place, from 1, of the pair's commoner word in the text

A pair whose commoner word is at place j of the text asked about matters only for texts whose length leaves j within its prefix: a range
of lengths, so a slice of the array. Of those texts only such count whose own place is within their own prefix.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from seedgen.gate.packed import Packed, flat

Ints = npt.NDArray[np.int64]
Bits = npt.NDArray[np.uint64]

SLACK = 1e-9
"""Bounds are computed this much below the threshold, so that rounding never hides a pair that the exact formula would take."""

PAIRS = 160
"""Texts with more pairs than this are dealt into groups. Fewer cost less memory; more find fewer texts in vain."""

DEALT = ((1, 3), (4, 8), (16, 24), (64, 80))
"""Into how many groups words may be dealt, and how many words in common are then looked for: more than must be, since that asks for more
than in proportion of the texts that are found.
"""

LONGEST = 1000
"""Words of the longest text that is indexed."""

FLOORS: Ints = np.array([*range(128), *(int(128 * 2 ** (k / 16)) for k in range(128))])
"""The shortest length of each class: single lengths to 127, then steps of 4 %."""

CAPACITY = 1 << 20
"""Texts that one `Postings` can tell apart."""

LEVEL = 1 << 13
"""So many texts at a time are merged into the long array."""

EACH, MOST_BITS = 4, 21
"""Postings of a bucket, about; and the bits of their hash that number buckets, at most."""

LAST_PLACE = 30
"""Places from here on are one. One less than there is room for, so that no posting is the last of its slice."""

HASH, CLASS, TEXT = np.uint64((1 << 64) - (1 << 33)), np.uint64(25), np.uint64(5)
"""The bits of a posting that are its hash; at which bit its class and its text begin."""

NUMBER, OWNER, GROUP = np.uint64(16), np.uint64(32), np.uint64(58)
"""A word's number among its equals has 16 bits, a word 32, then comes the text it is of; the highest bits of its hash are the group."""

RARER, COMMONER, GROUPED = (np.uint64(odd) for odd in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xD6E8FEB86659FD93))
"""Multipliers whose high bits hash well: for a pair's rarer word, its commoner word, and a word's group."""

OWNERS, PLACE = np.uint32((1 << 28) - 1), np.uint64(31)
RAREST = np.uint64((1 << 32) - 1)
PADDING: Bits = np.arange(1 << 48, (1 << 48) + max(common for _, common in DEALT), dtype=np.uint64)
NOTHING: Bits = np.empty(0, np.uint64)
LAST = np.uint64((1 << 64) - 1)
"""No posting is as high."""
CHUNK, BLOCK = 1 << 17, 1 << 20
"""Texts and pairs that are worked on at a time."""


@dataclass(frozen=True, slots=True)
class Part:
    """Lengths that are asked about together: so many places, the groups of the texts, the classes of length from `low` to `high`, the
    latter by the place of the pair's commoner word; both where they stand in a posting."""

    places: int
    groups: int
    low: np.uint64
    high: Bits


@dataclass(frozen=True, slots=True)
class Plan:
    """How to ask about texts of one length: words in common at least, parts, and how far the place of a posting may be, by class."""

    need: int
    parts: tuple[Part, ...]
    limits: npt.NDArray[np.uint32]
    hits: Ints


class Geometry:
    """What follows from the threshold alone: lengths, prefixes, groups."""

    def __init__(self, threshold: float) -> None:
        self.least = threshold - SLACK
        self.ratio = self.least / (2 - self.least)
        dealt = [self.grouping(n) for n in FLOORS.tolist()]
        self.groups: Ints = np.array([groups for groups, _ in dealt])
        self.common: Ints = np.array([common for _, common in dealt])
        self.hits: Ints = np.array([hits(*each) for each in dealt])
        self.plan: Callable[[int], Plan] = lru_cache(maxsize=512)(self.make_plan)

    def need(self, m: int, n: int) -> int:
        return math.ceil(self.least * (m + n) / 2)

    def prefix(self, n: int, common: int) -> int:
        """How many words of a text of n words can matter, whatever the other text's length."""
        return n - math.ceil(self.ratio * n) + common

    def grouping(self, n: int) -> tuple[int, int]:
        """Into how many groups a text of n words is dealt, and how many words in common are looked for."""
        pairs = [math.comb(self.prefix(n, common), 2) // groups for groups, common in DEALT]
        return next((each for each, number in zip(DEALT, pairs, strict=True) if number <= PAIRS), DEALT[pairs.index(min(pairs))])

    def make_plan(self, m: int) -> Plan:
        shortest, longest = math.ceil(self.ratio * m), min(math.floor(m / self.ratio), LONGEST)
        parts = tuple(self.part(m, max(shortest, int(FLOORS[low])), low, high) for low, high in self.runs(shortest, longest))
        prefixes = FLOORS - np.ceil(self.least * (m + FLOORS) / 2) + self.common
        limits = np.where(FLOORS < 128, np.clip(prefixes, 0, LAST_PLACE), LAST_PLACE)
        return Plan(self.need(m, shortest), parts, limits.astype(np.uint32), self.hits)

    def runs(self, shortest: int, longest: int) -> Iterator[tuple[int, int]]:
        """The classes of lengths from one to another, as first and last of those with the same number of groups."""
        low, high = int(class_of(shortest)), int(class_of(longest))
        changes = [c for c in range(low + 1, high + 1) if (self.groups[c], self.common[c]) != (self.groups[c - 1], self.common[c - 1])]
        yield from zip([low, *changes], [*(c - 1 for c in changes), high], strict=True)

    def part(self, m: int, shortest: int, low: int, high: int) -> Part:
        groups, common = int(self.groups[low]), int(self.common[low])
        places = m - self.need(m, shortest) + common
        spare = m + common - np.arange(1, places + 1)  # words in common that each place still leaves room for
        longest = np.clip(class_of(2 * spare / self.least - m + 1e-6), low, high).astype(np.uint64)
        return Part(places, groups, np.uint64(low) << CLASS, (longest + np.uint64(1) << CLASS) - np.uint64(1))


class Postings:
    """The pairs of texts 0, 1, 2 …, in sorted arrays: a long one, one of `step` texts that is being merged into it, one of the latest.

    To merge them takes a second at a million texts, so it is done bit by bit, while the next `step` texts come in: from the highest
    postings down, within the long array, which is made longer first. Between what is merged and what is not lies the room that is still
    needed. What is found does not depend on how far that is: the arrays hold the same postings.

    Hashes are spread evenly, so their leading bits number buckets of a few postings, and a `Directory` says where each begins: what is
    asked for is read from one place, where a binary search would wait for memory some seven times.
    """

    def __init__(self, geometry: Geometry, step: int = LEVEL) -> None:
        self.geometry, self.step = geometry, step
        self.size = 0
        self.long, self.level, self.latest = NOTHING.copy(), NOTHING, NOTHING
        self.of_long = self.of_level = self.of_latest = Directory(NOTHING)
        self.low = 0
        """So many postings at the head of the long array are still to be merged with the level."""

    def grow(self, texts: Sequence[Packed]) -> None:
        """Adds texts."""
        old, self.size = self.size, self.size + len(texts)
        whole = self.size // self.step * self.step
        if whole > old:
            self.merge(0)
            self.level = merged((self.latest, self.made(texts, old, whole, old)))
            self.low, self.latest, self.of_level = len(self.long), NOTHING, Directory(self.level)
            if self.of_long.bits < (bits := bits_for(self.low + len(self.level))):
                self.of_long = Directory(self.long, bits)
            self.long.resize(len(self.long) + len(self.level), refcheck=False)
            if whole - old > self.step:  # many at a time: nobody is kept waiting
                self.merge(0)
        self.latest = merged((self.latest, self.made(texts, max(old, whole), self.size, old)))
        self.of_latest = Directory(self.latest)
        self.merge(int((len(self.long) - len(self.level)) * (1 - self.size % self.step / self.step)))

    def made(self, texts: Sequence[Packed], start: int, end: int, old: int) -> Bits:
        """The sorted postings of texts `start` to `end`, of which `texts` begins with number `old`."""
        chunks = ((i, texts[i - old : min(i + CHUNK, end) - old]) for i in range(start, end, CHUNK))
        keys = np.concatenate([NOTHING, *(postings(self.geometry, chunk, number) for number, chunk in chunks)])
        keys.sort()
        return keys

    def merge(self, low: int) -> None:
        """Merge the level down to place `low` of the long array; all of it for 0."""
        if not len(self.level) or 0 < self.low <= low:
            return
        left = int(self.level.searchsorted(self.long[low])) if low else 0
        part = merged((self.long[low : self.low], self.level[left:]))
        end = self.low + len(self.level)
        last = self.of_long.bucket(self.long[end]) if end < len(self.long) else self.of_long.size
        self.long[low + left : end] = part
        self.of_long.move(part, low + left, last, whole=not low)
        self.low, self.level = low, self.level[:left]

    def find(self, codes: Sequence[int], plan: Plan) -> list[int]:
        """The texts, ascending, that may have `plan.need` words in common with one of these codes."""
        starts, ends = probes(codes, plan)
        rest = self.low + len(self.level)
        least = self.long[rest] if rest < len(self.long) else LAST
        below, above = slice(int(starts.searchsorted(least))), slice(int((ends > least).argmax()), None)
        places = (
            (self.long, self.of_long, 0, self.low, below),
            (self.level, self.of_level, 0, len(self.level), below),
            (self.long, self.of_long, rest, len(self.long), above),
            (self.latest, self.of_latest, 0, len(self.latest), slice(None)),
        )
        hits = [
            directory.between(keys, low, high, starts[some], ends[some])
            for keys, directory, low, high, some in places
            if low < high and len(starts[some])
        ]
        return often(np.concatenate(hits), plan) if hits else []


class Directory:
    """Where in sorted postings the buckets begin, and after the last of them the end."""

    def __init__(self, keys: Bits, bits: int = 0) -> None:
        self.bits = bits or bits_for(len(keys))
        self.shift, self.size = np.uint64(64 - self.bits), 1 << self.bits
        self.places = np.empty(self.size + 1, np.int32)
        self.move(keys, 0, self.size, whole=True)

    def bucket(self, key: np.uint64) -> int:
        return int(key >> self.shift)

    def move(self, part: Bits, place: int, last: int, *, whole: bool) -> None:
        """`part` is at this place now, and what follows it in bucket `last`: the buckets begin anew that begin in it.

        Its first posting is not the first of its bucket, unless it is the `whole` head of the array.
        """
        first = 0 if whole else self.bucket(part[0]) + 1
        begin = np.arange(first, min(last + 1, self.size), dtype=np.uint64) << self.shift
        self.places[first : first + len(begin)] = part.searchsorted(begin) + place
        if last == self.size:
            self.places[last] = place + len(part)

    def between(self, keys: Bits, low: int, high: int, starts: Bits, ends: Bits) -> Bits:
        """What `keys[low:high]` has from each start up to its end, which is in the same bucket, one after the other."""
        bucket = (starts >> self.shift).astype(np.intp)
        first = np.maximum(self.places.take(bucket), low)
        counts = np.maximum(np.minimum(self.places.take(bucket + 1), high) - first, 0)
        upto = counts.cumsum()
        found: Bits = keys.take(np.arange(upto[-1]) + (first - upto + counts).repeat(counts))
        return found[(found >= starts.repeat(counts)) & (found < ends.repeat(counts))]


def bits_for(count: int) -> int:
    """How many bits number the buckets of so many postings. Even, so that they are not all sought again too often."""
    return min(max(2, (count // EACH).bit_length() // 2 * 2 + 1), MOST_BITS)


def merged(parts: tuple[Bits, Bits]) -> Bits:
    """Two sorted arrays as one. What numpy calls a stable sort merges the runs it finds: 50 million postings in a tenth of a second."""
    keys = np.concatenate(parts)
    keys.sort(kind="stable")
    return keys


def probes(codes: Sequence[int], plan: Plan) -> tuple[Bits, Bits]:
    """For each pair of a text's words the lowest posting that could matter, and one above the highest; neighbours are found faster."""
    words = np.concatenate((numbered(RAREST - np.array(sorted(codes, reverse=True), np.uint64)), PADDING))
    starts, ends = [], []
    for part in plan.parts:
        commoner, hashes, kept = pair_hashes(words[: part.places], part.groups)
        start, end = hashes | part.low, hashes | part.high[commoner]
        starts.append(start if kept is None else start[kept])
        ends.append(end if kept is None else end[kept])
    start, end = np.concatenate(starts), np.concatenate(ends)
    order = start.argsort()
    return start[order], end[order]


def often(found: Bits, plan: Plan) -> list[int]:
    """The texts, ascending, of as many postings as texts of their length must have, whose place is within their text's prefix."""
    owners = (found >> TEXT).astype(np.uint32) & OWNERS
    owners = owners[(found & PLACE).astype(np.uint32) <= plan.limits.take(owners >> 20)]
    owners.sort()
    ends = np.flatnonzero(np.concatenate((owners[1:] != owners[:-1], [True]))) if len(owners) else NOTHING
    counts = np.diff(ends, prepend=-1)
    last = owners[ends]
    return sorted((last[counts >= plan.hits.take(last >> 20)] & (CAPACITY - 1)).tolist())


def postings(geometry: Geometry, texts: Sequence[Packed], number: int) -> Bits:
    """The postings of texts `number`, `number` + 1, …, in no order."""
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    starts = lengths.cumsum() - lengths
    owners = np.arange(len(texts), dtype=np.uint64).repeat(lengths)
    words = owners << OWNER | RAREST - flat(texts)
    words.sort()
    words = numbered(words) & (np.uint64(1) << OWNER + NUMBER) - np.uint64(1)
    parts = [np.empty(0, np.uint64)]
    for n in np.unique(lengths[(lengths > 0) & (lengths <= LONGEST)]).tolist():
        same = np.flatnonzero(lengths == n)
        parts += alike(geometry, n, words, starts[same], same + number)
    return np.concatenate(parts)


def alike(geometry: Geometry, n: int, words: Bits, starts: Ints, numbers: Ints) -> Iterator[Bits]:
    """The postings of texts of n words, which begin at `starts`."""
    at = int(class_of(n))
    groups = int(geometry.groups[at])
    places = geometry.prefix(n, int(geometry.common[at]))
    columns, padding = np.arange(min(places, n)), PADDING[: max(places - n, 0)]
    step = max(1, BLOCK // math.comb(places, 2))
    for begin in range(0, len(starts), step):
        rows = words[starts[begin : begin + step, None] + columns]
        padded = np.hstack((rows, np.broadcast_to(padding, (len(rows), len(padding)))))
        commoner, keys, kept = pair_hashes(padded, groups)
        keys |= np.uint64(at) << CLASS | np.minimum(commoner + 1, LAST_PLACE).astype(np.uint64)
        keys |= numbers[begin : begin + step, None].astype(np.uint64) << TEXT
        yield keys.ravel() if kept is None else keys[kept]


def pair_hashes(words: Bits, groups: int) -> tuple[Ints, Bits, npt.NDArray[np.bool_] | None]:
    """Of the pairs of a text, or of each row: the place of the commoner word, from 0; hashes; which are within a group, None for all."""
    first, second = pairs_of(words.shape[-1])
    hashes = ((words * RARER).take(first, -1) + (words * COMMONER).take(second, -1)) & HASH
    if groups == 1:
        return second, hashes, None
    group = words * GROUPED >> GROUP & np.uint64(groups - 1)
    return second, hashes, group.take(first, -1) == group.take(second, -1)


def numbered(words: Bits) -> Bits:
    """Sorted words, shifted, each made different from its equals by its number among them; still sorted."""
    again = words[1:] == words[:-1]
    words = words << NUMBER
    if again.any():
        place = np.arange(len(words))
        first = np.where(np.concatenate(([False], again)), 0, place)
        words |= (place - np.maximum.accumulate(first)).astype(np.uint64)
    return words


def pairs_of(places: int) -> tuple[Ints, Ints]:
    """All pairs of places, from 0, the lower one first."""
    return remembered_pairs(places) if places <= 128 else made_pairs(places)


def made_pairs(places: int) -> tuple[Ints, Ints]:
    second, first = np.tril_indices(places, -1)
    return first, second


remembered_pairs = lru_cache(maxsize=128)(made_pairs)


def hits(groups: int, common: int) -> int:
    """How many pairs within a group so many words in common make at the least: when they fall evenly."""
    each, more = divmod(common, groups)
    return more * math.comb(each + 1, 2) + (groups - more) * math.comb(each, 2)


def class_of(n: npt.ArrayLike) -> npt.NDArray[np.intp]:
    """The class of a length."""
    return np.searchsorted(FLOORS, n, "right") - 1
