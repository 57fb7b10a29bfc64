"""How bytes and connections flow: nobody is outrun, nothing is sent twice, and connections are bounded."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from shadow.testing import ScriptedServer

GET = b"GET /v1/x HTTP/1.1\r\nHost: h\r\n\r\n"
POST = b"POST /v1/x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
PART = b"x" * 65536
HELD = 16 * 1024 * 1024
"""More than every buffer between the two ends holds: the sockets', the loop's and the router's."""
ENDLESS = 256 * 1024 * 1024
PHASES = {
    "unmatched": {"routes": {}},
    "off": {"routes__x__rollout__phase": "off"},
    "shadow": {},
    "live": {"routes__x__rollout__phase": "live"},
}
each_phase = pytest.mark.parametrize("changes", PHASES.values(), ids=PHASES)


async def broken(_: web.Request) -> web.Response:
    """Fail at once."""
    return web.Response(status=503)


async def until_stuck(send, part: bytes) -> int:
    """Send until the other end takes no more for a while; give how much it was."""
    sent = 0
    try:
        while sent < ENDLESS:
            async with asyncio.timeout(0.5):
                await send(part)
            sent += len(part)
    except TimeoutError:
        pass
    return sent


@each_phase
async def test_a_slow_client_holds_legacy_back(open_house, wired, changes):
    """What it does not take, legacy cannot send; once it does, everything arrives."""
    stuck = asyncio.Queue()

    async def flood(peer) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        await stuck.put(await until_stuck(peer.send, b"10000\r\n%b\r\n" % PART))
        await peer.send(b"0\r\n\r\n")
        await peer.gone()

    async with ScriptedServer(flood) as legacy:
        house = await open_house(legacy__url=legacy.url, **changes)
        house.model.answer = broken
        async with wired(house) as wire, asyncio.timeout(30):
            await wire.send(GET)
            sent = await stuck.get()
            assert len(PART) < sent < HELD
            head, body = await wire.answer()
            assert (head.split()[1], sent <= len(body) * 2, set(body)) == (b"200", True, set(b"x"))
        await house.accounted({"x" if house.worker.config.routes else "": 1})


@each_phase
async def test_a_slow_legacy_holds_the_client_back(open_house, wired, changes):
    """What it does not take, the client cannot send."""
    read_on = asyncio.Event()

    async def dawdle(peer) -> None:
        await peer.head()
        await read_on.wait()
        while not (await peer.reader.read(1 << 20)).endswith(b"0\r\n\r\n"):
            pass
        await peer.send(OK)
        await peer.gone()

    async with ScriptedServer(dawdle) as legacy:
        house = await open_house(legacy__url=legacy.url, **changes)
        async with wired(house) as wire, asyncio.timeout(30):
            await wire.send(b"POST /v1/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
            sent = await until_stuck(wire.send, b"10000\r\n%b\r\n" % PART)
            assert len(PART) < sent < HELD
            read_on.set()
            await wire.send(b"0\r\n\r\n")
            assert (await wire.answer())[1] == b"ok"
        await house.accounted({"x" if house.worker.config.routes else "": 1})


def resetting(before: int):
    """Make a legacy that answers so many requests, and resets the connection once it has read the next."""

    async def script(peer) -> None:
        for _ in range(before):
            await peer.request()
            await peer.send(OK)
        read.append(await peer.request())
        peer.reset()

    read: list[bytes] = []
    return script, read


@each_phase
@pytest.mark.parametrize("request_", [GET, POST], ids=["GET", "POST"])
@pytest.mark.parametrize("before", [0, 1], ids=["new connection", "used connection"])
async def test_a_request_is_never_sent_twice(open_house, wired, changes, request_, before):
    """Legacy may have executed what it did not answer: the client is told, and nobody tries again for it."""
    script, read = resetting(before)
    async with ScriptedServer(script, OK) as legacy:
        house = await open_house(legacy__url=legacy.url, **changes)
        house.model.answer = broken
        async with wired(house) as wire, asyncio.timeout(10):
            for _ in range(before):
                await wire.send(request_)
                assert (await wire.answer())[1] == b"ok"
            await wire.send(request_)
            assert (await wire.answer())[0].startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
            assert (read, legacy.requests, legacy.connections) == ([request_], [], 1)
            await wire.send(request_)
            assert (await wire.answer())[1] == b"ok"
        await house.accounted({"x" if house.worker.config.routes else "": before + 2})


async def test_connections_to_legacy_are_bounded(open_house):
    """More requests than that wait for their turn, and all are answered."""
    at_once, most = 0, 0

    async def counting(_: web.Request) -> web.Response:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0)
        at_once -= 1
        return web.Response(text="ok")

    house = await open_house(legacy__max_connections=2, routes={})
    house.legacy.answer = counting
    answers = await asyncio.gather(*(house.post("/other") for _ in range(20)))
    assert ([status for status, *_ in answers], most <= 2) == ([200] * 20, True)
    pool = house.worker.pool.snapshot()
    assert (pool["opened"] <= 2, pool["idle"] <= 2, pool["in_use"]) == (True, True, 0)
    await house.accounted({"": 20})


async def test_a_request_that_finds_no_connection_in_time_is_told_so(open_house, wired):
    """A tunnel holds the only one; who waits for it is told after the time of legacy, and was never sent."""

    async def agree(peer) -> None:
        await peer.head()
        await peer.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: rot13\r\n\r\n")
        assert await peer.gone() == b""

    async with ScriptedServer(agree) as legacy:
        changes = {"legacy__max_connections": 1, "legacy__timeout": "200ms", "routes": {}}
        house = await open_house(legacy__url=legacy.url, **changes)
        async with wired(house) as holder, asyncio.timeout(10):
            await holder.send(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: rot13\r\n\r\n")
            await holder.head()
            assert (await house.post("/second"))[0] == 503
            pool = house.worker.pool.snapshot()
            assert (pool["refused"], legacy.connections) == (1, 1)
        await house.idle()
        await house.accounted({"": 2})


async def test_an_idle_connection_to_legacy_is_closed(open_house):
    """After the time that the configuration says, so that legacy is never the one to end it."""
    left = asyncio.Event()

    async def once(peer) -> None:
        await peer.request()
        await peer.send(OK)
        await peer.gone()
        left.set()

    async with ScriptedServer(once) as legacy:
        house = await open_house(legacy__url=legacy.url, legacy__idle_timeout="50ms", routes={})
        assert (await house.post("/other"))[2] == b"ok"
        async with asyncio.timeout(5):
            await left.wait()
        assert house.worker.pool.snapshot()["idle"] == 0
        await house.accounted({"": 1})


@each_phase
async def test_clients_that_leave_early_leave_no_connection_behind(open_house, wired, changes):
    """Fifty of them, each within its answer, do not use up a pool of two."""

    async def begin(peer) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbegun")
        await peer.gone()

    async with ScriptedServer(begin) as legacy:
        house = await open_house(legacy__url=legacy.url, legacy__max_connections=2, **changes)
        house.model.answer = broken
        for _ in range(50):
            async with wired(house) as wire, asyncio.timeout(10):
                await wire.send(GET)
                assert (await wire.head()).startswith(b"HTTP/1.1 200 OK\r\n")
        await house.idle()
        await house.accounted({"x" if house.worker.config.routes else "": 50})
        pool = house.worker.pool.snapshot()
        assert (pool["in_use"], pool["idle"], pool["waiting"], legacy.connections) == (0, 0, 0, 50)
