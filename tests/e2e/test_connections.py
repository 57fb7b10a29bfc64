"""Connections that go on: several requests on one, answers without a body, headers and bodies as they came."""

from __future__ import annotations

import asyncio
import gzip

import aiohttp
import pytest
from aiohttp import web

from shadow.testing import ScriptedServer

GET = b"GET /v1/x HTTP/1.1\r\nHost: h\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LIVE = {"routes__x__rollout__phase": "live"}
CANARY = {"routes__x__rollout__phase": "canary", "routes__x__rollout__exposure": 1}
each_exposure = pytest.mark.parametrize("changes", [{}, LIVE], ids=["unexposed", "exposed"])


async def broken(_: web.Request) -> web.Response:
    """Fail at once."""
    return web.Response(status=503)


def answering(*answers: bytes):
    """Make a legacy that gives these answers, and keeps what it was sent."""
    heads: list[bytes] = []

    async def script(peer) -> None:
        for answer in answers:
            heads.append(await peer.request())
            await peer.send(answer)
        await peer.gone()

    return script, heads


async def test_one_connection_serves_several_requests(open_house, wired):
    """Matched, unmatched and off alike, one after another."""
    house = await open_house(
        routes__y={"match": {"path": "/v1/y"}, "rollout": {"phase": "off"}},
    )
    async with wired(house) as wire:
        for path in (b"/v1/x", b"/other", b"/v1/y", b"/v1/x"):
            await wire.send(b"POST %b HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}" % path)
            assert (await wire.answer())[1] == b'{"side": "legacy"}'
    await house.accounted({"x": 2, "": 1, "y": 1})


@each_exposure
async def test_pipelined_requests_are_answered_in_order(open_house, changes, wired):
    """However they arrive, each gets its own answer before the next one's."""
    house = await open_house(**changes)

    async def named(request: web.Request) -> web.Response:
        return web.Response(text=request.query["n"])

    house.legacy.answer = house.model.answer = named
    async with wired(house) as wire:
        posts = [b"POST /v1/x?n=%d HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}" % n for n in range(5)]
        await wire.send(b"".join(posts))
        assert [(await wire.answer())[1] for _ in posts] == [b"0", b"1", b"2", b"3", b"4"]
    await house.accounted({"x": 5})


