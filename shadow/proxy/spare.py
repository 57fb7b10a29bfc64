"""Whether a worker has processor time to spare for calls that no client waits for: a busy one gives those up first.

Knows nothing of requests.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

EVERY = 0.025
"""Seconds between two looks at how busy the worker was."""

BACK_OFF = 0.5
"""What a look that finds the worker too busy leaves of the share."""

FULL, FULL_BACK_OFF = 0.97, 0.2
"""A worker as busy as this does nothing but work: nobody knows by how much it is too busy, and less is left."""

MARGIN = 0.1
"""How far below the limit a worker has to be to take on more, as a share of a core."""

RECOVER = 0.125
"""What a look adds to the share that finds a worker so far below, for each core that it is below the limit."""

FEW = 0.02
"""A share below this is none."""

_SCHEDSTAT = Path("/proc/self/schedstat")


def demand() -> float:
    """Give the seconds so far in which the calling thread, a process's first, ran, or had work and got no core.

    The latter is only known on Linux. (What the system says there of the former it knows by ticks.)
    """
    try:
        waited = int(_SCHEDSTAT.read_bytes().split()[1])
    except (OSError, ValueError, IndexError):
        waited = 0
    return time.thread_time() + waited / 1e9


class Spare:
    """The share of its unexposed requests for which a worker can afford to call the model.

    `limit` is how busy its thread may be, in (0, 1] of a core; 1 sets no limit. `spent` gives the seconds it was
    busy so far.
    """

    __slots__ = ("_at", "_limit", "_owed", "_spent", "_timer", "_was", "busy", "refused", "share")

    def __init__(self, limit: float = 1.0, spent: Callable[[], float] = demand) -> None:
        self._limit = limit
        self._spent = spent
        self._owed = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._at = self._was = 0.0
        self.share = 1.0
        self.busy = 0.0
        self.refused = 0

    def allows(self) -> bool:
        """Tell whether the next call may be made; those it may not are spread evenly, and counted."""
        if self.share >= 1.0:
            return True
        self._owed += self.share
        if self._owed >= 1.0:
            self._owed -= 1.0
            return True
        self.refused += 1
        return False

    def take(self, busy: float) -> None:
        """Take how busy the worker was since the last look, as a share of a core."""
        self.busy = busy
        if busy > self._limit:
            self.share *= FULL_BACK_OFF if busy > FULL else BACK_OFF
            if self.share < FEW:
                self.share = 0.0
        elif busy < self._limit - MARGIN:
            self.share = min(self.share + RECOVER * (self._limit - busy), 1.0)

    def start(self) -> None:
        """Begin to look, on the running loop."""
        if self._limit < 1.0:
            self._at, self._was = asyncio.get_running_loop().time(), self._spent()
            self._wait()

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(EVERY, self._look)

    def _look(self) -> None:
        now, spent = asyncio.get_running_loop().time(), self._spent()
        if now > self._at:
            self.take((spent - self._was) / (now - self._at))
        self._at, self._was = now, spent
        self._wait()

    def close(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

    def snapshot(self) -> dict[str, Any]:
        """Tell how busy the worker is and what it can afford."""
        return {"busy": round(self.busy, 3), "share": round(self.share, 3), "refused": self.refused}
