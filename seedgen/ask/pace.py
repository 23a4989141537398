"""How fast one teacher may be asked: so many calls at once, so many requests and tokens a minute, and at times not at all.

Pure: the time, in seconds of a monotonic clock, is handed in. What is promised:

- a teacher that asks for patience (429) is left alone, by all calls, for as long as it asks;
- for each such episode the number of calls at once shrinks once, by a fifth, and then grows by one a round of answers, after a pause
  (additive increase, multiplicative decrease: Chiu and Jain, 1989); where calls time out, or too many are cut off, it shrinks by half,
  for each of these may be paid for; any other failure only pauses the growth;
- a teacher from which nothing has come in this start is asked by few calls at once, for they may all be refused;
- after five rounds of failures in a row the breaker is open: one call at a time tries whether the teacher is back, at growing intervals;
- what a minute allows is spread evenly. Tokens are reserved by a guess before a call and trued up after it; what the server says is left
  (x-ratelimit-*) counts, too.

Who waits, and for how long in all, is left to `slots` and `ask`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

SHRINK, SHRINK_LOSING = 0.8, 0.5
COOL_DOWN = 20.0
"""Seconds without growth after an episode of 429, or of lost calls."""
NARROW = 4
"""Calls at once to a teacher from which nothing has come yet."""
TOO_MANY_LOST = 0.25
"""Of the latest calls, cut off by the server: more than a bad line loses."""
MEMORY = 20
"""Calls over which that share is taken, fading."""
RECOVERY = 5.0
"""Seconds without growth after another failure."""
BREAKER = 5
LONGEST_HOLD = 60.0
"""Seconds between two tries of a teacher that does not say how long."""
BURST = 10.0
"""Seconds whose share of a minute's allowance may be used at once."""
FIRST_GUESS = 256.0
"""Tokens of an answer, before there was one."""
INERTIA = 0.9
"""Of the guess at an answer's tokens, against each new answer."""


@dataclass(frozen=True, slots=True)
class Quota:
    """What a server says of one of its limits: how much in all, how much is left, and seconds until all is there again."""

    limit: float
    remaining: float
    reset: float = 60.0


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a server says is left, as far as it does."""

    requests: Quota | None = None
    tokens: Quota | None = None


UNTOLD = Allowance()


@dataclass(slots=True)
class Bucket:
    """An allowance that refills steadily (a token bucket): `rate` a second, up to `capacity`. It may be overdrawn by one call."""

    rate: float = math.inf
    capacity: float = math.inf
    level: float = math.inf
    at: float = 0.0

    def retune(self, a_minute: float | None, now: float) -> None:
        """So much a minute from here on; None: no limit."""
        rate = math.inf if a_minute is None else a_minute / 60
        if rate != self.rate:
            self.rate, self.capacity, self.at = rate, max(1.0, rate * BURST), now
            self.level = self.capacity

    def told(self, quota: Quota, now: float) -> None:
        """What the server says instead. It refills by at least a minute's share."""
        self.capacity = max(quota.limit, 1.0)
        self.rate = max((quota.limit - quota.remaining) / max(quota.reset, 1e-3), self.capacity / 60)
        self.level, self.at = min(quota.remaining, self.capacity), now

    def ready_at(self, amount: float, now: float) -> float:
        if self.rate == math.inf:
            return now
        missing = min(amount, self.capacity) - min(self.capacity, self.level + (now - self.at) * self.rate)
        return now + max(0.0, missing) / self.rate

    def take(self, amount: float, now: float) -> None:
        """A negative amount gives back."""
        if self.rate < math.inf:
            self.level = min(self.capacity, self.level + (now - self.at) * self.rate) - amount
            self.at = now


