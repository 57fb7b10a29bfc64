"""Calls that may be spent in a period."""

from __future__ import annotations

from shadow.limits.allowance import Allowance


def test_calls_are_spent_together_or_not_at_all():
    """Half a set of samples says nothing and still costs."""
    allowance = Allowance(5, 60)
    assert [allowance.spend(count, 0.0) for count in (3, 3, 2, 1)] == [True, False, True, False]
    assert (allowance.spent, allowance.refused) == (5, 4)


def test_what_was_spent_comes_back_after_the_period():
    """Each for itself, not all at once."""
    allowance = Allowance(2, 60)
    assert [allowance.spend(1, now) for now in (0.0, 30.0, 59.9, 60.0, 89.9, 90.0)] == [
        True,
        True,
        False,
        True,
        False,
        True,
    ]
