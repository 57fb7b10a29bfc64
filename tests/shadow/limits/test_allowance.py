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


def test_calls_that_were_not_made_come_back_at_once():
    """They are neither spent nor given back a second time when the period is over."""
    allowance = Allowance(4, 60)
    assert [allowance.spend(2, now) for now in (0.0, 1.0)] == [True, True]
    allowance.give_back(2, 0.0)
    assert (allowance.spent, allowance.spend(3, 2.0), allowance.spend(2, 3.0)) == (2, False, True)
    assert [allowance.spend(2, 60.5), allowance.spend(2, 61.5)] == [False, True]


def test_what_was_given_back_is_remembered_no_longer():
    """Reservations may be many in a period: most of them come to nothing."""
    allowance = Allowance(4, 60)
    for at in range(1_000):
        assert allowance.spend(4, float(at) / 100)
        allowance.give_back(4, float(at) / 100)
    assert len(allowance._times) == 0
