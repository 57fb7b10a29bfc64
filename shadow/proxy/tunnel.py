"""Passes WebSocket and other upgrades through: after legacy's 101, bytes in both directions, untouched."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from shadow.proxy.capture import Capture
from shadow.proxy.intake import arriving
from shadow.proxy.legacy import LegacySide, kind_of, tell
from shadow.proxy.serving import asks_to_leave, upgrade_of
from shadow.upstream.errors import UpstreamError

if TYPE_CHECKING:
    from aiohttp import web

    from shadow.proxy.answer import Client
    from shadow.proxy.connections import ClientConnection
    from shadow.proxy.forward import Counted, Legacy
    from shadow.upstream.connection import Call

HELD_AT_MOST = 262144
"""Bytes from the client that wait for a slow legacy system before the client is made to wait itself."""


def wants_upgrade(request: web.BaseRequest) -> bool:
    """Whether the client asks to leave HTTP on this connection, and may."""
    return asks_to_leave(request._message)  # noqa: SLF001 - the parser has looked at every line of it


async def tunnel(request: web.BaseRequest, client: Client, legacy: Legacy, counted: Counted) -> None:
    """Ask legacy for the upgrade, and be its wire when it agrees; else its answer is like any other."""
    upgrade = upgrade_of(request.headers).encode("latin-1", "replace")
    body = arriving(request) if request.body_exists else b""
    try:
        call = await legacy.ask(request, body, client.inform, upgrade=upgrade)
    except UpstreamError as exc:
        tell(client, exc)
        return
    finally:
        counted.count_once()
    if call.head.status != 101:
        await _declined(request, client, call, counted)
        return
    client.keep_alive = False
    client.switch(call.head)
    try:
        await _wire(request, client, call)
    finally:
        call.close()


async def _declined(request: web.BaseRequest, client: Client, call: Call, counted: Counted) -> None:
    """Pass on an answer that is like any other; nothing follows but what waited for it.

    What came sooner was not read as requests are: nobody looked at its size, or for trailers (see `serving`).
    """
    client.keep_alive = client.keep_alive and not request.body_exists

    async def answered() -> Call:
        return call

    await LegacySide(client, Capture(0), counted, extra=b"").run(answered)
    await client.taken()
    client.keep_alive = client.keep_alive and not cast("ClientConnection", request.protocol).came_behind


async def _wire(request: web.BaseRequest, client: Client, call: Call) -> None:
    inflow = _Inflow(request)
    request.protocol.set_parser(cast("Any", inflow))
    up = asyncio.ensure_future(_upwards(inflow, call))
    try:
        while data := await call.read():
            await client.raw(data)
    except UpstreamError as exc:
        client.cut(kind_of(exc))
    finally:
        up.cancel()
        await asyncio.gather(up, return_exceptions=True)  # what went wrong upwards, reading has shown as well


async def _upwards(inflow: _Inflow, call: Call) -> None:
    while data := await inflow.take():
        await call.write(data)
    call.write_eof()


class _Inflow:
    """What the client sends after the upgrade, handed over by the server as if to a WebSocket parser.

    The transport is paused and resumed past the server, whose own way also pauses an HTTP parser that is done.
    """

    def __init__(self, request: web.BaseRequest) -> None:
        self._transport = request.transport
        self._held = bytearray()
        self._ended = False
        self._paused = False
        self._came = asyncio.Event()

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        self._held += data
        self._came.set()
        if len(self._held) > HELD_AT_MOST and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        return False, b""

    def feed_eof(self) -> None:
        self._ended = True
        self._came.set()

    async def take(self) -> bytes:
        """Give what has come, waiting for some; empty at the end."""
        while not self._held and not self._ended:
            self._came.clear()
            await self._came.wait()
        data = bytes(self._held)
        self._held.clear()
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        return data
