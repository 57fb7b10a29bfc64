"""Weighs answers that no client waits for against further ones, so that shadow traffic has a confidence, too.

On a share of a route's exchanges, within a budget and bounds of its own, once both answers are in. Whether the model
is asked is settled before its answer is looked at: what is in it decides nothing, so that labels stay a fair draw.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from fallback.bucket import draw
from fallback.decision import ModelState
from fallback.words import Unweighed
from shadow.proxy.further import Further
from shadow.proxy.model import Outcome
from shadow.proxy.weigh import Around

if TYPE_CHECKING:
    from collections.abc import Callable

    from comparators.answer import Answer
    from shadow.config.routes import Unexposed
    from shadow.limits.allowance import Allowance
    from shadow.proxy.decide import Assessment
    from shadow.proxy.plan import RoutePlan
    from shadow.proxy.spare import Spare
    from shadow.proxy.weigh import Asker, Weigher
    from shadow.record.exchange import Exchange
    from shadow.tasks import Tasks

    Write = Callable[[Exchange], None]


class Reserved:
    """The calls that one exchange reserved before it was known whether it needs any."""

    def __init__(self, allowance: Allowance, calls: int, at: float) -> None:
        self._allowance = allowance
        self._calls = calls
        self._at = at
        self._left = calls
        self.refused = False

    def spend(self, calls: int, now: float) -> bool:
        """Tell whether so many calls may be made: of those reserved, and of the allowance what they do not cover."""
        more = max(calls - self._left, 0)
        if more and not self._allowance.spend(more, now):
            self.refused = True
            return False
        self._left -= calls - more
        return True

    def close(self) -> None:
        """Give back what was not made use of."""
        self._allowance.give_back(self._left, self._at)


@dataclass(frozen=True, slots=True)
class Aside:
    """What weighing aside takes of the worker, and how many further answers an exchange may need."""

    weigher: Weigher
    asker: Asker
    at_once: int
    tasks: Tasks
    spare: Spare


class Asides:
    """The exchanges of one route that are weighed aside: which, how many at a time, and what became of them."""

    def __init__(self, keys: Unexposed, means: Aside) -> None:
        self.keys = keys
        self.means = means
        self.in_flight = self.weighed = self.unknown = 0
        self.unweighed = dict.fromkeys(Unweighed, 0)

    def go_on(self, before: Asides) -> None:
        """Go on with the counts of those that were there before."""
        self.weighed, self.unknown, self.unweighed = before.weighed, before.unknown, before.unweighed

    def snapshot(self) -> dict[str, int]:
        """Count the exchanges that were weighed, those of these that got no confidence, and those left out."""
        left_out = {f"unexposed_{why}": n for why, n in self.unweighed.items()}
        return {"unexposed_weighed": self.weighed, "unexposed_unknown": self.unknown, **left_out}

    def take(self, plan: RoutePlan, write: Write, exchange: Exchange) -> None:
        """Take an exchange with both answers; `write` gets it once it is known how far its model may be trusted."""
        if draw(exchange.id, f"{plan.salt}/samples") >= self.keys.share:
            self._leave(Unweighed.SAMPLED_OUT, write, exchange)
        elif plan.switch.killed or self.means.spare.share < 1.0 or not self._has_room():
            self._leave(Unweighed.SHED, write, exchange)
        elif not self.means.asker.allowance.spend(self.means.at_once, now := _now()):
            self._leave(Unweighed.OVER_BUDGET, write, exchange)
        else:
            self.in_flight += 1
            reserved, further = Reserved(self.means.asker.allowance, self.means.at_once, now), Further()
            task = self.means.tasks.start(
                self._weigh(plan, exchange, reserved, further), name="weighing aside"
            )
            further.on_ended = partial(self._close, task, further, write, exchange, reserved)
            task.add_done_callback(lambda _: further.on_ended and further.on_ended())

    def _has_room(self) -> bool:
        return self.in_flight < self.keys.max_in_flight and self.means.asker.calls.has_room(
            self.means.at_once
        )

    def _leave(self, why: Unweighed, write: Write, exchange: Exchange) -> None:
        self.unweighed[why] += 1
        write(replace(exchange, unweighed=why))

    async def _weigh(
        self, plan: RoutePlan, exchange: Exchange, reserved: Reserved, further: Further
    ) -> Assessment:
        assert exchange.request is not None

        async def legacy() -> Answer | None:
            return None if exchange.legacy is None else exchange.legacy.answer

        around = Around(plan, exchange.request, legacy, further, reserved)
        return await self.means.weigher.assess(Outcome(ModelState.ANSWERED, exchange.model), around)

    def _close(
        self,
        task: asyncio.Task[Assessment],
        further: Further,
        write: Write,
        exchange: Exchange,
        reserved: Reserved,
    ) -> None:
        """Hand the exchange on, once weighing it and every further call have ended; whichever ends last calls."""
        if not task.done() or further.open:
            return
        further.on_ended = None
        self.in_flight -= 1
        reserved.close()
        exchange = replace(exchange, samples=further.used)
        cut = task.cancelled() or task.exception() is not None
        found = None if cut else task.result()
        if reserved.refused:
            self._leave(Unweighed.OVER_BUDGET, write, exchange)
        elif found is None or further.let_go or found.state is ModelState.SHED:
            self._leave(Unweighed.SHED, write, exchange)
        else:
            self.weighed += 1
            self.unknown += found.confidence is None
            write(replace(exchange, confidence=found.confidence))


def _now() -> float:
    return asyncio.get_running_loop().time()
