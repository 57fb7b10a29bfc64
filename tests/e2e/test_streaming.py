"""Bytes on their way through: large bodies, broken ones, clients that leave, and connections that go on."""

from __future__ import annotations

import asyncio
import gc
import json

import aiohttp
import pytest
from aiohttp import web

from shadow.proxy.capture import Capture
from shadow.testing import ScriptedServer
from tests.e2e.memory import traced

LARGE = 8 * 1024 * 1024
PART = b"x" * 65536
GET = b"GET /v1/x HTTP/1.1\r\nHost: h\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LIVE = {"routes__x__rollout__phase": "live"}
CANARY = {"routes__x__rollout__phase": "canary", "routes__x__rollout__exposure": 1}
each_exposure = pytest.mark.parametrize("changes", [{}, LIVE], ids=["unexposed", "exposed"])


async def never(_: web.Request) -> web.StreamResponse:
    """Answer nothing."""
    await asyncio.Event().wait()
    raise AssertionError


async def broken(_: web.Request) -> web.Response:
    """Fail at once."""
    return web.Response(status=503)


BODY_LIMIT = 256 << 10
"""The default of `capture.body_limit`, which the houses here leave as it is; 0 is a route that is off."""


def captures() -> list[Capture]:
    """Give every capture that is alive."""
    gc.collect()
    return [each for each in gc.get_referrers(Capture) if isinstance(each, Capture)]


def kept(others: list[Capture]) -> set[tuple[bool, bytes]]:
    """Tell of every capture of a house that is alive, but for others', whether it overflowed, and what it holds."""
    known = set(map(id, others))
    ours = [each for each in captures() if each._limit in (0, BODY_LIMIT) and id(each) not in known]
    return {(each.overflowed, each.body()) for each in ours}


# --- large bodies


