"""A certificate is a plain value that goes to JSON and back."""

from __future__ import annotations

import numpy as np
import pytest

from fallback.certify.certificate import Certificate, Coverage, Scope, Step, allowance, chosen
from fallback.certify.labels import Labels
from fallback.certify.once import certify
from fallback.certify.terms import Loss, Terms
from fallback.certify.walks import Walk


@pytest.mark.parametrize("n", [0, 40, 400])
def test_it_goes_to_json_and_back(n):
    """Whether it certifies or not."""
    labels = Labels.of(np.linspace(0, 1, n), np.zeros(n))
    made = certify(labels, Terms(Loss.REGRET, 0.1), window=(1, 2), scope=Scope(cohort="language=de", among=2))
    assert Certificate.from_json(made.to_json()) == made


def test_what_is_no_certificate_is_refused():
    """As a ValueError."""
    with pytest.raises(ValueError, match="required field"):
        Certificate.from_json("{}")


def test_cohorts_share_the_doubt():
    """So that all of them hold together."""
    assert allowance(Terms(), Scope(among=5)) == pytest.approx(0.01)


def test_the_loosest_step_is_chosen_whose_losses_are_still_low():
    """Kept evidence may be older than the losses."""
    steps = (Step(0.9, 100, 1, 0.001), Step(0.8, 200, 2, 0.001), Step(0.7, 300, 90, 0.001))
    assert chosen(steps, [Walk(0, 0.05)], 0.05) == 1
    assert chosen(steps[2:], [Walk(0, 0.05)], 0.05) is None


def test_coverage_of_nothing_is_nothing():
    """With an interval that says that nothing is known."""
    assert Coverage.of(0, 0) == Coverage(0.0, 0.0, 1.0)
