"""Where the time comes from. Everything that needs a time is given a clock; nothing else asks the machine."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the date and measures spans."""

    def now(self) -> int:
        """Microseconds since the epoch, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back; only differences mean anything."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> int:
        """Microseconds since the epoch, UTC."""
        return time.time_ns() // 1000

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""
        return time.monotonic()


class FakeClock:
    """A clock for tests: it stands still until it is advanced."""

    def __init__(self, at: int = 1_767_225_600_000_000) -> None:
        self._start = at
        self._gone = 0

    def now(self) -> int:
        """Microseconds since the epoch, UTC."""
        return self._start + self._gone

    def monotonic(self) -> float:
        """Seconds since this clock was made."""
        return self._gone / 1e6

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._gone += round(seconds * 1e6)
