"""The calls to one model: each ends in one outcome, whatever the model does, and none outnumbers its limit."""

from __future__ import annotations

import asyncio

import pytest

from comparators.answer import Answer
from fallback.breaker import Breaker, BreakerState
from fallback.decision import ModelState
from fallback.words import Failure
from shadow.adapters.ask import AskFailed
from shadow.adapters.plugin import Plugin
from shadow.limits.throttle import RateLimiter
from shadow.proxy.model import ModelCalls
from shadow.request import Request
from shadow.upstream.errors import Kind, UpstreamError

REQUEST = Request("GET", "/")


class Adapter:
    """An adapter that gives or raises what it was told to, once it may."""

    def __init__(self, answer=None) -> None:
        self.answer = answer or Answer.of(text="said")
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.log: list[str] = []

    async def __call__(self, _: Request) -> Answer:
        self.log.append("asked")
        await self.may_answer.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def failed(self, raw: Answer) -> bool:
        return raw.status >= 500

    def read(self, raw: Answer) -> Answer:
        return raw


class Opening(Adapter):
    """An adapter with something to open and close."""

    async def __aenter__(self):
        self.log.append("opened")
        return self

    async def __aexit__(self, *_: object) -> None:
        self.log.append("closed")
        raise OSError("a secret")


@pytest.fixture
def calls(around):
    """Make the calls of a model."""

    def calls(adapter, *, timeout=5.0, max_in_flight=2, limiter=None, failures=5) -> ModelCalls:
        return ModelCalls(
            "m",
            adapter,
            timeout=timeout,
            max_in_flight=max_in_flight,
            limiter=limiter,
            breaker=Breaker(failures=failures),
            tasks=around.tasks,
        )

    return calls


async def outcome_of(calls):
    """Start a call and wait for its end."""
    ended = asyncio.get_running_loop().create_future()
    calls.start(REQUEST, ended.set_result)
    return await ended


OUTCOMES = [
    (None, ModelState.ANSWERED, None),
    (Answer(status=503), ModelState.FAILED, Failure.STATUS),
    (UpstreamError(Kind.CONNECT, "no connection"), ModelState.FAILED, Failure.CONNECT),
    (UpstreamError(Kind.TIMEOUT, "late"), ModelState.LATE, Failure.TIMEOUT),
    (UpstreamError(Kind.TOO_LARGE, "large"), ModelState.TOO_LARGE, Failure.TOO_LARGE),
    (TimeoutError(), ModelState.LATE, Failure.TIMEOUT),
    (AskFailed("no json"), ModelState.FAILED, Failure.MALFORMED),
    (ZeroDivisionError("a secret"), ModelState.PLUGIN_FAILED, Failure.PLUGIN),
]


@pytest.mark.parametrize(("answer", "state", "failure"), OUTCOMES)
async def test_whatever_the_model_does_is_an_outcome(calls, answer, state, failure):
    """Nothing is raised; what was answered is kept, a plugin's own words are not."""
    outcome = await outcome_of(calls(Adapter(answer)))
    assert (outcome.state, outcome.observation.failure) == (state, failure)
    assert (outcome.observation.answer is not None) == (answer is None or isinstance(answer, Answer))
    assert "secret" not in outcome.observation.detail


async def test_a_bug_in_an_adapters_own_view_of_failure_is_a_failure_too(calls):
    """It is fenced as the call itself is."""

    class Judge(Adapter):
        def failed(self, _: Answer) -> bool:
            raise ZeroDivisionError

    outcome = await outcome_of(calls(Judge()))
    assert (outcome.state, outcome.observation.failure) == (ModelState.PLUGIN_FAILED, Failure.PLUGIN)


async def test_a_model_that_hangs_is_late(calls):
    """Its call is ended."""
    adapter = Adapter()
    adapter.may_answer.clear()
    model = calls(adapter, timeout=0.02)
    outcome = await outcome_of(model)
    assert (outcome.state, outcome.observation.failure, model.in_flight) == (
        ModelState.LATE,
        Failure.TIMEOUT,
        0,
    )


