"""The clocks."""

from shadow.clock import FakeClock, SystemClock


def test_the_system_clock_tells_microseconds_of_this_century() -> None:
    """Its date lies between 2024 and 2100, and its span never goes back."""
    clock = SystemClock()
    first, second = clock.monotonic(), clock.monotonic()
    assert 1_704_067_200_000_000 < clock.now() < 4_102_444_800_000_000
    assert first <= second


def test_a_fake_clock_moves_only_when_told() -> None:
    """Both its faces advance by the same span."""
    clock = FakeClock(at=5)
    assert (clock.now(), clock.monotonic()) == (5, 0.0)
    clock.advance(1.5)
    assert (clock.now(), clock.monotonic()) == (1_500_005, 1.5)
