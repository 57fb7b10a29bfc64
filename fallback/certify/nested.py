"""Nests one-shot certificates: what is proved for a promise is proved for every looser one, too.

Where walks start has to depend on the promise: with many starts, each has little doubt to spend. But then a larger
risk may begin its walks elsewhere and stop sooner. So promises are sorted into cells, each of which places the starts
of all its promises, and only what *every* cell from the promise's own upwards proves is kept.

Let R(c; a, d) be what the walks prove that start where cell c says, test "the risk is above a" and spend d; and let
S(a, d) be the intersection of R(c; max(a, c's least share), max(d, c's least doubt)) over all cells c at or above the
one of (a, d). Then

- S is **valid**: it is a part of R(own cell; a, d), all of which is safe together with probability 1 - d.
- S is **monotone**: let a ≤ a' and d ≤ d'. Every cell of S(a', d') is one of S(a, d). There the starts are the same,
  no p-value is larger for a' and no walk spends less of d', so that each walk passes wherever it passed before. So
  S(a', d') is the intersection of fewer sets, none of which is smaller.
"""

from __future__ import annotations

import math
from itertools import product
from typing import TYPE_CHECKING

from fallback.certify.bounds import binomial_tail
from fallback.certify.walks import Walk, safe, starts_by_count

if TYPE_CHECKING:
    from fallback.certify.labels import Floats

SHARES = ("1", "1.2", "1.5", "2", "2.5", "3", "4", "5", "6", "8")
DOUBTS = ("1", "2", "5")
"""Where cells begin, in each power of ten."""


def cells(value: float, mantissas: tuple[str, ...]) -> list[float]:
    """Give where the cell of a value in (0, 1) begins, and where all above it do, up to 1."""
    powers = range(math.floor(math.log10(value)) - 1, 0)
    begins = [float(f"{mantissa}e{power}") for power in powers for mantissa in mantissas]
    own = max(begin for begin in begins if begin <= value)
    return [begin for begin in begins if begin >= own]


def own_walks(n: Floats, share: float, doubt: float) -> tuple[Walk, ...]:
    """Give the walks of a promise's own cell; they spend its doubt."""
    return _walks(n, cells(share, SHARES)[0], cells(doubt, DOUBTS)[0], doubt)


def proved(n: Floats, k: Floats, share: float, doubt: float) -> list[int]:
    """Give every place, strict to loose, that k losses of n prove safe for this promise and for every looser one."""
    found: set[int] | None = None
    tails: dict[float, Floats] = {}
    for at_share, at_doubt in product(cells(share, SHARES), cells(doubt, DOUBTS)):
        tested = max(share, at_share)
        if tested not in tails:
            tails[tested] = binomial_tail(k, n, tested)
        here = safe(tails[tested], _walks(n, at_share, at_doubt, max(doubt, at_doubt)))
        found = set(here) if found is None else found.intersection(here)
        if not found:
            return []
    return sorted(found or ())


def _walks(n: Floats, share: float, doubt: float, spent: float) -> tuple[Walk, ...]:
    """Start as a cell says, and spend what the promise has."""
    return tuple(Walk(walk.start, walk.doubt / doubt * spent) for walk in starts_by_count(n, share, doubt))
