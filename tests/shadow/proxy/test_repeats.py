"""Sides that are asked a second time: when, how often, and what becomes of the exchange."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from comparators.answer import Answer
from fallback.breaker import Breaker
from fallback.decision import ModelState
from fallback.switch import Override
from fallback.words import Phase, Reason, Side
from shadow.config.model import Noise
from shadow.proxy.model import Outcome
from shadow.proxy.repeats import MARK, Budget, Means, Repeats
from shadow.proxy.spare import Spare
from shadow.record.exchange import Exchange
from shadow.request import Observation, Request
from shadow.upstream.errors import Kind, UpstreamError
from shadow.upstream.message import Head

BOTH = {"legacy": 1.0, "model": 1.0}
GET = Request("GET", "/x?q=%41", ((b"Host", b"h"), (b"Expect", b"100-continue")), b"body", exchange="0199")
SENT = ((b"Host", b"h"), (b"Expect", b"100-continue"), (b"Via", b"1.1 shadow"))


class FakePool:
    """A pool whose calls are made by `call`, once `free` is set."""

    def __init__(self, call: Any) -> None:
        self.call = call
        self.free = asyncio.Event()
        self.free.set()
        self.sent: list[dict[str, Any]] = []

    async def send(self, **request: Any) -> Any:
        self.sent.append(request)
        await self.free.wait()
        if isinstance(self.call, Exception):
            raise self.call
        return self.call()


@dataclass
class Bench:
    """A route whose sides are asked again, and what came of one exchange."""

    repeats: Repeats
    plan: Any
    pool: FakePool
    model: Any
    written: list[Exchange] = field(default_factory=list)

    def begin(self, request: Request = GET) -> Any:
        """Draw for a request, and complete its exchange if it was drawn."""
        repeat = self.repeats.drawn(self.plan, request, lambda: SENT)
        if repeat is not None:
            repeat.hold(exchange_of(request), self.written.append)
        return repeat

    def counts(self, side: Side) -> tuple[int, ...]:
        """Give what is under way, answered, failed and shed."""
        found = self.repeats.snapshot()[side]
        return tuple(found[name] for name in ("in_flight", "answered", "failed", "shed"))

    async def settled(self) -> None:
        """Wait for the calls under way."""
        async with asyncio.timeout(5):
            while len(self.repeats.means.tasks):
                await asyncio.sleep(0.001)


def exchange_of(request: Request) -> Exchange:
    """Give a complete exchange of a request."""
    return Exchange(
        id=request.exchange,
        at=1,
        route="x",
        phase=Phase.SHADOW,
        served=Side.LEGACY,
        reason=Reason.SHADOW,
        disposition=None,
        method=request.method,
        path=request.path,
        request=request,
        legacy=Observation(0.1, Answer.of(text="legacy")),
        model=Observation(0.1, Answer.of(text="model")),
    )


@pytest.fixture
async def bench(around, fakes):
    """Make a bench of the route's noise and of what legacy answers; the model answers at once."""

    def bench(noise=BOTH, *, call=None, outcome="answered", **keys) -> Bench:
        pool = FakePool(call or (lambda: fakes.FakeCall(b"again", b"")))
        model = fakes.FakeModel(fakes.answered() if outcome == "answered" else outcome)
        means = Means(pool, 5.0, around.tasks, Spare())
        repeats = Repeats(Noise.model_validate(noise), model, means)
        return Bench(repeats, fakes.plan_of(model=model, **keys), pool, model)

    return bench


async def test_both_sides_are_asked_once_the_client_has_its_answer(bench):
    """Legacy as it was, and marked; the model under a key of its own."""
    made = bench()
    repeat = made.begin()
    assert (made.pool.sent, made.model.asked, made.written) == ([], [], [])
    repeat.answered()
    await made.settled()
    (sent,) = made.pool.sent
    assert (sent["method"], sent["target"], sent["body"]) == (b"GET", b"/x?q=%41", b"body")
    assert sent["headers"] == ((b"Host", b"h"), (b"Via", b"1.1 shadow"), MARK)
    assert [request.exchange for request in made.model.asked] == ["0199-again"]
    (written,) = made.written
    assert (written.legacy_again.body, written.model_again.body) == (b"again", b"model")
    assert made.counts(Side.LEGACY) == made.counts(Side.MODEL) == (0, 1, 0, 0)


async def test_an_exchange_that_is_completed_later_is_repeated_then(bench):
    """The answer was out before the model had ended."""
    made = bench()
    repeat = made.repeats.drawn(made.plan, GET, lambda: SENT)
    repeat.answered()
    assert made.model.asked == []
    repeat.hold(exchange_of(GET), made.written.append)
    repeat.answered()
    await made.settled()
    assert (len(made.pool.sent), len(made.model.asked), len(made.written)) == (1, 1, 1)


@pytest.mark.parametrize(
    ("noise", "method", "drawn"),
    [
        (BOTH, "GET", True),
        (BOTH, "HEAD", True),
        (BOTH, "POST", False),
        (BOTH, "DELETE", False),
        ({**BOTH, "methods": ["POST"]}, "POST", True),
        ({**BOTH, "methods": ["POST"]}, "GET", False),
        ({}, "GET", False),
    ],
)
async def test_only_the_methods_that_were_named_are_repeated(bench, noise, method, drawn):
    """By default those that are safe."""
    repeat = bench(noise).begin(Request(method, "/x", exchange="0199"))
    assert (repeat is not None) == drawn


