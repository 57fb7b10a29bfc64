"""Counts and histograms of one minute × route × model × version × cohort: what every report is summed from."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

GROWTH = 1.1
"""Seconds fall into buckets [GROWTH**i, GROWTH**(i+1)): a quantile read back is within 5 % of the value."""

_STEP = math.log(GROWTH)

SHARES = 20
"""Confidence and divergence fall into this many equal bins of [0, 1]; 1.0 belongs to the last."""


def seconds_bucket(seconds: float) -> int:
    """Give the log bucket of a duration; everything below a microsecond shares the lowest."""
    return math.floor(math.log(max(seconds, 1e-6)) / _STEP)


def share_bucket(share: float) -> int:
    """Give the bin of a number in [0, 1]."""
    return min(int(share * SHARES), SHARES - 1)


def quantile(histogram: Mapping[int, int], q: float) -> float | None:
    """Read the q-quantile, in seconds, from a log-bucket histogram: the geometric middle of its bucket."""
    total = sum(histogram.values())
    if not total:
        return None
    rank, seen = q * total, 0
    for bucket in sorted(histogram):
        seen += histogram[bucket]
        if seen >= rank:
            return float(GROWTH ** (bucket + 0.5))
    return float(GROWTH ** (max(histogram) + 0.5))


@dataclass(slots=True)
class Rollup:
    """A sum of exchanges. Adding two is adding their numbers, so any order and any split give the same.

    `counts` keys: `exchanges`; `served:model`; `reason:shadow`; `disposition:compared`; `verdict:match`;
    `legacy:200` and `model:200` (status); `legacy_failure:timeout`, `model_failure:connect`;
    `diverged:<comparator>`, `measured:<comparator>`; of a judge `preferred:<comparator>:model`; `tokens_in` and
    `tokens_out`, those of repeats and further answers included; `samples` (further answers); `unweighed:shed`.
    `seconds` histograms by log bucket: `legacy`, `model`.
    `shares` histograms by bin: `confidence`; `agreement` (matches by confidence bin); `judged` (verdicts by
    confidence bin); `divergence` (the panel's); `divergence:<comparator>`.
    `paths`: (comparator, JSON Pointer) → how often it differed. `cost` in the price's currency.
    """

    counts: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, Counter[int]] = field(default_factory=dict)
    shares: dict[str, Counter[int]] = field(default_factory=dict)
    paths: Counter[tuple[str, str]] = field(default_factory=Counter)
    cost: float = 0.0

    def count(self, key: str, n: int = 1) -> None:
        """Add to a count."""
        self.counts[key] += n

    def time(self, name: str, seconds: float) -> None:
        """Add a duration to a histogram."""
        _of(self.seconds, name)[seconds_bucket(seconds)] += 1

    def share(self, name: str, share: float) -> None:
        """Add a number in [0, 1] to a histogram."""
        _of(self.shares, name)[share_bucket(share)] += 1

    def add(self, other: Rollup) -> None:
        """Add another roll-up to this one."""
        self.counts.update(other.counts)
        self.paths.update(other.paths)
        self.cost += other.cost
        for mine, theirs in ((self.seconds, other.seconds), (self.shares, other.shares)):
            for name, histogram in theirs.items():
                _of(mine, name).update(histogram)

    def dumps(self) -> str:
        """Write it as JSON text for the store."""
        return msgspec.json.encode(
            {
                "counts": self.counts,
                "seconds": self.seconds,
                "shares": self.shares,
                "paths": [[*key, n] for key, n in self.paths.items()],
                "cost": self.cost,
            },
        ).decode()

    @classmethod
    def loads(cls, text: str) -> Rollup:
        """Read what `dumps` wrote."""
        stored = msgspec.json.decode(text, type=_Stored)
        return cls(
            counts=Counter(stored.counts),
            seconds={name: Counter(histogram) for name, histogram in stored.seconds.items()},
            shares={name: Counter(histogram) for name, histogram in stored.shares.items()},
            paths=Counter({(comparator, pointer): n for comparator, pointer, n in stored.paths}),
            cost=stored.cost,
        )


def _of(histograms: dict[str, Counter[int]], name: str) -> Counter[int]:
    """Give the histogram of that name: made when it is asked for the first time, for making one takes its time."""
    found = histograms.get(name)
    if found is None:
        found = histograms[name] = Counter()
    return found


class _Stored(msgspec.Struct):
    counts: dict[str, int]
    seconds: dict[str, dict[int, int]]
    shares: dict[str, dict[int, int]]
    paths: list[tuple[str, str, int]]
    cost: float
