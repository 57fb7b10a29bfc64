"""Answers that are weighed before they are served: against legacy's, and against further answers of the model."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from itertools import cycle

import pytest
from aiohttp import web

from shadow.calibrate.learn import FEWEST, learner_of, put_in_force
from shadow.calibrate.route import kept, ready
from shadow.config.load import load
from shadow.record.certificates import Move
from shadow.record.store import open_store

KEY = {"X-Key": "customer-1"}
INLINE = {"at_most": 0.1, "compare": [{"use": "json", "ignore": ["/side", "/confidence"]}]}
LIVE = {"phase": "live", "key": "header:X-Key", "patience": "30s"}
AGAIN = {"use": "samples", "options": {"k": 2, "temperature": 0.8}, "threshold": 0.6}

ASK = {"user": "{{ request.json.text }}", "params": {"temperature": 0}}


def saying(**document):
    """Give a side that answers with this document."""

    async def answer(_: web.Request) -> web.Response:
        return web.json_response(document)

    return answer


def answering(*texts):
    """Give a chat model that says these texts, one after another."""
    said = cycle(texts)

    async def answer(_: web.Request) -> web.Response:
        message = {"role": "assistant", "content": next(said)}
        return web.json_response({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})

    return answer


async def served(house) -> tuple[str, str]:
    """Send one request and tell who served it, and why."""
    status, headers, _ = await house.post(headers=KEY, data=b'{"text": "hi"}')
    assert status == 200
    return headers["Shadow-Served"], headers["Shadow-Reason"]


@pytest.mark.parametrize(
    ("price", "confidence", "expected"),
    [
        (1, 0.9, ("model", "confident")),
        (2, 0.9, ("legacy", "too_divergent")),
        (1, 0.1, ("legacy", "low_confidence")),
        (2, None, ("legacy", "no_confidence")),
    ],
)
async def test_an_inline_panel_has_a_veto(open_house, price, confidence, expected):
    """A confident answer too far from legacy's is not served; the record has the reason and the confidence."""
    house = await open_house(routes__x__rollout=LIVE, routes__x__confidence__inline=INLINE)
    house.legacy.answer = saying(price=1, side="legacy")
    house.model.answer = saying(price=price, side="model", confidence=confidence)
    assert await served(house) == expected
    await house.settle()
    assert house.rows("served, reason, confidence") == [(*expected, confidence)]
    assert house.worker.state()["weighing"]["judged"] == 1


async def test_nothing_is_weighed_for_those_who_are_not_exposed(open_house):
    """Nor is a client held that the model cannot answer."""
    house = await open_house(routes__x__confidence__inline=INLINE)
    assert await served(house) == ("legacy", "shadow")
    await house.settle()
    assert house.worker.state()["weighing"]["judged"] == 0


@pytest.mark.parametrize(
    ("answer", "expected", "confidence"),
    [("same", ("model", "confident"), 1.0), ("other", ("legacy", "low_confidence"), 0.0)],
)
async def test_agreement_with_legacy_may_be_the_confidence(open_house, answer, expected, confidence):
    """By the route's own panel; of requests that are not exposed the scorer finds it."""
    house = await open_house(
        routes__x__rollout=LIVE, routes__x__confidence={"use": "agreement", "threshold": 0.5}
    )
    house.legacy.answer, house.model.answer = saying(value="same"), saying(value=answer)
    assert await served(house) == expected
    house.switch(phase="shadow")
    await house.worker.live.look()
    assert await served(house) == ("legacy", "shadow")
    await house.settle()
    assert house.rows("confidence") == [(confidence,)] * 2


@pytest.mark.parametrize(
    ("texts", "expected", "confidence"),
    [
        (['{"a":1}', '{"a": 1}', '{"a":1.0}'], ("model", "confident"), 1.0),
        (['{"a":1}', '{"a":1}', '{"a":2}'], ("legacy", "low_confidence"), 0.5),
        (['{"a":1}', "no idea", '{"a":2}'], ("legacy", "low_confidence"), 0.0),
    ],
)
async def test_a_model_is_asked_again_at_another_temperature(open_house, texts, expected, confidence):
    """The share of its answers that match the first, under keys of their own."""
    chat = {"adapter": "openai", "model": "m", "ask": ASK, "answer": {"from": "json"}}
    changes = {f"models__m__{key}": value for key, value in chat.items()}
    house = await open_house(routes__x__rollout=LIVE, routes__x__confidence=AGAIN, **changes)
    house.model.answer = answering(*texts)
    assert await served(house) == expected
    await house.settle()
    assert house.rows("confidence") == [(confidence,)]
    asked = [json.loads(body).get("temperature") for *_, body in house.model.requests]
    keys = {headers["Idempotency-Key"] for _, _, headers, _ in house.model.requests}
    assert (asked, len(keys)) == ([0, 0.8, 0.8], 3)
    assert house.worker.state()["weighing"]["samples_asked"] == 2


async def test_requests_that_the_model_may_not_answer_get_a_confidence_from_samples_too(open_house):
    """Aside, after the client has its answer; what that used is booked in the record."""
    chat = {
        "adapter": "openai",
        "model": "m",
        "ask": ASK,
        "answer": {"from": "json"},
        "price": {"per_call": 1},
    }
    changes = {f"models__m__{key}": value for key, value in chat.items()}
    confidence = AGAIN | {"unexposed": {"share": 1}}
    house = await open_house(routes__x__confidence=confidence, **changes)
    house.model.answer = answering('{"a":1}', '{"a":1}', '{"a":2}')
    assert await served(house) == ("legacy", "shadow")
    await house.settle()
    columns = "confidence, unweighed, samples, cost, samples_cost"
    assert house.rows(columns) == [(0.5, None, 2, 1.0, 2.0)]
    counted = house.worker.state()["weighing"]
    assert (counted["unexposed_weighed"], counted["samples_asked"]) == (1, 2)


