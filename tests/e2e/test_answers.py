"""Who answers a client, and why: every phase and every reason, through real sockets."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

KEY = {"X-Key": "customer-1"}


def confident(value: float | str | None):
    """Make a model that answers with a confidence of its own."""

    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"side": "model", "confidence": value})

    return answer


async def served(house, **options) -> tuple[str, str, bytes]:
    """Send one request and tell who served it, why, and what."""
    status, headers, body = await house.post(headers=KEY, **options)
    assert status == 200
    return headers["Shadow-Served"], headers["Shadow-Reason"], body


async def test_phase_off_is_a_plain_reverse_proxy(open_house):
    """No call to the model, no header, no row; the traffic is counted."""
    house = await open_house(routes__x__rollout__phase="off")
    _, headers, body = await house.post()
    await house.settle()
    assert (body, [name for name in headers if name.startswith("Shadow-")]) == (b'{"side": "legacy"}', [])
    assert (house.model.requests, house.rows()) == ([], [])
    assert house.tallies() == {("x", "legacy", "off", "off"): 1}


async def test_what_no_route_matches_goes_to_legacy_untouched(open_house):
    """Method, target and body arrive as they were sent; it is counted as unmatched."""
    house = await open_house()
    status, headers, _ = await house.post("/other?a=%2F&b", data=b"raw")
    await house.settle()
    assert (status, "Shadow-Served" in headers) == (200, False)
    assert [(method, target, body) for method, target, _, body in house.legacy.requests] == [
        ("POST", "/other?a=%2F&b", b"raw")
    ]
    assert house.tallies() == {("", "legacy", "unmatched", "off"): 1}


async def test_in_shadow_the_model_is_asked_and_never_served(open_house):
    """Both sides get the request, legacy answers, and the two are compared."""
    house = await open_house()
    house.model.answer = confident(1.0)
    assert await served(house) == ("legacy", "shadow", b'{"side": "legacy"}')
    await house.settle()
    assert [len(side.requests) for side in (house.legacy, house.model)] == [1, 1]
    assert house.rows("served, reason, disposition, verdict, confidence, legacy_status, model_status") == [
        ("legacy", "shadow", "compared", "diverged", 1.0, 200, 200)
    ]


async def test_credentials_of_the_client_do_not_go_to_the_model(open_house):
    """Authorization and Cookie reach legacy alone; the model is told what it is."""
    house = await open_house()
    await house.post(headers={"Authorization": "Bearer secret-1", "Cookie": "session=secret-2", **KEY})
    await house.settle()
    seen = house.model.requests[0][2]
    assert {"Authorization", "Cookie"} <= house.legacy.requests[0][2].keys()
    assert not {"Authorization", "Cookie"} & seen.keys()
    exchange = house.rows("id")[0][0]
    assert (seen["Shadow-Side"], seen["Idempotency-Key"]) == ("model", exchange)
    assert b"secret-" not in house.store.read_bytes()


REASONS = [
    pytest.param({}, 0.9, ("model", "confident"), id="confident"),
    pytest.param({}, 0.5, ("model", "confident"), id="exactly at the threshold"),
    pytest.param({}, 0.49, ("legacy", "low_confidence"), id="below"),
    pytest.param({}, None, ("legacy", "no_confidence"), id="none"),
    pytest.param({}, 1.5, ("legacy", "no_confidence"), id="out of range"),
    pytest.param({}, "high", ("legacy", "no_confidence"), id="not a number"),
    pytest.param({"routes__x__rollout__phase": "shadow"}, 0.9, ("legacy", "shadow"), id="shadow"),
    pytest.param({"routes__x__rollout__sample": 0}, 0.9, ("legacy", "not_sampled"), id="not sampled"),
    pytest.param(
        {"routes__x__rollout__phase": "canary", "routes__x__rollout__exposure": 0},
        0.9,
        ("legacy", "not_exposed"),
        id="not exposed",
    ),
    pytest.param(
        {"routes__x__rollout__phase": "canary", "routes__x__rollout__exposure": 1},
        0.9,
        ("model", "confident"),
        id="canary, everyone exposed",
    ),
    pytest.param(
        {"routes__x__rollout__targets": [{"when": {"header:X-Key": ["customer-1"]}, "phase": "shadow"}]},
        0.9,
        ("legacy", "pinned"),
        id="pinned by a target",
    ),
    pytest.param(
        {"models__m__max_in_flight": 1, "models__m__url": "busy"}, 0.9, ("legacy", "shed"), id="shed"
    ),
]


@pytest.mark.parametrize(("changes", "confidence", "expected"), REASONS[:-1])
async def test_each_reason(open_house, changes, confidence, expected):
    """Live, a confident model serves; whatever speaks against it is the reason for legacy."""
    house = await open_house(**{"routes__x__rollout__phase": "live", **changes})
    house.model.answer = confident(confidence)
    assert (await served(house))[:2] == expected
    await house.settle()
    assert house.rows("served, reason") == [expected]


async def test_a_request_without_its_key_is_never_exposed_in_canary(open_house):
    """Without a key there is no stable bucket, so legacy answers."""
    house = await open_house(routes__x__rollout__phase="canary", routes__x__rollout__exposure=1.0)
    house.model.answer = confident(1.0)
    _, headers, _ = await house.post()
    assert (headers["Shadow-Served"], headers["Shadow-Reason"]) == ("legacy", "not_exposed")


async def test_a_failing_model_means_legacy(open_house):
    """A status of 500 is a failure, recorded with its status."""
    house = await open_house(routes__x__rollout__phase="live")

    async def broken(_: web.Request) -> web.Response:
        return web.json_response({}, status=500)

    house.model.answer = broken
    assert (await served(house))[:2] == ("legacy", "model_failed")
    await house.settle()
    assert house.rows("reason, disposition, model_status, model_failure") == [
        ("model_failed", "model_failed", 500, "status")
    ]


async def test_patience_bounds_the_wait_for_the_model(open_house):
    """A model that is late leaves the client with legacy; its answer is still compared when it comes."""
    house = await open_house(routes__x__rollout__phase="live", routes__x__rollout__patience="20ms")
    answering = asyncio.Event()

    async def late(_: web.Request) -> web.Response:
        await answering.wait()
        return web.json_response({"side": "model", "confidence": 1.0})

    house.model.answer = late
    assert (await served(house))[:2] == ("legacy", "model_late")
    answering.set()
    await house.settle()
    assert house.rows() == [("legacy", "model_late", "compared")]


async def test_a_model_that_exceeds_its_timeout_is_late_for_good(open_house):
    """Time-outs end the call; the disposition says so."""
    house = await open_house(models__m__timeout="50ms")

    async def hang(_: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    house.model.answer = hang
    assert (await served(house))[:2] == ("legacy", "shadow")
    await house.settle()
    assert house.rows("reason, disposition, model_failure") == [("shadow", "model_late", "timeout")]


async def test_a_confident_model_answers_before_legacy(open_house):
    """It need not wait for legacy, which is still awaited for the record."""
    house = await open_house(routes__x__rollout__phase="live")
    house.model.answer = confident(0.9)
    answering = asyncio.Event()

    async def slow(_: web.Request) -> web.Response:
        await answering.wait()
        return web.json_response({"side": "legacy"})

    house.legacy.answer = slow
    assert (await served(house))[:2] == ("model", "confident")
    answering.set()
    await house.settle()
    assert house.rows("served, reason, disposition, legacy_status") == [
        ("model", "confident", "compared", 200)
    ]


async def test_what_exceeds_max_in_flight_is_shed(open_house):
    """The second call is not queued: legacy answers it at once."""
    house = await open_house(models__m__max_in_flight=1)
    answering, asked = asyncio.Event(), asyncio.Event()

    async def slow(_: web.Request) -> web.Response:
        asked.set()
        await answering.wait()
        return web.json_response({})

    house.model.answer = slow
    await house.post()
    await asked.wait()
    await house.post()
    answering.set()
    await house.settle()
    assert sorted(house.rows("disposition")) == [("compared",), ("shed",)]


async def test_what_exceeds_the_rate_limit_is_throttled(open_house):
    """Calls beyond the rate are not queued either."""
    house = await open_house(models__m__rate_limit={"calls": 1, "period": "1h"})
    for _ in range(3):
        await house.post()
    await house.settle()
    assert sorted(house.rows("disposition")) == [("compared",), ("throttled",), ("throttled",)]


async def test_the_breaker_stops_calling_a_model_that_keeps_failing(open_house):
    """After its failures the model is left alone, and the record says why."""
    house = await open_house(models__m__breaker={"failures": 2, "within": "10s", "cool_down": "1h"})

    async def broken(_: web.Request) -> web.Response:
        return web.json_response({}, status=503)

    house.model.answer = broken
    for _ in range(4):
        await house.post()
        while house.worker.busy:
            await asyncio.sleep(0.001)
    await house.settle()
    assert house.rows("disposition") == [("model_failed",)] * 2 + [("breaker_open",)] * 2
    assert len(house.model.requests) == 2


async def test_legacy_errors_reach_the_client_unchanged(open_house):
    """A 503 of legacy is its own answer, not the proxy's."""
    house = await open_house()

    async def failing(_: web.Request) -> web.Response:
        return web.Response(status=503, text="tea break", headers={"Retry-After": "7"})

    house.legacy.answer = failing
    status, headers, body = await house.post()
    await house.settle()
    assert (status, headers["Retry-After"], body) == (503, "7", b"tea break")
    assert house.rows("reason, disposition, legacy_failure") == [("shadow", "legacy_failed", "status")]


