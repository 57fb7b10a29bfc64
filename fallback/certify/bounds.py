"""What so many losses among so many say of a share, exactly: tails, bounds, and how many are needed."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from fallback.certify.labels import Floats

MOST = 1 << 40
"""More labels than anybody has."""


def binomial_tail(k: ArrayLike, n: ArrayLike, share: float) -> Floats:
    """Give P(at most k of n) at a share: the p-value of "the share is above this". 1 where n is 0."""
    from scipy.special import bdtr

    losses, count = np.asarray(k, dtype=np.float64), np.asarray(n, dtype=np.float64)
    safe = np.maximum(count, 1)
    found: Floats = np.where(
        (count > 0) & (losses < safe), bdtr(np.minimum(losses, safe - 1), safe.astype(np.int64), share), 1.0
    )
    return found


def upper_bound(k: float, n: int, doubt: float) -> float:
    """Give the one-sided Clopper–Pearson bound: with probability 1 - doubt the share is not above it."""
    from scipy.special import betaincinv

    if k >= n:
        return 1.0
    return float(betaincinv(k + 1, n - k, 1.0 - doubt))


@lru_cache(maxsize=4096)
def fewest(losses: int, share: float, doubt: float) -> int:
    """Give the fewest labels among which so many losses still prove that the share is not above this."""
    return least(losses + 1, lambda n: float(binomial_tail(losses, n, share)) <= doubt)


def about_at_rate(rate: Floats, share: float, doubt: float) -> Floats:
    """Give about how many labels prove it while losses stay at a rate; infinity where that rate is no proof.

    Chernoff's bound: ln(1/doubt) over the divergence of the rate from the share. A little more than is needed.
    """
    kept = np.clip(rate, 1e-12, 1 - 1e-12)
    gap = kept * np.log(kept / share) + (1 - kept) * np.log((1 - kept) / (1 - share))
    with np.errstate(divide="ignore"):
        found: Floats = np.where(kept < share, -math.log(doubt) / gap, np.inf)
    return found


def least(start: int, enough: Any) -> int:
    """Give the smallest number from `start` on that is enough, by doubling and halving; MOST when none is."""
    low, high = start - 1, start
    while not enough(high):
        low, high = high, high * 2
        if high >= MOST:
            return MOST
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