async def test_what_an_exposed_request_was_asked_further_is_booked_even_after_its_answer(open_house):
    """The row waits for the last of its calls, its client does not."""
    chat = {"adapter": "openai", "model": "m", "ask": ASK, "answer": {"from": "json"}}
    changes = {f"models__m__{key}": value for key, value in chat.items()}
    rollout = LIVE | {"patience": "0s"}
    house = await open_house(routes__x__rollout=rollout, routes__x__confidence=AGAIN, **changes)
    go_on, said = asyncio.Event(), answering('{"a":1}')

    async def slow_again(request: web.Request) -> web.Response:
        if len(house.model.requests) > 1:
            await go_on.wait()
        return await said(request)

    house.model.answer = slow_again
    house.legacy.answer = after_two(house)
    assert await served(house) == ("legacy", "model_late")
    go_on.set()
    await house.settle()
    assert house.rows("samples, confidence") == [(2, None)]


def after_two(house):
    """Give a legacy side that answers once the model has been asked again."""

    async def answer(request: web.Request) -> web.Response:
        async with asyncio.timeout(10):
            while len(house.model.requests) < 3:
                await asyncio.sleep(0.005)
        return await house.legacy.echo(request)

    return answer


HANGS = """
import time
from comparators import Divergence


class Hangs:
    def __call__(self, legacy, model):
        time.sleep(60)
        return Divergence(0.0)
"""


async def test_a_comparator_that_hangs_costs_its_own_answers_and_nothing_else(
    open_house, tmp_path, monkeypatch
):
    """Whoever waited for it gets legacy's; the worker goes on, and every request is accounted for."""
    (tmp_path / "hanging.py").write_text(HANGS)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *filter(None, sys.path)]))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("shadow.proxy.panel_process.LOADS_WITHIN", 0.2)
    inline = {"compare": [{"use": "hanging:Hangs"}]}
    house = await open_house(routes__x__rollout=LIVE, routes__x__confidence__inline=inline)
    house.model.answer = saying(confidence=0.9)
    found = await asyncio.gather(*(served(house) for _ in range(5)))
    assert set(found) == {("legacy", "plugin_failed")}
    await house.accounted({"x": 5})
    assert house.worker.state()["weighing"]["judge_falls"] >= 1
    sys.modules.pop("hanging", None)


async def test_clients_that_leave_while_their_answer_is_weighed_leave_nothing_behind(open_house):
    """No task, no connection, and a disposition for each."""
    house = await open_house(routes__x__rollout=LIVE, routes__x__confidence__inline=INLINE)
    go_on, waiting = asyncio.Event(), asyncio.Event()

    async def held(request: web.Request) -> web.Response:
        if len(house.legacy.requests) == 8:
            waiting.set()
        await go_on.wait()
        return await house.legacy.echo(request)

    house.legacy.answer, house.model.answer = held, saying(confidence=0.9)
    clients = [asyncio.ensure_future(served(house)) for _ in range(8)]
    await waiting.wait()
    for client in clients:
        client.cancel()
    await asyncio.wait(clients)
    async with asyncio.timeout(10):
        while house.worker.front.active:
            await asyncio.sleep(0.005)
    go_on.set()
    await house.accounted({"x": 8})
    assert house.worker.state()["tasks"] == 1


async def test_a_route_in_shadow_is_certified_by_samples_before_the_model_serves_anybody(open_house):
    """From the first shadowed request to the first answer of the model, under a certificate."""
    chat = {"adapter": "openai", "model": "m", "ask": ASK, "answer": {"from": "json"}}
    changes = {f"models__m__{key}": value for key, value in chat.items()}
    confidence = {
        "use": "samples",
        "options": {"k": 1, "calls_per_minute": 9},
        "unexposed": {"share": 1, "calls_per_minute": 1_000},
        "threshold": "certified",
        "certify": {"loss": "divergence", "at_most": 0.2},
    }
    rollout = LIVE | {"phase": "shadow"}
    house = await open_house(routes__x__rollout=rollout, routes__x__confidence=confidence, **changes)
    house.legacy.answer, house.model.answer = saying(a=1), answering('{"a":1}')
    for number in range(FEWEST + 5):
        _, headers, _ = await house.post(headers=KEY, json={"text": str(number)})
        assert headers["Shadow-Served"] == "legacy"
        async with asyncio.timeout(30):
            while house.worker.busy:  # or some would be shed while the panel process loads
                await asyncio.sleep(0.001)
    await house.settle()
    assert set(house.rows("confidence, unweighed")) == {(1.0, None)}
    config = load(house.path, environ={})
    store = open_store(config.store)
    try:
        learner = ready(store, config, "x", learner_of(config, "x").terms, 1)
        assert kept(store, learner, 1)[""].threshold == 1.0
        put_in_force(store, learner, Move("x", 1, "ops", "shown to the board"))
    finally:
        store.close()
    house.switch(phase="live")
    await house.worker.live.look()
    assert await served(house) == ("model", "confident")