@pytest.mark.parametrize(
    ("policy", "confidence", "expected"),
    [
        ("pass", 0.1, (503, "legacy", "low_confidence")),
        ("model", 0.9, (200, "model", "legacy_failed")),
        ("model", 0.1, (503, "legacy", "low_confidence")),
    ],
)
async def test_when_legacy_fails_the_policy_decides(open_house, policy, confidence, expected):
    """Only a confident model, within patience and where the route asks for it, stands in for a failed legacy system."""
    rollout = {"phase": "live", "on_legacy_failure": policy, "patience": "5s"}
    house = await open_house(**{f"routes__x__rollout__{key}": value for key, value in rollout.items()})

    async def failing(_: web.Request) -> web.Response:
        return web.Response(status=503)

    house.legacy.answer = failing
    house.model.answer = confident(confidence)
    status, headers, _ = await house.post(headers=KEY)
    assert (status, headers["Shadow-Served"], headers["Shadow-Reason"]) == expected


async def test_an_unreachable_legacy_is_a_502_that_names_the_exchange(open_house):
    """The proxy's own errors are problem documents, told apart from legacy's."""
    house = await open_house(legacy__url="http://127.0.0.1:1")
    status, headers, body = await house.post()
    await house.settle()
    assert (status, headers["Content-Type"]) == (502, "application/problem+json")
    assert headers["Shadow-Exchange"].encode() in body
    assert house.rows("disposition, legacy_failure") == [("legacy_failed", "connect")]


async def test_client_headers_can_be_turned_off(open_house):
    """A route with `headers: false` tells its clients nothing."""
    house = await open_house(routes__x__headers=False)
    _, headers, _ = await house.post()
    assert [name for name in headers if name.startswith("Shadow-")] == []


async def test_a_kill_stops_every_call_and_a_revival_resumes_them(open_house):
    """Switches set in the store are in force at the next look."""
    house = await open_house()
    house.switch(killed=True)
    await house.worker.live.look()
    assert (await served(house))[:2] == ("legacy", "killed")
    await house.settle()
    assert (house.model.requests, house.rows("disposition")) == ([], [("off",)])