def flooding(go_on: asyncio.Event):
    """Make a legacy that answers with a large body, the second half once it may."""

    async def flood(peer) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % LARGE)
        for number in range(LARGE // len(PART)):
            if number == LARGE // len(PART) // 2:
                await go_on.wait()
            await peer.send(PART)
        await peer.gone()

    return flood


async def discard(wire, length: int) -> int:
    """Read and forget; give how much it was."""
    size = 0
    while size < length and (data := await wire.reader.read(65536)):
        size += len(data)
    return size


@pytest.mark.parametrize("changes", [{}, LIVE, {"routes__x__rollout__phase": "off"}])
async def test_a_large_download_streams_past_in_constant_memory(open_house, changes, wired):
    """Beyond the limit nothing is kept; an exposed client gets legacy without waiting for the model."""
    others = captures()
    go_on = asyncio.Event()
    async with ScriptedServer(flooding(go_on)) as legacy:
        house = await open_house(legacy__url=legacy.url, models__m__timeout="300ms", **changes)
        house.model.answer = never
        async with wired(house) as wire:
            await wire.send(GET)
            head = await wire.head()
            half = await discard(wire, LARGE // 2)
            assert kept(others) == {(True, b"")}
            with traced() as most:
                go_on.set()
                half += await discard(wire, LARGE - half)
                peak = most()
        assert (half, b"Content-Length: %d" % LARGE in head) == (LARGE, True)
        assert peak < LARGE // 2
        await house.accounted({"x": 1})
        shown = {"off": "off", "live": "too_large"}.get(changes.get("routes__x__rollout__phase"), "shadow")
        disposition = "off" if shown == "off" else "too_large"
        assert house.tallies() == {("x", "legacy", shown, disposition): 1}


@each_exposure
@pytest.mark.parametrize("framing", ["length", "chunked"])
async def test_a_large_upload_streams_past_in_constant_memory(open_house, changes, framing, wired):
    """Legacy gets all of it; the model is not called."""
    others = captures()
    taken = asyncio.Queue()

    async def swallow(peer) -> None:
        head = await peer.head()
        size, last = 0, b""
        while not last.endswith(b"\r\n0\r\n\r\n") and (framing == "chunked" or size < LARGE):
            data = await peer.reader.read(65536)
            size, last = size + len(data), (last + data)[-7:]
        await taken.put((head, size))
        await peer.send(OK)
        await peer.gone()

    async with ScriptedServer(swallow) as legacy:
        house = await open_house(legacy__url=legacy.url, **changes)
        async with wired(house) as wire:
            field = b"Content-Length: %d" % LARGE if framing == "length" else b"Transfer-Encoding: chunked"
            await wire.send(b"POST /v1/x HTTP/1.1\r\nHost: h\r\n%b\r\n\r\n" % field)
            with traced() as most:
                for _ in range(LARGE // len(PART)):
                    await wire.send(PART if framing == "length" else b"10000\r\n%b\r\n" % PART)
                peak = most()
            assert kept(others) == {(True, b""), (False, b"")}  # the second is for legacy's answer to come
            await wire.send(b"" if framing == "length" else b"0\r\n\r\n")
            assert (await wire.answer())[1] == b"ok"
        head, size = await taken.get()
        assert (field in head, size >= LARGE, peak < LARGE // 2) == (True, True, True)
        await house.accounted({"x": 1})
    assert house.model.requests == []
    reason = "too_large" if changes else "shadow"
    assert house.rows() == [("legacy", reason, "too_large")]


# --- broken answers


def dying(start: bytes):
    """Make a legacy that resets the connection within its answer once told to."""
    die = asyncio.Event()

    async def script(peer) -> None:
        await peer.request()
        await peer.send(start)
        await die.wait()
        peer.reset()

    return script, die


BREAKS = {
    "length": b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbegun",
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbegun\r\n",
}


@pytest.mark.parametrize("start", BREAKS.values(), ids=BREAKS)
@pytest.mark.parametrize("changes", [{}, {"routes__x__rollout__phase": "off"}, LIVE])
async def test_legacy_dying_within_its_answer_cuts_the_connection(open_house, start, changes):
    """The client has an error in its hands, never what looks like a whole answer."""
    script, die = dying(start)
    async with ScriptedServer(script) as legacy:
        house = await open_house(legacy__url=legacy.url, **changes)
        house.model.answer = broken  # an exposed client gets legacy as it arrives
        async with house.session.get(house.url + "/v1/x") as answer:
            assert (answer.status, await answer.content.readany()) == (200, b"begun")
            die.set()
            with pytest.raises(aiohttp.ClientPayloadError):
                await answer.read()
        await house.accounted({"x": 1})
    if "routes__x__rollout__phase" not in changes:
        assert house.rows("disposition, legacy_failure") == [("legacy_failed", "malformed")]


async def test_an_old_client_too_is_told_that_an_answer_broke_off(open_house, wired):
    """To HTTP/1.0 the end of the connection is the end of the body, so it has to be a reset."""
    script, die = dying(BREAKS["chunked"])
    async with ScriptedServer(script) as legacy:
        house = await open_house(legacy__url=legacy.url)
        async with wired(house) as wire:
            await wire.send(b"GET /v1/x HTTP/1.0\r\n\r\n")
            assert b"Transfer-Encoding" not in await wire.head()
            assert await wire.reader.readexactly(5) == b"begun"
            die.set()
            with pytest.raises(ConnectionResetError):
                await wire.reader.read()
        await house.accounted({"x": 1})


async def test_a_held_answer_that_breaks_is_an_error_of_the_proxys_own(open_house):
    """Nothing of it has gone out yet, so the client gets a clear 502."""
    script, die = dying(BREAKS["length"])
    die.set()
    async with ScriptedServer(script) as legacy:
        house = await open_house(legacy__url=legacy.url, models__m__timeout="100ms", **LIVE)
        house.model.answer = never
        status, headers, body = await house.post()
        assert (status, json.loads(body)["detail"], headers["Shadow-Reason"]) == (
            502,
            "the legacy system gave no whole answer (malformed)",
            "model_late",
        )
        await house.accounted({"x": 1})


# --- clients that leave


@each_exposure
async def test_a_client_that_leaves_before_the_answer_ends_the_legacy_call(open_house, changes, wired):
    """Legacy sees it too; the model's call goes on for the record."""
    asked, left = asyncio.Event(), asyncio.Event()

    async def wait(peer) -> None:
        await peer.request()
        asked.set()
        await peer.gone()
        left.set()

    async with ScriptedServer(wait) as legacy:
        house = await open_house(legacy__url=legacy.url, **changes)
        async with wired(house) as wire:
            await wire.send(GET)
            await asked.wait()
        await left.wait()
        await house.accounted({"x": 1})
        assert house.worker.pool.snapshot()["in_use"] == 0
    assert house.rows("disposition, model_status") == [("client_gone", 200)]


@each_exposure
async def test_a_client_that_leaves_within_the_download_ends_the_legacy_call(open_house, changes, wired):
    """What legacy still had to send is not fetched."""
    left = asyncio.Event()

    async def endless(peer) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            while True:
                await peer.send(b"10000\r\n%b\r\n" % PART)
        except OSError:
            left.set()

    async with ScriptedServer(endless) as legacy:
        house = await open_house(legacy__url=legacy.url, **changes)
        house.model.answer = broken
        async with wired(house) as wire:
            await wire.send(GET)
            await wire.head()
            await discard(wire, LARGE // 4)
        await left.wait()
        await house.accounted({"x": 1})
        assert house.worker.pool.snapshot()["in_use"] == 0
    assert house.rows("disposition") == [("client_gone",)]


@pytest.mark.parametrize("length", [1000, 1_000_000])
@each_exposure
async def test_a_client_that_leaves_within_the_upload_is_counted(open_house, changes, length, wired):
    """Whether its body was awaited whole or streamed, nothing stays behind."""
    house = await open_house(**changes)
    async with wired(house) as wire:
        await wire.send(b"POST /v1/x HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\nbegun" % length)
        while not house.worker.front.active:
            await asyncio.sleep(0.001)
        if length > 65536:
            while not house.worker.pool.snapshot()["in_use"]:
                await asyncio.sleep(0.001)
    await house.idle()
    await house.accounted({"x": 1})
    assert (house.rows("disposition"), house.model.requests) == ([("client_gone",)], [])


async def test_a_client_that_leaves_while_its_answer_is_committed_leaves_nothing_behind(open_house, wired):
    """The legacy call ends with it even when it is held back by its size and the model was about to answer."""
    async with ScriptedServer(flooding(asyncio.Event())) as legacy:
        house = await open_house(legacy__url=legacy.url, record__audit="strict", **LIVE)
        committing, may_commit = asyncio.Event(), asyncio.Event()
        recorder_commit = house.worker.recorder.commit

        async def commit(exchange, timeout):  # noqa: ASYNC109 - the recorder's face
            committing.set()
            await may_commit.wait()
            return await recorder_commit(exchange, timeout)

        house.worker.recorder.commit = commit

        async def confident(_: web.Request) -> web.Response:
            return web.json_response({"confidence": 1})

        house.model.answer = confident
        async with wired(house) as wire:
            await wire.send(GET)
            await committing.wait()
        await house.idle()
        await house.accounted({"x": 1})
    assert house.rows("served, disposition") == [("legacy", "client_gone")]


STALLED = {
    "awaited whole": (b"Content-Length: 9\r\n\r\nbegun", b"408"),
    "streamed": (b"Content-Length: 100000\r\n\r\nbegun", b"408"),
    "malformed": (b"Transfer-Encoding: chunked\r\n\r\n5\r\nbegun\r\n", b"400"),
}


@pytest.mark.parametrize("path", ["/v1/x", "/other"])
@pytest.mark.parametrize(("body", "status"), STALLED.values(), ids=STALLED)
@each_exposure
async def test_a_body_that_never_ends_is_the_clients_own_error(
    open_house, changes, body, status, path, wired
):
    """It gets a 408, or at once a 400 where the chunks break; it is no failure of legacy, whose connection is free."""
    house = await open_house(listen__body_timeout="200ms", **changes)
    async with wired(house) as wire:
        await wire.send(b"POST %b HTTP/1.1\r\nHost: h\r\n%b" % (path.encode(), body))
        while not house.worker.front.active:
            await asyncio.sleep(0.001)
        if b"chunked" in body:
            await wire.send(b"no length\r\n")
        assert (await wire.head()).startswith(b"HTTP/1.1 %b " % status)
    assert house.worker.pool.snapshot()["in_use"] == 0
    if path == "/other":
        await house.accounted({"": 1})
    else:
        await house.accounted({"x": 1})
        assert (house.rows("disposition"), house.model.requests) == ([("client_gone",)], [])


async def test_a_streamed_upload_to_a_dead_legacy_fails_at_once(open_house, wired):
    """The model cannot stand in, for it never got the request: nobody waits for it."""
    rollout = {"phase": "live", "on_legacy_failure": "model", "patience": "1h"}
    changes = {f"routes__x__rollout__{key}": value for key, value in rollout.items()}
    house = await open_house(legacy__url="http://127.0.0.1:1", **changes)
    async with wired(house) as wire, asyncio.timeout(5):
        await wire.send(b"POST /v1/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert (await wire.answer())[0].startswith(b"HTTP/1.1 502 ")
    await house.accounted({"x": 1})
    assert house.rows("disposition") == [("legacy_failed",)]


# --- streams


async def test_events_reach_an_exposed_client_as_they_come_once_the_model_has_failed(open_house):
    """There is nothing left to wait for, so legacy's stream is not held to its end."""
    seen = asyncio.Event()

    async def events(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b"data: 1\n\n")
        await seen.wait()
        await response.write(b"data: 2\n\n")
        return response

    house = await open_house(**CANARY)
    house.legacy.answer, house.model.answer = events, broken
    async with house.session.get(house.url + "/v1/x", headers={"X-Key": "k"}) as answer:
        assert await answer.content.readany() == b"data: 1\n\n"
        seen.set()
        assert (await answer.read(), answer.headers["Shadow-Reason"]) == (b"data: 2\n\n", "model_failed")
    await house.accounted({"x": 1})


@pytest.mark.parametrize("drain", ["0s", "100ms"])
async def test_an_upload_that_stalls_holds_its_worker_up_no_longer_than_it_may(open_house, wired, drain):
    """Not at all, if that is what the file says."""
    house = await open_house(listen__drain=drain)
    async with wired(house) as wire, asyncio.timeout(5):
        await wire.send(b"POST /v1/x HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n")
        while not house.worker.front.active:
            await asyncio.sleep(0.001)
        await house.stop()
    assert house.rows("disposition") == [("client_gone",)]


@pytest.mark.parametrize("path", ["/v1/x", "/other"])
@pytest.mark.parametrize("length", [40_000, 400_000], ids=["awaited whole", "streamed"])
async def test_an_upload_under_way_ends_before_its_worker_does(open_house, wired, path, length):
    """What is left of it when the worker is told to stop still reaches legacy."""
    house = await open_house(listen__drain="5s")
    async with wired(house) as wire, asyncio.timeout(5):
        head = b"POST %b HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % (path.encode(), length)
        await wire.send(head + b"x" * 1000)
        while not house.worker.front.active:
            await asyncio.sleep(0.001)
        stopped = asyncio.ensure_future(house.stop())
        await asyncio.sleep(0.02)
        await wire.send(b"x" * (length - 1000))
        assert (await wire.answer())[1] == b'{"side": "legacy"}'
        assert await wire.reader.read() == b""
        await stopped
    assert [len(body) for *_, body in house.legacy.requests] == [length]
