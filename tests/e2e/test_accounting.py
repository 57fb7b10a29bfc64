"""Every matched request ends in exactly one disposition, and every count of them agrees, whatever goes wrong."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from collections import Counter

import aiohttp
import pytest
from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families

from shadow.admin.api import Api
from shadow.clock import SystemClock
from shadow.config.load import load
from shadow.config.watch import Watcher
from shadow.record.store import open_store
from shadow.report import render
from shadow.report.gather import gather

REQUESTS = 12


async def hang(_: web.Request) -> web.StreamResponse:
    """Take the request and never answer."""
    await asyncio.Event().wait()
    raise AssertionError


async def reset(request: web.Request) -> web.StreamResponse:
    """Break the connection instead of answering."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def garbage(request: web.Request) -> web.StreamResponse:
    """Answer with what is no HTTP."""
    assert request.transport is not None
    request.transport.write(b"\x00\xff no HTTP at all\r\n\r\n")
    request.transport.close()
    return web.Response()


async def cut_short(request: web.Request) -> web.StreamResponse:
    """Break off in the middle of the body."""
    assert request.transport is not None
    request.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
    request.transport.close()
    return web.Response()


async def error(_: web.Request) -> web.StreamResponse:
    """Answer with a status of 500."""
    return web.json_response({}, status=500)


async def enormous(_: web.Request) -> web.StreamResponse:
    """Answer with more than is captured."""
    return web.Response(body=b"x" * 300_000)


async def unknown_coding(_: web.Request) -> web.StreamResponse:
    """Answer in a coding that the scorer cannot take off."""
    return web.Response(body=b"\x0b\x02\x80{}\x03", headers={"Content-Encoding": "br"})


async def odd_text(_: web.Request) -> web.StreamResponse:
    """Answer with JSON that holds what UTF-8 cannot, and numbers no column can."""
    huge = b'{"\\ud800": "\\udfff", "n": 1e999, "i": %d, "text": "\\u0000"}' % 10**40
    return web.Response(body=huge, content_type="application/json")


async def confident(_: web.Request) -> web.StreamResponse:
    """Answer, and be sure of it."""
    return web.json_response({"side": "model", "confidence": 1.0})


def counted(house) -> dict[str, Counter[str]]:
    """Give the requests of route `x` by disposition, as the rows, the tallies, /metrics and the report tell them."""
    rows = Counter(dict(house.query("SELECT disposition, count(*) FROM exchanges GROUP BY 1")))
    tallies: Counter[str] = Counter()
    for (route, _, _, disposition), n in house.tallies().items():
        assert route == "x"
        tallies[disposition] += n
    return {"rows": rows, "tallies": tallies, "metrics": scraped(house), "report": reported(house)}


def everywhere(counts: dict[str, int], *, but: str = "") -> dict[str, dict[str, int]]:
    """Give the same counts for each of the four places, or for all but one."""
    return {place: counts for place in ("rows", "tallies", "metrics", "report") if place != but}


def scraped(house) -> Counter[str]:
    """Read /metrics; what it says of all traffic must be the sum of what it says of the parts."""
    config = load(house.path, environ={})
    text = Api(config, SystemClock(), Watcher(house.path, {}, config))._metrics().decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    found = Counter(
        {s.labels["disposition"]: int(s.value) for s in samples if s.name == "shadow_exchanges_total"}
    )
    sums = {
        name: sum(s.value for s in samples if s.name == name and s.labels.get("route") == "x")
        for name in ("shadow_requests_total", "shadow_served_total", "shadow_unscored")
    }
    assert sums["shadow_requests_total"] == sums["shadow_served_total"]
    assert sums["shadow_requests_total"] == found.total() + sums["shadow_unscored"]
    return found


def reported(house) -> Counter[str]:
    """Read the JSON report."""
    store = open_store(f"sqlite:///{house.store}", readonly=True)
    report = json.loads(render(gather(store.db, now=SystemClock().now()), "json", terminal=False, width=80))
    store.close()
    traffic = next(each["traffic"] for each in report["routes"] if each["route"] == "x")
    found = Counter({count["word"]: count["n"] for count in traffic["dispositions"]})
    assert [check["difference"] for check in traffic["checks"]] == [0] * len(traffic["checks"])
    assert (traffic["n"], report["totals"]["n"]) == (found.total(), found.total())
    return found


async def send(house, requests: int = REQUESTS, *, wait: float = 10.0, at_once: int = 4) -> Counter[int]:
    """Send requests, some at a time, each with so many seconds; give how often each status came, 0 for none."""
    seen: Counter[int] = Counter()
    left = iter(range(requests))

    async def client() -> None:
        for _ in left:
            status = 0
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                status, _, _ = await house.post(timeout=aiohttp.ClientTimeout(wait))
            seen[status] += 1

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(client())
    return seen


