"""The model call: bounded, fenced, and owned here, so that it outlives the client's request and nothing else.

Whatever the model does comes back as an `Outcome`; no exception of an adapter or of the network leaves this file.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from fallback.breaker import BreakerState
from fallback.decision import ModelState
from fallback.words import Failure
from shadow.adapters.ask import AskFailed
from shadow.adapters.catalog import opened
from shadow.proxy.deadlines import Deadlines
from shadow.request import Observation
from shadow.upstream.errors import UpstreamError

if TYPE_CHECKING:
    from collections.abc import Callable

    from comparators.answer import Answer
    from fallback.breaker import Breaker
    from shadow.adapters.catalog import Adapter
    from shadow.limits.throttle import RateLimiter
    from shadow.request import Request
    from shadow.tasks import Tasks

log = structlog.get_logger()


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """How a model call ended, and what was observed when it was made at all.

    `faulty` is False where the client's request is at fault: nothing could be asked with it.
    """

    state: ModelState
    observation: Observation | None = None
    faulty: bool = True


_STATE_OF_FAILURE = {
    Failure.TIMEOUT: ModelState.LATE,
    Failure.TOO_LARGE: ModelState.TOO_LARGE,
    Failure.PLUGIN: ModelState.PLUGIN_FAILED,
}


_FAULTS = (ModelState.FAILED, ModelState.LATE, ModelState.PLUGIN_FAILED, ModelState.TOO_LARGE)
"""What the breaker counts. An answer without an end takes the worker's time as much as none does."""


class ModelCalls:
    """Every call to one model from this worker: how many run, how fast they may start, and when to stop trying."""

    def __init__(  # noqa: PLR0913 - the limits of one model, each its own setting
        self,
        name: str,
        adapter: Adapter,
        *,
        timeout: float,
        max_in_flight: int,
        limiter: RateLimiter | None,
        breaker: Breaker,
        tasks: Tasks,
    ) -> None:
        self.name = name
        self.adapter = adapter
        self.breaker = breaker
        self.limiter = limiter
        self.in_flight = 0
        self._task_name = f"model {name}"
        self._timeout = timeout
        self._deadlines = Deadlines()
        self._max_in_flight = max_in_flight
        self._tasks = tasks
        self._resources = AsyncExitStack()
        self._opening = asyncio.Lock()
        self._opened = False
        self._idle = asyncio.Event()
        self._idle.set()

    def start(self, request: Request, ended: Callable[[Outcome], None]) -> None:
        """Call the model, and tell `ended` exactly once how it went: at once when a limit forbids the call."""
        if self.in_flight >= self._max_in_flight:
            ended(Outcome(ModelState.SHED))
        elif not self.breaker.allow(self._tasks.loop.time()):
            ended(Outcome(ModelState.BREAKER_OPEN))
        else:
            self.in_flight += 1
            self._idle.clear()
            self._tasks.keep(self._run(request, ended), name=self._task_name)

    def has_room(self, calls: int) -> bool:
        """Tell whether so many calls that nobody waits for may be started: half of the places stay for the others."""
        room = self._max_in_flight if not self.in_flight else self._max_in_flight // 2
        queues = self.limiter is not None and self.limiter.waiting > 0
        return self.in_flight + calls <= room and not queues and self.breaker.state is BreakerState.CLOSED

    async def _run(self, request: Request, ended: Callable[[Outcome], None]) -> None:
        outcome = Outcome(ModelState.SHED)  # what a call is that the worker's end cut short
        loop = self._tasks.loop
        try:
            outcome = await self._call(request, loop)
        finally:
            self.in_flight -= 1
            if not self.in_flight:
                self._idle.set()
            self._tell_breaker(outcome, loop.time())
            ended(outcome)

    async def _call(self, request: Request, loop: asyncio.AbstractEventLoop) -> Outcome:
        began = loop.time()
        deadline = began + self._timeout
        if self.limiter is not None and not await self.limiter.acquire(deadline):
            return Outcome(ModelState.THROTTLED)
        try:
            raw = await self._deadlines.meet(deadline, self._ask(request))
            seconds = loop.time() - began
            failed = self.adapter.failed(raw)
        except TimeoutError:
            failure, detail = Failure.TIMEOUT, ""
        except UpstreamError as exc:
            failure, detail = exc.failure, str(exc)
        except AskFailed as exc:
            observation = Observation(loop.time() - began, None, Failure.MALFORMED, str(exc))
            return Outcome(ModelState.FAILED, observation, faulty=False)
        except Exception as exc:  # noqa: BLE001 - the fence: a plugin's bug is a failure of the model
            failure, detail = Failure.PLUGIN, type(exc).__name__
        else:
            if not failed:
                return Outcome(ModelState.ANSWERED, Observation(seconds, raw))
            return Outcome(ModelState.FAILED, Observation(seconds, raw, Failure.STATUS))
        observation = Observation(loop.time() - began, None, failure, detail)
        return Outcome(_STATE_OF_FAILURE.get(failure, ModelState.FAILED), observation)

    async def _ask(self, request: Request) -> Answer:
        if not self._opened:
            await self._open()
        return await self.adapter(request)

    async def _open(self) -> None:
        """Enter an adapter that has something to open, before its first call and once."""
        async with self._opening:
            if not self._opened:
                await self._resources.enter_async_context(opened(self.adapter))
                self._opened = True

    async def retire(self) -> None:
        """Close the adapter once the calls under way have ended; no more are started."""
        await self._idle.wait()
        await self.close()

    async def close(self) -> None:
        """Close what the adapter opened; an adapter that fails at it is told of and left."""
        try:
            await self._resources.aclose()
        except Exception as exc:  # noqa: BLE001 - the fence around a user's adapter
            log.warning("shadow.adapter_close_failed", model=self.name, error=type(exc).__name__)

    def snapshot(self) -> dict[str, Any]:
        """Tell how the calls stand."""
        limited = self.limiter.snapshot() if self.limiter is not None else {}
        return {"in_flight": self.in_flight, "breaker": str(self.breaker.state), **limited}

    def _tell_breaker(self, outcome: Outcome, now: float) -> None:
        if outcome.state is ModelState.ANSWERED:
            self.breaker.succeeded(now)
        elif outcome.state in _FAULTS and outcome.faulty:
            self.breaker.failed(now)
        else:
            self.breaker.abandoned(now)
