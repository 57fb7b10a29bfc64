"""One judge or embedding server and all that bounds it: calls at once, rate, breaker, time, budget.

Whatever it does comes back as a `Heard`; nothing is raised.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from comparators.divergence import NotComparable
from comparators.fence import measure
from comparators.preference import better
from comparators.vectors import Vectors
from fallback.decision import ModelState
from shadow.price import MOST_TOKENS, cost_of
from shadow.request import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from comparators.answer import Answer, Reply
    from shadow.asking.questions import Question
    from shadow.clock import Clock
    from shadow.config.asked import AnyAsked
    from shadow.proxy.model import ModelCalls, Outcome

LARGEST = 3e38
"""The largest number of a vector: what 32 bits hold."""

DAY = 86_400_000_000
"""Microseconds."""

WORDS = {
    ModelState.FAILED: "failed",
    ModelState.LATE: "late",
    ModelState.TOO_LARGE: "too_large",
    ModelState.PLUGIN_FAILED: "plugin_failed",
    ModelState.THROTTLED: "throttled",
    ModelState.BREAKER_OPEN: "breaker_open",
}
"""The words that calls without an answer are counted under; besides `late`, `over_budget`, `malformed`, `shed`."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of one question: an answer, or else the word for why there is none. Cost in the price's currency."""

    question: Question
    outcome: str
    answer: Answer | None = None
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0


class Spending:
    """What a day's calls have cost, and what those under way may: each as much as the dearest so far.

    Before there was one, a call is held to cost `least`.
    """

    def __init__(self, per_day: float | None, least: float, clock: Clock) -> None:
        self._per_day = per_day
        self._clock = clock
        self._day = self.today()
        self._spent, self._dearest = 0.0, least
        self._under_way = 0

    def today(self) -> int:
        """Give the day, UTC, since the epoch."""
        return self._clock.now() // DAY

    def begin(self) -> bool:
        """Tell whether a call may be made; one that may be is under way until `end`."""
        self._turn()
        with_this = self._spent + (self._under_way + 1) * self._dearest
        if self._per_day is not None and (with_this > self._per_day or self._spent >= self._per_day):
            return False
        self._under_way += 1
        return True

    def end(self, cost: float) -> None:
        """Take what a call has cost."""
        self._turn()
        self._under_way -= 1
        self._spent += cost
        self._dearest = max(self._dearest, cost)

    def known(self, day: int, spent: float) -> None:
        """Take what the store says of a day: another process may have spent, too."""
        self._turn()
        if day == self._day:
            self._spent = max(self._spent, spent)

    def _turn(self) -> None:
        if self.today() != self._day:
            self._day, self._spent = self.today(), 0.0


class AskedUpstream:
    """One judge or embedding server, asked from one event loop."""

    def __init__(self, kind: str, asked: AnyAsked, calls: ModelCalls, spending: Spending) -> None:
        self._kind = kind
        self._asked = asked
        self._calls = calls
        self._turns = asyncio.Semaphore(asked.max_in_flight)
        self._rubric = getattr(asked, "rubric", None)
        self.spending = spending

    async def ask(self, question: Question, deadline: float) -> Heard:
        """Ask, when it is this question's turn; one whose turn has not come by the deadline (the loop's) is late."""
        try:
            async with asyncio.timeout_at(deadline):
                await self._turns.acquire()
        except TimeoutError:
            return Heard(question, "late")
        try:
            return await self._asked_now(question)
        finally:
            self._turns.release()

    async def _asked_now(self, question: Question) -> Heard:
        if not self.spending.begin():
            return Heard(question, "over_budget")
        heard = Heard(question, "failed")
        try:
            heard = self._heard(question, await self._outcome(question))
        finally:
            self.spending.end(heard.cost)
        return heard

    async def _outcome(self, question: Question) -> Outcome:
        ended: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._calls.start(self._request(question), _into(ended))
        return await ended

    def _request(self, question: Question) -> Request:
        body = question.body
        if self._rubric is not None:
            body = b'{"rubric":' + msgspec.json.encode(self._rubric) + b"," + body[1:]
        return Request("POST", "/", ((b"Content-Type", b"application/json"),), body)

    def _heard(self, question: Question, outcome: Outcome) -> Heard:
        seen = outcome.observation
        if outcome.state is not ModelState.ANSWERED or seen is None or seen.answer is None:
            return Heard(question, WORDS.get(outcome.state, "failed"))
        try:
            answer = self._calls.adapter.read(seen.answer)
        except Exception:  # noqa: BLE001 - the fence around an adapter's own reader
            return Heard(question, "plugin_failed")
        tokens_in, tokens_out = _tokens(answer.reply)
        cost = cost_of(self._asked.price, tokens_in, tokens_out) or 0.0
        if answer.problem is not None or not self._understood(answer):
            return Heard(question, "malformed", None, tokens_in, tokens_out, cost)
        return Heard(question, "asked", answer, tokens_in, tokens_out, cost)

    def _understood(self, answer: Answer) -> bool:
        """Tell whether an answer is a judge's word, or a vector that can be kept."""
        try:
            if self._kind == "judge":
                return bool(better(answer))
            measure(Vectors(), answer, answer)
            return bool(max(map(abs, answer.json)) <= LARGEST)
        except NotComparable:
            return False

    async def close(self) -> None:
        """Close what the adapter opened."""
        await self._calls.close()

    def snapshot(self) -> dict[str, Any]:
        """Tell how the calls stand."""
        return self._calls.snapshot()


def _tokens(reply: Reply | None) -> tuple[int, int]:
    told = (None, None) if reply is None else (reply.tokens_in, reply.tokens_out)
    tokens_in, tokens_out = (n if n is not None and 0 <= n <= MOST_TOKENS else 0 for n in told)
    return tokens_in, tokens_out


def _into(ended: asyncio.Future[Outcome]) -> Callable[[Outcome], None]:
    def tell(outcome: Outcome) -> None:
        if not ended.done():
            ended.set_result(outcome)

    return tell
