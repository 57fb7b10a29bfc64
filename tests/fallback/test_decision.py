"""One test for each reason a decision can give."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fallback.decision import Decision, Evidence, ModelState, decide
from fallback.words import Reason, Side

GOOD = Evidence(
    exposed=True, reason=Reason.NOT_EXPOSED, model=ModelState.ANSWERED, confidence=0.9, threshold=0.8
)


def legacy(reason):
    """Give the decision for legacy."""
    return Decision(Side.LEGACY, reason)


def test_a_confident_answer_is_served():
    """Exposed, answered, recorded, at least the threshold."""
    assert decide(GOOD) == Decision(Side.MODEL, Reason.CONFIDENT)


def test_the_threshold_itself_is_enough():
    """At least means at least."""
    assert decide(replace(GOOD, confidence=0.8)) == Decision(Side.MODEL, Reason.CONFIDENT)


@pytest.mark.parametrize(
    "reason", [Reason.SHADOW, Reason.NOT_EXPOSED, Reason.KILLED, Reason.PINNED, Reason.DEMOTED]
)
def test_an_unexposed_request_keeps_its_reason(reason):
    """However sure the model is."""
    assert decide(replace(GOOD, exposed=False, reason=reason, confidence=1.0)) == legacy(reason)


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (ModelState.INVALID, Reason.INVALID_ANSWER),
        (ModelState.PENDING, Reason.MODEL_LATE),
        (ModelState.LATE, Reason.MODEL_LATE),
        (ModelState.FAILED, Reason.MODEL_FAILED),
        (ModelState.NOT_CALLED, Reason.MODEL_FAILED),
        (ModelState.PLUGIN_FAILED, Reason.PLUGIN_FAILED),
        (ModelState.TOO_LARGE, Reason.TOO_LARGE),
        (ModelState.SHED, Reason.SHED),
        (ModelState.THROTTLED, Reason.THROTTLED),
        (ModelState.OVER_BUDGET, Reason.OVER_BUDGET),
        (ModelState.BREAKER_OPEN, Reason.BREAKER_OPEN),
    ],
)
def test_a_model_without_a_usable_answer_is_named_for_it(state, reason):
    """A confidence left over from elsewhere changes nothing."""
    assert decide(replace(GOOD, model=state)) == legacy(reason)


@pytest.mark.parametrize("confidence", [None, float("nan"), -0.1, 1.1, float("inf")])
def test_what_is_no_confidence_counts_as_none(confidence):
    """Nothing is clipped into range."""
    assert decide(replace(GOOD, confidence=confidence)) == legacy(Reason.NO_CONFIDENCE)


def test_a_confidence_below_the_threshold_is_low():
    """One step below is below."""
    assert decide(replace(GOOD, confidence=0.7999)) == legacy(Reason.LOW_CONFIDENCE)


def test_a_certified_threshold_without_certificate_serves_nobody():
    """No certificate: legacy, with the reason that says what to do."""
    assert decide(replace(GOOD, threshold=None, certified=True)) == legacy(Reason.NO_CERTIFICATE)


@pytest.mark.parametrize("threshold", [None, float("nan"), float("inf"), -1.0])
def test_without_a_threshold_no_confidence_is_enough(threshold):
    """A threshold that cannot be is none."""
    assert decide(replace(GOOD, threshold=threshold)).served is Side.LEGACY


@pytest.mark.parametrize("divergence", [0.2, 1.0, None, float("nan"), float("inf"), -0.1])
def test_an_answer_too_far_from_legacys_is_not_served(divergence):
    """Nor one of which nobody can say how far it is: the inline panel has a veto."""
    evidence = replace(GOOD, divergence=divergence, divergence_at_most=0.1)
    assert decide(evidence) == legacy(Reason.TOO_DIVERGENT)


@pytest.mark.parametrize(("divergence", "bound"), [(0.1, 0.1), (0.0, 0.0), (1.0, None), (None, None)])
def test_an_answer_close_enough_to_legacys_is_served(divergence, bound):
    """At most means at most; without a bound nobody asks."""
    evidence = replace(GOOD, divergence=divergence, divergence_at_most=bound)
    assert decide(evidence) == Decision(Side.MODEL, Reason.CONFIDENT)


def test_where_legacy_failed_there_is_nothing_to_be_far_from():
    """But only the policy lets the model answer then."""
    failed = replace(GOOD, divergence_at_most=0.1, legacy_failed=True)
    assert decide(replace(failed, on_legacy_failure_model=True)) == Decision(Side.MODEL, Reason.LEGACY_FAILED)
    assert decide(failed) == legacy(Reason.TOO_DIVERGENT)


def test_what_could_not_be_recorded_is_not_served():
    """Strict audit: no row, no model answer."""
    assert decide(replace(GOOD, recorded=False)) == legacy(Reason.UNRECORDED)


def test_the_model_stands_in_for_a_failed_legacy_where_the_route_says_so():
    """The reason tells such answers apart."""
    evidence = replace(GOOD, legacy_failed=True, on_legacy_failure_model=True)
    assert decide(evidence) == Decision(Side.MODEL, Reason.LEGACY_FAILED)


def test_a_failed_legacy_does_not_keep_a_confident_model_from_answering():
    """By policy pass it answers because it may, not because legacy failed."""
    assert decide(replace(GOOD, legacy_failed=True)) == Decision(Side.MODEL, Reason.CONFIDENT)


@pytest.mark.parametrize("change", [{"exposed": False}, {"confidence": 0.1}, {"recorded": False}])
def test_a_failed_legacy_lets_nothing_through_that_may_not_be_served(change):
    """Standing in asks for all that serving asks for."""
    evidence = replace(GOOD, legacy_failed=True, on_legacy_failure_model=True, **change)
    assert decide(evidence).served is Side.LEGACY
