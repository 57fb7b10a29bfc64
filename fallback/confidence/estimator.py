"""Asks an estimator, and lets nothing through that is no confidence. The one place where estimators are fenced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from comparators.answer import Answer


class ConfidenceEstimator(Protocol):
    """Estimates how far an answer may be trusted. Pure."""

    def __call__(self, answer: Answer, /) -> float | None:
        """Give a number in [0, 1], or None when nothing can be said."""
        ...


@dataclass(frozen=True, slots=True)
class Estimate:
    """A confidence, or None; and the kind of error when the estimator itself failed."""

    confidence: float | None
    failed: str | None = None


def measure(estimator: ConfidenceEstimator, answer: Answer) -> Estimate:
    """Estimate an answer's confidence.

    None for an answer that must not be served (it has a problem, or a status of 400 or above), and for anything
    that is not a finite number in [0, 1]. What the estimator raises is told by its class name alone.
    """
    if answer.problem is not None or answer.status >= 400:
        return Estimate(None)
    try:
        return Estimate(as_confidence(estimator(answer)))
    except Exception as exc:  # noqa: BLE001 - the fence around a user's estimator
        return Estimate(None, type(exc).__name__)


def as_confidence(value: object) -> float | None:
    """Give a value as a confidence: None unless it is a real number in [0, 1]; True and False are none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value <= 1.0:
        return None
    return float(value)
