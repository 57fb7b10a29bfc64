"""The interval around a share is Wilson's."""

from __future__ import annotations

import pytest

from fallback.wilson import wilson


def test_an_interval_holds_the_share():
    """Wilson's, with his own ends at nothing and all."""
    low, high = wilson(8, 10)
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 9)[0] == 0.0
    assert wilson(9, 9)[1] == 1.0


def test_weights_may_be_summed():
    """A share of 400 of 1000 with weights of a half is one of 200 of 500."""
    assert wilson(200.0, 500.0) == wilson(200, 500)
    assert wilson(2.5, 4.0)[0] < 2.5 / 4.0


@pytest.mark.parametrize(("k", "n"), [(-1, 5), (6, 5)])
def test_what_is_no_share_is_refused(k, n):
    """Nothing may lie outside of all."""
    with pytest.raises(ValueError, match="is no share"):
        wilson(k, n)
