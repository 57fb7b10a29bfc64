"""Confidence from agreement: of the model with legacy, or of the model with itself, by the route's own panel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from comparators.divergence import Verdict
from fallback.confidence.case import Needs, Sampling, needs_of
from fallback.confidence.estimator import as_confidence, asked

if TYPE_CHECKING:
    from fallback.confidence.case import Case
    from fallback.confidence.estimator import AnyEstimator


class Agreement:
    """How far the model's answer agrees with the legacy answer.

    By `divergence` it is 1 less what the route's panel measures; by `verdict` 1 for a match and 0 else. None while
    there is no legacy answer, and for answers that are not comparable.
    """

    needs = Needs(legacy=True)

    def __init__(self, by: Literal["divergence", "verdict"] = "divergence") -> None:
        self._by = by

    def further(self, case: Case) -> int:  # noqa: ARG002 - an estimator's face
        """Need no further answers."""
        return 0

    def __call__(self, case: Case) -> float | None:
        """Give the agreement as a confidence."""
        judgement = case.judgement
        if judgement is None or judgement.verdict is Verdict.NOT_COMPARABLE:
            return None
        if self._by == "verdict":
            return float(judgement.verdict is Verdict.MATCH)
        return None if judgement.divergence is None else 1.0 - judgement.divergence


class Samples:
    """How often the model, asked again `k` times at a temperature above 0, gives an answer that matches the first.

    A match is what the route's panel calls one. With `first`, another estimator, the model is asked again only
    where that one's confidence c lies in the grey band `between` = [lo, hi]; there the confidence is
    lo + (hi - lo) × share, elsewhere c itself, so that both are on one scale. At most `calls_per_minute` further
    calls are made by each worker. None when fewer than `k` answers came, or `first` says nothing.

    Source: self-consistency (arXiv 2203.11171), read as a confidence.
    """

    def __init__(
        self,
        *,
        k: int = 5,
        temperature: float = 0.7,
        first: AnyEstimator | None = None,
        between: tuple[float, float] | None = None,
        calls_per_minute: int = 60,
    ) -> None:
        if not 1 <= k <= 50:
            raise ValueError(f"k must be from 1 to 50, not {k!r}")
        if not 0 < temperature <= 2:
            raise ValueError(
                f"temperature must be above 0 and at most 2, not {temperature!r}: "
                "at 0 the model repeats itself, right or wrong, and its agreement says nothing"
            )
        if (first is None) != (between is None):
            raise ValueError(
                "first and between go together: the band is one of another estimator's confidence"
            )
        if between is not None and not 0 <= between[0] < between[1] <= 1:
            raise ValueError(f"between must be two numbers [lo, hi] with 0 ≤ lo < hi ≤ 1, not {[*between]!r}")
        if needs_of(first).samples is not None:
            raise ValueError("first: needs samples itself")
        if calls_per_minute < k:
            raise ValueError(f"calls_per_minute must be at least k, which is {k}")
        self.k = k
        self.needs = Needs(needs_of(first).legacy, Sampling(temperature, calls_per_minute, k))
        self._first = first
        self._between = between or (0.0, 1.0)

    def further(self, case: Case) -> int:
        """Need `k` further answers in the grey band, and none elsewhere."""
        return self.k if self._is_grey(self._sure(case)) else 0

    def __call__(self, case: Case) -> float | None:
        """Give the share of further answers that match, or the first estimator's confidence out of the band."""
        sure = self._sure(case)
        if not self._is_grey(sure):
            return sure
        found = case.samples
        if found is None or len(found) < self.k:
            return None
        low, high = self._between
        share = sum(each.verdict is Verdict.MATCH for each in found) / len(found)
        return min(low + (high - low) * share, high)  # the sum may miss it by a hair

    def _sure(self, case: Case) -> float | None:
        return None if self._first is None else as_confidence(asked(self._first, case))

    def _is_grey(self, sure: float | None) -> bool:
        low, high = self._between
        return self._first is None or (sure is not None and low <= sure <= high)