async def test_a_share_of_the_exchanges_is_drawn_for_each_side_by_itself(bench):
    """About a tenth and a half of four thousand, whoever asks again."""
    made = bench({"legacy": 0.1, "model": 0.5})
    drawn = [made.repeats.drawn(made.plan, Request("GET", "/x", exchange=str(n)), tuple) for n in range(4000)]
    sides = [frozenset(each._sides) for each in drawn if each is not None]
    legacy, model = (sum(side in each for each in sides) for side in Side)
    both = sides.count(frozenset(Side))
    assert (abs(legacy - 400) < 80, abs(model - 2000) < 130, abs(both - 200) < 60) == (True, True, True)
    again = [made.repeats.drawn(made.plan, Request("GET", "/x", exchange=str(n)), tuple) for n in range(4000)]
    assert [each is None for each in again] == [each is None for each in drawn]


@pytest.mark.parametrize(
    "call",
    [
        UpstreamError(Kind.CONNECT, "refused"),
        UpstreamError(Kind.TIMEOUT, "late", sent=True),
        ValueError("cannot be written"),
        "broken",
        "too large",
        "error",
    ],
)
async def test_a_repeat_of_legacy_that_fails_leaves_the_exchange_as_it_was(bench, fakes, call):
    """And is counted; legacy's breaker learns of it."""
    calls = {
        "broken": lambda: fakes.FakeCall(b"a", UpstreamError(Kind.RESET, "gone", sent=True)),
        "too large": lambda: fakes.FakeCall(b"a" * 11, b""),
        "error": lambda: fakes.FakeCall(b"", head=Head.of(500, ())),
    }
    made = bench(call=calls.get(call, call), capture={"body_limit": "10B"})
    made.begin().answered()
    await made.settled()
    assert (made.written[0].legacy_again, made.counts(Side.LEGACY)) == (None, (0, 0, 1, 0))
    assert made.written[0].model_again is not None


@pytest.mark.parametrize(
    ("outcome", "counts"),
    [
        (Outcome(ModelState.FAILED, Observation(0.1)), (0, 0, 1, 0)),
        (Outcome(ModelState.LATE, Observation(0.1)), (0, 0, 1, 0)),
        (Outcome(ModelState.SHED), (0, 0, 0, 1)),
        (Outcome(ModelState.BREAKER_OPEN), (0, 0, 0, 1)),
        (Outcome(ModelState.ANSWERED, Observation(0.1, Answer.of(text="far too large"))), (0, 0, 1, 0)),
    ],
)
async def test_a_repeat_of_the_model_that_fails_leaves_the_exchange_as_it_was(bench, outcome, counts):
    """What the model's own limits did not let through is shed."""
    made = bench({"model": 1.0}, outcome=outcome, capture={"body_limit": "10B"})
    made.begin().answered()
    assert (made.written[0].model_again, made.counts(Side.MODEL)) == (None, counts)


async def test_more_than_the_limit_are_given_up(bench):
    """They are counted, and their exchanges written at once."""
    made = bench({"legacy": 1.0, "max_in_flight": 2})
    made.pool.free.clear()
    for _ in range(5):
        made.begin().answered()
    assert (len(made.written), made.counts(Side.LEGACY)) == (3, (2, 0, 0, 3))
    made.pool.free.set()
    await made.settled()
    assert (len(made.written), made.counts(Side.LEGACY)[0]) == (5, 0)


async def test_nothing_is_repeated_while_repeats_fail(bench):
    """The breaker is the route's own, and opens after the failures that it was told."""
    breaker = {"failures": 2, "within": "1h", "cool_down": "1h"}
    made = bench({"legacy": 1.0, "breaker": breaker}, call=UpstreamError(Kind.CONNECT, "refused"))
    for _ in range(5):
        made.begin().answered()
        await made.settled()
    assert (made.counts(Side.LEGACY), len(made.pool.sent), len(made.written)) == ((0, 0, 2, 3), 2, 5)
    assert made.repeats.snapshot()["legacy"]["breaker_open"] == 1


async def test_a_worker_without_time_repeats_nothing(bench):
    """Nor does a route that was killed meanwhile."""
    made = bench()
    made.repeats.means.spare.share = 0.5
    made.begin().answered()
    assert (made.counts(Side.LEGACY), made.pool.sent) == ((0, 0, 0, 1), [])
    killed = bench()
    repeat = killed.begin()
    killed.plan.refresh([Override("killed", True, None)], 0)  # noqa: FBT003 - an override's value
    repeat.answered()
    assert (killed.model.asked, killed.pool.sent, len(killed.written)) == ([], [], 1)


async def test_an_exchange_is_written_though_its_repeat_is_cut_short(bench, around):
    """By the worker's end, even before the call has begun."""
    made = bench({"legacy": 1.0})
    made.pool.free.clear()
    made.begin().answered()
    assert made.written == []
    assert await around.tasks.drain(0) == 1
    await asyncio.sleep(0)
    assert (len(made.written), made.written[0].legacy_again) == (1, None)
    assert made.counts(Side.LEGACY) == (0, 0, 0, 1)


def test_a_budget_knows_how_its_calls_ended():
    """A place is taken before a call, and given back after it."""
    budget = Budget(1, Breaker())
    assert (budget.take(0.0), budget.take(0.0)) == (True, False)
    budget.release(0.1, answered=True)
    assert budget.take(0.2)
    budget.release(0.3, answered=False)
    assert (budget.answered, budget.failed, budget.shed, budget.in_flight) == (1, 1, 1, 0)
