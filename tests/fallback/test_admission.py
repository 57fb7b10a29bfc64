"""One test for each reason an admission can give."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fallback.admission import admit
from fallback.switch import Switch
from fallback.words import Phase, Reason

CANARY = Switch(Phase.CANARY, sample=0.5, exposure=0.1, threshold=0.8)


def ask(switch=CANARY, *, bucket=0.05, draw=0.2, pinned=None):
    """Admit with what a test leaves unsaid; give (called, exposed, reason)."""
    admission = admit(switch, bucket=bucket, draw=draw, pinned=pinned)
    return admission.call_model, admission.exposed, admission.reason


def test_killed_comes_before_everything():
    """Neither called nor served, whatever a target says."""
    switch = replace(CANARY, killed=True)
    assert ask(switch, pinned=Phase.LIVE) == (False, False, Reason.KILLED)


def test_off_calls_no_model():
    """Phase off is a plain reverse proxy."""
    assert ask(replace(CANARY, phase=Phase.OFF)) == (False, False, Reason.OFF)


def test_what_the_draw_leaves_out_is_not_sampled():
    """At the sample's edge the model is not called."""
    assert ask(draw=0.5) == (False, False, Reason.NOT_SAMPLED)


def test_an_exposed_key_must_be_sampled_too():
    """Live does not serve what is not called."""
    assert ask(replace(CANARY, phase=Phase.LIVE), draw=0.9) == (False, False, Reason.NOT_SAMPLED)


def test_shadow_calls_and_never_serves():
    """The model is asked for the record's sake."""
    assert ask(replace(CANARY, phase=Phase.SHADOW)) == (True, False, Reason.SHADOW)


@pytest.mark.parametrize(("phase", "called"), [(Phase.SHADOW, True), (Phase.OFF, False)])
def test_a_guards_move_is_told_as_demoted(phase, called):
    """The record says that no person chose this phase."""
    assert ask(replace(CANARY, phase=phase, demoted=True)) == (called, False, Reason.DEMOTED)


@pytest.mark.parametrize(("phase", "called"), [(Phase.SHADOW, True), (Phase.OFF, False)])
def test_a_target_that_holds_back_is_told_as_pinned(phase, called):
    """The target's phase counts, not the route's."""
    assert ask(pinned=phase) == (called, False, Reason.PINNED)


@pytest.mark.parametrize("bucket", [None, 0.1, 0.9])
def test_a_key_outside_the_share_or_absent_is_not_exposed(bucket):
    """In canary only keys below the exposure may be answered by the model."""
    assert ask(bucket=bucket) == (True, False, Reason.NOT_EXPOSED)


def test_a_key_inside_the_share_is_exposed():
    """Called, and perhaps served."""
    assert ask()[:2] == (True, True)


def test_live_serves_whatever_the_bucket():
    """Live may serve all, keys or none."""
    assert ask(replace(CANARY, phase=Phase.LIVE), bucket=None)[:2] == (True, True)


def test_a_target_may_raise_a_phase():
    """A tier of one's own can be live while the route is in shadow."""
    assert ask(replace(CANARY, phase=Phase.SHADOW), bucket=None, pinned=Phase.LIVE)[:2] == (True, True)
