"""Asks an estimator, and lets nothing through that is no confidence. The one place where estimators are fenced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from fallback.confidence.case import Case, CaseEstimator, sees_cases

if TYPE_CHECKING:
    from comparators.answer import Answer


class ConfidenceEstimator(Protocol):
    """Estimates how far an answer may be trusted. Pure."""

    def __call__(self, answer: Answer, /) -> float | None:
        """Give a number in [0, 1], or None when nothing can be said."""
        ...


AnyEstimator = ConfidenceEstimator | CaseEstimator
"""One that is asked with the answer alone, or one that needs more."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A confidence, or None; and the kind of error when the estimator itself failed."""

    confidence: float | None
    failed: str | None = None


def measure(estimator: AnyEstimator, answer: Answer) -> Estimate:
    """Estimate an answer's confidence from the answer alone.

    None for an answer that must not be served (it has a problem, or a status of 400 or above), and for anything
    that is not a finite number in [0, 1]. What the estimator raises is told by its class name alone.
    """
    return weigh(estimator, Case(answer))


def weigh(estimator: AnyEstimator, case: Case) -> Estimate:
    """Estimate an answer's confidence from all that is known, by the rules of `measure`."""
    if case.answer.problem is not None or case.answer.status >= 400:
        return Estimate(None)
    try:
        return Estimate(as_confidence(asked(estimator, case)))
    except Exception as exc:  # noqa: BLE001 - the fence around a user's estimator
        return Estimate(None, type(exc).__name__)


def asked(estimator: AnyEstimator, case: Case) -> float | None:
    """Ask an estimator by the face it has, without a fence."""
    return estimator(case) if sees_cases(estimator) else estimator(case.answer)


def as_confidence(value: object) -> float | None:
    """Give a value as a confidence: None unless it is a real number in [0, 1]; True and False are none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value <= 1.0:
        return None
    return float(value)
