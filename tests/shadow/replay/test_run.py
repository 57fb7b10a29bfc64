"""One run of a replay: bounded, continued, stopped."""

from __future__ import annotations

import asyncio

import pytest

from comparators import Answer, Reply
from fallback.confidence.agreement import Samples
from fallback.decision import ModelState
from fallback.words import Failure
from shadow.config.model import Price
from shadow.limits.throttle import RateLimiter
from shadow.proxy.model import Outcome
from shadow.record.store import open_store
from shadow.replay.ledger import rows
from shadow.replay.run import Bounds, Ending, Model, Run, wants_samples
from shadow.request import Observation

SAID = Answer.of(json={"a": 1, "sure": 0.8}, reply=Reply("", tokens_in=500_000, tokens_out=0))


@pytest.fixture
def run(shelf):
    """Give a function that runs the replay with these calls, and gives how it ended and how often it was told."""

    async def run(calls, *, told=None, measure=None, since=None, at_once=2, **bounds):
        model = calls if isinstance(calls, Model) else Model(calls)
        bounds = Bounds(at_once, **bounds)
        one = Run(
            lambda: open_store(shelf.url, busy=0.0),
            shelf.replay,
            model,
            measure or shelf.measure(),
            since=since,
            bounds=bounds,
        )
        progressed = []
        ending = await one.run(told or asyncio.Event(), progressed.append)
        return ending, [each.exchange for each in progressed]

    return run


async def test_every_recorded_request_is_sent_once(run, shelf, make, calls):
    """Under a key of the replay's own, and what came of it is kept."""
    written = shelf.record(*(make() for _ in range(5)))
    model = calls(lambda _: SAID)
    ending, told = await run(model)
    assert (ending, sorted(told)) == (Ending.DONE, sorted(written))
    assert sorted(each.exchange for each in model.asked) == sorted(f"{i}-{shelf.replay.id}" for i in written)
    assert [each.body for each in model.asked] == [b'{"text": "hi"}'] * 5
    assert [(each.verdict, each.confidence) for each in rows(shelf.store, shelf.replay.id)] == [
        ("match", 0.8)
    ] * 5
    assert await run(model) == (Ending.DONE, [])


async def test_a_run_goes_on_where_the_last_one_ended(run, shelf, make, calls):
    """What failed is tried again."""
    written = shelf.record(*(make() for _ in range(5)))
    failing = Outcome(ModelState.LATE, Observation(2.0, None, Failure.TIMEOUT))
    assert await run(calls(lambda _: failing), requests=2, at_once=1) == (Ending.LIMIT, written[:2])
    assert [each.failure for each in rows(shelf.store, shelf.replay.id)] == ["late", "late"]
    model = calls(lambda _: SAID)
    assert await run(model, requests=3, at_once=1) == (Ending.LIMIT, written[:3])
    assert await run(model, at_once=1) == (Ending.DONE, written[3:])
    assert [each.failure for each in rows(shelf.store, shelf.replay.id)] == [None] * 5


async def test_a_budget_is_kept_over_all_runs(run, shelf, make, calls):
    """Each answer costs 0.5; what is under way when it is spent still counts."""
    shelf.record(*(make() for _ in range(5)))
    measure = shelf.measure(price=Price(input_per_million=1))
    model = calls(lambda _: SAID)
    assert (await run(model, measure=measure, budget=1.0, at_once=1))[0] is Ending.OVER_BUDGET
    assert len(model.asked) == 2
    assert (await run(model, measure=measure, budget=1.0, at_once=1)) == (Ending.OVER_BUDGET, [])
    assert (await run(model, measure=measure, budget=9.0))[0] is Ending.DONE


async def test_a_model_that_keeps_failing_ends_the_run(run, shelf, make, calls):
    """Its breaker is open: nothing is noted of a request that was not sent."""
    shelf.record(*(make() for _ in range(3)))
    assert await run(calls(lambda _: Outcome(ModelState.BREAKER_OPEN))) == (Ending.BREAKER_OPEN, [])
    assert list(rows(shelf.store, shelf.replay.id)) == []


async def test_a_run_that_is_told_to_stop_sends_nothing_more(run, shelf, make, calls):
    """What is under way is written first."""
    written = shelf.record(*(make() for _ in range(3)))
    told = asyncio.Event()

    def answer(_):
        told.set()
        return SAID

    assert await run(calls(answer), told=told, at_once=1) == (Ending.STOPPED, written[:1])


async def test_no_more_than_allowed_are_under_way_at_once(run, shelf, make):
    """However many wait."""
    shelf.record(*(make() for _ in range(6)))
    under_way, most = 0, 0

    class Slow:
        def start(self, _request, ended):
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            asyncio.get_running_loop().call_soon(self.end, ended)

        def end(self, ended):
            nonlocal under_way
            under_way -= 1
            ended(Outcome(ModelState.ANSWERED, Observation(0.1, SAID)))

    assert (await run(Slow(), at_once=3))[0] is Ending.DONE
    assert most == 3


async def test_the_models_rate_is_kept(run, shelf, make, calls):
    """By waiting for a turn, not by giving requests up."""
    shelf.record(*(make() for _ in range(4)))
    limiter = RateLimiter(2, 0.05, 3600.0)
    model = calls(lambda _: SAID)
    assert (await run(Model(model, limiter=limiter)))[0] is Ending.DONE
    assert (len(model.asked), limiter.snapshot()["acquired"], limiter.snapshot()["refused"]) == (4, 4, 0)


async def test_a_turn_that_never_comes_is_a_failure(run, shelf, make, calls):
    """The model is not asked beyond its rate."""

    class Full:
        async def acquire(self, _deadline):
            return False

    shelf.record(make())
    model = calls(lambda _: SAID)
    await run(Model(model, limiter=Full()))
    assert ([each.failure for each in rows(shelf.store, shelf.replay.id)], model.asked) == (["throttled"], [])


async def test_an_estimator_may_have_the_model_asked_again(run, shelf, make, calls):
    """At another temperature, under other keys, and what that costs is added."""
    shelf.record(make())
    answers = iter([SAID, Answer.of(json={"a": 2})])
    warm = calls(lambda _: next(answers))
    measure = shelf.measure(estimator=Samples(k=2), price=Price(per_call=1))
    assert wants_samples(measure) == 0.7
    model = calls(lambda _: SAID)
    assert (await run(Model(model, warm), measure=measure))[0] is Ending.DONE
    (row,) = rows(shelf.store, shelf.replay.id)
    assert (row.confidence, row.cost, len({each.exchange for each in warm.asked})) == (0.5, 3.0, 2)


async def test_without_anybody_to_ask_again_there_is_no_confidence(run, shelf, make, calls):
    """The rest is measured all the same."""
    shelf.record(make())
    await run(calls(lambda _: SAID), measure=shelf.measure(estimator=Samples(k=2)))
    (row,) = rows(shelf.store, shelf.replay.id)
    assert (row.confidence, row.verdict, wants_samples(shelf.measure())) == (None, "match", None)
