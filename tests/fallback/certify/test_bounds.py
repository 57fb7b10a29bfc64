"""Tails, bounds and counts are exact: held against tables, and against their own definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fallback.certify.bounds import MOST, about_at_rate, binomial_tail, fewest, least, upper_bound


@pytest.mark.parametrize(("share", "count"), [(0.01, 299), (0.02, 149), (0.05, 59)])
def test_so_many_labels_without_a_loss_prove_a_share(share, count):
    """The smallest n with (1 - share)^n ≤ 5 %."""
    assert fewest(0, share, 0.05) == count
    assert (1 - share) ** count <= 0.05 < (1 - share) ** (count - 1)


def test_a_tail_sums_what_it_should():
    """Against the sum itself."""
    by_hand = sum(math.comb(40, i) * 0.1**i * 0.9 ** (40 - i) for i in range(4))
    assert float(binomial_tail(3, 40, 0.1)) == pytest.approx(by_hand, rel=1e-12)


def test_nothing_is_proved_by_nothing():
    """No labels, and labels that are all losses, have a p-value of 1."""
    assert binomial_tail([0, 3], [0, 3], 0.05).tolist() == [1.0, 1.0]


def test_a_bound_is_where_the_tail_is_the_doubt():
    """Clopper and Pearson's definition, turned around."""
    bound = upper_bound(3, 200, 0.05)
    assert float(binomial_tail(3, 200, bound)) == pytest.approx(0.05, rel=1e-6)
    assert upper_bound(0, 0, 0.05) == 1.0
    assert upper_bound(5, 5, 0.05) == 1.0


def test_a_rate_that_is_not_below_the_share_proves_nothing():
    """However many labels there are."""
    found = about_at_rate(np.array([0.02, 0.05, 0.2]), 0.05, 0.05)
    assert found[1:].tolist() == [math.inf, math.inf]
    assert float(binomial_tail(math.ceil(0.02 * found[0]), math.ceil(found[0]), 0.05)) <= 0.05


def test_a_search_without_an_end_ends():
    """At more than anybody has."""
    assert least(1, lambda _: False) == MOST
    assert least(3, lambda n: n >= 3) == 3
