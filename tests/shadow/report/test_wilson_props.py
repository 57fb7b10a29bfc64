from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shadow.report.wilson import wilson

trials = st.integers(1, 10**7).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(trials)
def test_the_interval_holds_the_share_and_stays_within_zero_and_one(found):
    """0 ≤ low ≤ k/n ≤ high ≤ 1."""
    k, n = found
    interval = wilson(k, n)
    assert 0 <= interval.low <= k / n <= interval.high <= 1


@given(trials)
def test_hits_and_misses_are_mirrored(found):
    """The interval of the misses is the mirror of the interval of the hits."""
    k, n = found
    hits, misses = wilson(k, n), wilson(n - k, n)
    assert abs(hits.low - (1 - misses.high)) < 1e-9


@given(trials)
def test_more_trials_with_the_same_share_make_it_narrower(found):
    """Ten times the evidence narrows the interval."""
    k, n = found
    few, many = wilson(k, n), wilson(10 * k, 10 * n)
    assert many.high - many.low < few.high - few.low
