"""What the gaps at one place have in common."""

from __future__ import annotations

import pytest

from fallback.noise.jitter import Gap, Jitter, Sort


@pytest.mark.parametrize(
    ("sorts", "found"),
    [
        ([], Sort.OTHER),
        ([Sort.TIME, Sort.TIME], Sort.TIME),
        ([Sort.INTEGER, Sort.NUMBER], Sort.NUMBER),
        ([Sort.INTEGER], Sort.INTEGER),
        ([Sort.TIME, Sort.ORDER], Sort.OTHER),
    ],
)
def test_they_are_of_one_sort_or_of_none(sorts, found):
    """Whole numbers are numbers, too."""
    jitter = Jitter()
    for sort in sorts:
        jitter.add(Gap(sort))
    assert jitter.sort is found


def test_the_widest_gap_is_kept():
    """In the values' own unit, and relative to them."""
    jitter = Jitter()
    for gap in (Gap(Sort.NUMBER, 1.0, 0.5), Gap(Sort.NUMBER, 2.0, 0.1)):
        jitter.add(gap)
    assert (jitter.width, jitter.relative) == (2.0, 0.5)
