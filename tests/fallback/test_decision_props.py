"""The laws of decisions, over all evidence."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from fallback.decision import Decision, Evidence, ModelState, decide
from fallback.words import Reason, Side

number = st.none() | st.floats() | st.floats(0, 1)
evidences = st.builds(
    Evidence,
    exposed=st.booleans(),
    reason=st.sampled_from([Reason.SHADOW, Reason.NOT_EXPOSED, Reason.KILLED]),
    model=st.sampled_from(ModelState) | st.just(ModelState.ANSWERED),
    confidence=number,
    threshold=number,
    certified=st.booleans(),
    legacy_failed=st.booleans(),
    on_legacy_failure_model=st.booleans(),
    divergence=number,
    divergence_at_most=number,
    recorded=st.booleans(),
)


@given(evidences)
def test_every_evidence_gets_a_decision(evidence):
    """Total, and the served side fits its reason."""
    decision = decide(evidence)
    assert isinstance(decision, Decision)
    by_model = decision.reason in (Reason.CONFIDENT, Reason.LEGACY_FAILED)
    assert (decision.served is Side.MODEL) == by_model


@given(evidences)
def test_nothing_unexposed_is_served_by_the_model(evidence):
    """Nor anything unanswered, unrecorded or too divergent."""
    allowed = (
        evidence.exposed
        and evidence.model is ModelState.ANSWERED
        and evidence.recorded
        and (evidence.divergence_at_most is None or within(evidence) or evidence.legacy_failed)
    )
    assert allowed or decide(evidence).served is Side.LEGACY


def within(evidence):
    """Tell whether a divergence is known and within its bound."""
    return evidence.divergence is not None and 0 <= evidence.divergence <= evidence.divergence_at_most


@given(evidences, st.floats(0, 1))
def test_a_larger_divergence_never_switches_to_the_model(evidence, larger):
    """Nor does one that nobody knows."""
    known = evidence.divergence
    if decide(evidence).served is Side.LEGACY and known is not None and 0 <= known <= larger:
        assert decide(replace(evidence, divergence=larger)).served is Side.LEGACY
        assert decide(replace(evidence, divergence=None)).served is Side.LEGACY


@given(evidences, number)
def test_lowering_the_confidence_never_switches_to_the_model(evidence, other):
    """No confidence is lower than any."""
    if other is not None and not (evidence.confidence is not None and other <= evidence.confidence):
        other = None
    if (
        decide(evidence).served is Side.LEGACY
        and evidence.confidence is not None
        and evidence.confidence <= 1
    ):
        assert decide(replace(evidence, confidence=other)).served is Side.LEGACY


@given(evidences, st.floats(0, 1))
def test_raising_the_threshold_never_switches_to_the_model(evidence, higher):
    """A stricter threshold serves fewer."""
    if evidence.threshold is not None and 0 <= evidence.threshold <= higher:
        stricter = decide(replace(evidence, threshold=higher))
        assert stricter.served is Side.LEGACY or decide(evidence).served is Side.MODEL
