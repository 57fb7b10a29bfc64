"""The breaker, told the time."""

from __future__ import annotations

import tracemalloc

import pytest

from fallback.breaker import Breaker, BreakerState


def opened(**limits):
    """Give a breaker that two failures at 0 and 1 have opened."""
    breaker = Breaker(**{"failures": 2, "within": 10.0, "cool_down": 30.0} | limits)
    for now in (0.0, 1.0):
        assert breaker.allow(now)
        breaker.failed(now)
    return breaker


def test_it_begins_closed():
    """Every call goes through."""
    breaker = Breaker()
    assert breaker.state is BreakerState.CLOSED
    assert breaker.allow(0.0)


def test_failures_within_the_time_open_it():
    """No call goes through until it has cooled down."""
    breaker = opened()
    assert breaker.state is BreakerState.OPEN
    assert not breaker.allow(30.9)


def test_failures_spread_out_do_not_open_it():
    """Old failures no longer count."""
    breaker = Breaker(failures=2, within=10.0, cool_down=30.0)
    for now in (0.0, 10.1, 20.2):
        breaker.failed(now)
    assert breaker.state is BreakerState.CLOSED


def test_one_probe_at_a_time_after_the_cool_down():
    """The second caller waits for the first one's outcome."""
    breaker = opened()
    assert [breaker.allow(31.0), breaker.allow(31.0)] == [True, False]
    assert breaker.state is BreakerState.HALF_OPEN


def test_a_probe_that_succeeds_closes_it():
    """And the failures before it are forgotten."""
    breaker = opened()
    breaker.allow(31.0)
    breaker.succeeded(32.0)
    breaker.failed(33.0)
    assert breaker.state is BreakerState.CLOSED


def test_a_probe_that_fails_opens_it_anew():
    """The cool down begins again."""
    breaker = opened()
    breaker.allow(31.0)
    breaker.failed(32.0)
    assert [breaker.allow(61.9), breaker.allow(62.0)] == [False, True]


def test_an_abandoned_probe_makes_room_for_the_next():
    """An outcome nobody will know keeps nobody waiting."""
    breaker = opened()
    breaker.allow(31.0)
    breaker.abandoned(32.0)
    assert breaker.allow(32.0)


def test_late_outcomes_do_not_prolong_the_cool_down():
    """Calls that began before it opened end in their own time."""
    breaker = opened()
    breaker.failed(20.0)
    assert breaker.allow(31.0)


@pytest.mark.parametrize("limits", [{"failures": 0}, {"within": 0.0}, {"cool_down": float("nan")}])
def test_limits_must_be_positive(limits):
    """A breaker that is always or never open is a mistake."""
    with pytest.raises(ValueError, match="must be positive"):
        Breaker(**limits)


def test_failures_that_are_long_past_are_forgotten():
    """However many it takes to open: what no longer counts takes no memory."""
    breaker = Breaker(failures=10**6, within=10.0)
    tracemalloc.start()
    try:
        for now in range(20_000):
            breaker.failed(float(now))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 10_000
    assert breaker.state is BreakerState.CLOSED
