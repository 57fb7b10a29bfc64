"""The further answers that the model is asked for to weigh one exchange: which are under way, and what they used.

Their calls outlive whoever waits for them, so the exchange is written when the last of them has ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from fallback.decision import ModelState
from shadow.price import cost_of, told_tokens
from shadow.proxy.decide import Assessment, read_answer
from shadow.record.exchange import Samples

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from comparators.answer import Answer
    from shadow.config.models import Price
    from shadow.proxy.model import Outcome
    from shadow.proxy.plan import RoutePlan

LET_GO = (ModelState.SHED, ModelState.THROTTLED, ModelState.OVER_BUDGET, ModelState.BREAKER_OPEN)
"""How a call ends that one of the model's limits forbade."""


class Purse:
    """What the further answers of one route have used since the worker began."""

    __slots__ = ("cost", "price", "used")

    def __init__(self, price: Price | None) -> None:
        self.price = price
        self.used = Samples()
        self.cost = 0.0

    def book(self, one: Samples) -> None:
        """Add what was used."""
        self.used = _sum(self.used, one)
        self.cost += cost_of(self.price, one.tokens_in, one.tokens_out, calls=one.answers) or 0.0

    def snapshot(self) -> dict[str, float]:
        """Tell how many answers came, their tokens, and their cost."""
        return {**msgspec.structs.asdict(self.used), "cost": self.cost}


def _sum(one: Samples, other: Samples) -> Samples:
    return Samples(
        one.answers + other.answers, one.tokens_in + other.tokens_in, one.tokens_out + other.tokens_out
    )


class Further:
    """The further answers of one exchange."""

    __slots__ = ("let_go", "on_ended", "open", "used")

    def __init__(self) -> None:
        self.open = 0
        self.let_go = 0
        self.used: Samples | None = None
        self.on_ended: Callable[[], None] | None = None

    def begun(
        self, plan: RoutePlan, future: asyncio.Future[Assessment], purse: Purse
    ) -> Callable[[Outcome], None]:
        """Take that a call begins; give whom to tell of its end, which `future` gets as it is read."""
        self.open += 1

        def ended(outcome: Outcome) -> None:
            read = read_answer(plan, outcome)
            self.let_go += outcome.state in LET_GO
            if read.answer is not None:
                used = _used(read.answer)
                self.used = _sum(self.used or Samples(), used)
                purse.book(used)
            if not future.done():  # nobody may wait for it any more
                future.set_result(read)
            self.open -= 1
            if not self.open and self.on_ended is not None:
                self.on_ended()

        return ended


def _used(answer: Answer) -> Samples:
    reply = answer.reply
    if reply is None:
        return Samples(1)
    return Samples(1, told_tokens(reply.tokens_in) or 0, told_tokens(reply.tokens_out) or 0)
