"""Trailers: what legacy says behind its body reaches the client, and nothing said there is taken for a head."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from shadow.testing import ScriptedServer

GET = b"GET /v1/x HTTP/1.1\r\nHost: h\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BODY = b"5\r\nhello\r\n"
HEAD = b"HTTP/1.1 200 OK\r\nTrailer: X-Sum, x-sum\r\nTransfer-Encoding: chunked\r\n\r\n"
TRAILERS = b"X-Sum: \xff 1\r\nx-sum: 2\r\n"
END = b"0\r\n" + TRAILERS + b"\r\n"
PHASES = {
    "unmatched": {"routes": {}},
    "off": {"routes__x__rollout__phase": "off"},
    "shadow": {},
    "live": {"routes__x__rollout__phase": "live"},
}
each_phase = pytest.mark.parametrize("changes", PHASES.values(), ids=PHASES)


def in_parts(*parts: bytes):
    """Make a legacy that sends its answer in parts, each once the one before has been seen."""
    seen = asyncio.Semaphore(0)
    asked: list[bytes] = []

    async def script(peer) -> None:
        asked.append(await peer.request())
        for part in parts:
            await peer.send(part)
            await seen.acquire()
        await peer.request()
        await peer.send(OK)
        await peer.gone()

    return script, seen, asked


@each_phase
async def test_trailers_of_an_answer_in_one_piece_arrive(open_house, wired, changes):
    """Also where the whole answer was there at once, and where it was held until legacy was chosen."""
    script, seen, _ = in_parts(HEAD + BODY + END)
    seen.release()
    async with ScriptedServer(script) as legacy:
        house = await open_house(legacy__url=legacy.url, **changes)
        async with wired(house) as wire:
            await wire.send(GET)
            assert b"\r\nTransfer-Encoding: chunked\r\n" in await wire.head()
            assert await wire.reader.readexactly(len(BODY + END)) == BODY + END
            await wire.send(GET)
            assert (await wire.answer())[1] == b"ok"
        await house.accounted({"x" if house.worker.config.routes else "": 2})


@each_phase
async def test_trailers_of_a_stream_arrive(open_house, wired, changes):
    """Behind a body that has long begun."""
    script, seen, _ = in_parts(HEAD + BODY, BODY, END)
    async with ScriptedServer(script) as legacy:
        house = await open_house(legacy__url=legacy.url, **changes)

        async def broken(_: web.Request) -> web.Response:
            return web.Response(status=503)

        house.model.answer = broken  # an exposed client gets legacy as it arrives
        async with wired(house) as wire:
            await wire.send(GET)
            await wire.head()
            for part in (BODY, BODY, END):
                assert await wire.reader.readexactly(len(part)) == part
                seen.release()
            await wire.send(GET)
            assert (await wire.answer())[1] == b"ok"
        await house.accounted({"x" if house.worker.config.routes else "": 2})


async def test_a_client_of_http_1_0_gets_none(open_house, wired):
    """It knows no chunks, and a body without them has no place for trailers."""
    script, seen, _ = in_parts(HEAD + BODY + END)
    seen.release()
    async with ScriptedServer(script) as legacy:
        house = await open_house(legacy__url=legacy.url)
        async with wired(house) as wire:
            await wire.send(b"GET /v1/x HTTP/1.0\r\n\r\n")
            await wire.head()
            assert await wire.reader.read() == b"hello"
        await house.accounted({"x": 1})


async def test_trailers_cannot_speak_of_the_framing(open_house, wired):
    """What belongs in front of a body is left out behind it."""
    script, seen, _ = in_parts(
        HEAD + BODY + b"0\r\nHost: g\r\nConnection: X-A\r\nX-A: 1\r\nTrailer: b\r\nX-B: 1\r\n\r\n"
    )
    seen.release()
    async with ScriptedServer(script) as legacy:
        house = await open_house(legacy__url=legacy.url)
        async with wired(house) as wire:
            await wire.send(GET)
            await wire.head()
            expected = BODY + b"0\r\nX-B: 1\r\n\r\n"
            assert await wire.reader.readexactly(len(expected)) == expected
            await wire.send(GET)
            assert (await wire.answer())[1] == b"ok"
        await house.accounted({"x": 2})


async def test_the_models_answer_does_not_carry_legacys_trailers(open_house, wired):
    """They belong to a body that was not served."""
    script, seen, asked = in_parts(HEAD + BODY + END)
    seen.release()
    async with ScriptedServer(script) as legacy:
        house = await open_house(
            legacy__url=legacy.url, routes__x__rollout__patience="30s", routes__x__rollout__phase="live"
        )

        async def confident(_: web.Request) -> web.Response:
            while not (asked and not house.worker.pool.snapshot()["in_use"]):
                await asyncio.sleep(0.001)
            return web.json_response({"confidence": 1})

        house.model.answer = confident
        async with wired(house) as wire:
            await wire.send(GET)
            head, body = await wire.answer()
            assert (body, b"\r\nShadow-Served: model\r\n" in head) == (b'{"confidence": 1}', True)
            assert b"X-Sum" not in head
        await house.accounted({"x": 1})


@pytest.mark.parametrize(
    ("said", "passed"), [(b"TE: trailers", True), (b"te: gzip, Trailers;q=0.5", True), (b"TE: gzip", False)]
)
async def test_legacy_hears_whether_the_client_takes_trailers(open_house, wired, said, passed):
    """Some servers send them only when asked; the word is the router's own, to its own next hop."""
    async with ScriptedServer(OK) as legacy:
        house = await open_house(legacy__url=legacy.url)
        async with wired(house) as wire:
            await wire.send(b"GET /v1/x HTTP/1.1\r\nHost: h\r\nConnection: TE\r\n%b\r\n\r\n" % said)
            await wire.answer()
        await house.accounted({"x": 1})
        asking = b"Connection: TE\r\nTE: trailers\r\n" if passed else b""
        assert legacy.requests == [b"GET /v1/x HTTP/1.1\r\nHost: h\r\n" + asking + b"\r\n"]


