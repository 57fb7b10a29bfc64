"""Brings together what is known of an exposed request and asks `fallback` who may answer.

The model's reply is read and its confidence estimated here, once, behind a fence: a plugin's bug means legacy.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import structlog

from fallback.confidence.estimator import measure
from fallback.decision import Evidence, ModelState, decide

if TYPE_CHECKING:
    from comparators.answer import Answer
    from fallback.admission import Admission
    from fallback.decision import Decision
    from fallback.switch import Switch
    from fallback.words import Reason, Side
    from shadow.proxy.model import Outcome
    from shadow.proxy.plan import RoutePlan

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the model's side amounts to: its state, the answer it would serve, and how far to trust it.

    `divergence` is how far it is from the legacy answer where the route has an inline panel, and `at_most` how far
    it may be; None: there is no such panel.
    """

    state: ModelState
    answer: Answer | None = None
    confidence: float | None = None
    divergence: float | None = None
    at_most: float | None = None


PENDING = Assessment(ModelState.PENDING)


def read_answer(plan: RoutePlan, outcome: Outcome) -> Assessment:
    """Read the model's reply, without a word on its confidence."""
    observation = outcome.observation
    if outcome.state is not ModelState.ANSWERED or observation is None or observation.answer is None:
        return Assessment(outcome.state)
    assert plan.model is not None
    try:
        answer = plan.model.adapter.read(observation.answer)
    except Exception as exc:  # noqa: BLE001 - the fence: a plugin's bug means legacy
        log.warning("shadow.adapter_failed", route=plan.name, error=type(exc).__name__)
        return Assessment(ModelState.PLUGIN_FAILED)
    return Assessment(ModelState.ANSWERED if answer.problem is None else ModelState.INVALID, answer)


def assess(plan: RoutePlan, outcome: Outcome) -> Assessment:
    """Read the model's reply and estimate its confidence."""
    found = read_answer(plan, outcome)
    answer = found.answer
    if found.state is not ModelState.ANSWERED or answer is None or plan.estimator is None:
        return found
    estimate = measure(plan.estimator, answer)
    if estimate.failed is not None:
        log.warning("shadow.estimator_failed", route=plan.name, error=estimate.failed)
        return Assessment(ModelState.PLUGIN_FAILED, answer)
    return Assessment(ModelState.ANSWERED, answer, estimate.confidence)


def judge(
    admission: Admission,
    switch: Switch,
    assessment: Assessment,
    *,
    legacy_failed: bool,
    serves_when_legacy_failed: bool,
    recorded: bool = True,
) -> Decision:
    """Decide who answers an exposed request, from what is known at this moment."""
    return decide(
        Evidence(
            exposed=admission.exposed,
            reason=admission.reason,
            model=assessment.state,
            confidence=assessment.confidence,
            threshold=switch.threshold,
            certified=switch.certified,
            legacy_failed=legacy_failed,
            on_legacy_failure_model=serves_when_legacy_failed,
            divergence=assessment.divergence,
            divergence_at_most=assessment.at_most,
            recorded=recorded,
        ),
    )


def shadow_headers(exchange: str, served: Side, reason: Reason) -> bytes:
    """Give the header lines that tell a client who answered, and why."""
    return b"Shadow-Exchange: " + exchange.encode() + _decided(served, reason)


@cache
def _decided(served: Side, reason: Reason) -> bytes:
    return f"\r\nShadow-Served: {served}\r\nShadow-Reason: {reason}\r\n".encode()
