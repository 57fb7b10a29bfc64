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

_BOLDEST = 0.75
"""The share of its capital that a bet risks at most."""

_USUAL = 0.05
"""The doubt and twice the mean that bets are sized for, whatever the promise: a larger share then never wins less."""


def p_value(labels: Labels, share: float) -> float:
    """Give the p-value of "the mean loss is above this share" from labels in their order of arrival.

    What is bet depends on the losses before, on nothing of the share; so each label wins the more the larger it is.
    """
    n = len(labels)
    if n == 0:
        return 1.0
    weight = np.ones(n) if labels.weight is None else labels.weight
    scale = weight / float(weight.max())
    lost, count = scale * labels.loss, np.arange(1, n + 1)
    mean = (_USUAL / 2 + np.cumsum(lost)) / (count + 1)
    spread = (0.25 + np.cumsum((lost - mean) ** 2)) / (count + 1)
    before = np.append(0.25, spread[:-1])
    bets = np.minimum(np.sqrt(2 * math.log(1 / _USUAL) / (n * before)), _BOLDEST)
    won = np.cumsum(np.log1p(bets * scale * (share - labels.loss)))
    return min(1.0, math.exp(-max(0.0, float(won.max()))))


def upper_mean(labels: Labels, doubt: float) -> float:
    """Give the smallest mean that the labels refute with this doubt: an upper bound for the mean loss."""
    low, high = 0.0, 1.0
    for _ in range(24):
        middle = (low + high) / 2
        low, high = (low, middle) if p_value(labels, middle) <= doubt else (middle, high)
    return high


BETS: Floats = 0.95 * np.geomspace(1 / 128, 1.0, 8)
"""Eight sizes of bet, as shares of the boldest possible one; an epoch divides its stake among them."""


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
