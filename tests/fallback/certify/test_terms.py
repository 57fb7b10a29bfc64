"""What is promised is a risk and a probability strictly between nothing and all."""

from __future__ import annotations

import pytest

from fallback.certify.terms import MEANING, Loss, Terms


@pytest.mark.parametrize("value", [0.0, 1.0, -0.1, 1.5, float("nan")])
@pytest.mark.parametrize("name", ["at_most", "probability"])
def test_a_share_that_promises_nothing_or_all_is_refused(name, value):
    """It names the word that is wrong."""
    with pytest.raises(ValueError, match=f"^{name} must be above 0 and below 1"):
        Terms(**{name: value})


def test_the_doubt_is_what_the_probability_leaves():
    """Without the noise of floating point."""
    assert Terms(probability=0.95).doubt == 0.05
    assert Terms(probability=0.9).doubt == 0.1


def test_every_loss_is_explained():
    """A certificate states what counts as one."""
    assert set(MEANING) == set(Loss)
