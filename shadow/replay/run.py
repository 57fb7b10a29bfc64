"""Sends recorded requests to a model, a bounded number at once, within its rate and a budget, and writes what came.

What blocks – the store, the panel – happens in one thread of its own, so that the loop keeps the calls' time.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from fallback.confidence.case import needs_of
from fallback.decision import ModelState
from shadow.proxy.model import Outcome
from shadow.replay.ledger import spent, write
from shadow.replay.recorded import Selection, page

if TYPE_CHECKING:
    from collections.abc import Callable

    from comparators.answer import Answer
    from fallback.confidence.case import Case
    from shadow.limits.throttle import RateLimiter
    from shadow.proxy.model import ModelCalls
    from shadow.record.store import Store
    from shadow.replay.ledger import Replay
    from shadow.replay.measure import Measure, Measured
    from shadow.replay.recorded import Recorded

    T = TypeVar("T")

ANSWERED = ModelState.ANSWERED

PAGE = 100
"""Recorded exchanges read at a time."""

A_TURN = 3600.0
"""Seconds a call waits for its turn within the model's rate, at most: nobody else waits for a replay."""


class Ending(StrEnum):
    """Why a replay came to an end."""

    DONE = "done"
    LIMIT = "limit"
    OVER_BUDGET = "over_budget"
    BREAKER_OPEN = "breaker_open"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a run may go: so many requests at once, and at most so many of them, and so much money, in all."""

    at_once: int
    requests: int | None = None
    budget: float | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """The model a replay asks: its calls, further ones at another temperature if need be, and the rate of both."""

    calls: ModelCalls
    warm: ModelCalls | None = None
    limiter: RateLimiter | None = None

    async def ask(self, recorded: Recorded, replay: str) -> Outcome:
        """Ask the recorded request, under a key of this replay's own, once the rate allows it."""
        return await self._ask(self.calls, recorded, f"{recorded.id}-{replay}")

    async def again(self, recorded: Recorded, replay: str, count: int) -> list[Outcome]:
        """Ask it so many times more, at the temperature of samples."""
        if self.warm is None:
            return []
        keys = (f"{recorded.id}-{replay}-{number}" for number in range(1, count + 1))
        return list(await asyncio.gather(*(self._ask(self.warm, recorded, key) for key in keys)))

    async def _ask(self, calls: ModelCalls, recorded: Recorded, key: str) -> Outcome:
        loop = asyncio.get_running_loop()
        if self.limiter is not None and not await self.limiter.acquire(loop.time() + A_TURN):
            return Outcome(ModelState.THROTTLED)
        ended: asyncio.Future[Outcome] = loop.create_future()
        calls.start(replace(recorded.request, exchange=key), ended.set_result)
        return await ended


class Run:
    """One run of a replay, from where the last one ended."""

    def __init__(
        self,
        store: Callable[[], Store],
        replay: Replay,
        model: Model,
        measure: Measure,
        *,
        since: int | None,
        bounds: Bounds,
    ) -> None:
        self._open = store
        self._replay = replay
        self._model = model
        self._measure = measure
        self._of = Selection(replay.route, since, replay.id)
        self._bounds = bounds
        self._spent = 0.0
        self._left = bounds.requests
        self._ending: Ending | None = None
        self._thread = ThreadPoolExecutor(
            1, "shadow-replay"
        )  # a connection belongs to the thread that opened it

    async def run(self, told: asyncio.Event, progress: Callable[[Measured], None]) -> Ending:
        """Go on until all is sent, a bound is met or somebody says stop; what is under way then still counts."""
        store = await self._blocking(self._open)
        try:
            self._spent = await self._blocking(partial(spent, store, self._replay.id))
            after = 0
            while self._ending is None:
                batch = await self._blocking(partial(page, store.db.conn, self._of, after, PAGE))
                if not batch:
                    return Ending.DONE
                after = batch[-1].seq
                await self._send(store, batch, told, progress)
            return self._ending
        finally:
            await self._blocking(store.close)
            self._thread.shutdown()

    async def _send(
        self, store: Store, batch: list[Recorded], told: asyncio.Event, progress: Callable[[Measured], None]
    ) -> None:
        waiting = iter(batch)

        async def lane() -> None:
            for recorded in waiting:
                if not self._may_go_on(told):
                    return
                measured = await self._one(recorded)
                if measured is not None:
                    await self._blocking(partial(write, store, self._replay.id, [measured]))
                    progress(measured)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self._bounds.at_once, len(batch))):
                group.create_task(lane())

    def _may_go_on(self, told: asyncio.Event) -> bool:
        if self._ending is None and told.is_set():
            self._ending = Ending.STOPPED
        if self._ending is None and self._bounds.budget is not None and self._spent >= self._bounds.budget:
            self._ending = Ending.OVER_BUDGET
        if self._ending is None and self._left is not None:
            if self._left <= 0:
                self._ending = Ending.LIMIT
            else:
                self._left -= 1
        return self._ending is None

    async def _one(self, recorded: Recorded) -> Measured | None:
        """Replay one request; None when the model is not called any more."""
        outcome = await self._model.ask(recorded, self._replay.id)
        if outcome.state is ModelState.BREAKER_OPEN:
            self._ending = self._ending or Ending.BREAKER_OPEN
            return None
        seen = outcome.observation
        if outcome.state is not ANSWERED or seen is None or seen.answer is None:
            return await self._blocking(partial(self._measure.failed, recorded, outcome.state.value, seen))
        case, wanted, cost = await self._blocking(partial(self._looked_at, recorded, seen.answer))
        if wanted:
            outcomes = await self._model.again(recorded, self._replay.id, wanted)
            raw = [
                each.observation.answer for each in outcomes if each.state is ANSWERED and each.observation
            ]
            case, more = await self._blocking(
                partial(self._with_samples, case, [each for each in raw if each])
            )
            cost = cost if more is None else (cost or 0.0) + more
        self._spent += cost or 0.0
        return await self._blocking(partial(self._measure.answered, recorded, case, seen.seconds, cost))

    def _looked_at(self, recorded: Recorded, raw: Answer) -> tuple[Case, int, float | None]:
        answer = self._measure.read_answer(raw)
        case = self._measure.case(recorded, answer)
        return case, self._measure.further(case), self._measure.cost(answer)

    def _with_samples(self, case: Case, raw: list[Answer]) -> tuple[Case, float | None]:
        answers = [self._measure.read_answer(each) for each in raw]
        costs = [cost for each in answers if (cost := self._measure.cost(each)) is not None]
        return self._measure.with_samples(case, answers), sum(costs) if costs else None

    async def _blocking(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)


def wants_samples(measure: Measure) -> float | None:
    """Give the temperature at which a replay's estimator may ask again; None when it never does."""
    sampling = needs_of(measure.estimator).samples
    return None if sampling is None else sampling.temperature
