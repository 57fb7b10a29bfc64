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


def measure(confidence: Floats, right: Floats) -> Measured:
    """Measure confidences against right (1) and wrong (0) answers. The error is the root of a mean square."""
    n = int(confidence.size)
    if not n:
        return Measured(0, None, ())
    brier = float(np.mean((confidence - right) ** 2))
    points = reliability(confidence, right)
    if n < ENOUGH:
        return Measured(n, brier, points)
    error, interval = calibration_error(confidence, right)
    return Measured(n, brier, points, error, interval)


def reliability(confidence: Floats, right: Floats, bins: int = 10) -> tuple[Point, ...]:
    """Give points of equal count, equal confidences kept together."""
    place, size = _places(confidence, bins)
    n = np.bincount(place, minlength=size)
    said, good = np.bincount(place, confidence, size), np.bincount(place, right, size)
    return tuple(
        Point(float(said[i] / n[i]), float(good[i] / n[i]), *wilson(float(good[i]), float(n[i])), int(n[i]))
        for i in np.flatnonzero(n)
    )


def calibration_error(confidence: Floats, right: Floats) -> tuple[float, tuple[float, float]]:
    """Give the debiased calibration error over groups of equal count, and its 95 % interval.

    A. Kumar, P. Liang, T. Ma, "Verified uncertainty calibration", NeurIPS 2019: the plug-in square less what chance
    adds to it. The interval is the pivot of a seeded bootstrap over the groups' counts; resamples scatter about the
    plug-in, which holds chance once, so they are held against that.
    """
    place, size = _places(confidence, _BINS)
    n = np.bincount(place, minlength=size)
    said, good = np.bincount(place, confidence, size) / np.maximum(n, 1), np.bincount(place, right, size)
    plug_in, chance = _squares(said, good, n)
    cells = np.concatenate([good, n - good])
    draws = np.random.default_rng(_SEED)
    scatter = np.empty(_RESAMPLES)
    for i, again in enumerate(draws.multinomial(confidence.size, cells / cells.sum(), _RESAMPLES)):
        square, by_chance = _squares(said, again[:size], again[:size] + again[size:])
        scatter[i] = square - by_chance - plug_in
    low, high = plug_in - chance - np.quantile(scatter, [0.975, 0.025])
    return _root(plug_in - chance), (_root(float(low)), _root(float(high)))


def _squares(said: Floats, good: Any, n: Any) -> tuple[float, float]:
    """Give the mean squared gap between confidence and share, and how much of it chance is expected to add."""
    kept = n > 1
    count, share = n[kept], good[kept] / n[kept]
    part = count / n.sum()
    return float(part @ (said[kept] - share) ** 2), float(part @ (share * (1 - share) / (count - 1)))


def _places(confidence: Floats, bins: int) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], int]:
    """Say which of at most `bins` groups of equal count each belongs to."""
    edges = np.unique(np.quantile(confidence, np.arange(1, bins) / bins, method="higher"))
    return np.searchsorted(edges, confidence, side="right"), int(edges.size) + 1


def _root(square: float) -> float:
    return float(np.sqrt(max(square, 0.0)))