BODILESS = {
    "head": (b"HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 1234\r\nETag: x\r\n\r\n", b"1234"),
    "head, chunked": (b"HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b""),
    "204": (b"DELETE", b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    "304": (b"GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 1234\r\n\r\n", b"1234"),
}


@pytest.mark.parametrize("changes", [{}, {"routes__x__rollout__phase": "off"}, CANARY])
@pytest.mark.parametrize(("method", "answer", "length"), BODILESS.values(), ids=BODILESS)
async def test_an_answer_without_a_body_leaves_the_connection_in_step(
    open_house, method, answer, length, changes, wired
):
    """Its announced length stays as it was, and the next answer begins right behind its head."""
    script, _ = answering(answer, OK)
    async with ScriptedServer(script) as legacy:
        house = await open_house(legacy__url=legacy.url, **changes)
        house.model.answer = broken
        async with wired(house) as wire:
            await wire.send(method + b" /v1/x HTTP/1.1\r\nHost: h\r\n\r\n")
            head, _ = await wire.answer(bodiless=True)
            assert head.split(b"\r\n")[0] == answer.split(b"\r\n")[0]
            assert (b"Content-Length: " in head, length in head) == (bool(length), True)
            await wire.send(GET)
            assert (await wire.answer())[1] == b"ok"
        await house.accounted({"x": 2})


async def test_an_error_of_the_proxys_own_has_no_body_for_head_either(open_house, wired):
    """A body that was not asked for would be taken for the next answer."""
    house = await open_house(legacy__url="http://127.0.0.1:1")
    async with wired(house) as wire:
        await wire.send(b"HEAD /v1/x HTTP/1.1\r\nHost: h\r\n\r\n")
        assert (await wire.answer(bodiless=True))[0].startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
        await wire.send(GET)
        assert (await wire.answer())[0].startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
    await house.accounted({"x": 2})


async def test_headers_keep_case_order_and_repetitions_both_ways(open_house, wired):
    """Only what belongs to one connection alone is left out."""
    sent = b"hOST: h\r\nX-b: 2\r\nx-A: 1\r\nx-b: 1\r\nCookie: a=1\r\naccept: */*\r\n"
    got = b"set-COOKIE: a=1\r\nContent-Length: 2\r\nX-z: \xe9\r\nSet-Cookie: b=2; Path=/\r\nx-y: 0\r\n"
    script, heads = answering(b"HTTP/1.1 200 Quite Fine\r\nKeep-Alive: timeout=9\r\n" + got + b"\r\nok")
    async with ScriptedServer(script) as legacy:
        house = await open_house(legacy__url=legacy.url, routes__x__headers=False)
        async with wired(house) as wire:
            await wire.send(b"GET /v1/x?q=%C3%A9&r=[] HTTP/1.1\r\nTE: gzip\r\n" + sent + b"\r\n")
            head, body = await wire.answer()
        assert heads == [b"GET /v1/x?q=%C3%A9&r=[] HTTP/1.1\r\n" + sent + b"\r\n"]
        assert (head, body) == (b"HTTP/1.1 200 Quite Fine\r\n" + got + b"\r\n", b"ok")
        await house.accounted({"x": 1})


@each_exposure
async def test_a_compressed_body_is_passed_on_as_it_is_and_still_compared(open_house, changes):
    """The client gets legacy's very bytes; the scorer compares what they say."""
    packed = gzip.compress(b'{"side": "same"}')
    house = await open_house(**changes)

    async def compressed(_: web.Request) -> web.Response:
        return web.Response(
            body=packed, headers={"Content-Encoding": "gzip", "Content-Type": "application/json"}
        )

    async def plain(_: web.Request) -> web.Response:
        return web.json_response({"side": "same"})

    house.legacy.answer, house.model.answer = compressed, plain
    sent = gzip.compress(b"{}")
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        answer = await session.post(house.url + "/v1/x", data=sent)
        assert (await answer.read(), answer.headers["Content-Encoding"]) == (packed, "gzip")
    await house.accounted({"x": 1})
    assert house.rows("disposition, verdict") == [("compared", "match")]
    assert house.legacy.requests[0][3] == house.model.requests[0][3] == sent


HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nConnection: x\r\n\r\n"


async def test_informational_answers_are_passed_on(open_house, wired):
    """Early hints reach the client before the answer."""
    script, _ = answering(HINTS + OK)
    async with ScriptedServer(script) as legacy:
        house = await open_house(legacy__url=legacy.url)
        async with wired(house) as wire:
            await wire.send(GET)
            assert await wire.head() == b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
            assert (await wire.answer())[1] == b"ok"
        await house.accounted({"x": 1})


async def test_nothing_of_legacys_follows_an_answer_of_the_models(open_house, wired):
    """Its informational answers come too late then; the next request on the connection is answered cleanly."""
    served = asyncio.Event()

    async def late(peer) -> None:
        await peer.request()
        await served.wait()
        await peer.send(HINTS + OK)
        await peer.request()
        await peer.send(OK)
        await peer.gone()

    async with ScriptedServer(late) as legacy:
        house = await open_house(legacy__url=legacy.url, **LIVE)

        async def confident(_: web.Request) -> web.Response:
            return web.json_response({"confidence": 1})

        house.model.answer = confident
        async with wired(house) as wire:
            await wire.send(GET)
            assert (await wire.answer())[1] == b'{"confidence": 1}'
            served.set()
            await house.idle()
            await wire.send(b"GET /v1/x HTTP/1.1\r\nHost: h\r\n\r\n")
            assert (await wire.head()).startswith(b"HTTP/1.1 200 OK\r\n")
        await house.accounted({"x": 2})


@each_exposure
async def test_an_upload_that_legacy_refuses_early_is_answered_at_once(open_house, changes, wired):
    """The model never got the request, so nobody waits for it, and the rest of the body is not wanted."""

    async def refuse(peer) -> None:
        await peer.head()
        await peer.send(b"HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\n\r\nno")
        await peer.gone()

    async with ScriptedServer(refuse) as legacy:
        house = await open_house(legacy__url=legacy.url, routes__x__rollout__patience="30s", **changes)
        async with wired(house) as wire, asyncio.timeout(5):
            await wire.send(
                b"POST /v1/x HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"
            )
            head, body = await wire.answer()
            assert (head.startswith(b"HTTP/1.1 417 "), body) == (True, b"no")
            assert b"Connection: close\r\n" in head  # the body may follow or not: there is no next request
        await house.accounted({"x": 1})
    assert (house.rows("disposition"), house.model.requests) == ([("not_comparable",)], [])
