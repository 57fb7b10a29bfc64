"""Rates with the interval around their share. Pure."""

from __future__ import annotations

from fallback import wilson as shares
from shadow.report.model import Interval, Rate


def wilson(k: int, n: int) -> Interval:
    """Give the 95 % Wilson score interval of k out of n; all of [0, 1] when n is 0. ValueError unless 0 ≤ k ≤ n."""
    return Interval(*shares.wilson(k, n))


def rate(k: int, n: int) -> Rate:
    """Give k of n with its share and interval; k is kept within n."""
    k = max(0, min(k, n))
    return Rate(k, n, k / n, wilson(k, n)) if n > 0 else Rate(0, 0, None, None)
