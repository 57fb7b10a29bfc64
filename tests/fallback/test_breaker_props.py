"""The breaker's laws, over every story."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fallback.breaker import Breaker, BreakerState

events = st.lists(st.tuples(st.sampled_from(["ask", "good", "bad", "lost"]), st.floats(0, 20)), max_size=40)


@given(events)
def test_a_half_open_breaker_lets_nobody_else_through(story):
    """While one call is tried, every other is refused; a refused call never opens or closes it."""
    breaker, now, out = Breaker(failures=2, within=10.0, cool_down=15.0), 0.0, 0
    for what, wait in story:
        now += wait
        if what == "ask":
            out += breaker.allow(now)
        elif out:
            out -= 1
            {"good": breaker.succeeded, "bad": breaker.failed, "lost": breaker.abandoned}[what](now)
        before = breaker.state
        if before is BreakerState.HALF_OPEN:
            assert not breaker.allow(now + 1000.0)
            assert breaker.state is before


@given(events)
def test_after_its_cool_down_a_breaker_always_tries_again(story):
    """No story leaves it shut for ever, once every call has ended."""
    breaker, now = Breaker(failures=2, within=10.0, cool_down=15.0), 0.0
    for what, wait in story:
        now += wait
        if what == "ask":
            breaker.allow(now)
        else:
            {"good": breaker.succeeded, "bad": breaker.failed, "lost": breaker.abandoned}[what](now)
    breaker.abandoned(now)
    assert breaker.allow(now + 15.001)  # a sum of floats may fall short of its end