MODEL_FAULTS = [
    pytest.param(hang, "model_late", id="hangs"),
    pytest.param(reset, "model_failed", id="resets"),
    pytest.param(garbage, "model_failed", id="garbage"),
    pytest.param(cut_short, "model_failed", id="cut short"),
    pytest.param(error, "model_failed", id="500"),
    pytest.param(enormous, "too_large", id="too large"),
    pytest.param(unknown_coding, "model_failed", id="unknown coding"),
    pytest.param(odd_text, "not_comparable", id="odd text"),
]
PATIENT = {
    "models__m__timeout": "100ms",
    "models__m__breaker": {"failures": 1000, "within": "1s", "cool_down": "1s"},
}


@pytest.mark.parametrize("phase", ["shadow", "live"])
@pytest.mark.parametrize(("fault", "expected"), MODEL_FAULTS)
async def test_a_faulty_model_costs_no_request_and_no_count(open_house, fault, expected, phase):
    """Each client gets legacy, and each exchange one disposition, the same in all four places."""
    keys = {**PATIENT, "models__m__timeout": "100ms" if fault is hang else "5s"}
    house = await open_house(**keys, routes__x__rollout__phase=phase)
    house.model.answer = fault
    assert await send(house) == {200: REQUESTS}
    await house.settle()
    assert counted(house) == everywhere({expected: REQUESTS})


@pytest.mark.parametrize("phase", ["shadow", "live"])
@pytest.mark.parametrize(
    ("fault", "status"),
    [(reset, 502), (garbage, 502), (hang, 504), (error, 500)],
    ids=["reset", "garbage", "hang", "500"],
)
async def test_a_faulty_legacy_system_is_counted_as_such(open_house, fault, status, phase):
    """The client gets an error, legacy's own or the proxy's; a model that is not sure does not stand in."""
    timeout = "100ms" if fault is hang else "5s"
    house = await open_house(legacy__timeout=timeout, routes__x__rollout__phase=phase)
    house.legacy.answer = fault
    assert await send(house) == {status: REQUESTS}
    await house.settle()
    assert counted(house) == everywhere({"legacy_failed": REQUESTS})


@pytest.mark.parametrize("phase", ["shadow", "live"])
async def test_an_answer_of_legacy_in_an_unknown_coding_is_not_comparable(open_house, phase):
    """It goes to the client as it is, and does not stop the scorer."""
    house = await open_house(routes__x__rollout__phase=phase)
    house.legacy.answer = unknown_coding
    async with house.session.post(house.url + "/v1/x", json={}, auto_decompress=False) as answer:
        assert (answer.headers["Content-Encoding"], await answer.read()) == ("br", b"\x0b\x02\x80{}\x03")
    await house.settle()
    assert counted(house)["tallies"] == {"not_comparable": 1}


@pytest.mark.parametrize("phase", ["shadow", "live"])
async def test_clients_that_leave_are_counted(open_house, phase):
    """Legacy is slower than they wait: each leaves one row that says so."""
    house = await open_house(routes__x__rollout__phase=phase)
    house.legacy.answer = hang
    assert await send(house, wait=0.1) == {0: REQUESTS}
    await house.settle()
    assert counted(house) == everywhere({"client_gone": REQUESTS})


async def test_a_client_that_leaves_within_its_body_is_counted(open_house):
    """The announced body never comes whole: nobody was asked, and it is counted once."""
    house = await open_house()
    host, port = house.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /v1/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
    await writer.drain()
    while not house.worker.front.active:
        await asyncio.sleep(0.001)
    writer.transport.abort()
    await house.settle()
    assert (counted(house)["tallies"], house.legacy.requests) == ({"client_gone": 1}, [])


async def test_overload_is_shed_and_counted(open_house):
    """One call at a time: the rest is not queued."""
    house = await open_house(models__m__max_in_flight=1)
    asked, answering = asyncio.Event(), asyncio.Event()

    async def slow(_: web.Request) -> web.StreamResponse:
        asked.set()
        await answering.wait()
        return web.json_response({})

    house.model.answer = slow
    await send(house, 1)
    await asked.wait()
    await send(house, 11)
    answering.set()
    await house.settle()
    expected = {"shed": 11, "compared": 1}
    assert counted(house) == everywhere(expected)


async def test_what_the_rate_limit_refuses_is_counted(open_house):
    """Two calls an hour: the rest is throttled."""
    house = await open_house(models__m__rate_limit={"calls": 2, "period": "1h", "wait": "10ms"})
    await send(house)
    await house.settle()
    expected = {"throttled": REQUESTS - 2, "compared": 2}
    assert counted(house) == everywhere(expected)


