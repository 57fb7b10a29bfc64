"""Methods: every one that the server's parser knows goes through; one that it does not is told so in words."""

from __future__ import annotations

import asyncio
import json

import pytest

from shadow.testing import ScriptedServer

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
COMMON = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE", "QUERY"]
DAV = ["PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "ACL", "SEARCH", "REPORT", "BIND"]
DAV += ["REBIND", "UNBIND", "LINK", "UNLINK", "CHECKOUT", "MERGE", "MKACTIVITY", "MKCALENDAR"]
REGISTERED = [
    "BASELINE-CONTROL",
    "CHECKIN",
    "LABEL",
    "MKREDIRECTREF",
    "MKWORKSPACE",
    "ORDERPATCH",
    "UNCHECKOUT",
]
REGISTERED += ["UPDATE", "UPDATEREDIRECTREF", "VERSION-CONTROL"]
"""Methods that IANA lists and the parser does not know."""

UNKNOWN = [*REGISTERED, "BREW", "get", "DESCRIBE", "GETX", "GE", "X!#$%&'*+.^_`|~"]
PHASES = {
    "shadow": {},
    "off": {"routes__x__rollout__phase": "off"},
    "live": {"routes__x__rollout__phase": "live"},
}


@pytest.mark.parametrize("changes", PHASES.values(), ids=PHASES)
async def test_every_method_that_the_parser_knows_passes(open_house, wired, changes):
    """Those of the web and most of WebDAV; on one connection, each with the body that it may have."""
    async with ScriptedServer(OK) as legacy:
        house = await open_house(legacy__url=legacy.url, **changes)
        sent = [
            b"%b /v1/x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi" % name.encode()
            for name in (*COMMON, *DAV)
        ]
        async with wired(house) as wire:
            for request in sent:
                await wire.send(request)
                assert (await wire.answer())[1] == b"ok"
        await house.accounted({"x": len(sent)})
        assert legacy.requests == sent


@pytest.mark.parametrize("method", UNKNOWN)
async def test_an_unknown_method_is_told_so(open_house, wired, method):
    """Registered or not: a 501 as a document, never a bare 400.

    It is counted, and the connection ends since its body cannot be found.
    """
    house = await open_house()
    async with wired(house) as wire, asyncio.timeout(5):
        await wire.send(method.encode() + b" /v1/x HTTP/1.1\r\nHost: h\r\n\r\n")
        head, body = await wire.answer()
        assert await wire.reader.read() == b""
    assert (head.split(b"\r\n")[0], b"\r\nConnection: close\r\n" in head) == (
        b"HTTP/1.1 501 Not Implemented",
        True,
    )
    assert json.loads(body)["detail"] == f"the method {method} is not one that this proxy can pass on"
    assert (house.worker.state()["refused_requests"], house.legacy.requests) == (1, [])


async def test_an_unknown_method_later_on_a_connection_is_told_so_too(open_house, wired):
    """What went before it was answered."""
    house = await open_house()
    async with wired(house) as wire:
        await wire.send(b"GET /v1/x HTTP/1.1\r\nHost: h\r\n\r\n")
        assert (await wire.answer())[0].startswith(b"HTTP/1.1 200 OK\r\n")
        await wire.send(b"BREW /pot HTTP/1.1\r\nHost: h\r\n\r\n")
        assert (await wire.answer())[0].startswith(b"HTTP/1.1 501 Not Implemented\r\n")
    await house.accounted({"x": 1})


@pytest.mark.parametrize(
    "garbage", [b"\x16\x03\x01\x02\x00\x01\x00", b"<x> / HTTP/1.1\r\n\r\n", b"BR(EW / HTTP/1.1\r\n\r\n"]
)
async def test_what_is_no_method_stays_a_bad_request(open_house, wired, garbage):
    """TLS on a plain port, and noise."""
    house = await open_house()
    async with wired(house) as wire:
        await wire.send(garbage)
        assert (await wire.head()).split()[1] == b"400"


async def test_no_tunnel_is_opened(open_house, wired):
    """CONNECT is for proxies that clients choose: it is refused here, and legacy never sees it."""
    house = await open_house()
    async with wired(house) as wire, asyncio.timeout(5):
        await wire.send(b"CONNECT elsewhere:443 HTTP/1.1\r\nHost: elsewhere:443\r\n\r\n")
        head, body = await wire.answer()
    assert (head.split(b"\r\n")[0], json.loads(body)["detail"]) == (
        b"HTTP/1.1 501 Not Implemented",
        "this proxy opens no tunnels",
    )
    await house.accounted({"": 1})
    assert house.legacy.requests == []
