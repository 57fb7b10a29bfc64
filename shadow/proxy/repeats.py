"""Asks a side a second time, on a share of a route's exchanges: how often it differs from itself is its noise.

Begins once the client has its answer and both sides have ended, within a bound of its own; no failure of it reaches
anybody. The exchange is handed to the record when its repeats have ended.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec.structs import replace

from comparators.answer import Answer
from fallback.breaker import Breaker, BreakerState
from fallback.bucket import draw
from fallback.decision import ModelState
from fallback.words import Side
from shadow.proxy.capture import Capture
from shadow.proxy.further import LET_GO
from shadow.upstream.errors import Kind, UpstreamError

if TYPE_CHECKING:
    from collections.abc import Callable

    from comparators.answer import RawHeaders
    from shadow.config.routes import Noise
    from shadow.proxy.model import ModelCalls, Outcome
    from shadow.proxy.plan import RoutePlan
    from shadow.proxy.spare import Spare
    from shadow.record.exchange import Exchange
    from shadow.request import Request
    from shadow.tasks import Tasks
    from shadow.upstream.pool import Pool

MARK = (b"Shadow-Repeat", b"1")
"""Tells legacy that no client waits for this, and that it was asked the same before."""


@dataclass(frozen=True, slots=True)
class Means:
    """What the repeats of all routes share: connections to legacy of their own, so that they take no client's."""

    pool: Pool
    timeout: float  # seconds
    tasks: Tasks
    spare: Spare


class Budget:
    """How many repeats of one side of a route may be under way, when to stop trying, and how they ended."""

    __slots__ = ("answered", "breaker", "failed", "in_flight", "most", "shed")

    def __init__(self, most: int, breaker: Breaker) -> None:
        self.most = most
        self.breaker = breaker
        self.in_flight = self.answered = self.failed = self.shed = 0

    def take(self, now: float) -> bool:
        """Take the place of one call; False, and counted, when there is none or the breaker is open."""
        if self.in_flight >= self.most or not self.breaker.allow(now):
            self.shed += 1
            return False
        self.in_flight += 1
        return True

    def release(self, now: float, *, answered: bool | None) -> None:
        """Give the place back, and say how the call ended; None: it was not made after all, or cut short."""
        self.in_flight -= 1
        if answered is None:
            self.shed += 1
            self.breaker.abandoned(now)
        elif answered:
            self.answered += 1
            self.breaker.succeeded(now)
        else:
            self.failed += 1
            self.breaker.failed(now)

    def snapshot(self) -> dict[str, int]:
        """Count what is under way and how the others ended."""
        return {
            "in_flight": self.in_flight,
            "answered": self.answered,
            "failed": self.failed,
            "shed": self.shed,
            "breaker_open": int(self.breaker.state is not BreakerState.CLOSED),
        }


class Repeats:
    """The repeats of one route: on which exchanges, of which sides, within which budgets."""

    def __init__(self, noise: Noise, model: ModelCalls, means: Means) -> None:
        self.noise = noise
        self.model = model
        self.means = means
        self.budgets = {
            side: Budget(
                noise.max_in_flight,
                Breaker(noise.breaker.failures, noise.breaker.within, noise.breaker.cool_down),
            )
            for side in Side
        }
        self._shares = {Side.LEGACY: noise.legacy, Side.MODEL: noise.model}
        self._methods = frozenset(noise.methods)

    def drawn(self, plan: RoutePlan, request: Request, headers: Callable[[], RawHeaders]) -> Repeat | None:
        """Draw whether sides are to be asked again for a request; None when none is.

        `headers` gives those that legacy got. Which exchanges are drawn is settled by their ids alone.
        """
        if request.method not in self._methods:
            return None
        sides = [
            side
            for side, share in self._shares.items()
            if draw(request.exchange, f"{plan.salt}/{side}") < share
        ]
        if not sides:
            return None
        return Repeat(self, plan, sides, headers() if Side.LEGACY in sides else ())

    def snapshot(self) -> dict[str, dict[str, int]]:
        """Tell how each side's repeats stand."""
        return {str(side): budget.snapshot() for side, budget in self.budgets.items()}