@dataclass(slots=True)
class Pace:
    """The pace of one teacher. `limit` is how many calls at once it stands at, `most` how many it may come to."""

    most: int = 1
    limit: float = 1.0
    requests: Bucket = field(default_factory=Bucket)
    tokens: Bucket = field(default_factory=Bucket)
    told_requests: Bucket = field(default_factory=Bucket)
    told_tokens: Bucket = field(default_factory=Bucket)
    held_until: float = -math.inf
    trouble_since: float | None = None
    """When the first failure after the last answer came."""
    answers: int = 0
    """In this start, and one that stands for all those of earlier starts."""
    heard_since: float = -math.inf
    """When the latest call was sent that has been answered, in this start."""
    failures: int = 0
    """Rounds of them in a row, 429 aside: calls that were sent before the last one failed belong to its round."""
    failed_at: float = -math.inf
    episodes: int = 0
    """Of 429, in a row."""
    untried: bool = False
    """Nothing has come from it in this start."""
    lost: float = 0.0
    """The share of the latest calls that were cut off."""
    widest: int = 0
    """The most calls at once since the limit shrank last."""
    shrunk_at: float = -math.inf
    grow_after: float = -math.inf
    guess: float = FIRST_GUESS

    def retune(self, most: int, start: int, requests_a_minute: float | None, tokens_a_minute: float | None, now: float) -> None:
        """Other limits from here on; `start` calls at once to begin with."""
        if most != self.most:
            self.most, self.limit = most, float(min(start, most))
        self.requests.retune(requests_a_minute, now)
        self.tokens.retune(tokens_a_minute, now)

    @property
    def at_once(self) -> int:
        """How many calls may be in flight now."""
        return 1 if self.open else max(1, min(int(self.limit), NARROW) if self.untried else int(self.limit))

    @property
    def open(self) -> bool:
        """Whether the breaker is open: the teacher seems to be down, and only one call at a time is risked."""
        return self.failures >= BREAKER

    def ready_at(self, in_flight: int, tokens: float, now: float) -> float:
        """When the next call may be sent, if nothing else happens; infinity if one in flight must end first."""
        if in_flight >= self.at_once:
            return math.inf
        self.widest = max(self.widest, in_flight + 1)
        counted = ((self.requests, 1.0), (self.told_requests, 1.0), (self.tokens, tokens), (self.told_tokens, tokens))
        return max(self.held_until, *(bucket.ready_at(amount, now) for bucket, amount in counted))

    def sent(self, tokens: float, now: float) -> None:
        """A call goes out for which so many tokens are reserved."""
        for bucket, amount in ((self.requests, 1.0), (self.told_requests, 1.0), (self.tokens, tokens), (self.told_tokens, tokens)):
            bucket.take(amount, now)

    def answered(
        self,
        reserved: float,
        used: int | None,
        completion: int | None,
        allowance: Allowance,
        *,
        full: bool,
        now: float,
        sent_at: float = -math.inf,
    ) -> None:
        """A call was answered, with so many tokens in all and in the completion; `full`: no slot was free beside it."""
        self.answers, self.heard_since = self.answers + 1, max(self.heard_since, sent_at)
        self.failures = self.episodes = 0
        self.untried, self.trouble_since = False, None
        self.lost -= self.lost / MEMORY
        if used is not None:
            self.tokens.take(used - reserved, now)
        if completion is not None:
            self.guess += (1 - INERTIA) * (completion - self.guess)
        if allowance.requests:
            self.told_requests.told(allowance.requests, now)
        if allowance.tokens:
            self.told_tokens.told(allowance.tokens, now)
        if full and now >= self.grow_after:
            self.limit = min(float(self.most), self.limit + 1 / self.limit)

    def busy(self, sent_at: float, retry_after: float | None, now: float, reserved: float = 0.0, *, loading: bool = False) -> None:
        """A 429. Calls that were sent before the last one shrank the limit belong to the same episode. A model that is still `loading` says
        nothing of how many calls it will take.
        """
        self._trouble(reserved, now)
        if sent_at >= self.shrunk_at:
            self._shrink(1.0 if loading else SHRINK, now)
            self.episodes += 1
        wait = growing(self.episodes) if retry_after is None else retry_after
        self.held_until = max(self.held_until, now + wait)

    def failed(
        self,
        sent_at: float,
        now: float,
        retry_after: float | None = None,
        reserved: float = 0.0,
        *,
        cut_off: bool = False,
        late: bool = False,
    ) -> None:
        """Any other failure that may pass. `cut_off`: it is not known what came of the call; `late`: for it took too long."""
        self._trouble(reserved, now)
        self.held_until = max(self.held_until, now + (retry_after or 0.0))
        self.lost += cut_off * (1 - self.lost) / MEMORY
        if (late or (cut_off and self.lost >= TOO_MANY_LOST)) and sent_at >= self.shrunk_at:
            self.limit = min(self.limit, float(self.widest or self.limit))
            self._shrink(SHRINK_LOSING, now)
        if sent_at < self.failed_at:
            return
        self.failures, self.failed_at = self.failures + 1, now
        self.grow_after = max(self.grow_after, now + RECOVERY)
        if self.open:
            self.held_until = max(self.held_until, now + growing(self.failures - BREAKER + 1))

    def _shrink(self, by: float, now: float) -> None:
        self.limit = max(1.0, self.limit * by)
        self.shrunk_at, self.grow_after, self.lost, self.widest = now, now + COOL_DOWN, 0.0, 0

    def silent_until_next(self, now: float) -> float:
        """Seconds from the first failure since the last answer to the next try; 0 if the last call was answered."""
        return 0.0 if self.trouble_since is None else max(self.held_until, now) - self.trouble_since

    def _trouble(self, reserved: float, now: float) -> None:
        """What was reserved for a call that failed is given back."""
        self.tokens.take(-reserved, now)
        if self.trouble_since is None:
            self.trouble_since = now


def growing(times: int) -> float:
    """Seconds to wait after so many times in a row: 1, 2, 4 …"""
    return LONGEST_HOLD if times > 6 else min(LONGEST_HOLD, 2.0 ** (times - 1))