async def test_beyond_its_limit_calls_are_shed_at_once(calls):
    """They are not made, and not queued."""
    adapter = Adapter()
    adapter.may_answer.clear()
    model = calls(adapter)
    ended = []
    for _ in range(3):
        model.start(REQUEST, ended.append)
    assert ([each.state for each in ended], model.in_flight) == ([ModelState.SHED], 2)
    adapter.may_answer.set()
    while model.in_flight:
        await asyncio.sleep(0)
    assert sorted(each.state.value for each in ended) == ["answered", "answered", "shed"]


async def test_beyond_its_rate_calls_are_throttled(calls):
    """And the model is not asked."""
    adapter = Adapter()
    model = calls(adapter, limiter=RateLimiter(1, 3600))
    states = [(await outcome_of(model)).state for _ in range(2)]
    assert (states, adapter.log) == ([ModelState.ANSWERED, ModelState.THROTTLED], ["asked"])


async def test_calls_that_nobody_waits_for_leave_half_of_the_places(calls):
    """And none are begun while a call waits for its turn, or the breaker is not closed."""
    limiter = RateLimiter(1, 3600)
    model = calls(Adapter(), max_in_flight=4, limiter=limiter)
    assert [model.has_room(count) for count in (4, 5)] == [True, False]
    model.in_flight = 1
    assert [model.has_room(count) for count in (1, 2)] == [True, False]
    limiter.waiting = 1
    assert not model.has_room(1)
    broken = calls(Adapter(Answer(status=503)), failures=1)
    await outcome_of(broken)
    assert not broken.has_room(1)


async def test_a_model_that_keeps_failing_is_left_alone(calls):
    """What the breaker forbids is not asked."""
    adapter = Adapter(Answer(status=503))
    model = calls(adapter, failures=2)
    states = [(await outcome_of(model)).state for _ in range(3)]
    assert states == [ModelState.FAILED, ModelState.FAILED, ModelState.BREAKER_OPEN]
    assert (len(adapter.log), model.snapshot()["breaker"]) == (2, str(BreakerState.OPEN))


async def test_a_request_that_cannot_be_asked_is_no_fault_of_the_models(calls):
    """One client that sends nonsense must not stop the calls for all."""
    model = calls(Adapter(AskFailed("no json")), failures=1)
    for _ in range(2):
        assert (await outcome_of(model)).state is ModelState.FAILED


async def test_a_call_that_the_workers_end_cuts_short_is_shed(calls, around):
    """It ends in an outcome too."""
    adapter = Adapter()
    adapter.may_answer.clear()
    ended = []
    model = calls(adapter)
    model.start(REQUEST, ended.append)
    while not adapter.log:
        await asyncio.sleep(0)
    assert await around.tasks.drain(0) == 1
    assert ([each.state for each in ended], model.in_flight) == ([ModelState.SHED], 0)


async def test_an_adapter_is_opened_once_and_closed_when_its_calls_have_ended(calls, capsys):
    """What it raises at its end is told of by its kind alone."""
    adapter = Opening()
    model = calls(Plugin(adapter, None))
    await outcome_of(model)
    adapter.may_answer.clear()
    ended = []
    model.start(REQUEST, ended.append)
    async with asyncio.TaskGroup() as group:
        group.create_task(model.retire())
        while adapter.log.count("asked") < 2:
            await asyncio.sleep(0)
        assert "closed" not in adapter.log
        adapter.may_answer.set()
    assert adapter.log == ["opened", "asked", "asked", "closed"]
    told = capsys.readouterr().out
    assert ("OSError" in told, "secret" in told) == (True, False)


async def test_a_model_whose_answers_have_no_end_is_left_alone(calls):
    """Reading them takes the worker's time, so the breaker counts them as it counts failures."""
    model = calls(Adapter(UpstreamError(Kind.TOO_LARGE, "large")), failures=2)
    states = [(await outcome_of(model)).state for _ in range(3)]
    assert states == [ModelState.TOO_LARGE, ModelState.TOO_LARGE, ModelState.BREAKER_OPEN]
