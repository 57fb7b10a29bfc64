"""How what comes behind a request that leaves HTTP is passed on."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from shadow.proxy.forward import Counted, Legacy
from shadow.proxy.tunnel import HELD_AT_MOST, _Inflow, tunnel
from shadow.testing import ScriptedServer
from shadow.upstream.pool import Pool
from shadow.upstream.target import Origin


class FakeTransport:
    """A transport that notes when it is paused and resumed."""

    def __init__(self) -> None:
        self.log: list[str] = []

    def pause_reading(self) -> None:
        self.log.append("paused")

    def resume_reading(self) -> None:
        self.log.append("resumed")


async def test_what_comes_is_taken_in_one_piece():
    """And the next that comes is waited for, until the end."""
    inflow = _Inflow(SimpleNamespace(transport=FakeTransport()))
    assert [inflow.feed_data(b"one"), inflow.feed_data(b"two")] == [(False, b"")] * 2
    assert await inflow.take() == b"onetwo"
    async with asyncio.TaskGroup() as group:
        taken = group.create_task(inflow.take())
        await asyncio.sleep(0)
        inflow.feed_data(b"three")
    assert taken.result() == b"three"
    inflow.feed_data(b"last")
    inflow.feed_eof()
    assert [await inflow.take(), await inflow.take()] == [b"last", b""]


async def test_a_client_faster_than_legacy_is_made_to_wait():
    """No more is held than may be, and reading goes on once it is taken."""
    transport = FakeTransport()
    inflow = _Inflow(SimpleNamespace(transport=transport))
    inflow.feed_data(b"x" * HELD_AT_MOST)
    assert transport.log == []
    inflow.feed_data(b"x")
    assert transport.log == ["paused"]
    assert len(await inflow.take()) == HELD_AT_MOST + 1
    assert transport.log == ["paused", "resumed"]
    inflow.feed_data(b"x")
    assert (await inflow.take(), transport.log) == (b"x", ["paused", "resumed"])


async def test_a_client_that_is_gone_cannot_be_paused():
    """Its last bytes are passed on all the same."""
    inflow = _Inflow(SimpleNamespace(transport=None))
    inflow.feed_data(b"x" * (HELD_AT_MOST + 1))
    assert len(await inflow.take()) == HELD_AT_MOST + 1


UPGRADE = b"GET /x HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: rot13\r\n\r\n"
ANSWERS = [
    (b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: rot13\r\n\r\nuryyb", b"uryyb"),
    (b"HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno", b"no"),
    (
        b"no answer at all\r\n\r\n",
        b'"detail":"the legacy system gave no whole answer (malformed)","exchange":"',
    ),
]


@pytest.mark.parametrize(("answer", "end"), ANSWERS)
async def test_each_end_of_an_upgrade_is_counted_once(serve, answer, end):
    """Agreed, declined, or failed; and legacy's connection is let go of."""
    counts = []

    async def script(peer) -> None:
        await peer.head()
        await peer.send(answer)

    async with ScriptedServer(script) as server:
        pool = Pool(Origin.parse(server.url))

        async def act(request, client) -> None:
            await tunnel(request, client, Legacy(pool, 5), Counted(lambda: counts.append(1)))
            client.keep_alive = False

        exchange = await serve(act)
        assert end in await exchange(UPGRADE)
        assert (counts, pool.snapshot()["in_use"]) == ([1], 0)
        await pool.close()
