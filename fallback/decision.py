"""Who answers an exposed request, and why: one pure function, one reason for each branch."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from fallback.words import Reason, Side


class ModelState(Enum):
    """How far the model's side of an exchange has come, or how it ended."""

    ANSWERED = "answered"
    INVALID = "invalid"
    PENDING = "pending"
    LATE = "late"
    FAILED = "failed"
    PLUGIN_FAILED = "plugin_failed"
    TOO_LARGE = "too_large"
    SHED = "shed"
    THROTTLED = "throttled"
    OVER_BUDGET = "over_budget"
    BREAKER_OPEN = "breaker_open"
    NOT_CALLED = "not_called"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything a decision rests on.

    `reason` is why legacy answers when the request is not exposed. `confidence` and `threshold` are in [0, 1];
    anything else counts as none. `certified` says that the threshold has to be backed by a valid certificate;
    None is then no threshold but a missing certificate. `divergence` is how far the model's answer is from the
    legacy answer, None when nobody can say, and `divergence_at_most` how far it may be; None: no such bound is
    set. `recorded` is False when the strict audit could not commit the exchange.
    """

    exposed: bool
    reason: Reason
    model: ModelState = ModelState.NOT_CALLED
    confidence: float | None = None
    threshold: float | None = None
    certified: bool = False
    legacy_failed: bool = False
    on_legacy_failure_model: bool = False
    divergence: float | None = None
    divergence_at_most: float | None = None
    recorded: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """The served side and its reason."""

    served: Side
    reason: Reason


_WITHOUT_ANSWER = {
    ModelState.INVALID: Reason.INVALID_ANSWER,
    ModelState.PENDING: Reason.MODEL_LATE,
    ModelState.LATE: Reason.MODEL_LATE,
    ModelState.FAILED: Reason.MODEL_FAILED,
    ModelState.PLUGIN_FAILED: Reason.PLUGIN_FAILED,
    ModelState.TOO_LARGE: Reason.TOO_LARGE,
    ModelState.SHED: Reason.SHED,
    ModelState.THROTTLED: Reason.THROTTLED,
    ModelState.OVER_BUDGET: Reason.OVER_BUDGET,
    ModelState.BREAKER_OPEN: Reason.BREAKER_OPEN,
    ModelState.NOT_CALLED: Reason.MODEL_FAILED,
}


def decide(evidence: Evidence) -> Decision:
    """Decide who answers. Total: every evidence gives one decision, and when in doubt it is legacy.

    In order: not exposed – the reason it came with; no usable answer of the model – what became of it; no
    threshold – no_certificate when it should be certified, else no_confidence; no confidence in [0, 1]; a
    confidence that is not at least the threshold; a divergence that is not at most its bound, unless the model
    stands in for a legacy side that failed, as there is then nothing to hold it against; not recorded. What is left
    is the model's: `legacy_failed` where legacy failed and the route lets the model stand in, else `confident`.
    """
    reason = _objection(evidence)
    return Decision(Side.LEGACY, reason) if reason is not None else _served(evidence)


def _objection(evidence: Evidence) -> Reason | None:
    """Give the first thing that speaks against serving the model."""
    if not evidence.exposed:
        return evidence.reason
    if evidence.model is not ModelState.ANSWERED:
        return _WITHOUT_ANSWER[evidence.model]
    if (doubt := _doubt(evidence)) is not None:
        return doubt
    if _too_divergent(evidence):
        return Reason.TOO_DIVERGENT
    return None if evidence.recorded else Reason.UNRECORDED


def _doubt(evidence: Evidence) -> Reason | None:
    """Give what is wrong with the confidence, held against the threshold."""
    threshold, confidence = evidence.threshold, evidence.confidence
    if threshold is None or not 0.0 <= threshold <= 1.0:
        return Reason.NO_CERTIFICATE if evidence.certified else Reason.NO_CONFIDENCE
    if confidence is None or not 0.0 <= confidence <= 1.0:
        return Reason.NO_CONFIDENCE
    return None if confidence >= threshold else Reason.LOW_CONFIDENCE


def _too_divergent(evidence: Evidence) -> bool:
    bound, divergence = evidence.divergence_at_most, evidence.divergence
    if bound is None or _stands_in(evidence):
        return False
    return divergence is None or not 0.0 <= divergence <= bound


def _stands_in(evidence: Evidence) -> bool:
    return evidence.legacy_failed and evidence.on_legacy_failure_model


def _served(evidence: Evidence) -> Decision:
    return Decision(Side.MODEL, Reason.LEGACY_FAILED if _stands_in(evidence) else Reason.CONFIDENT)
