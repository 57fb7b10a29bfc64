"""The one owner of every task that outlives the request that started it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")
log = structlog.get_logger()


class Tasks:
    """Starts tasks, keeps them alive, tells of those that fail, and ends them all.

    Whoever starts a task bounds how many there are; this owner only makes sure that none is lost.
    """

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def __len__(self) -> int:
        return len(self._running)

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop they run on, asked for once: to ask is to ask the system who we are, each time."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        return self._loop

    def start(self, coroutine: Coroutine[Any, Any, T], *, name: str) -> asyncio.Task[T]:
        """Start a task that this owner keeps until it is done."""
        task = self.loop.create_task(coroutine, name=name)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def keep(self, coroutine: Coroutine[Any, Any, None], *, name: str) -> None:
        """Start a task that nobody but this owner needs to know of."""
        self.start(coroutine, name=name)  # type: ignore[unused-awaitable]  # kept in `_running`

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("shadow.task_failed", task=task.get_name(), error=type(error).__name__)

    async def drain(self, timeout: float) -> int:  # noqa: ASYNC109 - a bound on all of them, not on this call
        """Wait up to `timeout` seconds for what is running, cancel the rest, and say how many that were."""
        clock = self.loop.time
        deadline = clock() + timeout
        while self._running and (left := deadline - clock()) > 0:  # one may start another on its way out
            await asyncio.wait(self._running, timeout=left)
        late = list(self._running)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)
        return len(late)
