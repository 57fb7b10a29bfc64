"""How many calls may be spent in a period, several at a time or none of them. Time is told, in seconds."""

from __future__ import annotations

from collections import deque


class Allowance:
    """At most `calls` in any `period` seconds; `spent` and `refused` count the calls."""

    def __init__(self, calls: int, period: float) -> None:
        self.calls = calls
        self._period = period
        self._times: deque[tuple[float, int]] = deque()
        self._left = calls
        self.spent = 0
        self.refused = 0

    def spend(self, calls: int, now: float) -> bool:
        """Tell whether so many calls may be made now, and count them."""
        while self._times and now - self._times[0][0] >= self._period:
            self._left += self._times.popleft()[1]
        if calls > self._left:
            self.refused += calls
            return False
        self._left -= calls
        self.spent += calls
        self._times.append((now, calls))
        return True

    def give_back(self, calls: int, when: float) -> None:
        """Take back calls that were spent at a time and not made after all."""
        for place in range(len(self._times) - 1, -1, -1):  # the latest stand at the end
            spent_at, spent = self._times[place]
            if spent_at < when:
                return  # its period is over
            if spent_at == when and spent >= calls:
                self._left += calls
                self.spent -= calls
                if spent > calls:
                    self._times[place] = (when, spent - calls)
                else:
                    del self._times[place]
                return
