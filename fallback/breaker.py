"""When to stop calling a model that keeps failing, and when to try it again. Time is told, in seconds."""

from __future__ import annotations

from collections import deque
from enum import StrEnum


class BreakerState(StrEnum):
    """Closed: calls go through. Open: none does. Half open: one call is tried."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker:
    """Opens after `failures` failures within `within` seconds; tries one call `cool_down` seconds later.

    Each allowed call must be followed by exactly one of `succeeded`, `failed` or `abandoned`. ValueError when a
    limit is not positive.
    """

    __slots__ = ("_cool_down", "_failed_at", "_failures", "_opened_at", "_probing", "_within", "opened")

    def __init__(self, failures: int = 5, within: float = 10.0, cool_down: float = 30.0) -> None:
        if failures < 1 or not within > 0 or not cool_down > 0:
            raise ValueError("a breaker's failures, within and cool_down must be positive")
        self._failures = failures
        self._within = within
        self._cool_down = cool_down
        self._failed_at: deque[float] = deque()
        self._opened_at: float | None = None
        self._probing = False
        self.opened = 0

    @property
    def state(self) -> BreakerState:
        """How it stands; an open one stays open until a call is allowed to try."""
        if self._opened_at is None:
            return BreakerState.CLOSED
        return BreakerState.HALF_OPEN if self._probing else BreakerState.OPEN

    def allow(self, now: float) -> bool:
        """Tell whether a call may be made; of an open breaker that has cooled down, one at a time."""
        if self._opened_at is None:
            return True
        if self._probing or now - self._opened_at < self._cool_down:
            return False
        self._probing = True
        return True

    def succeeded(self, now: float) -> None:  # noqa: ARG002 - the face of an outcome
        """Take that a call succeeded: a probe closes the breaker."""
        if self._probing:
            self._close()

    def failed(self, now: float) -> None:
        """Take that a call failed: a probe opens the breaker anew, one failure too many opens it."""
        if self._opened_at is not None:
            if self._probing:
                self._open(now)
            return
        failed_at = self._failed_at
        failed_at.append(now)
        while now - failed_at[0] > self._within:
            failed_at.popleft()
        if len(failed_at) >= self._failures:
            self._open(now)

    def abandoned(self, now: float) -> None:  # noqa: ARG002 - the face of an outcome
        """Take that nobody will know how a call ended: a probe's place is free again."""
        self._probing = False

    def _open(self, now: float) -> None:
        self._opened_at = now
        self._probing = False
        self._failed_at.clear()
        self.opened += 1

    def _close(self) -> None:
        self._opened_at = None
        self._probing = False
