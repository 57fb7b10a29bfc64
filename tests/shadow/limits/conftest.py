"""A loop whose time is its own: waiting costs nothing, and takes exactly as long as was asked."""

from __future__ import annotations

import asyncio
import selectors
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from asyncio_throttle import throttler

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

GRAIN = 0.001  # seconds by which a real timer may be late


class _Selector(selectors.SelectSelector):
    now = 1000.0

    def select(self, timeout: float | None = None) -> list[Any]:
        """Let the asked time pass at once, rounded up as an operating system's timer is."""
        assert timeout is not None, "nothing would ever happen again"
        if timeout > 0:
            self.now += timeout + GRAIN
        return super().select(0)


@pytest.fixture
def run(monkeypatch) -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Give a function that runs a coroutine in its own time, which the library shares."""
    selector = _Selector()
    loop = asyncio.SelectorEventLoop(selector)
    loop.time = lambda: selector.now
    monkeypatch.setattr(throttler, "time", SimpleNamespace(monotonic=loop.time))
    yield loop.run_until_complete
    loop.close()