POST = b"POST /v1/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"


@each_phase
@pytest.mark.parametrize("behind", [b"", GET], ids=["alone", "with the next request"])
async def test_trailers_of_a_request_are_dropped_and_reach_no_other(open_house, wired, changes, behind):
    """The server's parser would take the last one for a header of the next request, so there is no next one."""
    async with ScriptedServer(OK) as legacy:
        house = await open_house(legacy__url=legacy.url, **changes)
        async with wired(house) as wire, asyncio.timeout(5):
            await wire.send(POST + BODY + END + behind)
            head, body = await wire.answer()
            assert (body, b"\r\nConnection: close\r\n" in head) == (b"ok", True)
            assert await wire.reader.read() == b""
        await house.accounted({"x" if house.worker.config.routes else "": 1})
        (got,) = legacy.requests
    assert (got.startswith(b"POST /v1/x "), b"hello" in got, b"um:" in got) == (True, True, False)


@each_phase
async def test_a_chunked_request_without_trailers_keeps_its_connection(open_house, wired, changes):
    """However large it is."""
    house = await open_house(**changes)
    async with wired(house) as wire, asyncio.timeout(20):
        for size in (0, 5, 1_000_000):
            await wire.send(POST)
            for at in range(0, size, 65536):
                length = min(65536, size - at)
                await wire.send(b"%x\r\n%b\r\n" % (length, b"x" * length))
            await wire.send(b"0\r\n\r\n")
            head, body = await wire.answer()
            assert (body, b"Connection: close" in head) == (b'{"side": "legacy"}', False)
    await house.accounted({"x" if house.worker.config.routes else "": 3})
    assert [len(body) for *_, body in house.legacy.requests] == [0, 5, 1_000_000]
