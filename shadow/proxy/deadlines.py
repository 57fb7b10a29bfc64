"""Ends what takes too long, with one timer for all of it: most calls end in time and so cost none of their own.

Knows nothing of what it ends but the task that waits for it.
"""

from __future__ import annotations

import asyncio
from math import inf
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable

T = TypeVar("T")


class Deadlines:
    """The deadlines of the tasks that wait here, on the loop's clock; each task waits for one thing at a time."""

    def __init__(self) -> None:
        self._due: dict[asyncio.Task[object], float] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._armed = inf

    async def meet(self, deadline: float, work: Awaitable[T]) -> T:
        """Wait for work; TimeoutError when its time is over first, for which the waiting task is cancelled.

        As `asyncio.timeout_at`, a cancellation from elsewhere goes through.
        """
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        task = asyncio.current_task(self._loop)
        assert task is not None
        self._due[task] = deadline
        if deadline < self._armed:
            self._arm(deadline)
        try:
            return await work
        except asyncio.CancelledError:
            if task not in self._due and task.uncancel() <= 0:
                raise TimeoutError from None
            raise
        finally:
            self._due.pop(task, None)

    def _arm(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._armed = at
        self._timer = asyncio.get_running_loop().call_at(at, self._tick)

    def _tick(self) -> None:
        """Cancel those whose time is over, and look again when the next one's is."""
        self._timer, self._armed = None, inf
        now, following = asyncio.get_running_loop().time(), inf
        for task, at in tuple(self._due.items()):
            if at <= now:
                del self._due[task]
                task.cancel()
            else:
                following = min(following, at)
        if following < inf:
            self._arm(following)
