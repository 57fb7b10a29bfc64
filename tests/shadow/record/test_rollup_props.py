"""Roll-ups are sums: how exchanges are split over them, and in which order they are added, changes nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.record.rollup import GROWTH, SHARES, Rollup, quantile, seconds_bucket, share_bucket

SHARE = st.floats(0, 1)
SECONDS = st.floats(1e-6, 1e4)
PART = st.tuples(st.sampled_from(["a", "b:c"]), SECONDS, SHARE, st.sampled_from(["", "/x", "/…"]))


def rollup_of(parts: list[tuple[str, float, float, str]]) -> Rollup:
    """Sum some made-up exchanges."""
    rollup = Rollup()
    for key, seconds, share, pointer in parts:
        rollup.count(key)
        rollup.time("legacy", seconds)
        rollup.share("confidence", share)
        rollup.paths["json", pointer] += 1
        rollup.cost += 0.25  # exact in binary, so that sums compare
    return rollup


@given(st.lists(PART), st.lists(PART))
def test_adding_is_summing_all(first, second):
    """Two roll-ups added are the roll-up of everything, in either order."""
    whole = rollup_of(first + second)
    one, other = rollup_of(first), rollup_of(second)
    one.add(rollup_of(second))
    other.add(rollup_of(first))
    assert one == other == whole


@given(st.lists(PART))
def test_what_is_written_is_read_back(parts):
    """The store's text loses nothing."""
    rollup = rollup_of(parts)
    assert Rollup.loads(rollup.dumps()) == rollup


@given(SHARE)
def test_every_share_has_a_bin(share):
    """Bins cover [0, 1], the last one its end too."""
    assert 0 <= share_bucket(share) < SHARES


@given(st.lists(SECONDS, min_size=1), st.floats(0.01, 1))
def test_a_quantile_is_near_the_value(values, q):
    """It lies within a bucket of the value of that rank."""
    histogram: dict[int, int] = {}
    for value in values:
        histogram[seconds_bucket(value)] = histogram.get(seconds_bucket(value), 0) + 1
    ranked = sorted(values)
    rank = next(i for i in range(len(ranked)) if i + 1 >= q * len(ranked))
    assert quantile(histogram, q) == pytest.approx(ranked[rank], rel=GROWTH - 1)


def test_an_empty_histogram_has_no_quantile():
    """None, and no number made up."""
    assert quantile({}, 0.5) is None


def test_durations_below_a_microsecond_share_a_bucket():
    """Zero has no logarithm."""
    assert seconds_bucket(0.0) == seconds_bucket(1e-6)
