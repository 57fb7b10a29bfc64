"""The laws of buckets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fallback.bucket import bucket, draw

share = st.floats(0, 1)


@given(st.text(), st.text())
def test_a_place_is_below_one_and_stays(key, salt):
    """Every key has one place in [0, 1)."""
    place = bucket(key, salt)
    assert 0 <= place < 1
    assert bucket(key, salt) == place
    assert 0 <= draw(key, salt) < 1


@given(st.text(), share, share)
def test_raising_exposure_never_removes_a_key(key, one, other):
    """Who is exposed at a lower share is exposed at a higher one."""
    lower, higher = sorted((one, other))
    place = bucket(key, "salt")
    assert not (place < lower and not place < higher)


def test_places_and_draws_are_spread_evenly_and_independently():
    """Of 4,000 keys about a quarter fall into each quarter, and into each pair of halves."""
    keys = [f"key-{number}" for number in range(4000)]
    quarters = [int(bucket(key, "s") * 4) for key in keys]
    pairs = [(bucket(key, "s") < 0.5, draw(key, "s") < 0.5) for key in keys]
    assert all(900 < quarters.count(quarter) < 1100 for quarter in range(4))
    assert all(900 < pairs.count((one, two)) < 1100 for one in (True, False) for two in (True, False))
