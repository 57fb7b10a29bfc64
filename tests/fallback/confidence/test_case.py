"""What is known of an answer besides the answer."""

from __future__ import annotations

import pytest

from comparators.divergence import Verdict
from comparators.panel import Judgement
from fallback.confidence.agreement import Agreement, Samples
from fallback.confidence.case import NOTHING, Needs, Sampling, distance, needs_of, sees_cases
from fallback.confidence.simple import Constant


@pytest.mark.parametrize(
    ("judgement", "expected"),
    [
        (None, None),
        (Judgement(Verdict.NOT_COMPARABLE, 0.0, ()), None),
        (Judgement(Verdict.MATCH, 0.04, ()), 0.0),
        (Judgement(Verdict.DIVERGED, 0.3, ()), 0.3),
        (Judgement(Verdict.DIVERGED, None, ()), None),
    ],
)
def test_the_distance_is_what_the_panel_makes_of_it(judgement, expected):
    """A match is none, whatever was tolerated; what cannot be compared is nowhere."""
    assert distance(judgement) == expected


@pytest.mark.parametrize(
    ("estimator", "needs"),
    [
        (Constant(1.0), NOTHING),
        (lambda _: 0.5, NOTHING),
        (None, NOTHING),
        (Agreement(), Needs(legacy=True)),
        (Samples(), Needs(samples=Sampling(0.7, 60))),
    ],
)
def test_an_estimators_face_is_told_by_what_it_needs(estimator, needs):
    """Those that need nothing are asked with the answer alone."""
    assert (needs_of(estimator), sees_cases(estimator)) == (needs, needs is not NOTHING)