async def test_what_finds_no_room_in_the_queue_is_counted_without_a_row(open_house):
    """A queue of nearly nothing: the exchanges are lost, the requests and their counts are not."""
    house = await open_house(record__queue="64B")
    assert await send(house) == {200: REQUESTS}
    await house.settle()
    found = counted(house)
    assert found.pop("rows") == {}
    assert found == everywhere({"unrecorded": REQUESTS}, but="rows")


async def test_off_and_killed_traffic_is_counted_too(open_house):
    """Off leaves no row but a count; killed leaves both."""
    house = await open_house()
    await send(house, 3)
    house.switch(killed=True)
    await house.worker.live.look()
    await send(house, 4)
    await house.settle()
    assert counted(house)["report"] == {"compared": 3, "off": 4}


async def test_a_mix_of_faults_adds_up(open_house):
    """Whatever each request met, the sum is what was sent."""
    house = await open_house(**PATIENT, models__m__max_in_flight=3, routes__x__rollout__phase="live")
    faults = [hang, reset, garbage, cut_short, error, enormous, unknown_coding, odd_text, confident]
    turn = iter(range(1000))

    async def any_of_them(request: web.Request) -> web.StreamResponse:
        return await faults[next(turn) % len(faults)](request)

    house.model.answer = any_of_them
    assert (await send(house, 60, at_once=8)) == {200: 60}
    await house.settle()
    found = counted(house)
    assert [each.total() for each in found.values()] == [60] * 4
    assert len({frozenset(each.items()) for each in found.values()}) == 1


# --- the end of a worker


async def test_what_the_end_of_a_worker_cuts_short_is_shed(open_house):
    """A model call that outlives the drain time is cut, and the exchange is recorded."""
    house = await open_house(listen__drain="100ms", models__m__timeout="30s")
    house.model.answer = hang
    assert await send(house, 3) == {200: 3}
    await house.stop()
    assert house.rows("served, disposition") == [("legacy", "shed")] * 3


async def test_a_request_under_way_ends_before_its_worker_does(open_house):
    """The client gets its answer after the worker was told to stop, and the exchange is recorded."""
    house = await open_house()
    asked, answering = asyncio.Event(), asyncio.Event()

    async def slow(_: web.Request) -> web.StreamResponse:
        asked.set()
        await answering.wait()
        return web.json_response({"side": "legacy"})

    house.legacy.answer = slow
    async with asyncio.TaskGroup() as group:
        answer = group.create_task(house.post())
        await asked.wait()
        stopping = group.create_task(house.stop())
        await asyncio.sleep(0)
        answering.set()
        await stopping
    assert answer.result()[0] == 200
    assert house.rows("served, legacy_status, model_status") == [("legacy", 200, 200)]


@pytest.mark.parametrize("audit", ["relaxed", "strict"])
async def test_a_legacy_call_cut_short_after_the_model_was_served_is_still_recorded(open_house, audit):
    """The client has the model's answer; the record must know, though legacy never ended."""
    house = await open_house(
        listen__drain="100ms", routes__x__rollout__phase="live", record__audit=audit, legacy__timeout="30s"
    )
    house.legacy.answer = hang
    house.model.answer = confident
    status, headers, _ = await house.post()
    assert (status, headers["Shadow-Served"]) == (200, "model")
    await house.stop()
    assert house.rows("served, reason, disposition") == [("model", "confident", "legacy_failed")]
    assert house.tallies() == {("x", "model", "confident", "legacy_failed"): 1}


async def test_requests_that_outlast_the_drain_time_are_recorded(open_house):
    """Legacy hangs, the client waits, the worker ends: the client is cut off and the exchange has a row."""
    house = await open_house(listen__drain="100ms", legacy__timeout="30s")
    house.legacy.answer = hang
    async with asyncio.TaskGroup() as group:
        sent = group.create_task(send(house, 3, at_once=3))
        while len(house.legacy.requests) < 3:
            await asyncio.sleep(0.001)
        await house.stop()
    assert sent.result() == {0: 3}
    assert house.rows("served, disposition") == [("legacy", "client_gone")] * 3


async def test_a_store_that_is_locked_meanwhile_loses_no_count(open_house):
    """Rows wait for the lock to go; nothing is counted twice."""
    house = await open_house()
    await send(house, 1)
    await house.settle()
    locker = sqlite3.connect(house.store, isolation_level=None)
    locker.execute("BEGIN IMMEDIATE")
    assert await send(house) == {200: REQUESTS}
    locker.execute("ROLLBACK")
    locker.close()
    await house.settle()
    assert counted(house) == everywhere({"compared": REQUESTS + 1})
