"""Connections that leave HTTP: WebSockets and whatever else legacy agrees to, byte for byte in both directions."""

from __future__ import annotations

import asyncio
import gc
import random
from contextlib import suppress
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import WSMsgType, web

from shadow.testing import ScriptedServer

MEBIBYTE = 1024 * 1024
UPGRADE = b"GET /v1/x HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: rot13\r\n\r\n"
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: rot13\r\n\r\n"


class Echo:
    """A WebSocket server that sends every message back, and closes when told `leave`."""

    def __init__(self) -> None:
        self.closed: asyncio.Queue[int | None] = asyncio.Queue()

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(max_msg_size=0, protocols=("chat",))
        await socket.prepare(request)
        async for message in socket:
            if message.data == "leave":
                await socket.close(code=4001, message=b"as you wish")
            elif message.type is WSMsgType.TEXT:
                await socket.send_str(message.data)
            else:
                await socket.send_bytes(message.data)
        await self.closed.put(socket.close_code)
        return socket


@pytest.fixture
async def house(open_house):
    """Open a house whose legacy echoes."""
    house = await open_house()
    house.legacy.answer = Echo()
    return house


async def connected(house) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to the proxy with a client that sees every byte."""
    return await asyncio.open_connection("127.0.0.1", urlsplit(house.url).port)


async def test_a_websocket_carries_messages_both_ways(house):
    """Texts, bytes and large frames come back as they went; the protocol agreed on is legacy's choice."""
    large = random.Random(1).randbytes(3 * MEBIBYTE)
    async with house.session.ws_connect(house.url + "/v1/x", protocols=("chat",), max_msg_size=0) as socket:
        assert socket.protocol == "chat"
        await socket.send_str("grüße")
        assert await socket.receive_str() == "grüße"
        for data in (b"\x00\xff", large, b""):
            await socket.send_bytes(data)
            assert await socket.receive_bytes() == data
        await socket.close(code=4000)
    assert await house.legacy.answer.closed.get() == 4000
    await house.idle()
    await house.accounted({"": 1})
    assert house.tallies() == {("", "legacy", "unmatched", "off"): 1}


async def test_legacy_may_close_a_websocket(house):
    """Its code and its words reach the client."""
    async with house.session.ws_connect(house.url + "/chat") as socket:
        await socket.send_str("leave")
        message = await socket.receive()
        assert (message.type, message.data, message.extra) == (WSMsgType.CLOSE, 4001, "as you wish")
    await house.idle()
    await house.accounted({"": 1})


async def test_many_frames_at_once_keep_their_order(house):
    """Both directions are full at the same time, beyond what any buffer holds."""
    frames = [bytes([n]) * 65536 for n in range(64)]
    async with house.session.ws_connect(house.url + "/chat", max_msg_size=0) as socket:

        async def send() -> None:
            for frame in frames:
                await socket.send_bytes(frame)

        async with asyncio.TaskGroup() as group:
            group.create_task(send())
            got = [await socket.receive_bytes() for _ in frames]
    assert got == frames
    await house.idle()
    await house.accounted({"": 1})


async def test_a_client_that_leaves_ends_legacys_side_too(open_house):
    """No connection stays behind."""

    async def agree(peer) -> None:
        await peer.head()
        await peer.send(SWITCHED)
        await left.put(await peer.gone())

    left = asyncio.Queue()
    async with ScriptedServer(agree) as legacy:
        house = await open_house(legacy__url=legacy.url)
        reader, writer = await connected(house)
        writer.write(UPGRADE)
        assert await reader.readuntil(b"\r\n\r\n") == SWITCHED
        writer.write(b"uryyb")
        await writer.drain()
        writer.close()
        assert await left.get() == b"uryyb"
        await house.idle()
        await house.accounted({"": 1})


async def test_any_protocol_is_carried_until_legacy_ends_it(open_house):
    """What legacy sends right behind its 101 is not lost."""

    async def agree(peer) -> None:
        head = await peer.head()
        heads.append(head)
        await peer.send(SWITCHED + b"nurnq bs")
        assert await peer.reader.readexactly(5) == b"early"
        await peer.send(b" gvzr")

    heads = []
    async with ScriptedServer(agree) as legacy:
        house = await open_house(legacy__url=legacy.url)
        reader, writer = await connected(house)
        writer.write(UPGRADE)
        assert await reader.readexactly(len(SWITCHED)) == SWITCHED
        writer.write(b"early")
        assert await reader.read() == b"nurnq bs gvzr"
        writer.close()
        assert b"Connection: Upgrade\r\nUpgrade: rot13\r\n" in heads[0]
        await house.idle()
        await house.accounted({"": 1})


async def drained(peer, size: int) -> bytes:
    """Take so many bytes, or what there is until the end."""
    try:
        return await peer.reader.readexactly(size)
    except asyncio.IncompleteReadError as exc:
        return exc.partial


BEHIND = {
    "a body": (b"POST", b"Content-Length: 4\r\n", b"body"),
    "none": (b"GET", b"", b""),
}


