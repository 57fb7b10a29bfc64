"""Sides that are asked twice, on real sockets: who is, when, and what the record then knows."""

from __future__ import annotations

import asyncio
import json
from itertools import count

import pytest
from aiohttp import web

from fallback.noise.state import NoiseState

BOTH = {"legacy": 1.0, "model": 1.0}


@pytest.fixture
def ask():
    """Give a function that sends requests through a house, one after another; gives the answers' bodies."""

    async def ask(house, method="GET", times=1):
        bodies = []
        for _ in range(times):
            async with house.session.request(method, f"{house.url}/v1/x", data=b"hello") as answer:
                bodies.append(await answer.read())
        return bodies

    return ask


def noisy(side: str):
    """Make a side whose every answer has another id, and the same price."""
    numbers = count()

    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"id": f"{side}-{next(numbers)}", "price": 7})

    return answer


async def test_a_side_is_asked_again_once_the_client_has_its_answer(open_house, ask):
    """Legacy's repeat waits here for the client to have read its answer, and then is let go."""
    house = await open_house(routes__x__noise=BOTH)
    read, repeated = asyncio.Event(), asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        if "Shadow-Repeat" in request.headers:
            repeated.set()
            await read.wait()
        return web.json_response({"side": "legacy"})

    house.legacy.answer = answer
    assert await ask(house) == [b'{"side": "legacy"}']
    await repeated.wait()
    assert house.worker.recorder.snapshot()["queued_rows"] == 0
    read.set()
    await house.accounted({"x": 1})
    first, again = house.legacy.requests
    assert first[:2] == again[:2]
    assert first[3] == again[3] == b"hello"
    assert again[2] == first[2] | {"Shadow-Repeat": "1"}
    assert house.query("SELECT side, status FROM bodies ORDER BY side") == [
        ("legacy", None),
        ("legacy2", 200),
        ("model", None),
        ("model2", 200),
        ("request", None),
    ]


async def test_what_differs_by_itself_is_known_after_a_few_repeats(open_house, ask):
    """A repeat is no exchange, and each is counted once; the model's are asked under a key of their own."""
    house = await open_house(routes__x__noise=BOTH)
    house.legacy.answer, house.model.answer = noisy("legacy"), noisy("model")
    await ask(house, times=5)
    await house.accounted({"x": 5})
    ((repeats, stored),) = house.query("SELECT repeats, state FROM noise")
    found = NoiseState.loads(stored).comparators["json"]
    assert (repeats, found.triples, found.pairs, found.fields, list(found.paths)) == (5, 5, 5, 2, ["/id"])
    path = found.paths["/id"]
    assert (path.legacy, path.model, path.diverged, path.both) == (5, 5, 5, 5)
    keys = [headers["Idempotency-Key"] for *_, headers, _ in house.model.requests]
    assert len(set(keys)) == 10
    assert sum(key.endswith("-again") for key in keys) == 5
    assert house.worker.state()["repeats"]["x"]["legacy"] == {
        "in_flight": 0,
        "answered": 5,
        "failed": 0,
        "shed": 0,
        "breaker_open": 0,
    }


@pytest.mark.parametrize(("methods", "asked"), [(["GET", "HEAD"], 1), (["POST"], 2)])
async def test_a_method_that_is_not_safe_is_repeated_only_where_that_was_said(
    open_house, ask, methods, asked
):
    """By default a POST never is."""
    house = await open_house(routes__x__noise={**BOTH, "methods": methods})
    await ask(house, "POST")
    await house.accounted({"x": 1})
    assert (len(house.legacy.requests), len(house.model.requests)) == (asked, asked)


async def test_without_the_option_nobody_is_asked_twice(open_house, ask):
    """It is off by default."""
    house = await open_house()
    await ask(house)
    await house.accounted({"x": 1})
    assert (len(house.legacy.requests), len(house.model.requests)) == (1, 1)
    assert house.worker.state()["repeats"] == {}


async def test_a_repeat_that_fails_costs_the_exchange_nothing(open_house, ask):
    """Legacy answers its clients and breaks down on every repeat; after five the breaker lets it be."""
    house = await open_house(routes__x__noise={"legacy": 1.0})

    async def answer(request: web.Request) -> web.Response:
        return web.json_response({}, status=500 if "Shadow-Repeat" in request.headers else 200)

    house.legacy.answer = answer
    assert await ask(house, times=4) == [b"{}"] * 4
    await house.settle()
    assert await ask(house, times=4) == [b"{}"] * 4
    await house.accounted({"x": 8})
    assert {row[2] for row in house.rows()} == {"compared"}
    found = house.worker.state()["repeats"]["x"]["legacy"]
    assert (found["answered"], found["failed"] + found["shed"], found["breaker_open"]) == (0, 8, 1)
    assert found["failed"] == len(house.legacy.requests) - 8 >= 5


async def test_a_stop_amid_a_repeat_keeps_the_exchange(open_house, ask):
    """The repeat is cut short; the exchange it belongs to is written without it."""
    house = await open_house(routes__x__noise={"legacy": 1.0}, listen__drain="50ms")
    hangs = asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        if "Shadow-Repeat" in request.headers:
            hangs.set()
            await asyncio.sleep(60)
        return web.json_response({"side": "legacy"})

    house.legacy.answer = answer
    await ask(house)
    await hangs.wait()
    await house.stop()
    assert house.rows("served, disposition") == [("legacy", None)]
    assert [side for (side,) in house.query("SELECT side FROM bodies ORDER BY side")] == [
        "legacy",
        "model",
        "request",
    ]


async def test_hashed_bodies_are_hashed_once_their_noise_is_known(open_house, ask):
    """Of a repeat, too, nothing is left but its hash."""
    house = await open_house(routes__x__noise=BOTH, routes__x__keep={"bodies": "hashed"})
    await ask(house)
    await house.accounted({"x": 1})
    assert house.query("SELECT count(*), count(body), count(sha256) FROM bodies") == [(5, 0, 5)]
    assert json.loads(house.query("SELECT state FROM noise")[0][0])["comparators"]["json"]["triples"] == 1
