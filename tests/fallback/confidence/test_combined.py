"""Several signals at once."""

from __future__ import annotations

import msgspec
import pytest

from comparators.answer import Answer
from comparators.divergence import Verdict
from comparators.panel import Judgement
from fallback.confidence.agreement import Agreement, Samples
from fallback.confidence.case import Case, Needs, Sampling
from fallback.confidence.combined import Combined, fitted_until
from fallback.confidence.estimator import weigh
from fallback.confidence.logistic import fit
from fallback.confidence.simple import Constant, Field

MATCH = Judgement(Verdict.MATCH, 0.0, ())
ROWS = [{"sure": 0.1 + 0.8 * (at % 7) / 6, "agree": float(at % 3 > 0)} for at in range(90)]
RIGHT = [row["sure"] + row["agree"] > 0.9 for row in ROWS]
STORED = msgspec.json.decode(fit(ROWS, RIGHT, loss="wrong").dumps())
SIGNALS = {"sure": Field("/sure"), "agree": Agreement("verdict")}


def case(sure, judgement=MATCH):
    """Give a case whose answer says how sure it is."""
    return Case(Answer.of(json={"sure": sure}), judgement)


def test_the_signals_are_put_together_as_they_were_fitted():
    """Surer and in agreement is more confident."""
    combined = Combined(signals=SIGNALS, fit=STORED)
    low, high = combined(case(0.2)), combined(case(0.9))
    assert 0 < low < high < 1
    assert combined(case(0.9, Judgement(Verdict.DIVERGED, 1.0, ()))) < high
    assert combined.values(case(0.9)) == {"sure": 0.9, "agree": 1.0}


@pytest.mark.parametrize("missing", [case(None), case(0.9, None), case(1.5)])
def test_a_missing_signal_means_no_confidence(missing):
    """Never a default number, and what is no confidence is missing."""
    assert Combined(signals=SIGNALS, fit=STORED)(missing) is None


def test_without_a_fit_there_is_no_confidence_yet():
    """The signals are there to be fitted."""
    assert Combined(signals=SIGNALS)(case(0.9)) is None


def test_it_needs_what_its_signals_need():
    """The legacy answer for one, further answers for another."""
    again = Samples(k=3, temperature=0.9)
    combined = Combined(signals={**SIGNALS, "again": again})
    assert combined.needs == Needs(legacy=True, samples=Sampling(0.9, 60, 3))
    assert combined.further(case(0.9)) == 3
    assert Combined(signals={"sure": Constant(1.0)}).further(case(0.9)) == 0


def test_a_signal_that_fails_fails_the_whole():
    """It is told as the estimator's failure."""
    broken = {**SIGNALS, "sure": lambda _: 1 / 0}
    estimate = weigh(Combined(signals=broken, fit=STORED), case(0.9))
    assert (estimate.confidence, estimate.failed) == (None, "ZeroDivisionError")


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"signals": {}}, "at least one"),
        ({"signals": {"sure": Constant(1.0)}, "fit": STORED}, "fitted over agree, sure"),
        ({"signals": SIGNALS, "fit": {"weights": []}}, "no stored fit"),
        ({"signals": {"a": Samples(), "b": Samples()}}, "only one"),
    ],
)
def test_what_could_not_work_is_refused(options, part):
    """When it is built, which is at the start."""
    with pytest.raises(ValueError, match=part):
        Combined(**options)


def test_the_period_of_a_fit_is_known_to_those_who_certify():
    """What it was fitted on says nothing of how good it is."""
    stored = msgspec.json.decode(fit(ROWS, RIGHT, loss="wrong", about={"until": 7}).dumps())
    assert fitted_until(Combined(signals=SIGNALS, fit=stored)) == 7
    assert [fitted_until(each) for each in (Combined(signals=SIGNALS), Constant(1.0), None)] == [None] * 3
