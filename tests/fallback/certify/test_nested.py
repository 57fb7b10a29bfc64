"""What is proved for a promise is proved for every looser one."""

from __future__ import annotations

import numpy as np
import pytest

from fallback.certify.bounds import binomial_tail, fewest
from fallback.certify.nested import DOUBTS, SHARES, cells, own_walks, proved
from fallback.certify.walks import safe, starts_by_count


def test_a_cell_begins_at_or_below_what_is_in_it():
    """The usual promises stand at the beginning of theirs, and lose nothing."""
    assert cells(0.05, SHARES)[:3] == [0.05, 0.06, 0.08]
    assert (cells(0.05, SHARES)[-1], cells(0.05, DOUBTS)) == (0.8, [0.05, 0.1, 0.2, 0.5])
    assert [cells(each, SHARES)[0] for each in (0.01, 0.0199, 0.0999, 0.1, 1e-7)] == [
        0.01,
        0.015,
        0.08,
        0.1,
        1e-7,
    ]


def test_at_the_beginning_of_a_cell_walks_start_as_by_count():
    """Within a cell they start there, too, and spend what the promise has."""
    n = np.arange(1, 3001, dtype=float)
    assert own_walks(n, 0.05, 0.05) == starts_by_count(n, 0.05, 0.05)
    inside = own_walks(n, 0.055, 0.07)
    assert [walk.start for walk in inside] == [walk.start for walk in starts_by_count(n, 0.05, 0.05)]
    assert sum(walk.doubt for walk in inside) == pytest.approx(0.07)


def test_what_is_proved_is_a_part_of_what_the_own_walks_prove():
    """That makes it safe."""
    draws = np.random.default_rng(1)
    for _ in range(200):
        n = np.cumsum(draws.integers(1, 60, 40)).astype(float)
        k = np.cumsum(draws.binomial(1, 0.3, 40)).astype(float)
        found = proved(n, k, 0.033, 0.04)
        assert set(found) <= set(safe(binomial_tail(k, n, 0.033), own_walks(n, 0.033, 0.04)))


@pytest.mark.parametrize(("share", "least"), [(0.01, 299), (0.02, 149), (0.05, 59)])
def test_the_fewest_labels_without_a_loss_are_what_they_were(share, least):
    """Of distinct confidences."""
    for size, certified in ((least - 1, False), (least, True)):
        n = np.arange(1.0, size + 1)
        assert bool(proved(n, np.zeros(size), share, 0.05)) is certified
    assert fewest(0, share, 0.05) == least


# Of 1,523 labels: with the starts that are best for each, the stricter of these promises proved all, the other nothing.
N = np.array([71.0, 224, 388, 544, 692, 834, 1002, 1149, 1294, 1442, 1523])
K = np.array([4.0, 7] + [9] * 9)
STRICTER, LOOSER = (0.021018, 0.024792), (0.022156, 0.039473)


def test_a_looser_promise_proves_at_least_as_much_where_starts_that_are_best_for_each_do_not():
    """Whoever starts earlier may stop before the place where the other begins."""
    alone = [
        max(safe(binomial_tail(K, N, a), starts_by_count(N, a, d)), default=-1) for a, d in (STRICTER, LOOSER)
    ]
    assert alone == [10, -1]
    assert set(proved(N, K, *STRICTER)) <= set(proved(N, K, *LOOSER))


def test_nothing_proves_nothing():
    """Not even that of which nothing is served."""
    assert proved(np.array([]), np.array([]), 0.05, 0.05) == []
