"""Intervals around a share and around the difference of two shares of the same triples. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fallback.wilson import wilson


@dataclass(frozen=True, slots=True)
class Excess:
    """How much more often the model differed than legacy did from itself, with its 95 % interval, in [-1, 1]."""

    value: float
    low: float
    high: float


def excess_of(triples: int, *, diverged: int, floor: int, both: int) -> Excess:
    """Give the excess of `diverged` over `floor` in the same triples, `both` of which count under either.

    R. G. Newcombe, "Improved confidence intervals for the difference between binomial proportions based on
    paired data", Statistics in Medicine 17 (1998), method 10.
    """
    if triples == 0:
        return Excess(0.0, -1.0, 1.0)
    value = (diverged - floor) / triples
    first, second = diverged / triples, floor / triples
    (low1, high1), (low2, high2) = wilson(diverged, triples), wilson(floor, triples)
    phi = _correlation(triples, diverged, floor, both)
    down, up = (first - low1, high2 - second), (high1 - first, second - low2)
    return Excess(value, max(value - _length(*down, phi), -1.0), min(value + _length(*up, phi), 1.0))


def _length(one: float, other: float, phi: float) -> float:
    return math.sqrt(max(one * one - 2 * phi * one * other + other * other, 0.0))


def _correlation(n: int, diverged: int, floor: int, both: int) -> float:
    """Give the phi coefficient of the two signs, corrected for continuity where it is positive."""
    spread = diverged * (n - diverged) * floor * (n - floor)
    if spread == 0:
        return 0.0
    cross = both * (n - diverged - floor + both) - (diverged - both) * (floor - both)
    return (max(cross - n / 2, 0.0) if cross > 0 else float(cross)) / math.sqrt(spread)
