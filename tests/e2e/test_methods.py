"""Methods: every word that is one goes through, as it was written; only tunnels are not opened."""

from __future__ import annotations

import asyncio
import json

import pytest

from shadow.testing import ScriptedServer

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
COMMON = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE", "QUERY"]
DAV = ["PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "ACL", "SEARCH", "REPORT", "BIND"]
DAV += ["REBIND", "UNBIND", "LINK", "UNLINK", "CHECKOUT", "MERGE", "MKACTIVITY", "MKCALENDAR"]
UNREAD = ["BASELINE-CONTROL", "CHECKIN", "LABEL", "MKREDIRECTREF", "MKWORKSPACE", "ORDERPATCH", "UNCHECKOUT"]
UNREAD += ["UPDATE", "UPDATEREDIRECTREF", "VERSION-CONTROL", "UNLOCKED"]
"""Methods that IANA lists and the parser does not know, and one that it might take for another."""

UNHEARD_OF = ["BREW", "get", "DESCRIBE", "SOURCE", "GETX", "GE", "PRIX", "X!#$%&'*+.^_`|~", "L" * 64]
PHASES = {
    "shadow": {},
    "off": {"routes__x__rollout__phase": "off"},
    "live": {"routes__x__rollout__phase": "live"},
}


@pytest.mark.parametrize("changes", PHASES.values(), ids=PHASES)
async def test_every_method_passes(open_house, wired, changes):
    """Whoever registered it, or nobody; on one connection, each with the body that it may have."""
    async with ScriptedServer(OK) as legacy:
        house = await open_house(legacy__url=legacy.url, **changes)
        sent = [
            b"%b /v1/x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi" % name.encode()
            for name in (*COMMON, *DAV, *UNREAD, *UNHEARD_OF)
        ]
        async with wired(house) as wire:
            for request in sent:
                await wire.send(request)
                assert (await wire.answer())[1] == b"ok"
        await house.accounted({"x": len(sent)})
        assert legacy.requests == sent


@pytest.mark.parametrize("size", [1, 3, 1000])
async def test_a_method_passes_however_it_comes(open_house, wired, size):
    """In drops or all at once, behind other requests, with bodies of either sort."""
    requests = [
        b"%b /v1/x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi" % name.encode()
        for name in ("PROPFIND", "UPDATE", "ORDERPATCH", "GET", "CHECKIN", "brew")
    ]
    requests.append(
        b"LABEL /v1/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
    )
    data = b"".join(requests)
    async with ScriptedServer(OK) as legacy:
        house = await open_house(legacy__url=legacy.url)
        async with wired(house) as wire, asyncio.timeout(10):
            for at in range(0, len(data), size):
                await wire.send(data[at : at + size])
                await asyncio.sleep(0)
            for _ in requests:
                assert (await wire.answer())[1] == b"ok"
        assert legacy.requests[:-1] == requests[:-1]
        assert legacy.requests[-1].startswith(b"LABEL /v1/x HTTP/1.1\r\n")


@pytest.mark.parametrize("begun", [b"U", b"UPDATE"])
async def test_a_method_that_is_not_whole_has_the_time_of_a_head(open_house, wired, begun):
    """It is a head that came late, not a client that said nothing."""
    house = await open_house(listen__header_timeout="100ms")
    async with wired(house) as wire, asyncio.timeout(5):
        await wire.send(b"GET /v1/x HTTP/1.1\r\nHost: h\r\n\r\n")
        assert (await wire.answer())[0].startswith(b"HTTP/1.1 200 OK\r\n")
        await wire.send(begun)
        assert (await wire.answer())[0].startswith(b"HTTP/1.1 408 ")
    assert house.worker.state()["own_errors"] == {"408": {"head_timeout": 1}}


UNREADABLE = {
    "longer than any": b"L" * 65 + b" /v1/x HTTP/1.1\r\nHost: h\r\n\r\n",
    "behind a blank line": b"\r\nBREW /v1/x HTTP/1.1\r\nHost: h\r\n\r\n",
}


@pytest.mark.parametrize("sent", UNREADABLE.values(), ids=UNREADABLE)
async def test_a_method_that_cannot_be_read_is_told_so(open_house, wired, sent):
    """A 501 as a document, never a bare 400; it is counted, and the connection ends since its body cannot be found."""
    house = await open_house()
    async with wired(house) as wire, asyncio.timeout(5):
        await wire.send(sent)
        head, body = await wire.answer()
        assert await wire.reader.read() == b""
    assert (head.split(b"\r\n")[0], b"\r\nConnection: close\r\n" in head) == (
        b"HTTP/1.1 501 Not Implemented",
        True,
    )
    method = sent.split()[0].decode()[:32]
    assert json.loads(body)["detail"] == f"the method {method} is not one that this proxy can pass on"
    assert (house.worker.state()["refused_requests"], house.legacy.requests) == (1, [])


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
