"""Agreement with legacy, and of the model with itself."""

from __future__ import annotations

import pytest

from comparators.answer import Answer
from comparators.divergence import Verdict
from comparators.panel import Judgement
from fallback.confidence.agreement import Agreement, Samples
from fallback.confidence.case import Case
from fallback.confidence.simple import Constant, Field

SAID = Answer.of(json={"sure": 0.5})
MATCH, DIVERGED = Judgement(Verdict.MATCH, 0.0, ()), Judgement(Verdict.DIVERGED, 0.75, ())
UNKNOWN = Judgement(Verdict.NOT_COMPARABLE, 0.5, ())


@pytest.mark.parametrize(
    ("judgement", "by_divergence", "by_verdict"),
    [
        (MATCH, 1.0, 1.0),
        (DIVERGED, 0.25, 0.0),
        (UNKNOWN, None, None),
        (None, None, None),
        (Judgement(Verdict.MATCH, None, ()), None, 1.0),
    ],
)
def test_agreement_is_what_the_panel_says_turned_round(judgement, by_divergence, by_verdict):
    """Nothing without a legacy answer, and nothing for what cannot be compared."""
    case = Case(SAID, judgement)
    assert (Agreement()(case), Agreement("verdict")(case)) == (by_divergence, by_verdict)
    assert Agreement().further(case) == 0


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ((MATCH, MATCH, MATCH, DIVERGED), 0.75),
        ((MATCH, UNKNOWN, DIVERGED, DIVERGED), 0.25),
        ((MATCH, MATCH, MATCH), None),
        ((), None),
        (None, None),
    ],
)
def test_samples_give_the_share_that_matches(found, expected):
    """Of all that were wanted: fewer are none, and what cannot be compared is no match."""
    assert Samples(k=4)(Case(SAID, samples=found)) == expected


@pytest.mark.parametrize(
    ("sure", "wanted", "expected"),
    [(0.2, 0, 0.2), (0.4, 2, 0.6), (0.8, 2, 0.6), (0.81, 0, 0.81)],
)
def test_the_model_is_asked_again_in_the_grey_band_alone(sure, wanted, expected):
    """Half of the answers match, which is the middle of the band; elsewhere the first estimator's word stands."""
    samples = Samples(k=2, first=Constant(sure), between=(0.4, 0.8))
    case = Case(SAID, samples=(MATCH, DIVERGED))
    assert (samples.further(case), samples(case)) == (wanted, pytest.approx(expected))


def test_without_a_first_confidence_nobody_is_asked():
    """None stays none."""
    samples = Samples(first=Field("/missing"), between=(0.0, 1.0))
    assert (samples.further(Case(SAID)), samples(Case(SAID))) == (0, None)


def test_the_first_estimator_may_need_the_legacy_answer():
    """Then the whole does."""
    samples = Samples(k=1, first=Agreement(), between=(0.2, 0.3))
    assert samples.needs.legacy
    assert samples(Case(SAID, DIVERGED, (MATCH,))) == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"k": 0}, "k must be"),
        ({"temperature": 0.0}, "at 0 the model repeats itself"),
        ({"temperature": float("nan")}, "temperature"),
        ({"between": (0.1, 0.2)}, "go together"),
        ({"first": Constant(0.5)}, "go together"),
        ({"first": Constant(0.5), "between": (0.5, 0.5)}, "lo < hi"),
        ({"first": Constant(0.5), "between": (0.5, 1.5)}, "lo < hi"),
        ({"first": Samples(), "between": (0.2, 0.5)}, "samples itself"),
        ({"k": 10, "calls_per_minute": 9}, "at least k"),
    ],
)
def test_what_could_not_work_is_refused(options, part):
    """When it is built, which is at the start."""
    with pytest.raises(ValueError, match=part):
        Samples(**options)
