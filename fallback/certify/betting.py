"""Proves that a mean is small by betting against its being large: for losses that are no plain 0 or 1.

I. Waudby-Smith and A. Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86 (2024). Who bets
against "the mean loss is at least m" and ends with 1/p times the stake has a p-value of p, by Ville's inequality.
Labels weigh 1/π; a label's bounded gain is weight · (m - loss).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from fallback.certify.labels import Floats, Labels

BETS: Floats = 0.95 * np.geomspace(1 / 128, 1.0, 8)
"""Eight sizes of bet, as shares of the boldest possible one; the stake is divided among them.

They depend neither on the share that is bet against nor on the doubt, so that a larger share never wins less.
"""

LOOKS = 500
"""How often at most the capital of a bet is looked at on its way."""


def p_value(labels: Labels, share: float) -> float:
    """Give the p-value of "the mean loss is above this share" from labels in their order of arrival."""
    n = len(labels)
    if n == 0:
        return 1.0
    weight = np.ones(n) if labels.weight is None else labels.weight
    capital = np.cumsum(wins(labels.loss, weight, share, float(weight.max())), axis=0)
    looks = np.unique(np.append(np.arange(0, n, max(1, n // LOOKS)), n - 1))
    return min(1.0, math.exp(-max(0.0, float(evidence(capital[looks]).max()))))


def upper_mean(labels: Labels, doubt: float) -> float:
    """Give the smallest mean that the labels refute with this doubt: an upper bound for the mean loss."""
    low, high = 0.0, 1.0
    for _ in range(24):
        middle = (low + high) / 2
        low, high = (low, middle) if p_value(labels, middle) <= doubt else (middle, high)
    return high


def wins(loss: Floats, weight: Floats, share: float, heaviest: float) -> Floats:
    """Give, for labels × bets, the logarithm of what one label makes of a stake; `heaviest` bounds all weights.

    None falls as the share grows: the slope of (share - loss)/(1 - share) is (1 - loss)/(1 - share)².
    """
    gain = weight / heaviest * (share - loss)
    found: Floats = np.log1p(np.outer(gain, BETS / (1 - share)))
    return found


def evidence(capital: Floats) -> Floats:
    """Give the logarithm of the mean over bets, for thresholds × bets of logarithms."""
    from scipy.special import logsumexp

    found: Floats = logsumexp(capital, axis=-1) - math.log(capital.shape[-1])
    return found