@pytest.mark.parametrize(
    "protocol", [b"rot13", b"websocket", b"rot13, websocket", b"websocket\r\nUpgrade: rot13"]
)
@pytest.mark.parametrize(("method", "length", "body"), BEHIND.values(), ids=BEHIND)
@pytest.mark.parametrize("apart", [False, True])
async def test_what_comes_ahead_of_the_101_waits_for_it(open_house, protocol, method, length, body, apart):
    """With the request or soon behind it, whatever the protocol: it is the tunnel's, and begins like a request."""
    early = b"GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n" + b"x" * 50_000

    async def agree(peer) -> None:
        heads.append(await peer.head())
        assert await drained(peer, len(body)) == body
        await asyncio.sleep(0.05)
        await peer.send(SWITCHED)
        took.append(await drained(peer, len(early) + len(b"late")))

    heads, took = [], []
    async with ScriptedServer(agree) as legacy:
        house = await open_house(legacy__url=legacy.url)
        reader, writer = await connected(house)
        wish = b"Connection: keep-alive\r\nConnection: Upgrade\r\nUpgrade: " + protocol + b"\r\n\r\n"
        writer.write(
            method + b" /v1/x HTTP/1.1\r\nHost: h\r\n" + length + wish + body + (b"" if apart else early)
        )
        if apart:
            await asyncio.sleep(0.02)
            writer.write(early)
        assert await reader.readuntil(b"\r\n\r\n") == SWITCHED
        writer.write(b"late")
        assert await reader.read() == b""
        writer.close()
        await house.idle()
    assert took == [early + b"late"]
    assert b"Upgrade: " + protocol.replace(b"\r\nUpgrade:", b",") + b"\r\n" in heads[0]


NO_WISH = {
    "to HTTP/1.0": b"GET /v1/x HTTP/1.0\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: rot13\r\n\r\n",
    "a name alike": b"GET /v1/x HTTP/1.1\r\nHost: h\r\nConnection: X-Upgrade\r\nUpgrade: rot13\r\n\r\n",
    "in chunks": b"POST /v1/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: Upgrade\r\n"
    b"Upgrade: rot13\r\n\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("request_", NO_WISH.values(), ids=NO_WISH)
async def test_who_may_not_leave_http_is_answered_like_anybody(open_house, request_):
    """Legacy does not hear of the wish, and the request belongs to its route."""
    house = await open_house()
    reader, writer = await connected(house)
    writer.write(request_)
    assert (await reader.readuntil(b"\r\n\r\n")).split()[1] == b"200"
    writer.close()
    await house.accounted({"x": 1})
    assert "Upgrade" not in house.legacy.requests[0][2]


async def test_legacy_dying_within_a_tunnel_cuts_the_client_off(open_house):
    """It is a reset for the client as well, not an end."""

    async def die(peer) -> None:
        await peer.head()
        await peer.send(SWITCHED)
        await peer.reader.readexactly(3)
        peer.reset()

    async with ScriptedServer(die) as legacy:
        house = await open_house(legacy__url=legacy.url)
        reader, writer = await connected(house)
        writer.write(UPGRADE)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"die")
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()
        await house.idle()
        await house.accounted({"": 1})


async def test_legacy_dying_while_the_client_sends_is_no_error_of_the_proxys(open_house):
    """Bytes that nobody takes any more are dropped, and nothing is left to complain of later."""
    stop, complaints = asyncio.Event(), []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: complaints.append(told["message"]))

    async def die(peer) -> None:
        await peer.head()
        await peer.send(SWITCHED)
        await stop.wait()
        peer.reset()

    async with ScriptedServer(die) as legacy:
        house = await open_house(legacy__url=legacy.url)
        reader, writer = await connected(house)
        writer.write(UPGRADE)
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.set_write_buffer_limits(high=0)
        with suppress(TimeoutError):
            async with asyncio.timeout(0.3):  # until every buffer on the way is full
                while True:
                    writer.write(b"x" * MEBIBYTE)
                    await writer.drain()
        assert writer.transport.get_write_buffer_size() > 0
        stop.set()
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()
        await house.idle()
        await house.accounted({"": 1})
    gc.collect()
    assert complaints == []


async def test_a_declined_upgrade_is_an_answer_like_any_other(open_house):
    """Status, headers and body reach the client, and the connection serves the next request."""
    house = await open_house()

    async def decline(request: web.Request) -> web.Response:
        return web.Response(status=426 if "Upgrade" in request.headers else 200, text="no")

    house.legacy.answer = decline
    with pytest.raises(aiohttp.WSServerHandshakeError) as raised:
        await house.session.ws_connect(house.url + "/v1/x")
    assert raised.value.status == 426
    reader, writer = await connected(house)
    for request, status in ((UPGRADE, b"426"), (b"GET /other HTTP/1.1\r\nHost: h\r\n\r\n", b"200")):
        writer.write(request)
        assert (await reader.readuntil(b"\r\n\r\n")).split()[1] == status
        assert await reader.readexactly(2) == b"no"
    writer.close()
    await house.accounted({"": 3})


async def test_an_upgrade_that_nobody_answers_is_a_502(open_house):
    """Legacy is not there; the client is told so in words."""
    house = await open_house(legacy__url="http://127.0.0.1:1")
    with pytest.raises(aiohttp.WSServerHandshakeError) as raised:
        await house.session.ws_connect(house.url + "/v1/x")
    assert raised.value.status == 502
    await house.accounted({"": 1})


async def test_an_offer_of_http2_does_not_take_a_request_out_of_its_route(open_house):
    """Some clients offer it with every first request; it is ignored, as a server may, and the request compared."""
    house = await open_house()
    offer = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABk"}
    status, headers, _ = await house.post(headers=offer)
    assert (status, headers["Shadow-Reason"]) == (200, "shadow")
    await house.accounted({"x": 1})
    assert "Upgrade" not in house.legacy.requests[0][2]
    assert house.rows("disposition") == [("compared",)]
