"""How often a model may be called: the one file that knows asyncio-throttle.

The library counts calls in a sliding window, polls while it waits, and lets newcomers overtake; here it only
counts. Waiting is ours: first come, first served, bounded in time and number.
"""

from __future__ import annotations

import asyncio
from math import ceil

from asyncio_throttle.throttler import Throttler

MAX_WAITERS = 256
_LEAST_CALLS = 10  # a window with fewer would take away the small bursts that a limit is meant to allow
_LEAST_WINDOW = 0.01  # seconds; a shorter one would lose much of its calls to the timer's grain
_FINEST_CUT = 10_000
_POLLS = 50  # looks a window while somebody waits
_SHORTEST_POLL, _LONGEST_POLL = 0.001, 0.01  # seconds


class RateLimiter:
    """At most `calls` in any `period` seconds; a call waits up to `wait` seconds for its turn.

    Where the numbers allow it the limit is kept in a shorter window of the very same rate (`window`), so
    that it lets calls through evenly and not a period's worth at once. Times are on the running loop's clock.
    """

    def __init__(self, calls: int, period: float, wait: float = 0.0, max_waiters: int = MAX_WAITERS) -> None:
        self.window = window_of(calls, period, wait)
        self._throttler = Throttler(self.window[0], self.window[1], retry_interval=0)
        self._poll = min(max(self.window[1] / _POLLS, _SHORTEST_POLL), _LONGEST_POLL)
        self._wait = wait
        self._max_waiters = max_waiters
        self._turn = asyncio.Lock()
        self.acquired = 0
        self.refused = 0
        self.waiting = 0

    async def acquire(self, deadline: float) -> bool:
        """Tell whether the call may be made now; False when its turn comes too late.

        Too late is after `deadline`, on the running loop's clock, or after more than `wait` seconds; and beyond
        `max_waiters` nobody waits.
        """
        allowed = (self.waiting == 0 and self._try()) or await self._waited(deadline)
        if allowed:
            self.acquired += 1
        else:
            self.refused += 1
        return allowed

    def snapshot(self) -> dict[str, int]:
        """Count the calls let through and refused so far, and those that wait now."""
        return {"acquired": self.acquired, "refused": self.refused, "waiting": self.waiting}

    def _try(self) -> bool:
        """Take one step of the library's `acquire`: it ends at once, or asks to be waited for."""
        attempt = self._throttler.acquire()  # type: ignore[no-untyped-call]  # the library has no types
        try:
            attempt.send(None)
        except StopIteration:
            return True
        attempt.close()
        return False

    async def _waited(self, deadline: float) -> bool:
        now = asyncio.get_running_loop().time()
        until = min(deadline, now + self._wait)
        if until <= now or self.waiting >= self._max_waiters:
            return False
        self.waiting += 1
        try:
            async with asyncio.timeout_at(until), self._turn:
                while not self._try():  # noqa: ASYNC110 - time opens the window, nobody signals it
                    await asyncio.sleep(self._poll)
        except TimeoutError:
            return False
        finally:
            self.waiting -= 1
        return True


def window_of(calls: int, period: float, wait: float) -> tuple[int, float]:
    """Give the calls and seconds in which a limit is kept: the limit itself, or a whole fraction of it.

    A fraction is taken when it is short enough for one who waits `wait` seconds to see it open again, and
    still holds ten calls: 1,000 in 1 s with a wait of 50 ms become 50 in 50 ms. The rate stays exactly the
    same, and no `period` can hold more than `calls`, since it is a whole number of windows.
    """
    if wait <= 0:
        return calls, period
    coarsest = ceil(period / wait)
    finest = min(calls // _LEAST_CALLS, int(period / _LEAST_WINDOW), _FINEST_CUT)
    for parts in range(max(coarsest, 1), finest + 1):
        if calls % parts == 0:
            return calls // parts, period / parts
    return calls, period
