"""Laws of the interval of an excess."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fallback.noise.shares import excess_of


@st.composite
def counts(draw):
    """Draw how many triples differ in both, in either alone, and in none."""
    return draw(st.lists(st.integers(0, 500), min_size=4, max_size=4).filter(any))


@given(counts())
def test_it_holds_the_excess_and_stays_between_minus_one_and_one(drawn):
    """Whatever the counts."""
    both, model, legacy, none = drawn
    found = excess_of(sum(drawn), diverged=both + model, floor=both + legacy, both=both)
    assert -1.0 <= found.low <= found.value <= found.high <= 1.0
    assert none >= 0


@given(counts())
def test_swapping_the_sides_turns_it_round(drawn):
    """An excess of one is a deficit of the other."""
    both, model, legacy, _ = drawn
    one = excess_of(sum(drawn), diverged=both + model, floor=both + legacy, both=both)
    other = excess_of(sum(drawn), diverged=both + legacy, floor=both + model, both=both)
    assert [round(x, 9) for x in (one.low, one.value, one.high)] == [
        round(-x, 9) for x in (other.high, other.value, other.low)
    ]
