"""What legacy learns of the client besides its own words, and what it does not unless it is told to."""

from __future__ import annotations

import pytest
from yarl import URL

from shadow.testing import ScriptedServer

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LINE = b"GET /v1/x HTTP/1.1\r\n"
ALL = {"legacy__host": "upstream", "legacy__forwarded": "both", "legacy__via": "edge"}
PHASES = {
    "unmatched": {"routes": {}},
    "off": {"routes__x__rollout__phase": "off"},
    "shadow": {},
    "live": {"routes__x__rollout__phase": "live"},
}
each_phase = pytest.mark.parametrize("changes", PHASES.values(), ids=PHASES)


async def passed(open_house, wired, headers: bytes, **changes) -> tuple[bytes, str]:
    """Send a request of these headers over a new connection and one that stands; give what legacy got, and its host.

    The two go different ways through the router and must come out alike.
    """
    async with ScriptedServer(OK) as legacy:
        house = await open_house(legacy__url=legacy.url, **changes)
        async with wired(house) as wire:
            for _ in range(2):
                await wire.send(LINE + headers + b"\r\n")
                await wire.answer()
        await house.accounted({"x" if house.worker.config.routes else "": 2})
        assert house.worker.pool.snapshot()["reused"] == 1
        first, second = legacy.requests
        assert first == second
        return first, URL(legacy.url).authority


@each_phase
async def test_by_default_legacy_gets_the_very_bytes_of_the_client(open_house, wired, changes):
    """Its Host, what it says of itself, and no word of the router's; nothing tells them apart but the address."""
    headers = (
        b"Host: shop.example\r\nX-Forwarded-For: 9.9.9.9\r\nVia: 1.1 front\r\nForwarded: for=9.9.9.9\r\n"
    )
    got, _ = await passed(open_house, wired, headers, **changes)
    assert got == LINE + headers + b"\r\n"


@each_phase
async def test_legacy_is_told_what_the_policy_says(open_house, wired, changes):
    """In every phase alike: its own Host, the client's address, scheme and host, and who passed it on."""
    headers = b"Host: shop.example\r\nX-Forwarded-For: 9.9.9.9\r\nX-A: 1\r\n"
    got, host = await passed(open_house, wired, headers, **ALL, **changes)
    assert got == LINE + (
        b"Host: %b\r\nX-A: 1\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\n"
        b'X-Forwarded-Host: shop.example\r\nForwarded: for=127.0.0.1;host="shop.example";proto=http\r\n'
        b"Via: 1.1 edge\r\n\r\n" % host.encode()
    )


async def test_behind_a_proxy_of_ones_own_the_chain_grows(open_house, wired):
    """What it told of the client stays, and its own address is added."""
    headers = b"Host: h\r\nX-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop\r\n"
    chained = {"legacy__forwarded": "x-forwarded", "legacy__client_forwarded": "append"}
    got, _ = await passed(open_house, wired, headers, **chained)
    assert got == LINE + headers.replace(b"9.9.9.9", b"9.9.9.9, 127.0.0.1") + b"\r\n"


async def test_a_client_cannot_have_what_is_told_of_it_removed(open_house, wired):
    """Its Connection header names headers of its own hop, not the router's."""
    headers = b"Host: h\r\nConnection: X-Forwarded-For, Host, X-B\r\nX-B: 1\r\n"
    got, _ = await passed(open_house, wired, headers, legacy__forwarded="x-forwarded")
    assert got == LINE + (
        b"Host: h\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: h\r\n\r\n"
    )


async def test_an_upgrade_tells_the_same(open_house, wired):
    """A WebSocket's first request is a request."""
    agreed = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: rot13\r\n\r\n"
    asked = []

    async def agree(peer) -> None:
        asked.append(await peer.head())
        await peer.send(agreed)

    async with ScriptedServer(agree) as legacy:
        house = await open_house(legacy__url=legacy.url, **ALL)
        async with wired(house) as wire:
            await wire.send(LINE + b"Host: h\r\nConnection: Upgrade\r\nUpgrade: rot13\r\n\r\n")
            assert await wire.head() == agreed
        await house.idle()
        await house.accounted({"": 1})
        host = URL(legacy.url).authority.encode()
    assert b"\r\nHost: %b\r\n" % host in asked[0]
    assert b"\r\nX-Forwarded-For: 127.0.0.1\r\n" in asked[0]


async def test_a_client_of_http_1_0_without_a_host_brings_legacys_own(open_house, wired):
    """HTTP/1.1 needs one; what is told of the client claims none for it."""
    async with ScriptedServer(OK) as legacy:
        house = await open_house(legacy__url=legacy.url, legacy__forwarded="both", legacy__via="edge")
        async with wired(house) as wire:
            await wire.send(b"GET /v1/x HTTP/1.0\r\n\r\n")
            await wire.answer()
        await house.accounted({"x": 1})
        host = URL(legacy.url).authority.encode()
        assert legacy.requests == [
            LINE + b"Host: %b\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\n"
            b"Forwarded: for=127.0.0.1;proto=http\r\nVia: 1.0 edge\r\n\r\n" % host
        ]
