"""The interval around a share. Pure."""

from __future__ import annotations

import math

Z = 1.959963984540054
"""The standard normal's 97.5 % quantile: two-sided 95 %."""


def wilson(k: float, n: float) -> tuple[float, float]:
    """Give the 95 % Wilson score interval of k out of n; all of [0, 1] when n is 0. Both may be sums of weights.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
    Raises ValueError unless 0 ≤ k ≤ n.
    """
    if not 0 <= k <= n:
        raise ValueError(f"{k} of {n} is no share")
    if n == 0:
        return 0.0, 1.0
    share, zz = k / n, Z * Z / n
    centre = (share + zz / 2) / (1 + zz)
    half = Z / (1 + zz) * math.sqrt(share * (1 - share) / n + zz / (4 * n))
    # At the ends the exact bound is the end itself; floating point may miss it by a hair.
    low = 0.0 if k == 0 else max(0.0, centre - half)
    high = 1.0 if k == n else min(1.0, centre + half)
    return low, high
