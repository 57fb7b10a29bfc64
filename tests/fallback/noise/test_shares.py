"""The interval of an excess, held against published numbers."""

from __future__ import annotations

import pytest

from fallback.noise.shares import Excess, excess_of


@pytest.mark.parametrize(
    ("both", "first", "second", "neither", "low", "high"),
    [
        (36, 12, 2, 0, 0.0569, 0.3404),
        (36, 14, 0, 0, 0.1528, 0.4167),
    ],
)
def test_the_interval_is_that_of_newcombes_table(both, first, second, neither, low, high):
    """R. G. Newcombe, Statistics in Medicine 17 (1998) 2635-2650, method 10."""
    triples = both + first + second + neither
    found = excess_of(triples, diverged=both + first, floor=both + second, both=both)
    assert found.value == pytest.approx((first - second) / triples)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_nothing_known_leaves_everything_possible():
    """An excess of no triples may be anything."""
    assert excess_of(0, diverged=0, floor=0, both=0) == Excess(0.0, -1.0, 1.0)


def test_where_both_always_differ_the_excess_is_none():
    """And the interval narrows with the triples."""
    few, many = (excess_of(n, diverged=n, floor=n, both=n) for n in (10, 1000))
    assert few.value == many.value == 0.0
    assert many.high - many.low < 0.01 < few.high - few.low
