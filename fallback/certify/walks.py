"""Fixed-sequence testing from several starts: which thresholds are safe together.

A. N. Angelopoulos and others, "Learn then Test", arXiv 2110.01052. A walk goes from its start to looser thresholds
while each passes at the walk's share of the doubt; what all walks spend is the doubt. Where a walk starts may depend
on confidences and counts, never on losses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from fallback.certify.bounds import fewest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from fallback.certify.labels import Floats


class Walk(msgspec.Struct, frozen=True):
    """Where a walk starts, as a place in the row of thresholds, and the doubt it spends."""

    start: int
    doubt: float


MAIN, SIDES = 0.5, 4
"""The main walk's share of the doubt, and how many others share the rest."""


def starts_by_count(n: Floats, share: float, doubt: float) -> tuple[Walk, ...]:
    """Place the walks of a one-shot certificate by how many labels each needs to pass with a few losses.

    The main walk starts where 4 losses may pass, four others at 1, 2, 4 and 8 times the labels with which 2 may.
    Those for which there are too few labels are one walk that starts where it passes without a loss, or at the last
    threshold. Walks with one start are one, too; what they spend adds up.
    """
    if not n.size:
        return ()
    side, last = doubt * (1 - MAIN) / SIDES, n.size - 1
    wanted = [(fewest(4, share, doubt * MAIN), doubt * MAIN)]
    wanted += [(fewest(2, share, side) << i, side) for i in range(SIDES)]
    placed = [(int(np.searchsorted(n, count)), spent) for count, spent in wanted if count <= n[-1]]
    left = sum(spent for count, spent in wanted if count > n[-1])
    if left:
        placed.append((min(int(np.searchsorted(n, fewest(0, share, left))), last), left))
    return _merged(placed)


STARTS = ((1 / 8, MAIN), *((share, (1 - MAIN) / SIDES) for share in (1 / 32, 1 / 4, 1 / 2, 1.0)))
"""The coverage at which each walk of an epoch starts, and its share of the doubt."""


def starts_by_coverage(coverage: Floats, doubt: float) -> tuple[Walk, ...]:
    """Place the walks of an epoch, whose counts are not known yet, by the share of the traffic above a threshold."""
    if not coverage.size:
        return ()
    last = coverage.size - 1
    return _merged(
        (min(int(np.searchsorted(coverage, share - 1e-9)), last), part * doubt) for share, part in STARTS
    )


def _merged(walks: Iterable[tuple[int, float]]) -> tuple[Walk, ...]:
    spent: dict[int, float] = {}
    for start, doubt in walks:
        spent[start] = spent.get(start, 0.0) + doubt
    return tuple(Walk(start, doubt) for start, doubt in sorted(spent.items()))


def safe(p: Floats, walks: Iterable[Walk]) -> list[int]:
    """Walk, and give every place that any walk passed, strict to loose: all of them are safe together."""
    found: set[int] = set()
    for walk in walks:
        passed: NDArray[np.bool_] = p[walk.start :] <= walk.doubt
        steps = passed.size if bool(passed.all()) else int(np.argmin(passed))
        found.update(range(walk.start, walk.start + steps))
    return sorted(found)
