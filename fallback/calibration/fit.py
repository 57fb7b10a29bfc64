"""Maps a confidence to the share of right answers at it, by as much method as the labels can bear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from fallback.certify.labels import Floats

FEWEST, MANY = 30, 500
"""Labels below which nothing is fitted, and from which on no shape is assumed."""


@dataclass(frozen=True, slots=True)
class Calibrator:
    """A fitted map from confidence to the probability of a right answer, and the method's name."""

    method: str
    at: Callable[[Floats], Floats]


def fit(confidence: Floats, right: Floats, weight: Floats | None = None) -> Calibrator | None:
    """Fit Platt's curve below MANY labels, a rising step function from there on; None below FEWEST.

    `weight` is 1/π of a label that was drawn with probability π; None: all weigh the same.
    """
    if confidence.size < FEWEST:
        return None
    if confidence.size < MANY:
        return Calibrator("platt", platt(confidence, right, weight))
    return Calibrator("isotonic", isotonic(confidence, right, weight))


def _logit(confidence: Floats) -> Floats:
    kept = np.clip(confidence, 1e-6, 1 - 1e-6)
    found: Floats = np.log(kept / (1 - kept))
    return found


def platt(confidence: Floats, right: Floats, weight: Floats | None = None) -> Callable[[Floats], Floats]:
    """Fit a logistic curve on the logit, with Platt's smoothed targets, by damped Newton steps.

    J. Platt, "Probabilistic outputs for support vector machines" (1999); H.-T. Lin and others, Machine Learning 68
    (2007).
    """
    x = np.column_stack([_logit(confidence), np.ones(confidence.size)])
    heavy = np.ones(right.size) if weight is None else weight / weight.mean()
    good = float(heavy @ right)
    bad = right.size - good
    target = np.where(right > 0.5, (good + 1) / (good + 2), 1 / (bad + 2))
    found = np.array([0.0, np.log((good + 1) / (bad + 1))])
    for _ in range(100):
        p = _sigmoid(x @ found)
        slope = x.T @ (heavy * (p - target))
        bend = (x * (heavy * p * (1 - p))[:, None]).T @ x + 1e-9 * np.eye(2)
        step = np.linalg.solve(bend, slope)
        here = _cost(x @ found, target, heavy)
        while np.abs(step).max() > 1e-12 and _cost(x @ (found - step), target, heavy) > here:
            step = step / 2
        found = found - step
        if np.abs(step).max() < 1e-9:
            break
    return lambda at: _sigmoid(found[0] * _logit(at) + found[1])


def _sigmoid(z: Floats) -> Floats:
    from scipy.special import expit

    found: Floats = expit(z)
    return found


def _cost(z: Floats, target: Floats, heavy: Floats) -> float:
    return float(heavy @ (np.logaddexp(0, z) - target * z))


def isotonic(confidence: Floats, right: Floats, weight: Floats | None = None) -> Callable[[Floats], Floats]:
    """Fit the best rising step function; equal confidences share one value."""
    at, share, count = _pooled(confidence, right, np.ones(right.size) if weight is None else weight)
    values = _rising(share, count)
    return lambda asked: values[np.clip(np.searchsorted(at, asked, side="right") - 1, 0, at.size - 1)]


def _pooled(confidence: Floats, right: Floats, weight: Floats) -> tuple[Floats, Floats, Floats]:
    at, place = np.unique(confidence, return_inverse=True)
    mass = np.asarray(np.bincount(place, weight), dtype=np.float64)
    return at, np.bincount(place, weight * right) / mass, mass


def _rising(share: Floats, count: Floats) -> Floats:
    from scipy.optimize import isotonic_regression

    found: Floats = np.asarray(isotonic_regression(share, weights=count).x)
    return found


def venn_abers(
    confidence: Floats, right: Floats, asked: Floats, weight: Floats | None = None
) -> tuple[Floats, Floats]:
    """Give, for each confidence asked for, the two probabilities between which the truth is calibrated.

    The step function is fitted twice with the asked one added, as wrong and as right: V. Vovk, I. Petej,
    "Venn–Abers predictors", UAI 2014. Costs two fits for each, so ask for a few. The one that is added weighs as much
    as the heaviest label, which makes the two no closer.
    """
    heavy = np.ones(right.size) if weight is None else weight
    weights = np.append(heavy, heavy.max(initial=1.0))

    def ends(one: float) -> list[float]:
        with_it = np.append(confidence, one)
        return [
            float(isotonic(with_it, np.append(right, end), weights)(np.array([one]))[0]) for end in (0.0, 1.0)
        ]

    pairs = [ends(one) for one in asked.tolist()]
    found = np.array(pairs, dtype=np.float64).reshape(-1, 2)
    return found[:, 0], found[:, 1]
