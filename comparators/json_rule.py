"""Rules for places in a document: who compares there, and what a difference there counts."""

from __future__ import annotations

from dataclasses import dataclass

from comparators.divergence import Comparator, Severity
from comparators.weighing import check_share, check_weight

HEAVIEST = 1e9  # so that no sum of a document's leaves overflows


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds at a place and below it: a comparator, its tolerance, the place's weight and severity.

    Without a comparator the document is compared on below, member by member. A comparator's divergence up to the
    tolerance is no difference. What is None is as it is further up.
    Raises ValueError for a tolerance or a weight that is none, and for a tolerance without a comparator.
    """

    comparator: Comparator | None = None
    tolerance: float = 0.0
    weight: float | None = None
    severity: Severity | None = None

    def __post_init__(self) -> None:
        check_share("tolerance", self.tolerance)
        if self.tolerance and self.comparator is None:
            raise ValueError("a tolerance needs a comparator whose divergence it bounds: name one by 'use'")
        if self.weight is not None:
            check_weight(self.weight)
            if self.weight > HEAVIEST:
                raise ValueError(
                    f"weight must be at most {HEAVIEST:g} within a document, not {self.weight!r}"
                )
        if self.severity is not None:
            object.__setattr__(self, "severity", Severity(self.severity))
