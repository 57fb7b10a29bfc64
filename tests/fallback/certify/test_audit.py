"""Whoever doubts a certificate can recompute it; one that was tampered with shows it."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from fallback.certify.anytime import begin, certificate_of, learn
from fallback.certify.audit import recompute
from fallback.certify.certificate import Scope
from fallback.certify.labels import Labels
from fallback.certify.once import certify
from fallback.certify.terms import Terms

DRAWS = np.random.default_rng(4)
CONFIDENCE = DRAWS.beta(3, 1, 2000)
LABELS = Labels.of(CONFIDENCE, (DRAWS.random(2000) > CONFIDENCE).astype(float))
MADE = certify(LABELS, Terms(at_most=0.1))
EPOCH = certificate_of(learn(begin(CONFIDENCE, Terms(at_most=0.1)), LABELS))


@pytest.mark.parametrize("made", [MADE, EPOCH])
def test_a_certificate_agrees_with_itself(made):
    """One-shot or anytime, without its labels."""
    assert made.threshold is not None
    assert recompute(made) == ()


def test_a_one_shot_certificate_agrees_with_its_labels():
    """And with no others."""
    assert recompute(MADE, LABELS) == ()
    assert recompute(MADE, LABELS.take(slice(0, 100))) == ("it was made from other labels",)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"threshold": 0.01}, "its walks come to"),
        ({"k": 0}, "are at or above its threshold"),
        ({"upper_bound": 0.01}, "its upper bound is"),
        ({"doubt": 0.2}, "it may spend a doubt of 0.05"),
        ({"scope": Scope(among=4)}, "it may spend a doubt of 0.0125"),
        ({"walks": tuple(replace(walk, doubt=0.04) for walk in MADE.walks)}, "its walks spend a doubt of"),
        ({"steps": tuple(replace(step, p=0.0) for step in MADE.steps)}, "give p ="),
        ({"terms": Terms(at_most=0.02)}, "its walks do not start where"),
    ],
)
def test_what_was_tampered_with_shows(changes, told):
    """In words that say what."""
    assert any(told in problem for problem in recompute(replace(MADE, **changes)))


def test_better_evidence_than_an_epochs_counts_give_may_be_past_but_not_worse():
    """Its best look is kept; a p-value above what the counts give now is none it can have."""
    worse = replace(EPOCH, steps=tuple(replace(step, p=1.0) for step in EPOCH.steps))
    assert any("give p =" in problem for problem in recompute(worse))


def test_a_certificate_of_bets_is_recomputed_from_its_labels_only():
    """Its counts prove nothing."""
    labels = Labels.of(CONFIDENCE, LABELS.loss / 2)
    made = certify(labels, Terms(at_most=0.1))
    assert recompute(made) == ()
    assert recompute(made, labels) == ()


def test_labels_that_give_another_threshold_are_told():
    """Where a certificate does not name its labels by digest, they are certified anew."""
    nameless = replace(MADE, evidence=replace(MADE.evidence, digest=""))
    assert recompute(nameless, LABELS) == ()
    (problem,) = recompute(nameless, LABELS.take(slice(0, 400)))
    assert problem.startswith("these labels give ")