class Repeat:
    """The repeats of one exchange, begun when its client has been answered and it is complete."""

    __slots__ = ("_answered", "_exchange", "_headers", "_of", "_open", "_plan", "_sides", "_write")

    def __init__(self, of: Repeats, plan: RoutePlan, sides: list[Side], headers: RawHeaders) -> None:
        self._of = of
        self._plan = plan
        self._sides = sides
        self._headers = headers
        self._answered = False
        self._open = 0
        self._exchange: Exchange | None = None
        self._write: Callable[[Exchange], None]

    def hold(self, exchange: Exchange, write: Callable[[Exchange], None]) -> None:
        """Take a complete exchange; `write` gets it once its repeats have ended."""
        self._exchange, self._write = exchange, write
        if self._answered:
            self._start()

    def answered(self) -> None:
        """Take that the client waits for nothing any more."""
        if not self._answered:
            self._answered = True
            if self._exchange is not None:
                self._start()

    def _start(self) -> None:
        self._open = 1
        for side in self._sides:
            budget = self._of.budgets[side]
            if self._plan.switch.killed or self._of.means.spare.share < 1.0:
                budget.shed += 1
            elif budget.take(_now()):
                self._open += 1
                (self._ask_legacy if side is Side.LEGACY else self._ask_model)()
        self._end()

    def _end(self) -> None:
        """Hand the exchange on with the last of its repeats."""
        self._open -= 1
        if not self._open:
            exchange, self._exchange = self._exchange, None
            assert exchange is not None
            self._write(exchange)

    def _add(self, **answer: Answer) -> None:
        assert self._exchange is not None
        self._exchange = replace(self._exchange, **answer)

    def _request(self) -> Request:
        assert self._exchange is not None
        assert self._exchange.request is not None
        return self._exchange.request

    def _ask_legacy(self) -> None:
        task = self._of.means.tasks.start(self._legacy_again(), name="legacy, again")
        task.add_done_callback(self._legacy_ended)

    async def _legacy_again(self) -> Answer | None:
        try:
            return await _asked(self._of.means, self._request(), self._headers, self._plan.body_limit)
        except (UpstreamError, ValueError):
            return None

    def _legacy_ended(self, task: asyncio.Task[Answer | None]) -> None:
        """Take how the call ended; a task that the worker's end cut short has no result, and may never have begun."""
        cut = task.cancelled() or task.exception() is not None
        answer = None if cut else task.result()
        if answer is not None:
            self._add(legacy_again=answer)
        self._of.budgets[Side.LEGACY].release(_now(), answered=None if cut else answer is not None)
        self._end()

    def _ask_model(self) -> None:
        request = self._request()
        # Under a key of its own: a model's server that knows the first one would give the very same answer.
        self._of.model.start(replace(request, exchange=f"{request.exchange}-again"), self._model_ended)

    def _model_ended(self, outcome: Outcome) -> None:
        observation, answered = outcome.observation, outcome.state is ModelState.ANSWERED
        answer = observation.answer if observation is not None and answered else None
        answered = answer is not None and len(answer.body) <= self._plan.body_limit
        if answer is not None and answered:
            self._add(model_again=answer)
        let_go = outcome.state in LET_GO
        self._of.budgets[Side.MODEL].release(_now(), answered=None if let_go else answered)
        self._end()


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _asked(means: Means, request: Request, headers: RawHeaders, limit: int) -> Answer | None:
    """Ask legacy once more; None for an error of its own (a status of 500 or above)."""
    kept = tuple(pair for pair in headers if pair[0].lower() != b"expect")
    call = await means.pool.send(
        method=request.method.encode("ascii"),
        target=request.target.encode("latin-1"),
        headers=(*kept, MARK),
        body=request.body,
        deadline=_now() + means.timeout,
    )
    try:
        capture = Capture(limit)
        while chunk := await call.read():
            capture.add(chunk)
            if capture.overflowed:
                raise UpstreamError(Kind.TOO_LARGE, f"the repeat is larger than {limit} bytes", sent=True)
    finally:
        call.close()
    head = call.head
    return Answer(head.status, head.headers, capture.body()) if head.status < 500 else None
