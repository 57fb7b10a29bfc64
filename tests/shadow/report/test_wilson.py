from __future__ import annotations

import pytest

from shadow.report.model import Interval, Rate
from shadow.report.wilson import rate, wilson


def test_the_interval_agrees_with_published_values():
    """15 of 148 is 0.0624–0.1605 (R. G. Newcombe, Statistics in Medicine 17, 1998, table I)."""
    found = wilson(15, 148)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0624, 0.1605)


def test_nothing_seen_leaves_everything_possible():
    """The interval of no trials is all of [0, 1]."""
    assert wilson(0, 0) == Interval(0.0, 1.0)


def test_more_hits_than_trials_is_refused_with_both_numbers():
    """The error names the numbers."""
    with pytest.raises(ValueError, match="3 of 2 is no share"):
        wilson(3, 2)


def test_a_rate_of_nothing_has_no_share():
    """No division by zero: share and interval are None."""
    assert rate(0, 0) == Rate(0, 0, None, None)


def test_a_rate_is_kept_within_its_total():
    """Counts that do not fit together make no share above one."""
    assert rate(5, 3) == Rate(3, 3, 1.0, wilson(3, 3))
