"""What carries the adapters' requests: whole answers, within bounds, over connections that are shared."""

import asyncio
import threading

import pytest

from comparators.answer import Answer
from shadow.testing import ScriptedServer
from shadow.upstream import names
from shadow.upstream.errors import Kind, UpstreamError
from shadow.upstream.transport import Transports

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\n0123456789"


@pytest.fixture
async def transports():
    """Give the transports of a worker."""
    made = Transports()
    yield made
    await made.close()


async def _send(transport, limit=1000):
    return await transport.send(method=b"GET", target=b"/", headers=(), body=b"", limit=limit)


async def test_a_whole_answer_comes_back_without_its_framing(transports):
    """Its length said how it was sent, and says nothing of what it is."""
    async with ScriptedServer(ANSWER) as server:
        found = await _send(transports.to(server.url), limit=10)
        assert found == Answer(200, ((b"Content-Type", b"text/plain"),), b"0123456789")
        await transports.close()


async def test_more_than_the_bound_is_not_read(transports):
    """A reply without an end costs no more than that."""
    async with ScriptedServer(ANSWER) as server:
        with pytest.raises(UpstreamError, match="larger than 9 bytes") as failed:
            await _send(transports.to(server.url), limit=9)
        assert failed.value.kind is Kind.TOO_LARGE
        await transports.close()


async def test_two_models_of_one_origin_share_its_connections(transports):
    """The path is no part of where a connection goes."""
    async with ScriptedServer(ANSWER) as server:
        for path in ("/a", "/b"):
            await _send(transports.to(server.url + path))
        assert server.connections == 1
        await transports.close()


async def test_lookups_of_a_models_name_are_bounded_as_its_settings_say_and_counted(transports, monkeypatch):
    """A model with another bound has connections of its own."""
    begun, go_on = [], threading.Event()

    def hung(host):
        begun.append(host)
        go_on.wait(10)
        return ["127.0.0.1"]

    monkeypatch.setattr(names, "_look_up", hung)
    monkeypatch.setattr(names, "ANEW_AFTER", 0.0)
    transport = transports.to("http://model.invalid:9", lookups=2)
    calls = [asyncio.ensure_future(_send(transport)) for _ in range(5)]
    while len(begun) < 2:
        await asyncio.sleep(0)
    assert transports.lookups() == {"lookups": 2, "lookups_full": 3}
    go_on.set()
    await asyncio.wait(calls)
    assert [type(call.exception()) for call in calls] == [UpstreamError] * 5
    assert transports.to("http://model.invalid:9", lookups=3)._pool is not transport._pool
