"""Measures how far confidences are from the shares of right answers: points, Brier score, calibration error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fallback.wilson import wilson

if TYPE_CHECKING:
    from fallback.certify.labels import Floats

ENOUGH = 200
"""Labels below which a calibration error says more of chance than of calibration."""

_BINS, _RESAMPLES, _SEED = 15, 200, 20_260


@dataclass(frozen=True, slots=True)
class Point:
    """A group of similar confidences: their mean, the share of right answers with its 95 % interval, how many."""

    confidence: float
    share: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Measured:
    """The mean squared error, the points, and the calibration error with its 95 % interval, from 200 labels on."""

    n: int
    brier: float | None
    points: tuple[Point, ...]
    error: float | None = None
    interval: tuple[float, float] | None = None


def measure(confidence: Floats, right: Floats, weight: Floats | None = None) -> Measured:
    """Measure confidences against right (1) and wrong (0) answers. The error is the root of a mean square.

    `weight` is 1/π of a label that was drawn with probability π; None: all weigh the same.
    """
    n = int(confidence.size)
    if not n:
        return Measured(0, None, ())
    brier = float(np.average((confidence - right) ** 2, weights=weight))
    points = reliability(confidence, right, weight)
    if n < ENOUGH:
        return Measured(n, brier, points)
    error, interval = calibration_error(confidence, right, weight)
    return Measured(n, brier, points, error, interval)


def reliability(
    confidence: Floats, right: Floats, weight: Floats | None = None, bins: int = 10
) -> tuple[Point, ...]:
    """Give points of equal count, equal confidences kept together."""
    place, size = _places(confidence, bins)
    n = np.bincount(place, minlength=size)
    said, share, count, _ = _groups(confidence, right, weight, (place, size))
    return tuple(
        Point(
            float(said[i]), float(share[i]), *wilson(float(share[i] * count[i]), float(count[i])), int(n[i])
        )
        for i in np.flatnonzero(n)
    )


def _groups(
    confidence: Floats, right: Floats, weight: Floats | None, places: tuple[Any, int]
) -> tuple[Floats, Floats, Floats, Floats]:
    """Give, for each group, mean confidence, share of right answers, how many labels that is worth, and its weight.

    Labels of unequal weight are worth fewer: the square of their sum over the sum of their squares (L. Kish, 1965).
    """
    place, size = places
    heavy = np.ones(right.size) if weight is None else weight
    mass = np.asarray(np.bincount(place, heavy, size), dtype=np.float64)
    held = np.maximum(mass, 1e-300)
    said, share = (np.bincount(place, heavy * of, size) / held for of in (confidence, right))
    worth = mass**2 / np.maximum(np.bincount(place, heavy**2, size), 1e-300)
    return said, share, worth, mass


def calibration_error(
    confidence: Floats, right: Floats, weight: Floats | None = None
) -> tuple[float, tuple[float, float]]:
    """Give the debiased calibration error over groups of equal count, and its 95 % interval.

    A. Kumar, P. Liang, T. Ma, "Verified uncertainty calibration", NeurIPS 2019: the plug-in square less what chance
    adds to it. The interval is the pivot of a seeded bootstrap over the groups' counts; resamples scatter about the
    plug-in, which holds chance once, so they are held against that.
    """
    place, size = _places(confidence, _BINS)
    said, share, n, mass = _groups(confidence, right, weight, (place, size))
    good = share * n
    plug_in, chance = _squares(said, good, n, mass)
    cells = np.maximum(np.concatenate([good, n - good]), 0.0)
    draws = np.random.default_rng(_SEED)
    scatter = np.empty(_RESAMPLES)
    each = mass / np.maximum(n, 1e-300)
    for i, again in enumerate(draws.multinomial(round(float(n.sum())), cells / cells.sum(), _RESAMPLES)):
        count = again[:size] + again[size:]
        square, by_chance = _squares(said, again[:size], count, count * each)
        scatter[i] = square - by_chance - plug_in
    low, high = plug_in - chance - np.quantile(scatter, [0.975, 0.025])
    return _root(plug_in - chance), (_root(float(low)), _root(float(high)))


def _squares(said: Floats, good: Any, n: Any, mass: Any) -> tuple[float, float]:
    """Give the mean squared gap between confidence and share, and how much of it chance is expected to add."""
    kept = n > 1
    count, share = n[kept], good[kept] / n[kept]
    part = mass[kept] / mass.sum()
    return float(part @ (said[kept] - share) ** 2), float(part @ (share * (1 - share) / (count - 1)))


def _places(confidence: Floats, bins: int) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], int]:
    """Say which of at most `bins` groups of equal count each belongs to."""
    edges = np.unique(np.quantile(confidence, np.arange(1, bins) / bins, method="higher"))
    return np.searchsorted(edges, confidence, side="right"), int(edges.size) + 1


def _root(square: float) -> float:
    return float(np.sqrt(max(square, 0.0)))
