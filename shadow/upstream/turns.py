"""Who waits for a connection, first come first served, and how many may. Opens and closes nothing."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from shadow.upstream.connection import Connection


class FullError(Exception):
    """As many wait already as may."""


class Turns:
    """A bounded queue of callers. Each is handed a connection, or None: the right to open one.

    What was handed to a caller that no longer waits goes to `unused`.
    """

    def __init__(self, limit: int, unused: Callable[[Connection | None], None]) -> None:
        self._limit = limit
        self._unused = unused
        self._waiters: deque[asyncio.Future[Connection | None]] = deque()

    def __len__(self) -> int:
        return len(self._waiters)

    async def wait(self, seconds: float) -> Connection | None:
        """Wait for one's turn; FullError when too many do, TimeoutError when it does not come in time."""
        if len(self._waiters) >= self._limit:
            raise FullError
        waiter: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        async with asyncio.timeout(seconds):
            try:
                return await waiter
            except asyncio.CancelledError:
                self._left(waiter)
                raise

    def hand(self, connection: Connection | None) -> bool:
        """Give it to the one who has waited longest; whether there was one."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return True
        return False

    def fail(self, error: Exception) -> None:
        """Send every one away."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_exception(error)

    def _left(self, waiter: asyncio.Future[Connection | None]) -> None:
        if waiter in self._waiters:
            self._waiters.remove(waiter)
        elif waiter.done() and not waiter.cancelled() and waiter.exception() is None:
            self._unused(waiter.result())
